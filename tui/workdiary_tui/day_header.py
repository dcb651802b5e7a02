"""The lines above a day: whose it is, its week against the limit, and what the week comes to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from rich.style import Style
from workdiary import api, money
from workdiary.billing import BillingStatus
from workdiary.changed_terms import limit_hours

from workdiary_tui import look
from workdiary_tui.look import BOLD, DIM, PLAIN, Signs
from workdiary_tui.pieces import Piece, Pieces, fit, spread, width_of
from workdiary_tui.words import day_name, hours, shown, week_name, when, wrapped
from workdiary_tui.zones import Clock

ROOMY = 66
"""Narrower lines show neither counts nor the freelancer's name."""
_WEEK_BAR_FROM = 100
FIRST = (BillingStatus.AUTO, BillingStatus.MANUAL, BillingStatus.OVER_LIMIT)
_BAR = 10
_MORE = "... "


def title_line(
    contract: api.Contract, day: date, clock: Clock, diary: api.Day | None, width: int
) -> Pieces:
    """Whose diary, which day, and its totals; no totals where nothing could be billed."""
    who = f" > {shown(contract.freelancer.name)} > " if width >= ROOMY else " > "
    left: list[Piece] = [
        (f" {shown(contract.name)}", look.TITLE),
        (who, look.TITLE_REST),
        (day_name(day), look.TITLE),
    ]
    if diary is None:
        return spread(left, [], width, look.TITLE_REST)
    if clock.name == "UTC":
        left.append((" UTC", look.TITLE_REST))
    if diary.week.policy_error:
        return spread(left, [("not billed ", look.TITLE)], width, look.TITLE_REST)
    right = f"{hours(diary.totals.tracked)} tracked "
    if width >= ROOMY:
        right += f" {hours(diary.totals.billable)} billable "
    return spread(left, [(right, look.TITLE_REST)], width, look.TITLE_REST)


def week_lines(diary: api.Day, news: str, signs: Signs, clock: Clock, width: int) -> list[Pieces]:
    """The week in two lines, the newest change of terms, and both dates of a day not UTC's."""
    week = diary.week
    lines = [failed_line(week, width)] if week.policy_error else [week_line(diary, signs, width)]
    lines.append(state_line(week, width))
    if news:
        lines += news_lines(news, width)
    utc = utc_line(diary, clock)
    return [*lines, utc] if utc else lines


def news_lines(news: str, width: int) -> list[Pieces]:
    """The newest change of terms, in at most two lines."""
    return [[(f" {line}", look.NEWS)] for line in wrapped(news, max(10, width - 2), 2)]


def failed_line(week: api.Week, width: int) -> Pieces:
    """A policy that gave no result, across the whole line: no number stands in its place."""
    return [(fit(f" {policy_failed(week.policy_error)}", width), look.OVER)]


def policy_failed(reason: str) -> str:
    why = shown(reason).removeprefix("policy failed: ")
    return f"policy failed; nothing is billed: {why}"


def week_line(diary: api.Day, signs: Signs, width: int) -> Pieces:
    """The week against its limit, and the day by billing status."""
    left = [(f" {week_name(diary.week.start)}: ", PLAIN), *week_bar(diary.week, signs, width)]
    return spread(left, _by_status(diary.totals.by_status, width - width_of(left) - 1), width)


def state_line(week: api.Week, width: int) -> Pieces:
    """Until when the week can change, what waits for the client, and its money."""
    left: list[Piece] = [(f" {week_state(week)} ", DIM)]
    if week.pending:
        left += [(" ", PLAIN), (f" {hours(week.pending)} late ", look.UNPAID)]
    left += contested(week)
    right = "" if week.policy_error else f"week {money.written(week.amount, week.currency)} "
    return spread(left, [(right, BOLD)] if right else [], width)


def week_state(week: api.Week) -> str:
    """``open, locks Mon 30 Nov 12:00 UTC``, ``locked …`` or ``closed …``."""
    if week.state == "closed" and week.closed is not None:
        return f"closed {when(week.closed)}"
    if week.state == "open":
        return f"open, locks {when(week.locks)}"
    return f"{shown(week.state)} {when(week.closed or week.locks)}"


def contested(week: api.Week) -> Pieces:
    if not week.contested:
        return []
    return [(" ", PLAIN), (f" ! {week.contested} contested ", look.WARNING)]


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
    over = week.totals.by_status.get(BillingStatus.OVER_LIMIT, 0)
    counted = f"{hours(tracked)} / {limit_hours(week.limit)} "
    extra: Pieces = [(f" +{hours(over)}", look.LIMIT)] if over else []
    bar = limit_bar(tracked, week.limit, signs) if width >= _WEEK_BAR_FROM else []
    return [(counted, BOLD), *bar, *extra]


def limit_bar(minutes: int, limit: int, signs: Signs) -> Pieces:
    """``[■■■■■■□□□□]``: how much of a limit is used; red once all of it is."""
    filled = min(_BAR, minutes * _BAR // limit) if limit else _BAR
    style: Style = look.ACTIVE if minutes <= limit else look.ACTIVE_OVER
    return [(f"[{signs.full * filled}{signs.empty * (_BAR - filled)}]", style)]


def in_order(statuses: Iterable[str]) -> list[str]:
    """The three that everybody knows first, then the others by name."""
    found = set(statuses)
    first = [status for status in FIRST if status in found]
    return [*first, *sorted(found - set(FIRST))]


def _by_status(by_status: dict[str, int], room: int) -> Pieces:
    """As many statuses as fit whole; ``...`` where some are left out."""
    parts: list[Piece] = []
    for status in in_order(by_status):
        minutes = by_status[status]
        if minutes:
            badge = look.badge(status)
            pair = [(f" {badge.word.lower()} ", badge.style), (f" {hours(minutes)} ", PLAIN)]
            if width_of(parts) + width_of(pair) > room - len(_MORE):
                return [*parts, (_MORE, DIM)]
            parts += pair
    return parts


def empty_day(day: date, last: date | None) -> list[Pieces]:
    """What a day without segments says."""
    lines: list[Pieces] = [[("", PLAIN)], [(f"   Nothing was tracked on {day_name(day)}.", BOLD)]]
    if last is not None and last != day:
        lines.append([(f"   The last time in this diary is on {day_name(last)}.", DIM)])
    lines.append([("   [ and ] walk the days, t is today.", DIM)])
    return lines
