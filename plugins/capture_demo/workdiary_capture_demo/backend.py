"""A capture backend in full: it counts invented input and pictures a drawn desktop."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureEvent, Counts, Monitor, NoPicture

from workdiary_capture_demo.desktop import SCENES, draw_desktop

_TURN_SECONDS = 1.0


class DemoBackend:
    """Nothing is read from the machine: input is drawn at random, and so is the screen."""

    counts = Counts.COUNTS

    def __init__(
        self,
        seed: int = 1,
        scene: str = "editor",
        width: int = 1280,
        height: int = 800,
        monitors: int = 1,
    ) -> None:
        self._seed = seed
        self._scene = scene
        self._size = (width, height)
        self._monitors = monitors
        self._last_input: float | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def probe(self) -> str:
        """Drawing works everywhere; a real backend looks at the desktop here."""
        return ""

    def start(self, counter: MinuteCounter, tell: Callable[[CaptureEvent], None]) -> None:
        """This desktop is never locked nor lost, so that there is nothing to ``tell``."""
        self._stopping.clear()
        self._thread = threading.Thread(
            target=self._work, args=(counter,), name="capture demo", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def screens(self) -> tuple[Monitor, ...] | NoPicture:
        """The monitors stand side by side; each one after the first shows the next scene."""
        now, scenes = datetime.now(UTC), list(SCENES)
        first = scenes.index(self._scene)
        shown = [scenes[(first + number) % len(scenes)] for number in range(self._monitors)]
        return tuple(
            Monitor(
                number=number,
                x=number * self._size[0],
                y=0,
                primary=number == 0,
                image=draw_desktop(scene, now, self._seed, self._size),
            )
            for number, scene in enumerate(shown)
        )

    def idle(self) -> float | None:
        return None if self._last_input is None else time.monotonic() - self._last_input

    def _work(self, counter: MinuteCounter) -> None:
        """Type, click and scroll until stopped; a real backend waits for events instead."""
        rng = random.Random(self._seed)  # noqa: S311 (plausible input, not a secret)
        while True:
            self._input(counter, rng)
            if self._stopping.wait(_TURN_SECONDS):
                return

    def _input(self, counter: MinuteCounter, rng: random.Random) -> None:
        """One second: mostly some keys, now and then the mouse, sometimes a thought."""
        if rng.random() < 0.7:
            counter.keystroke(rng.randrange(1, 5))
            self._last_input = time.monotonic()
        if rng.random() < 0.15:
            counter.moved()
            counter.click()
            counter.scroll(rng.randrange(0, 4))
            self._last_input = time.monotonic()
