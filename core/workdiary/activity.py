"""Counting input by the minute: what a capture backend counts into.

The counter keeps sums alone. Which key or where a click fell is never handed to it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from workdiary.segments import MINUTE_SECONDS, QUIET, MinuteActivity


class MinuteCounter:
    """Sums of input by UTC minute; safe to feed from a capture backend's own thread.

    ``now`` returns seconds since 1970. While ``paused`` (the screen is locked) nothing is
    counted, so that the keys of an unlock password never are.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._minutes: dict[int, MinuteActivity] = {}
        self.paused = False

    def keystroke(self, times: int = 1) -> None:
        self._add(MinuteActivity(keystrokes=times))

    def click(self, times: int = 1) -> None:
        self._add(MinuteActivity(clicks=times))

    def scroll(self, times: int = 1) -> None:
        self._add(MinuteActivity(scrolls=times))

    def moved(self) -> None:
        self._add(MinuteActivity(moved=True))

    def left(self) -> float:
        """Seconds left of this minute: who reads input in batches must read before it ends."""
        return MINUTE_SECONDS - self._now() % MINUTE_SECONDS

    def peek(self, minute: int) -> MinuteActivity:
        """The sums so far of the minute that starts at ``minute * 60`` seconds since 1970."""
        with self._lock:
            return self._minutes.get(minute, QUIET)

    def take(self, minute: int) -> MinuteActivity:
        """Hand over a minute's sums and forget them: each event is taken once."""
        with self._lock:
            return self._minutes.pop(minute, QUIET)

    def forget(self) -> None:
        """Drop whatever was counted outside tracked time."""
        with self._lock:
            self._minutes.clear()

    def _add(self, activity: MinuteActivity) -> None:
        if self.paused:
            return
        minute = int(self._now() // MINUTE_SECONDS)
        with self._lock:
            self._minutes[minute] = self._minutes.get(minute, QUIET) + activity
