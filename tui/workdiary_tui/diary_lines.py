"""The lines of the day view: each row of the diary, and the two lines of its header."""

from __future__ import annotations

from datetime import date

from rich.style import Style
from workdiary import api
from workdiary.billing import BillingStatus
from workdiary.segments import MINUTES, Kind

from workdiary_tui import look
from workdiary_tui.diary_rows import GapRow, LimitRow, Row, SegmentRow, SetRow, missing_picture
from workdiary_tui.look import BOLD, DIM, PLAIN, Signs
from workdiary_tui.pieces import Piece, Pieces, cut, fit, spread, width_of
from workdiary_tui.words import day_name, hours, limit_hours, shown, week_name
from workdiary_tui.zones import Clock

COUNTS_FROM = 66
"""Narrower lines have no room for counts beside the memo."""
_WEEK_BAR_FROM = 100
_BAR = 10
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


def _segment(segment: api.Segment, clock: Clock, signs: Signs, width: int) -> Pieces:
    badge = look.badge(segment.status)
    line: list[Piece] = [
        (f"{clock.time(segment.start)}  ", PLAIN),
        (f" {badge.word:<8}", badge.style),
        (" ", PLAIN),
    ]
    if segment.kind == Kind.MANUAL:
        line.append((fit(_manual(width), _middle(width)), DIM))
    else:
        line += _meter_or_reason(segment, signs)
        line.append((f" {segment.meter:>2}/10", PLAIN))
        if width >= COUNTS_FROM:
            line += _counts(segment)
    return [*line, ("  " + shown(segment.memo), PLAIN)]


def _manual(width: int) -> str:
    return "manual time: no picture, no counts" if width >= COUNTS_FROM else "manual time"


def _middle(width: int) -> int:
    """Cells of meter and counts together."""
    return 36 if width >= COUNTS_FROM else 16


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


def title_line(
    contract: api.Contract, day: date, clock: Clock, diary: api.Day | None, width: int
) -> Pieces:
    """Whose diary, which day, and its totals."""
    who = f" > {shown(contract.freelancer.name)} > " if width >= COUNTS_FROM else " > "
    left: list[Piece] = [
        (f" {shown(contract.name)}", look.TITLE),
        (who, look.TITLE_REST),
        (day_name(day), look.TITLE),
    ]
    if diary is None:
        return spread(left, [], width, look.TITLE_REST)
    if clock.name == "UTC":
        left.append((" UTC", look.TITLE_REST))
    right = f"{hours(diary.totals.tracked)} tracked "
    if width >= COUNTS_FROM:
        right += f" {hours(diary.totals.billable)} billable "
    return spread(left, [(right, look.TITLE_REST)], width, look.TITLE_REST)


def week_line(diary: api.Day, signs: Signs, width: int) -> Pieces:
    """The week against its limit, and the day by billing status."""
    left = [(f" {week_name(diary.week.start)}: ", PLAIN), *week_bar(diary.week, signs, width)]
    if diary.week.policy_error:
        why = shown(diary.week.policy_error)
        return spread(left, [(f"billing could not be computed: {why} ", look.LIMIT)], width)
    by_status = _by_status(diary.totals.by_status)
    return spread(left, cut(by_status, width - width_of(left) - 1), width)


def utc_line(diary: api.Day, clock: Clock) -> Pieces:
    """Both dates of a day that is not UTC's; empty where they are the same."""
    if clock.name == "UTC":
        return []
    first, last = (f"{moment:%a %d %b %H:%M}" for moment in (diary.begins, diary.ends))
    return [(f" {clock.label(diary.begins)}", BOLD), (f" this day: {first} to {last} UTC", DIM)]


def week_bar(week: api.Week, signs: Signs, width: int) -> Pieces:
    """The week's time against its limit; the bar where there is room beside the day's sums."""
    tracked = week.totals.tracked
    if week.limit is None:
        return [(f"{hours(tracked)}, no limit", BOLD)]
    over = max(0, tracked - week.limit)
    counted = f"{hours(tracked)} / {limit_hours(week.limit)} "
    extra: Pieces = [(f" +{hours(over)}", look.LIMIT)] if over else []
    bar = limit_bar(tracked, week.limit, signs) if width >= _WEEK_BAR_FROM else []
    return [(counted, BOLD), *bar, *extra]


def limit_bar(minutes: int, limit: int, signs: Signs) -> Pieces:
    """``[■■■■■■□□□□]``: how much of a limit is used; red once all of it is."""
    filled = min(_BAR, minutes * _BAR // limit) if limit else _BAR
    style: Style = look.ACTIVE if minutes <= limit else look.ACTIVE_OVER
    return [(f"[{signs.full * filled}{signs.empty * (_BAR - filled)}]", style)]


def _by_status(by_status: dict[str, int]) -> Pieces:
    parts: list[Piece] = []
    for status, minutes in by_status.items():
        if minutes:
            badge = look.badge(status)
            parts += [(f" {badge.word.lower()} ", badge.style), (f" {hours(minutes)} ", PLAIN)]
    return parts


def empty_day(day: date, last: date | None) -> list[Pieces]:
    """What a day without segments says."""
    lines: list[Pieces] = [[("", PLAIN)], [(f"   Nothing was tracked on {day_name(day)}.", BOLD)]]
    if last is not None and last != day:
        lines.append([(f"   The last time in this diary is on {day_name(last)}.", DIM)])
    lines.append([("   [ and ] walk the days, t is today.", DIM)])
    return lines
