"""A clock that the demo winds: the same reading for the tracker and the server that it fills."""

from __future__ import annotations

import time
from datetime import datetime

from workdiary_tracker.clocks import Reading


class SimulatedClock:
    """Stands where it was put, until ``run_on`` lets the machine's own clock take over."""

    def __init__(self) -> None:
        self._wall: float | None = 0.0

    def put(self, instant: datetime) -> None:
        self._wall = instant.timestamp()

    def advance(self, seconds: float) -> None:
        if self._wall is None:
            raise RuntimeError("the machine's clock cannot be wound")
        self._wall += seconds

    def run_on(self) -> None:
        self._wall = None

    def now(self) -> float:
        return time.time() if self._wall is None else self._wall

    def read(self) -> Reading:
        """All three clocks agree: nothing sleeps and nothing is stepped in a demo."""
        now = self.now()
        return Reading(now, now, now)
