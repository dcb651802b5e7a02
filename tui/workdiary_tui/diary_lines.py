"""The lines of the day view: one for each row of the diary."""

from __future__ import annotations

from workdiary import api
from workdiary.billing import BillingStatus
from workdiary.changed_terms import limit_hours
from workdiary.segments import MINUTES, Kind

from workdiary_tui import look
from workdiary_tui.day_header import ROOMY
from workdiary_tui.diary_rows import (
    GapRow,
    LimitRow,
    Row,
    SegmentRow,
    SetRow,
    TombstoneRow,
    missing_picture,
)
from workdiary_tui.look import DIM, PLAIN, Signs
from workdiary_tui.marks import deleted_words, row_marks, why_manual
from workdiary_tui.pieces import Piece, Pieces, fit
from workdiary_tui.words import hours, shown
from workdiary_tui.zones import Clock

_LIMIT_LINE_FROM = 74


def row_line(row: Row, clock: Clock, signs: Signs, width: int) -> Pieces:
    match row:
        case SegmentRow():
            return _segment(row.segment, clock, signs, width)
        case SetRow():
            return _set(row, clock, signs, width)
        case GapRow():
            return [(f"         {signs.rule * 4} {hours(row.minutes)} not tracked", DIM)]
        case LimitRow():
            return _limit(row, clock, width)
        case TombstoneRow():
            return _tombstone(row.tombstone, clock)


def _segment(segment: api.Segment, clock: Clock, signs: Signs, width: int) -> Pieces:
    badge = look.badge(segment.status)
    line: list[Piece] = [
        (f"{clock.time(segment.start)}  ", PLAIN),
        (f" {fit(badge.word, look.BADGE_CELLS)}", badge.style),
        (" ", PLAIN),
    ]
    if segment.kind == Kind.MANUAL:
        line.append((fit(_manual(segment, width), _middle(width)), DIM))
    else:
        line += _meter_or_reason(segment, signs)
        line.append((f" {segment.meter:>2}/10", PLAIN))
        if width >= ROOMY:
            line += _counts(segment)
    return [*line, ("  ", PLAIN), *row_marks(segment), (shown(segment.memo), PLAIN)]


def _tombstone(tombstone: api.Tombstone, clock: Clock) -> Pieces:
    """What was deleted stays known: who did it, when, and how many minutes went with it."""
    time, badge = clock.time(tombstone.start), look.DELETED
    word = fit(badge.word, look.BADGE_CELLS)
    return [(f"{time}  ", DIM), (f" {word} ", badge.style), (deleted_words(tombstone), PLAIN)]


def _manual(segment: api.Segment, width: int) -> str:
    """The freelancer's reason, where there is room for one."""
    reason = why_manual(segment)
    if reason and width >= ROOMY:
        return fit(reason, _middle(width) - 1).rstrip()
    return "manual time: no picture, no counts" if width >= ROOMY else "manual time"


def _middle(width: int) -> int:
    """Cells of meter and counts together."""
    return 36 if width >= ROOMY else 16


def _meter_or_reason(segment: api.Segment, signs: Signs) -> Pieces:
    reason = missing_picture(segment)
    if reason:
        return [(fit(reason, MINUTES), DIM)]
    return meter(segment, signs)


def meter(segment: api.Segment, signs: Signs) -> Pieces:
    """Ten blocks: active minutes, then quiet ones, then those that were not tracked."""
    quiet = max(0, segment.tracked.bit_count() - segment.meter)
    absent = MINUTES - segment.meter - quiet
    over = segment.status == BillingStatus.OVER_LIMIT
    style = look.ACTIVE_OVER if over else look.ACTIVE
    blocks = signs.full * segment.meter + signs.empty * quiet + signs.absent * absent
    return [(blocks, style)]


def _counts(segment: api.Segment) -> Pieces:
    keys, clicks, scrolls = totals(segment)
    return [(f"  k{keys:>5} c{clicks:>4} s{scrolls:>4}", PLAIN)]


def totals(segment: api.Segment) -> tuple[int, int, int]:
    return sum(segment.keystrokes), sum(segment.clicks), sum(segment.scrolls)


def _set(row: SetRow, clock: Clock, signs: Signs, width: int) -> Pieces:
    words = f"Set {row.number}  {clock.time(row.begins)}-{clock.time(row.ends)}"
    plural = "" if row.segments == 1 else "s"
    rest = f"  {row.segments} segment{plural}  {hours(row.segments * MINUTES)}"
    utc = clock.both_dates(row.begins)
    if utc:
        rest += f"  ({utc})"
    rule = signs.rule * max(0, width - len(words) - len(rest) - 2)
    return [(words, look.HEADING), (f"{rest} {rule}", DIM)]


def _limit(row: LimitRow, clock: Clock, width: int) -> Pieces:
    limit = limit_hours(row.limit)
    reached = f"reached at {clock.time(row.at)}" if row.at else "reached before this"
    text = f"weekly limit {limit} {reached}: "
    if width < _LIMIT_LINE_FROM:
        return [(f"  {text}not billable below", look.LIMIT)]
    return [(f"  ==== {text}time below is not billable ====", look.LIMIT)]
