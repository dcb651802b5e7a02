"""Times, sums and statuses in words: the same on every machine, in every zone and locale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from workdiary import api
from workdiary.bodies import Option
from workdiary.text import harmless

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FIRST = ("auto", "manual")


def clock(minutes: int) -> str:
    """``2000`` as ``33:20``."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def hours(minutes: int) -> str:
    """``2000`` as ``33h20``."""
    return f"{minutes // 60}h{minutes % 60:02d}"


def limit_words(limit: int | None) -> str:
    if limit is None:
        return "no limit"
    return clock(limit) if limit else "0:00 (nothing is billable)"


def day(value: date) -> str:
    return f"{_DAYS[value.weekday()]} {value.isoformat()}"


def moment(value: datetime) -> str:
    """A moment to the minute, in UTC: ``Mon 2026-11-30 12:00 UTC``."""
    utc = value.astimezone(UTC)
    return f"{day(utc.date())} {utc.hour:02d}:{utc.minute:02d} UTC"


def week_number(value: date) -> str:
    """The ISO name of a day's week: ``2026-W48``."""
    year, week, _ = value.isocalendar()
    return f"{year:04d}-W{week:02d}"


def week_words(monday: date) -> str:
    sunday = monday + timedelta(days=6)
    return f"Week {week_number(monday)}: {day(monday)} to {day(sunday)}"


def status_words(status: str) -> str:
    """A status as a word or two: ``over limit``."""
    return harmless(status).replace("_", " ").strip() or "?"


def in_order(statuses: Iterable[str]) -> list[str]:
    """Statuses by their place on paper: auto, manual, then the others by name."""
    return sorted(
        set(statuses), key=lambda name: (_FIRST.index(name) if name in _FIRST else 2, name)
    )


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent with one decimal, rounded half up: ``6.3 %``."""
    tenths = (2000 * part + whole) // (2 * whole) if whole else 0
    return f"{tenths // 10}.{tenths % 10} %"


def names(people: Sequence[str]) -> str:
    return ", ".join(harmless(name) for name in people) or "none"


def options(chosen: dict[str, Option]) -> str:
    """A policy's options by name, as they would be written in a settings file."""
    return ", ".join(f"{harmless(key)} = {_option(chosen[key])}" for key in sorted(chosen))


def _option(value: Option) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{harmless(value)}"' if isinstance(value, str) else str(value)


def statuses_of(days: Iterable[api.WeekDay], totals: api.Minutes) -> list[str]:
    """The statuses that have minutes, and auto in any case."""
    held = (totals, *(day.totals for day in days))
    used = {name for one in held for name, minutes in one.by_status.items() if minutes}
    return in_order({"auto"} | used)
