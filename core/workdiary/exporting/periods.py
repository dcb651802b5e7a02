"""What is taken out: a day, a week or a range of days, by UTC dates, and its file's name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from workdiary.errors import InvalidError
from workdiary.exporting import SUFFIX
from workdiary.plain.words import week_word

LONGEST = 366
_KEPT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_MOST = 100
_SIX = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days < LONGEST:
            raise InvalidError(
                f"{self.first} to {self.last}: a range goes forward, {LONGEST} days at most",
                "range",
            )

    @property
    def is_day(self) -> bool:
        return self.first == self.last

    @property
    def is_week(self) -> bool:
        return not self.first.weekday() and self.last - self.first == _SIX

    @property
    def days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def __str__(self) -> str:
        """``2026-11-03``, ``2026-W45`` or ``2026-11-01..2026-11-30``."""
        if self.is_day:
            return self.first.isoformat()
        if self.is_week:
            return week_word(self.first)
        return f"{self.first.isoformat()}..{self.last.isoformat()}"

    @property
    def options(self) -> str:
        """As the options of ``workdiary export`` name it."""
        if self.is_day:
            return f"--day {self}"
        if self.is_week:
            return f"--week {self}"
        return f"--from {self.first.isoformat()} --to {self.last.isoformat()}"


def day_of(day: date) -> Period:
    return Period(day, day)


def week_from(monday: date) -> Period:
    return Period(monday, monday + _SIX)


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def stem(contract: str, period: Period) -> str:
    """``acme-website-2026-W45``: nothing of a foreign name leads to another folder."""
    plain = "".join(character if character in _KEPT else "-" for character in contract)
    return f"{plain[:_MOST].strip('.-') or 'contract'}-{str(period).replace('..', '-to-')}"


def file_name(contract: str, period: Period, form: str) -> str:
    return f"{stem(contract, period)}.{SUFFIX[form]}"
