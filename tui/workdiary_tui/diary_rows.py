"""A day of the diary as rows: sets, their segments, what was deleted, gaps, the weekly limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class TombstoneRow:
    """A segment was deleted here. It can be chosen, and there is nothing to open."""

    tombstone: api.Tombstone


Row = SetRow | SegmentRow | GapRow | LimitRow | TombstoneRow


def rows_of(day: api.Day) -> tuple[Row, ...]:
    deleted = sorted(day.deleted, key=lambda one: (one.start, one.index))
    return tuple(_rows(sets_of(day.segments), deleted, day.week.limit))


def _rows(sets: list[Set], deleted: Sequence[api.Tombstone], limit: int | None) -> Iterator[Row]:
    over = False
    ends: datetime | None = None
    left = list(deleted)
    for number, members in enumerate(sets, start=1):
        begins = members[0].start
        while left and left[0].start < begins:
            yield from _gap(ends, left[0].start)
            ends = left[0].start + SEGMENT
            yield TombstoneRow(left.pop(0))
        yield from _gap(ends, begins)
        yield SetRow(number, begins, members[-1].start + SEGMENT, len(members))
        for place, segment in enumerate(members, start=1):
            if _over_limit(segment) and not over:
                over = True
                at = segment.start if number > 1 or place > 1 else None
                yield LimitRow(limit, at)
            yield SegmentRow(segment, number, place, len(members))
            while left and left[0].start <= segment.start:
                yield TombstoneRow(left.pop(0))
        ends = members[-1].start + SEGMENT
    yield from _remaining(left, ends)


def _remaining(left: Iterable[api.Tombstone], ends: datetime | None) -> Iterator[Row]:
    for tombstone in left:
        yield from _gap(ends, tombstone.start)
        ends = tombstone.start + SEGMENT
        yield TombstoneRow(tombstone)


def _over_limit(segment: api.Segment) -> bool:
    """Whether the limit's line stands above this one; late time is put behind the rest."""
    return segment.status == BillingStatus.OVER_LIMIT and not segment.late


def _gap(ends: datetime | None, begins: datetime) -> Iterator[GapRow]:
    minutes = 0 if ends is None else int((begins - ends) / SEGMENT) * MINUTES
    if minutes > 0:
        yield GapRow(minutes)


def missing_picture(segment: api.Segment) -> str:
    """Why a tracked segment has no picture, in at most ten cells; empty if it has one."""
    if segment.pictures or not segment.no_picture:
        return ""
    reason = segment.no_picture.replace("-", " ")
    return reason if len(reason) <= MINUTES else "no picture"
