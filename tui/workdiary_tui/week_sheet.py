"""A week as a sheet: days by billing status, the limit, and the money of each rate.

Every number is one that the server gave; nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from rich.style import Style
from workdiary import api, money
from workdiary.billing import BillingStatus
from workdiary.changed_terms import limit_hours

from workdiary_tui import look
from workdiary_tui.day_header import FIRST, contested, in_order, policy_failed, week_state
from workdiary_tui.look import BOLD, DIM, PLAIN, Signs
from workdiary_tui.pieces import Piece, Pieces, cut, fit, spread, width_of
from workdiary_tui.words import hours, shown, week_name, wrapped

_LABEL = 9
_COLUMNS = ((8, 10), (6, 9), (5, 6))
"""Cells of a day and of the total, the widest first; the last fits the narrowest window."""
_ROOMY = 74
_NOTES = {
    "auto": "dark green",
    "manual": "light green",
    "over_limit": "red, unbilled",
    "policy_error": "not judged",
}
_NOTE_FROM = 92
_ERROR_LINES = 3


def title_line(contract: api.Contract, monday: date, width: int) -> Pieces:
    """Whose week it is, and which."""
    sunday = monday + timedelta(days=6)
    who = f" > {shown(contract.freelancer.name)} > " if width >= _ROOMY else " > "
    left: Pieces = [
        (f" {shown(contract.name)}", look.TITLE),
        (who, look.TITLE_REST),
        (f"{week_name(monday).capitalize()}: {monday:%a %d} - {sunday:%a %d %b %Y}", look.TITLE),
    ]
    return spread(left, [("UTC ", look.TITLE_REST)], width, look.TITLE_REST)


def sheet(week: api.Week, chosen: date, width: int) -> list[Pieces]:
    """Days by status in hours and minutes, their sums, and their money."""
    days = week.days
    cells = _columns(width)
    lines = [_heading(days, chosen, cells)]
    if week.policy_error:
        return [*lines, *failed_lines(week, width)]
    for status in statuses(week):
        badge = look.badge(status)
        values = [hours(day.totals.by_status.get(status, 0)) for day in days]
        total = hours(week.totals.by_status.get(status, 0))
        line = [*_label(badge.word.lower(), badge.style), *_cells(values, total, cells, PLAIN)]
        note = _NOTES.get(status, "")
        if note and width >= _NOTE_FROM:
            line.append((f"  {note}", DIM))
        lines.append(line)
    values = [hours(day.totals.tracked) for day in days]
    sums = _cells(values, hours(week.totals.tracked), cells, BOLD)
    lines.append([*_label("total", BOLD), *sums])
    amounts = [_amount(day.amount, week.currency) for day in days]
    total = _amount(week.amount, week.currency)
    if len(total) < cells[1] and all(len(one) < cells[0] for one in amounts):
        label = _label(shown(week.currency), PLAIN)
        lines.append([*label, *_cells(amounts, total, cells, PLAIN)])
    return lines


def _columns(width: int) -> tuple[int, int]:
    fitting = (one for one in _COLUMNS if _LABEL + 7 * one[0] + one[1] <= width)
    return next(fitting, _COLUMNS[-1])


def statuses(week: api.Week) -> list[str]:
    """The three that everybody knows, even without such time; then what else there is."""
    held = {status for day in week.days for status in day.totals.by_status}
    return in_order({*FIRST, *held, *week.totals.by_status})


def failed_lines(week: api.Week, width: int) -> list[Pieces]:
    text = policy_failed(week.policy_error)
    lines = wrapped(text, max(10, width - 2), _ERROR_LINES)
    return [[(fit(f" {line}", width), look.OVER)] for line in lines]


def limit_lines(week: api.Week, signs: Signs, width: int) -> list[Pieces]:
    """The limit as a bar; what lies behind the ``|`` is over it."""
    if week.policy_error:
        return []
    billable = week.totals.billable
    over = week.totals.by_status.get(BillingStatus.OVER_LIMIT, 0)
    if week.limit is None:
        return [[(" no weekly limit", BOLD), (f"  {hours(billable)} billable", PLAIN)]]
    words = f" {hours(billable)}"
    words += f" + {hours(over)} over" if over else f" of {limit_hours(week.limit)}"
    name = f" limit {limit_hours(week.limit)} "
    room = max(8, min(42, width - len(name) - len(words) - 4))
    return [
        [(name, BOLD), *long_bar(billable, over, week.limit, signs, room), (words, PLAIN)],
    ]


def long_bar(billable: int, over: int, limit: int, signs: Signs, room: int) -> Pieces:
    """``[######....]``, or ``[########|##]`` where time lies over the limit."""
    if not over:
        filled = billable * room // limit if limit else room
        filled = min(room, max(filled, 1 if billable else 0))
        return [(f"[{signs.full * filled}{signs.empty * (room - filled)}]", look.ACTIVE)]
    behind = min(room - 2, max(1, over * room // max(1, billable + over)))
    within = room - 1 - behind
    return [
        (f"[{signs.full * within}|", look.ACTIVE),
        (f"{signs.full * behind}]", look.ACTIVE_OVER),
    ]


def money_lines(week: api.Week, width: int) -> list[Pieces]:
    """One line for each rate of the week's bill, then its sum and what is not billed."""
    if week.policy_error:
        return []
    lines: list[Pieces] = [[(_at_rate(line, week.currency), PLAIN)] for line in week.lines]
    total = f" this week {money.written(week.amount, week.currency)}"
    if len(week.lines) == 1:
        lines = [cut([*lines[0], *_beside(week)], width)]
    else:
        lines.append(cut([(total, BOLD), *_beside(week)], width))
    return lines


def state_lines(week: api.Week, width: int) -> list[Pieces]:
    """When the week is locked or was closed, and what waits for the client: in a line, or two."""
    state: Pieces = [(f" {week_state(week)} ", BOLD)]
    waits: list[Piece] = []
    if week.pending:
        waits += [(" ", PLAIN), (f" {hours(week.pending)} late, not decided ", look.UNPAID)]
    waits += contested(week)
    if width_of(state) + width_of(waits) <= width:
        return [[*state, *waits]]
    return [state, waits]


def zone_line(week: api.Week, width: int) -> Pieces:
    deleted = f" {hours(week.deleted)} was deleted." if week.deleted else ""
    return cut([(f" Weeks are cut and locked in UTC, in every zone.{deleted}", DIM)], width)


def _at_rate(line: api.BillLine, currency: str) -> str:
    rate = money.written(line.rate, currency)
    return f" billable {hours(line.minutes)} x {rate} = {money.written(line.amount, currency)}"


def _beside(week: api.Week) -> Iterable[Piece]:
    """What is not billed, and how much of the time no tracker saw."""
    rest = week.totals.tracked - week.totals.billable
    if rest:
        yield f"   not billable {hours(rest)}", PLAIN
    manual = week.totals.by_status.get(BillingStatus.MANUAL, 0)
    if manual:
        yield f"   manual {share(manual, week.totals.tracked)}", PLAIN


def share(part: int, whole: int) -> str:
    """A part in percent with one decimal, rounded half up, in integers alone."""
    tenths = (2000 * part + whole) // (2 * whole) if whole else 0
    return f"{tenths // 10}.{tenths % 10} %"


def _heading(days: Iterable[api.WeekDay], chosen: date, cells: tuple[int, int]) -> Pieces:
    line: list[Piece] = [(" " * _LABEL, PLAIN)]
    for day in days:
        here = day.date == chosen
        name = f"{'>' if here else ''}{day.date:%a}"
        pad = " " * (cells[0] - len(name))
        line += [(pad, PLAIN), (name, look.CURSOR if here else look.HEADING)]
    return [*line, (f"{'total':>{cells[1]}}", look.HEADING)]


def _label(word: str, style: Style) -> Pieces:
    return [(" ", PLAIN), (fit(word, _LABEL - 1), style)]


def _cells(values: Iterable[str], total: str, cells: tuple[int, int], style: Style) -> Pieces:
    line: list[Piece] = []
    for value in values:
        empty = value == "0h00" or not value.strip("0.,")
        line.append((f"{value:>{cells[0]}}", DIM if empty else style))
    return [*line, (f"{total:>{cells[1]}}", BOLD)]


def _amount(amount: int, currency: str) -> str:
    return money.written(amount, currency).rpartition(" ")[0]
