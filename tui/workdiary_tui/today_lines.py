"""A contract's last days at a glance: seven of them as a row of bars, and the sets of today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from workdiary import api

from workdiary_tui import look
from workdiary_tui.look import BOLD, DIM, PLAIN, Signs
from workdiary_tui.pieces import Pieces, fit
from workdiary_tui.sets import Set, sets_of
from workdiary_tui.words import hours, shown
from workdiary_tui.zones import Clock

DAYS = 7
_FULL = 8 * 60
"""Minutes of a whole bar: a working day, so that contracts compare."""
_SLOT = timedelta(minutes=10)


def last_days(weeks: Sequence[api.Week], today: date) -> tuple[int, ...]:
    """Minutes tracked on each of the seven UTC days that end ``today``, the oldest first."""
    known = {day.date: day.totals.tracked for week in weeks for day in week.days}
    return tuple(known.get(today - timedelta(days=back), 0) for back in range(DAYS - 1, -1, -1))


def bars(minutes: Sequence[int], signs: Signs) -> str:
    """One cell a day, as high as its part of eight hours; of a day without time only its place."""
    top = len(signs.bars) - 1
    return "".join(
        signs.bars[min(top, one * top // _FULL)] if one else signs.absent_day for one in minutes
    )


def today_lines(contract: api.Contract, day: api.Day, clock: Clock, width: int) -> list[Pieces]:
    """The sets of the freelancer's ``day``, read on ``clock``, two lines each, and their sum."""
    who = f"{shown(contract.freelancer.name)}, {shown(contract.name)}"
    lines: list[Pieces] = [
        [(fit(f"Today in {day.zone}; times {clock.label(day.begins)}", width), look.HEADING)],
        [(fit(who, width), BOLD)],
        [("", PLAIN)],
    ]
    sets = sets_of(day.segments)
    if not sets:
        return [*lines, [("nothing tracked yet", DIM)]]
    for one in sets:
        lines += [[(_span(one, clock), PLAIN)], [(fit(f"  {shown(one[-1].memo)}", width), DIM)]]
    sums = f"{hours(day.totals.tracked)} tracked, {hours(day.totals.billable)} billable"
    return [*lines, [("", PLAIN)], [(sums, DIM)]]


def _span(run: Set, clock: Clock) -> str:
    minutes = sum(segment.tracked.bit_count() for segment in run)
    return f"{clock.time(run[0].start)}-{clock.time(run[-1].start + _SLOT)}  {hours(minutes)}"
