"""Telling of new entries after they are durable: event streams wake, plugins are called.

Streams read the log itself; what is passed on here is only that there is something to read, so
that a slow reader costs nothing. Plugins are told on a thread of their own.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from queue import Full, Queue

from workdiary.plugins import Plugins

_log = logging.getLogger(__name__)
_WAITING = 10_000


class Announcer:
    """Wakes whoever waits, and tells the listening plugins."""

    def __init__(self, plugins: Plugins, listening: bool) -> None:
        self.closing = False
        self._plugins = plugins
        self._wake = asyncio.Event()
        self._queue: Queue[tuple[str, int, str] | None] = Queue(_WAITING)
        self._thread = threading.Thread(target=self._tell, name="plugins", daemon=True)
        if listening:
            self._thread.start()

    def appended(self, contract: str, index: int, kind: str) -> None:
        """Called on the event loop, after the commit."""
        self.wake_all()
        if not self._thread.is_alive():
            return
        try:
            self._queue.put_nowait((contract, index, kind))
        except Full:
            _log.warning("plugins lag behind: entry %d of %s is not told", index, contract)

    def wake_up(self) -> asyncio.Event:
        """The event that the next entry sets: take it before reading, wait for it after."""
        return self._wake

    def close(self) -> None:
        """End the streams and the plugins' thread, which finishes what it was told."""
        self.closing = True
        self.wake_all()
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(timeout=5)

    def wake_all(self) -> None:
        woken, self._wake = self._wake, asyncio.Event()
        woken.set()

    def _tell(self) -> None:
        while (entry := self._queue.get()) is not None:
            self._plugins.entry_appended(*entry)
