"""A week in plain lines: its days by billing status, its limit, its money, and its lock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from workdiary import api, money
from workdiary.changed_terms import limit_hours
from workdiary.plain.words import (
    by_status,
    counted,
    day_word,
    heading,
    hours,
    moment,
    policy_failed,
    week_word,
)


def week_lines(contract: api.Contract, week: api.Week) -> Iterator[str]:
    yield heading(contract)
    monday = week.start.date()
    sunday = monday + timedelta(days=6)
    yield f"week {week_word(monday)}, {day_word(monday)} to {day_word(sunday)}, UTC"
    yield state(week)
    yield "no weekly limit" if week.limit is None else f"limit {limit_hours(week.limit)}"
    if week.policy_error:
        yield policy_failed(week.policy_error)
        return
    yield from _bill(week)
    for day in week.days:
        said = ", ".join(_day(day, week.currency))
        yield f"{day.date:%a %d %b}: {said}"


def state(week: api.Week) -> str:
    """``open, locks Mon 09 Nov 2026 12:00 UTC``, or since when it is locked or closed."""
    if week.state == "open":
        return f"open, locks {moment(week.locks)}"
    return f"{week.state} {moment(week.closed or week.locks)}"


def _bill(week: api.Week) -> Iterator[str]:
    worth = money.written(week.amount, week.currency)
    totals = week.totals
    yield f"tracked {hours(totals.tracked)}, billable {hours(totals.billable)}, {worth}"
    yield from by_status(totals.by_status)
    for line in week.lines:
        rate = money.written(line.rate, week.currency)
        amount = money.written(line.amount, week.currency)
        yield f"billable {hours(line.minutes)} x {rate} = {amount}"
    if week.pending:
        yield f"late, not decided {hours(week.pending)}"
    if week.contested:
        yield f"contested {counted(week.contested, 'segment')}"
    if week.deleted:
        yield f"deleted {hours(week.deleted)}"


def _day(day: api.WeekDay, currency: str) -> list[str]:
    if not day.totals.tracked:
        return ["nothing"]
    worth = money.written(day.amount, currency)
    return [f"tracked {hours(day.totals.tracked)}", *by_status(day.totals.by_status), worth]
