"""How fast a reader walks: a picture that is only passed is not asked for, and so is no look."""

from __future__ import annotations

import asyncio
from time import monotonic

_HURRY_SECONDS = 0.3
_REST_SECONDS = 0.15


class Pace:
    """Steps that follow each other faster than in 0.3 seconds each wait for a rest."""

    def __init__(self) -> None:
        self._stepped = 0.0
        self.hurried = False

    def step(self) -> None:
        now = monotonic()
        self.hurried = now - self._stepped < _HURRY_SECONDS
        self._stepped = now

    async def rest(self) -> None:
        """Return at once after a step that was taken slowly; else once the next did not follow."""
        if self.hurried:
            await asyncio.sleep(_REST_SECONDS)
