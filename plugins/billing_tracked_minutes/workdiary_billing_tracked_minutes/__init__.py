"""A billing policy that bills the minutes that were tracked, with an optional cap a day.

As the default policy, with these differences:

1. A tracked segment counts its tracked minutes, sampled or not; a manual one counts ten.
3. A segment that does not fit the weekly limit closes the week: a smaller later one stays over.

And one rule more, with the option ``daily_cap`` (minutes): a segment that does not fit the UTC day
on which it starts is over the daily cap. It is looked at after the weekly limit, uses none of it,
and a later, smaller segment of that day may still fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from workdiary.billing import (
    BillingStatus,
    Counted,
    Policy,
    PolicyFactory,
    Terms,
    Verdict,
    in_billing_order,
    limit_of_week,
    set_aside,
    week_start,
)
from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl
from workdiary.segments import MINUTES, Kind

OVER_DAILY_CAP = "over_daily_cap"


@dataclass(slots=True)
class _Room:
    """What of the week's limit and of each day's cap is taken so far."""

    limit: int | None
    cap: int | None
    billed: int = 0
    closed: bool = False
    days: dict[date, int] = field(default_factory=dict)

    def judge(self, segment: Counted) -> Verdict:
        minutes, day = counted_minutes(segment), segment.start.date()
        taken = self.days.get(day, 0)
        if self.closed or (self.limit is not None and self.billed + minutes > self.limit):
            self.closed = True
            reason = (
                f"over the week's limit of {self.limit} minutes: {self.billed} are billed before "
                f"it and these {minutes} do not fit, or an earlier segment did not"
            )
            return Verdict(segment.start, BillingStatus.OVER_LIMIT, minutes, 0, reason, "rule 3")
        if self.cap is not None and taken + minutes > self.cap:
            reason = (
                f"over the day's cap of {self.cap} minutes: {taken} of {day:%a %d %b} are billed "
                f"before it and these {minutes} do not fit"
            )
            return Verdict(segment.start, OVER_DAILY_CAP, minutes, 0, reason, "daily cap")
        self.billed += minutes
        self.days[day] = taken + minutes
        if segment.kind is Kind.MANUAL:
            status, reason = BillingStatus.MANUAL, "manual time counts ten minutes"
        else:
            status, reason = BillingStatus.AUTO, f"{minutes} of these ten minutes were tracked"
        return Verdict(segment.start, status, minutes, minutes, reason, "rule 1")


def counted_minutes(segment: Counted) -> int:
    """What a segment counts under this policy, billed or not."""
    return MINUTES if segment.kind is Kind.MANUAL else segment.tracked_minutes


def tracked_minutes(
    terms: Sequence[Terms], week: Sequence[Counted], daily_cap: int | None = None
) -> list[Verdict]:
    """Judge one week's segments; the verdicts are in the order of start."""
    if not week:
        return []
    room = _Room(limit_of_week(terms, week_start(week[0].start)), daily_cap)
    verdicts = [
        set_aside(terms, segment, counted_minutes(segment)) or room.judge(segment)
        for segment in in_billing_order(week)
    ]
    return sorted(verdicts, key=lambda verdict: verdict.start)


def make_policy(options: Mapping[str, Any]) -> Policy:
    """The policy with its options.

    :raises ConfigError: an option is unknown, or the cap is no number of minutes
    """
    unknown = ", ".join(sorted(set(options) - {"daily_cap"}))
    if unknown:
        raise ConfigError(
            f"billing policy tracked_minutes has the option daily_cap alone; remove {unknown}"
        )
    cap = options.get("daily_cap")
    if cap is not None and (type(cap) is not int or cap < 0):
        raise ConfigError(f"daily_cap = {cap!r}: write whole minutes a day, such as 480")
    return lambda terms, week: tracked_minutes(terms, week, cap)


@hookimpl
def workdiary_billing_policies() -> Mapping[str, PolicyFactory]:
    return {"tracked_minutes": make_policy}
