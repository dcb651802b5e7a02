"""Whether what was sent to the terminal has arrived: a slow line is asked, and given time."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

_PATIENCE = 10.0
"""Seconds after which a line that said nothing is tried again."""


class Arrivals:
    """Told when a question was sent behind a picture, and when the terminal answered it.

    A terminal that never answered, as far as is ``known``, is not waited for.
    """

    def __init__(self) -> None:
        self.known = False
        self._asked_at = 0.0
        self._arrived = asyncio.Event()
        self._arrived.set()

    def asked(self) -> None:
        self._asked_at = time.monotonic()
        if self.known:
            self._arrived.clear()

    def answered(self) -> None:
        """The terminal read everything up to the question."""
        self.known = True
        self._arrived.set()

    @property
    def busy(self) -> bool:
        """Whether something is still on its way."""
        return not self._arrived.is_set() and time.monotonic() - self._asked_at < _PATIENCE

    async def clear(self) -> None:
        """Wait until what was sent last has arrived."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await self._arrived.wait()
