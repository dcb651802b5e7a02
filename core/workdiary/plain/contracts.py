"""Contracts, their terms and their months in plain lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

from workdiary import api
from workdiary.changed_terms import all_terms, change_words, holds_from, limit_hours
from workdiary.plain.words import heading, hours, moment, policy_failed


def contract_lines(contracts: Sequence[api.Contract]) -> Iterator[str]:
    """A line a contract: today, this week against its limit, and when it was last seen."""
    for contract in contracts:
        yield f"{heading(contract)}: {', '.join(_standing(contract))}"
    if not contracts:
        yield "there is no contract that you may read"


def _standing(contract: api.Contract) -> Iterator[str]:
    if contract.week_error:
        yield policy_failed(contract.week_error)
    else:
        today, week = contract.today, contract.week
        yield f"today {hours(today.tracked)} tracked and {hours(today.billable)} billable"
        yield f"this week {hours(week.tracked)} tracked and {hours(week.billable)} billable"
    limit = contract.weekly_limit
    yield "no limit" if limit is None else f"limit {limit_hours(limit)}"
    if contract.ended is not None:
        yield f"ends {moment(contract.ended)}"
    elif contract.paused:
        yield "paused"
    last = contract.last_segment
    yield "no time yet" if last is None else f"last segment {moment(last)}"


def history(terms: Sequence[api.Terms], arrow: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each of the terms as a heading and its lines, the newest first."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for place, one in enumerate(terms):
        since = f"{one.since.astimezone(UTC):%a %d %b %Y %H:%M} UTC"
        if place == 0:
            lines = ["the contract was opened", *all_terms(one)]
        else:
            lines = _changes(terms[place - 1], one, arrow)
        title = f"from {since}, by {one.by} (entry {one.index} of the log)"
        found.append((title, tuple(lines)))
    return found[::-1]


def _changes(before: api.Terms, after: api.Terms, arrow: str) -> list[str]:
    lines = change_words(before, after, arrow) or ["nothing changed"]
    begins = holds_from(before, after)
    if begins != after.since:
        lines.append(f"holds from {begins.astimezone(UTC):%a %d %b %H:%M} UTC")
    return lines


def terms_lines(contract: api.Contract, terms: Sequence[api.Terms]) -> Iterator[str]:
    yield heading(contract)
    for title, lines in history(terms, "->"):
        yield title
        yield from lines


def calendar_lines(contract: api.Contract, month: api.Calendar) -> Iterator[str]:
    """A line for each day that has any time, and their sums."""
    yield heading(contract)
    yield f"month {month.month}, days in {month.zone}"
    if month.policy_error:
        yield policy_failed(month.policy_error)
    for day in month.days:
        if day.tracked:
            yield f"{day.date:%a %d %b}: {_sums((day,))}"
    yield f"month: {_sums(month.days)}"


def _sums(days: Sequence[api.CalendarDay]) -> str:
    tracked, billable = sum(day.tracked for day in days), sum(day.billable for day in days)
    over = sum(day.over for day in days)
    said = f"tracked {hours(tracked)}, billable {hours(billable)}"
    return f"{said}, over limit {hours(over)}" if over else said
