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
from datetime import UTC, date, datetime
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

# Frozen weeks quote these words and are recomputed in every later release: a test pins them.
TRACKED = "{minutes} of these ten minutes were tracked"
BY_HAND = "manual time counts ten minutes"
OVER = (
    "over the week's limit of {limit} minutes: {billed} are billed before it and these {minutes} "
    "do not fit"
)
CLOSED = (
    "over the week's limit of {limit} minutes: the week was closed by the segment of {closed} UTC, "
    "which did not fit"
)
BEHIND = "accepted late time stands behind the rest of its week; "
OVER_CAP = (
    "over the day's cap of {cap} minutes: {taken} of {day} (UTC) are billed before it and these "
    "{minutes} do not fit"
)


@dataclass(slots=True)
class _Room:
    """What of the week's limit and of each day's cap is taken so far.

    ``closed`` is the start of the segment that did not fit the limit.
    """

    limit: int | None
    cap: int | None
    billed: int = 0
    closed: datetime | None = None
    days: dict[date, int] = field(default_factory=dict)

    def judge(self, segment: Counted) -> Verdict:
        """The next segment's verdict, in the order of billing."""
        minutes = counted_minutes(segment)
        found = self._over_limit(segment, minutes) or self._over_cap(segment, minutes)
        if found is not None:
            return found
        day = utc_day(segment)
        self.billed += minutes
        self.days[day] = self.days.get(day, 0) + minutes
        if segment.kind is Kind.MANUAL:
            status, reason = BillingStatus.MANUAL, BY_HAND
        else:
            status, reason = BillingStatus.AUTO, TRACKED.format(minutes=minutes)
        return Verdict(segment.start, status, minutes, minutes, reason, "rule 1")

    def _over_limit(self, segment: Counted, minutes: int) -> Verdict | None:
        if self.limit is None:
            return None
        if self.closed is not None:
            reason = CLOSED.format(limit=self.limit, closed=f"{self.closed:%a %H:%M}")
        elif self.billed + minutes > self.limit:
            self.closed = segment.start.astimezone(UTC)
            reason = OVER.format(limit=self.limit, billed=self.billed, minutes=minutes)
        else:
            return None
        reason = (BEHIND if segment.late else "") + reason
        return Verdict(segment.start, BillingStatus.OVER_LIMIT, minutes, 0, reason, "rule 3")

    def _over_cap(self, segment: Counted, minutes: int) -> Verdict | None:
        day = utc_day(segment)
        taken = self.days.get(day, 0)
        if self.cap is None or taken + minutes <= self.cap:
            return None
        reason = OVER_CAP.format(cap=self.cap, taken=taken, day=day, minutes=minutes)
        return Verdict(segment.start, OVER_DAILY_CAP, minutes, 0, reason, "daily cap")


def utc_day(segment: Counted) -> date:
    """The day that a segment's daily cap goes by, whatever zone its start is written in."""
    return segment.start.astimezone(UTC).date()


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
        raise ConfigError(f"daily_cap = {cap!r}: write whole minutes a day, 0 or more, such as 480")
    return lambda terms, week: tracked_minutes(terms, week, cap)


@hookimpl
def workdiary_billing_policies() -> Mapping[str, PolicyFactory]:
    return {"tracked_minutes": make_policy}
