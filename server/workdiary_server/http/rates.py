"""How often a caller may ask: a token bucket each, in memory. Nobody is locked out for good."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from workdiary_server.http.tokens import TooManyError

_REMEMBERED = 10_000


class Rates:
    """Each caller has ``a_minute`` requests a minute, and as many at once after a quiet one."""

    def __init__(self, a_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._now = now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """:raises TooManyError: the caller has asked too often; it says when to ask again"""
        now, a_second = self._now(), self._a_minute / 60
        left, at = self._left.pop(caller, (float(self._a_minute), now))
        left = min(left + (now - at) * a_second, self._a_minute)
        if left < 1:
            self._left[caller] = (left, now)
            raise TooManyError("too many requests: slow down", (1 - left) / a_second)
        self._left[caller] = (left - 1, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
