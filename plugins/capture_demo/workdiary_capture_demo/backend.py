"""A capture backend in full: it counts invented input and pictures a drawn desktop."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureEvent, Counts, Monitor, NoPicture

from workdiary_capture_demo.desktop import draw_desktop

_TURN_SECONDS = 1.0


class DemoBackend:
    """Nothing is read from the machine: input is drawn at random, and so is the screen."""

    counts = Counts.COUNTS

    def __init__(
        self, seed: int = 1, scene: str = "editor", width: int = 1280, height: int = 800
    ) -> None:
        self._seed = seed
        self._scene = scene
        self._size = (width, height)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def probe(self) -> str:
        """Drawing works everywhere; a real backend looks at the desktop here."""
        return ""

    def start(self, counter: MinuteCounter, tell: Callable[[CaptureEvent], None]) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._type, args=(counter,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def screens(self) -> tuple[Monitor, ...] | NoPicture:
        image = draw_desktop(self._scene, datetime.now(UTC), self._seed, self._size)
        return (Monitor(number=0, x=0, y=0, primary=True, image=image),)

    def idle(self) -> float | None:
        return None

    def _type(self, counter: MinuteCounter) -> None:
        """Two keys a second, a click now and then: a real backend waits for events instead."""
        rng = random.Random(self._seed)  # noqa: S311 (plausible input, not a secret)
        while not self._stopping.wait(_TURN_SECONDS):
            counter.keystroke(rng.randrange(0, 5))
            if rng.random() < 0.1:
                counter.click()
                counter.moved()
