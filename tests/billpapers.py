"""Builders of papers for tests: a week's timesheet, a supplement, a range, a payroll."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
from workdiary import api
from workdiary.billing import amount, apportion

CONTRACT = "0f" * 16
MONDAY = date(2026, 11, 23)
ROOT = "ab" * 32


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026, in UTC."""
    return datetime(2026, 11, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1)


def some_terms(**changes: object) -> api.Terms:
    usual = api.Terms(
        since=datetime(2026, 9, 7, tzinfo=UTC),
        rate=4500,
        currency="USD",
        weekly_limit=2400,
        hourly=True,
        manual=True,
        screenshots="required",
        zone="Asia/Manila",
        policy="weekly_limit",
        policy_options={},
        paused=False,
        ended=False,
        by="Olga",
        received=datetime(2026, 9, 4, 9, 30, tzinfo=UTC),
        index=0,
        changed=(),
    )
    return msgspec.structs.replace(usual, **changes)


def minutes_of(by_status: dict[str, int], billable: int | None = None) -> api.Minutes:
    billed = by_status.get("auto", 0) + by_status.get("manual", 0)
    return api.Minutes(
        tracked=sum(by_status.values()),
        billable=billed if billable is None else billable,
        by_status=by_status,
    )


def added_up(days: tuple[api.WeekDay, ...]) -> api.Minutes:
    names = {name for day in days for name in day.totals.by_status}
    return api.Minutes(
        tracked=sum(day.totals.tracked for day in days),
        billable=sum(day.totals.billable for day in days),
        by_status={name: sum(d.totals.by_status.get(name, 0) for d in days) for name in names},
    )


def days_of(
    counted: tuple[dict[str, int], ...], total: int, first: date = MONDAY
) -> tuple[api.WeekDay, ...]:
    """Days with these minutes by status; ``total`` is split by what is billed."""
    totals = [minutes_of(by_status) for by_status in counted]
    shares = apportion(total, [held.billable for held in totals])
    return tuple(
        api.WeekDay(date=first + timedelta(days=place), totals=held, amount=share)
        for place, (held, share) in enumerate(zip(totals, shares, strict=True))
    )


WORKED: tuple[dict[str, int], ...] = (
    {"auto": 480},
    {"auto": 420, "manual": 60},
    {"auto": 450, "partial": 30},
    {"auto": 480, "overlap": 10},
    {"auto": 440, "manual": 70, "over_limit": 70},
    {"over_limit": 120},
    {},
)


def a_timesheet(
    counted: tuple[dict[str, int], ...] = WORKED,
    lines: tuple[tuple[int, int], ...] | None = None,
    **changes: object,
) -> api.Timesheet:
    """A closed week; ``lines`` are (rate, minutes), one at 45.00 unless they say else."""
    billed = sum(minutes_of(by_status).billable for by_status in counted)
    chosen = ((4500, billed),) * bool(billed) if lines is None else lines
    made = tuple(
        api.BillLine(rate=rate, minutes=held, amount=amount(rate, held)) for rate, held in chosen
    )
    total = sum(line.amount for line in made)
    days = days_of(counted, total)
    totals = added_up(days)
    usual = api.Timesheet(
        contract=CONTRACT,
        name="Website relaunch",
        freelancer="Jane Cooper",
        clients=("Acme Ltd", "Alice Baker"),
        week=MONDAY,
        state="closed",
        closed=at(30, 12),
        closed_by="",
        currency="USD",
        limit=2400,
        days=days,
        totals=totals,
        over_limit=totals.by_status.get("over_limit", 0),
        manual=totals.by_status.get("manual", 0),
        deleted=20,
        lines=made,
        amount=total,
        terms=(some_terms(),),
        policy="weekly_limit",
        policy_version="0.1.0",
        policy_options={},
        policy_error="",
        size=1284,
        root=ROOT,
    )
    return msgspec.structs.replace(usual, **changes)


def a_late_segment(minute: int = 0, status: str = "auto", billable: int = 10) -> api.LateSegment:
    return api.LateSegment(
        start=at(27, 10, minute),
        received=at(30, 15, 2),
        status=status,
        minutes=10,
        billable=billable,
        reason="it arrived after the week was locked: the client may accept it",
    )


def a_supplement(**changes: object) -> api.Supplement:
    accepted = api.Adjustment(
        accepted=True,
        by="Alice Baker",
        at=datetime(2026, 12, 1, 9, tzinfo=UTC),
        reason="the train had no network",
        segments=(a_late_segment(20), a_late_segment(30)),
        amount=1500,
        index=1301,
    )
    declined = msgspec.structs.replace(
        accepted, accepted=False, reason="not agreed", segments=(a_late_segment(40),), amount=0
    )
    mark = api.Contest(by="Alice Baker", at=at(30, 16), reason="we had agreed to stop at noon")
    usual = api.Supplement(
        contract=CONTRACT,
        week=MONDAY,
        currency="USD",
        pending=(a_late_segment(0), a_late_segment(10, "over_limit", 0)),
        offered=750,
        adjustments=(accepted, declined),
        amount=1500,
        total=181500,
        contested=(api.ContestedSegment(start=at(26, 14, 10), contest=mark),),
        contest_until=datetime(2026, 12, 5, tzinfo=UTC),
    )
    return msgspec.structs.replace(usual, **changes)


def a_range(
    counted: tuple[dict[str, int], ...] = WORKED, total: int = 180000, **changes: object
) -> api.RangeTimesheet:
    days = days_of(counted, total)
    usual = api.RangeTimesheet(
        contract=CONTRACT,
        name="Website relaunch",
        freelancer="Jane Cooper",
        clients=("Acme Ltd",),
        first=MONDAY,
        last=MONDAY + timedelta(days=len(counted) - 1),
        currency="USD",
        days=days,
        totals=added_up(days),
        amount=total,
        adjusted=1500,
        pending=20,
        open=False,
        policy_error="",
    )
    return msgspec.structs.replace(usual, **changes)


def a_payroll(contracts: tuple[api.RangeTimesheet, ...] | None = None) -> api.Payroll:
    second = a_range(
        total=330000, contract="1e" * 16, name="Übersetzung", freelancer="Pia", currency="JPY"
    )
    held = (a_range(), second) if contracts is None else contracts
    amounts: dict[str, int] = {}
    for part in held:
        amounts[part.currency] = amounts.get(part.currency, 0) + part.amount
    return api.Payroll(first=held[0].first, last=held[0].last, contracts=held, amounts=amounts)
