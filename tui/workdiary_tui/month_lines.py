"""A month as a sheet of days with their hours, and what a range of them comes to."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rich.style import Style
from workdiary import api, money

from workdiary_tui import look
from workdiary_tui.day_header import in_order, policy_failed
from workdiary_tui.look import BOLD, DIM, PLAIN
from workdiary_tui.pieces import Piece, Pieces, fit, spread
from workdiary_tui.words import day_name, hours, shown

_WEEK = 7
_WIDEST = 14
_MONDAY_FIRST = calendar.Calendar()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The day under the cursor and, once it is marked, where the range begins."""

    day: date
    begins: date | None = None

    @property
    def range(self) -> tuple[date, date] | None:
        """First and last day of what is marked."""
        if self.begins is None:
            return None
        return min(self.begins, self.day), max(self.begins, self.day)

    def holds(self, day: date) -> bool:
        marked = self.range
        return marked is not None and marked[0] <= day <= marked[1]


def month_title(contract: api.Contract, month: date, zone: str, width: int) -> Pieces:
    left: list[Piece] = [
        (f" {shown(contract.name)}", look.TITLE),
        (" > ", look.TITLE_REST),
        (f"{month:%B %Y}", look.TITLE),
    ]
    return spread(left, [(f"days in {zone} ", look.TITLE_REST)], width, look.TITLE_REST)


def month_lines(
    month: date, known: Mapping[date, api.CalendarDay], chosen: Chosen, today: date, width: int
) -> list[Pieces]:
    """The weeks of a month, two lines each: the hours tracked, and below them what is over."""
    cells = min(_WIDEST, (width - 1) // _WEEK)
    names = [(fit(f" {name}", cells), look.HEADING) for name in calendar.day_abbr]
    lines: list[Pieces] = [[(" ", PLAIN), *names]]
    for week in _MONDAY_FIRST.monthdatescalendar(month.year, month.month):
        days = [(day, known.get(day) if day.month == month.month else None) for day in week]
        styles = [_under(day, chosen, day.month == month.month) for day in week]
        for words in (_first, _second):
            line: list[Piece] = [(" ", PLAIN)]
            for (day, sums), style in zip(days, styles, strict=True):
                inside = day.month == month.month
                text, own = words(day, sums, today) if inside else ("", DIM)
                line.append((fit(f" {text}", cells), own + style))
            lines.append(line)
    return lines


def _under(day: date, chosen: Chosen, inside: bool) -> Style:
    if not inside:
        return PLAIN
    if day == chosen.day:
        return look.CURSOR
    return look.TITLE_REST if chosen.holds(day) else PLAIN


def _first(day: date, sums: api.CalendarDay | None, today: date) -> tuple[str, Style]:
    mark = "=" if day == today else " "
    if sums is None or not sums.tracked:
        return f"{day:%d}{mark} .", DIM
    return f"{day:%d}{mark}{hours(sums.tracked)}", BOLD


def _second(day: date, sums: api.CalendarDay | None, today: date) -> tuple[str, Style]:
    if sums is None or not sums.over:
        return "", PLAIN
    return f"*{hours(sums.over)}", look.LIMIT


def day_line(
    chosen: Chosen,
    sums: api.CalendarDay | None,
    width: int,
    open_key: str = "enter",
    back: str = "esc",
) -> Pieces:
    """The day under the cursor in words; while a range is marked, which."""
    marked = chosen.range
    if marked is not None:
        days = (marked[1] - marked[0]).days + 1
        plural = "" if days == 1 else "s"
        words = f" {day_name(marked[0])} - {day_name(marked[1])}: {days} day{plural}"
        return [(fit(f"{words}; {open_key} adds them up, {back} unmarks", width), BOLD)]
    if sums is None or not sums.tracked:
        return [(fit(f" {day_name(chosen.day)}: nothing tracked", width), DIM)]
    words = f" {day_name(chosen.day)}: {hours(sums.tracked)} tracked"
    words += f", {hours(sums.billable)} billable"
    if sums.over:
        words += f", {hours(sums.over)} over the limit"
    return [(fit(words, width), PLAIN)]


def sums_line(month: api.Calendar, width: int) -> Pieces:
    """What the month's days add up to."""
    if month.policy_error:
        return [(fit(f" {policy_failed(month.policy_error)}", width), look.OVER)]
    tracked, billable, over = (
        sum(getattr(day, name) for day in month.days) for name in ("tracked", "billable", "over")
    )
    rest = f", *{hours(over)} over the limit" if over else ""
    words = f" month: {hours(tracked)} tracked, {hours(billable)} billable{rest}"
    return [(fit(words, width), BOLD)]


def range_lines(found: api.RangeTimesheet, width: int, back: str = "esc") -> list[Pieces]:
    """The range's own sums and money, as the server bills them."""
    days = f"{day_name(found.first)} - {day_name(found.last)}, UTC"
    title = spread(
        [(f" {days}", look.TITLE)], [(f"{back} closes ", look.TITLE_REST)], width, look.TITLE
    )
    if found.policy_error:
        return [title, [(fit(f" {policy_failed(found.policy_error)}", width), look.OVER)]]
    line: list[Piece] = []
    for status in in_order(found.totals.by_status):
        badge = look.badge(status)
        line += [(" ", PLAIN), (f" {badge.word.lower()} ", badge.style)]
        line.append((f" {hours(found.totals.by_status[status])} ", PLAIN))
    tracked, billable = hours(found.totals.tracked), hours(found.totals.billable)
    amount = money.written(found.amount, found.currency)
    sums = f" {tracked} tracked, {billable} billable: {amount}"
    state = "weeks in it are open: it may still change" if found.open else "all of it is frozen"
    lines: list[Pieces] = [
        title,
        line,
        [(fit(sums, width), BOLD)],
        [(fit(f" {state}", width), DIM)],
    ]
    if found.pending:
        waits = f" {hours(found.pending)} late time waits for the client, and is not in it"
        lines.append([(fit(waits, width), look.NEWS)])
    return lines


def month_of(day: date) -> date:
    return day.replace(day=1)


def moved(day: date, days: int = 0, months: int = 0) -> date:
    """The day so much later; in a shorter month its last."""
    if months:
        ordinal = day.year * 12 + day.month - 1 + months
        year, month = ordinal // 12, ordinal % 12 + 1
        last = calendar.monthrange(year, month)[1]
        return date(year, month, min(day.day, last))
    return day + timedelta(days=days)
