"""Runs a capture backend as the tracker does, and keeps what it counts and tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureBackend, CaptureEvent
from workdiary.segments import MinuteActivity
from xserver import eventually

MINUTE = 29_000_000


class Capture:
    """A running backend, its counter (a clock that stands still unless given) and its events."""

    def __init__(self, backend: CaptureBackend, now: Callable[[], float]) -> None:
        self.backend = backend
        self.counter = MinuteCounter(now)
        self.events: list[CaptureEvent] = []

    @property
    def counted(self) -> MinuteActivity:
        return self.counter.peek(MINUTE)

    def expect(self, keystrokes: int = 0, clicks: int = 0, scrolls: int = 0) -> None:
        """Wait until at least this much was counted; then it must be exactly this."""
        wanted = (keystrokes, clicks, scrolls)

        def sums() -> tuple[int, int, int]:
            return (self.counted.keystrokes, self.counted.clicks, self.counted.scrolls)

        eventually(
            lambda: all(got >= want for got, want in zip(sums(), wanted, strict=True)),
            f"{wanted} keystrokes, clicks and scrolls",
        )
        assert sums() == wanted

    def expect_event(self, event: CaptureEvent, times: int = 1) -> None:
        eventually(lambda: self.events.count(event) >= times, f"{event} told {times} times")

    def ready(self) -> None:
        eventually(lambda: self.backend.idle() is not None, "input is seen")


@contextmanager
def capturing(
    backend: CaptureBackend, now: Callable[[], float] = lambda: MINUTE * 60.0, *, ready: bool = True
) -> Iterator[Capture]:
    capture = Capture(backend, now)
    backend.start(capture.counter, capture.events.append)
    try:
        if ready:
            capture.ready()
        yield capture
    finally:
        backend.stop()
