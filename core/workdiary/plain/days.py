"""A day in plain lines: its totals, its week, its sets and segments, and what was deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workdiary import api, money
from workdiary.changed_terms import limit_hours
from workdiary.plain.segments import segment_line
from workdiary.plain.sets import Set, sets_of
from workdiary.plain.weeks import state
from workdiary.plain.words import (
    by_status,
    clock,
    counted,
    day_word,
    heading,
    hours,
    moment,
    policy_failed,
    week_word,
    zone_word,
)
from workdiary.segments import MINUTES, SEGMENT, Kind

_MINUTE = timedelta(minutes=1)


def day_lines(contract: api.Contract, day: api.Day, zone: ZoneInfo) -> Iterator[str]:
    yield heading(contract)
    yield f"day {day_word(day.date)}, times in {zone_word(day.begins, zone)}"
    if day.week.policy_error:
        yield policy_failed(day.week.policy_error)
    else:
        yield from _totals(day)
    rows = [*_segments(day, zone), *((one.start, 0, _deleted(one, zone)) for one in day.deleted)]
    for _, _, line in sorted(rows):
        yield line
    if not rows:
        yield "nothing was recorded"


def _totals(day: api.Day) -> Iterator[str]:
    week, totals = day.week, day.totals
    worth = money.written(day.amount, week.currency)
    yield f"tracked {hours(totals.tracked)}, billable {hours(totals.billable)}, {worth}"
    yield from by_status(totals.by_status)
    limit = "no limit" if week.limit is None else f"limit {limit_hours(week.limit)}"
    yield (
        f"week {week_word(week.start.date())}: tracked {hours(week.totals.tracked)}, "
        f"billable {hours(week.totals.billable)}, {limit}, "
        f"{money.written(week.amount, week.currency)}, {state(week)}"
    )


def _segments(day: api.Day, zone: ZoneInfo) -> Iterator[tuple[datetime, int, str]]:
    """The segments below the headings of their sets, each with where it stands."""
    before = None
    for number, run in enumerate(sets_of(day.segments), 1):
        pause = _pause(before, run[0].start)
        yield run[0].start, 1, _set(number, run, zone) + pause
        for segment in run:
            yield segment.start, 2, segment_line(segment, zone)
        before = run[-1].start + SEGMENT


def _pause(ends: datetime | None, begins: datetime) -> str:
    """How long after the set before it a set begins."""
    minutes = 0 if ends is None else (begins - ends) // _MINUTE
    return f", {hours(minutes)} after the one before" if minutes else ""


def _set(number: int, run: Set, zone: ZoneInfo) -> str:
    begins, ends = clock(run[0].start, zone), clock(run[-1].start + SEGMENT, zone)
    many = counted(len(run), "segment")
    return f"set {number}, {begins} to {ends}, {many}, {hours(len(run) * MINUTES)}"


def _deleted(stone: api.Tombstone, zone: ZoneInfo) -> str:
    kind = ", added by hand" if stone.kind == Kind.MANUAL else ""
    return (
        f"{clock(stone.start, zone)} deleted by {stone.by}, {counted(stone.minutes, 'minute')}"
        f"{kind}, {moment(stone.at)}"
    )
