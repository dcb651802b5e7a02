"""A thread's sleep, which other threads and its own sockets can end."""

from __future__ import annotations

import select
import socket
from typing import Protocol


class HasFileno(Protocol):
    def fileno(self) -> int: ...


class Alarm:
    """Wakes one thread; what rings before the sleep begins ends it at once."""

    def __init__(self) -> None:
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)

    def ring(self) -> None:
        try:
            self._bell.send(b"!")
        except BlockingIOError:
            return  # it is ringing already, thousands of times

    def wait(self, seconds: float | None, *others: HasFileno) -> None:
        """Sleep until ``ring``, until one of ``others`` can be read, or for ``seconds``."""
        timeout = None if seconds is None else max(seconds, 0.0)
        readable, _, _ = select.select([self._ear, *others], [], [], timeout)
        if self._ear in readable:
            self._ear.recv(4096)

    def close(self) -> None:
        self._bell.close()
        self._ear.close()
