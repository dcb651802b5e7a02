"""What ``f`` leaves of a day: the segments of one status, of low activity, or without a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from workdiary import api
from workdiary.billing import BillingStatus
from workdiary.segments import Kind

from workdiary_tui.diary_rows import LimitRow, Row, SegmentRow, SetRow

LOW = 3
"""Active minutes of ten up to which activity counts as low."""


class Filter(Enum):
    """Each is shown by its words."""

    ALL = ""
    AUTO = "AUTO"
    MANUAL = "MANUAL"
    OVER = "OVER"
    LOW = f"low activity (at most {LOW} of 10)"
    NO_PICTURE = "no picture"

    def next(self) -> Filter:
        order = list(Filter)
        return order[(order.index(self) + 1) % len(order)]

    def keeps(self, segment: api.Segment) -> bool:
        match self:
            case Filter.AUTO:
                return segment.status == BillingStatus.AUTO
            case Filter.MANUAL:
                return segment.kind == Kind.MANUAL
            case Filter.OVER:
                return segment.status == BillingStatus.OVER_LIMIT
            case Filter.LOW:
                return segment.kind != Kind.MANUAL and segment.meter <= LOW
            case Filter.NO_PICTURE:
                return not segment.pictures
        return True


def filtered(rows: Sequence[Row], chosen: Filter) -> tuple[Row, ...]:
    """The rows of what is kept, under the headings of their sets, which stay as they are."""
    if chosen is Filter.ALL:
        return tuple(rows)
    kept = {
        row.set_number for row in rows if isinstance(row, SegmentRow) and chosen.keeps(row.segment)
    }
    return tuple(_kept(rows, chosen, kept))


def _kept(rows: Sequence[Row], chosen: Filter, sets: set[int]) -> Iterator[Row]:
    for row in rows:
        match row:
            case SegmentRow() if chosen.keeps(row.segment):
                yield row
            case SetRow() if row.number in sets:
                yield row
            case LimitRow() if chosen is Filter.OVER:
                yield row


def filter_words(rows: Sequence[Row], shown: Sequence[Row], chosen: Filter) -> str:
    """How much of the day is shown; empty where all of it is."""
    if chosen is Filter.ALL:
        return ""
    left, all_of_them = (sum(isinstance(row, SegmentRow) for row in some) for some in (shown, rows))
    return f"only {chosen.value}: {left} of {all_of_them} segments"
