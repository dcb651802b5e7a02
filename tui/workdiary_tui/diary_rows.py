"""A day of the diary as rows: sets and their segments, hours not tracked, the weekly limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from workdiary import api
from workdiary.billing import BillingStatus
from workdiary.segments import MINUTES, SEGMENT

from workdiary_tui.sets import Set, sets_of


@dataclass(frozen=True, slots=True)
class SetRow:
    """The heading of a set."""

    number: int
    begins: datetime
    ends: datetime
    segments: int


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment and its place in its set of the day."""

    segment: api.Segment
    set_number: int
    place: int
    of: int


@dataclass(frozen=True, slots=True)
class GapRow:
    """Time between two sets in which nothing was tracked."""

    minutes: int


@dataclass(frozen=True, slots=True)
class LimitRow:
    """The weekly limit was reached here; ``at`` is None where that was on an earlier day."""

    limit: int | None
    at: datetime | None


Row = SetRow | SegmentRow | GapRow | LimitRow


def rows_of(day: api.Day) -> tuple[Row, ...]:
    return tuple(_rows(sets_of(day.segments), day.week.limit))


def _rows(sets: list[Set], limit: int | None) -> Iterator[Row]:
    over = False
    before: api.Segment | None = None
    for number, members in enumerate(sets, start=1):
        gap = _gap(before, members[0])
        if gap:
            yield GapRow(gap)
        yield SetRow(number, members[0].start, members[-1].start + SEGMENT, len(members))
        for place, segment in enumerate(members, start=1):
            if segment.status == BillingStatus.OVER_LIMIT and not over:
                over = True
                yield LimitRow(limit, segment.start if before is not None else None)
            yield SegmentRow(segment, number, place, len(members))
            before = segment


def _gap(before: api.Segment | None, after: api.Segment) -> int:
    if before is None:
        return 0
    return int((after.start - before.start) / SEGMENT) * MINUTES - MINUTES


def missing_picture(segment: api.Segment) -> str:
    """Why a tracked segment has no picture, in at most ten cells; empty if it has one."""
    if segment.pictures or not segment.no_picture:
        return ""
    reason = segment.no_picture.replace("-", " ")
    return reason if len(reason) <= MINUTES else "no picture"
