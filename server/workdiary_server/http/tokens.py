"""The gate: a bearer token becomes an actor, and guessing becomes slow."""

from __future__ import annotations

import time
from collections import OrderedDict, deque

from workdiary.errors import OverloadedError, UnauthenticatedError

_WINDOW = 60.0
_REMEMBERED = 10_000


class TooManyError(OverloadedError):
    """Too many failed attempts from one address: HTTP 429."""

    code = "too-many"


class Gate:
    """Counts failed attempts by address, in memory. One that is right is never held back.

    Guessing 256 random bits is hopeless anyway; the limit keeps the noise out of the database.
    """

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def failed(self, address: str) -> None:
        """Note a failed attempt.

        :raises TooManyError: there were too many within a minute
        """
        now = time.monotonic()
        times = self._failed.setdefault(address, deque(maxlen=self._a_minute + 1))
        self._failed.move_to_end(address)
        if len(self._failed) > _REMEMBERED:
            self._failed.popitem(last=False)
        times.append(now)
        if len(times) > self._a_minute and now - times[0] < _WINDOW:
            raise TooManyError(
                "too many failed attempts: wait a minute", _WINDOW - (now - times[0])
            )


def bearer(header: str | None) -> str:
    """:raises UnauthenticatedError: there is no bearer token"""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("this needs a token: Authorization: Bearer wdt_...")
    return token.strip()
