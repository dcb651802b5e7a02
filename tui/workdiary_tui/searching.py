"""What is typed after ``/``: words of the memo, and conditions such as ``is:over``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from workdiary import api
from workdiary.billing import BillingStatus
from workdiary.errors import InvalidError
from workdiary.segments import MINUTES, SEGMENT

_YEAR = timedelta(days=365)
_STATUSES = {"auto": BillingStatus.AUTO, "over": BillingStatus.OVER_LIMIT}
_FLAGS = ("manual", "late", "nopicture")
_METER = re.compile(r"meter<=?(\d{1,2})", re.ASCII)
CONDITIONS = "is:auto is:manual is:over is:late is:nopicture meter<=3 from:2026-08-01 to:2026-11-26"


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for in the days (UTC) from ``first`` to ``last``; all of it must hold.

    ``statuses`` are alternatives.
    """

    first: date
    last: date
    text: str = ""
    statuses: tuple[str, ...] = ()
    meter_at_most: int | None = None
    late: bool = False
    no_picture: bool = False
    manual: bool = False


def parse_query(typed: str, today: date) -> Query:
    """Read what was typed; without ``from:`` it is about the year before the last day.

    :raises InvalidError: code ``search``: a condition that is none, and those that are
    """
    query = Query(first=date.min, last=today)
    words = []
    for word in typed.split():
        changed = _conditioned(query, word)
        query = changed or query
        words += [] if changed else [word]
    first = query.last - _YEAR if query.first == date.min else query.first
    if first > query.last:
        raise InvalidError(f"from:{first} is after to:{query.last}", "search")
    return replace(query, first=max(first, query.last - _YEAR), text=" ".join(words))


def _conditioned(query: Query, word: str) -> Query | None:
    """The query with one condition more; None if ``word`` is none, but one of the memo's."""
    name, colon, value = word.partition(":")
    if meter := _METER.fullmatch(word):
        return replace(query, meter_at_most=_meter(int(meter[1])))
    if name == "is" and colon:
        return _is(query, value)
    if name in ("from", "to") and colon:
        day = _day(word, value)
        return replace(query, first=day) if name == "from" else replace(query, last=day)
    return None


def _is(query: Query, value: str) -> Query:
    if value in _STATUSES:
        return replace(query, statuses=(*query.statuses, str(_STATUSES[value])))
    if value not in _FLAGS:
        known = ", ".join(f"is:{one}" for one in (*_STATUSES, *_FLAGS))
        raise InvalidError(f"is:{value} is no condition: write {known}", "search")
    if value == "nopicture":
        return replace(query, no_picture=True)
    return replace(query, late=True) if value == "late" else replace(query, manual=True)


def _meter(most: int) -> int:
    if most > MINUTES:
        raise InvalidError(f"meter<={most}: a segment has {MINUTES} minutes", "search")
    return most


def _day(word: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise InvalidError(f"{word}: write a day as 2026-11-03", "search") from None


@dataclass(frozen=True, slots=True)
class Bar:
    """Hits that stand side by side with one memo and status: a line of the results."""

    hits: tuple[api.Hit, ...]

    @property
    def start(self) -> datetime:
        return self.hits[0].start

    @property
    def end(self) -> datetime:
        return self.hits[-1].start + SEGMENT

    @property
    def minutes(self) -> int:
        return sum(hit.minutes for hit in self.hits)


def bars_of(hits: Sequence[api.Hit]) -> tuple[Bar, ...]:
    """Join neighbours; ``hits`` are sorted by start."""
    bars: list[list[api.Hit]] = []
    for hit in hits:
        before = bars[-1][-1] if bars else None
        if before is not None and _goes_on(before, hit):
            bars[-1].append(hit)
        else:
            bars.append([hit])
    return tuple(Bar(tuple(bar)) for bar in bars)


def _goes_on(before: api.Hit, hit: api.Hit) -> bool:
    side_by_side = before.start + SEGMENT == hit.start
    return side_by_side and (before.memo, before.status) == (hit.memo, hit.status)


@dataclass(slots=True)
class Hits:
    """The results that ``n`` and ``N`` step through, in time's order; more may be added."""

    query: str
    starts: list[datetime]
    at: int = 0

    @property
    def start(self) -> datetime:
        return self.starts[self.at]

    @property
    def words(self) -> str:
        """``hit 3 of 12``"""
        return f"hit {self.at + 1} of {len(self.starts)}"

    def step(self, step: int) -> bool:
        """Go to the next or the one before; whether there is one."""
        there = 0 <= self.at + step < len(self.starts)
        self.at += step if there else 0
        return there
