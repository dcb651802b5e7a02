"""What a billing policy gets and gives: a contract's terms, a week's segments, their verdicts.

A policy is a pure function, given by name through ``workdiary_billing_policies``. Money is in
integer minor units; durations are minutes; a week is Monday 00:00 to Sunday 24:00 UTC. What no
policy may decide is here as well: which week and limit hold, what is never billed, and rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from workdiary.errors import InvalidError
from workdiary.segments import MINUTES, Kind, from_epoch
from workdiary.text import check_text

WEEK = timedelta(weeks=1)
WEEK_SECONDS = 604_800
LOCK_AFTER = timedelta(hours=12)
"""A week is locked on the Monday after it, at 12:00 UTC (rule 10)."""
CONTEST_AFTER = timedelta(days=5)
"""What a week's bill rests on can be contested until the Friday after it, 24:00 UTC."""
STATUS_LONGEST = 40
REASON_LONGEST = 500
_FIRST_MONDAY = 345_600
"""1970-01-05T00:00:00Z, in seconds since 1970."""


class BillingStatus(StrEnum):
    """The statuses that the default policy knows; a policy may name others.

    ``late`` arrived after the lock and is not accepted; ``inactive`` fell into a pause of the
    contract, or outside its term.
    """

    AUTO = "auto"
    MANUAL = "manual"
    OVER_LIMIT = "over_limit"
    PARTIAL = "partial"
    NOT_HOURLY = "not_hourly"
    OVERLAP = "overlap"
    LATE = "late"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract's two sides agreed on, from ``since`` until the next terms.

    ``rate`` is in minor units of ``currency`` (ISO 4217) an hour; ``weekly_limit`` is in minutes,
    None for no limit, 0 for nothing billable. ``active`` is False while the contract is paused,
    and once it has ended.
    """

    since: datetime
    rate: int
    currency: str
    weekly_limit: int | None
    hourly: bool = True
    active: bool = True


@dataclass(frozen=True, slots=True)
class Counted:
    """One segment as a policy sees it: nothing of what was done, only how the time came to be.

    ``claimed_elsewhere``: another contract of the freelancer has these ten minutes (rule 7).
    ``late``: it arrived after the week's lock; ``accepted``: and the client accepted it (rule 10).
    """

    start: datetime
    kind: Kind
    tracked_minutes: int
    sampled: bool
    claimed_elsewhere: bool = False
    late: bool = False
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """A policy's word on one segment: its status, minutes it counts, minutes billed, and why.

    ``rule`` names the rule that decided, such as ``rule 3`` of the policy's own documentation.
    """

    start: datetime
    status: str
    minutes: int
    billable_minutes: int
    reason: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a week's bill: all that was billed at one rate, rounded once."""

    rate: int
    minutes: int
    amount: int


Policy = Callable[[Sequence[Terms], Sequence[Counted]], Sequence[Verdict]]
"""(terms by ``since``, the week's segments by start) -> one verdict a segment, by start."""

PolicyFactory = Callable[[Mapping[str, Any]], Policy]
"""Called with the contract's policy options; raises ConfigError on a wrong one."""


def week_start(instant: datetime) -> datetime:
    """Monday 00:00 UTC of the week of ``instant``: (seconds − 345600) // 604800, no zone data."""
    number = (int(instant.timestamp()) - _FIRST_MONDAY) // WEEK_SECONDS
    return from_epoch(number * WEEK_SECONDS + _FIRST_MONDAY)


def week_end(instant: datetime) -> datetime:
    """The Monday 00:00 UTC after ``instant``."""
    return week_start(instant) + WEEK


def lock_time(instant: datetime) -> datetime:
    """When the week of ``instant`` is locked, if it is not closed by hand before."""
    return week_end(instant) + LOCK_AFTER


def contest_end(instant: datetime) -> datetime:
    """Until when segments of the week of ``instant`` can be contested."""
    return week_end(instant) + CONTEST_AFTER


def limit_of_week(terms: Sequence[Terms], week: datetime) -> int | None:
    """The highest weekly limit in force at any moment of the week; None (no limit) is highest.

    Raising the limit thus holds at once for the whole week, and lowering it from the next one.
    Before the first terms nothing is billable.
    """
    end = week + WEEK
    limits = [
        held.weekly_limit
        for held, following in zip_longest(terms, terms[1:])
        if held.since < end and (following is None or following.since > max(held.since, week))
    ]
    if None in limits:
        return None
    return max((limit for limit in limits if limit is not None), default=0)


def terms_at(terms: Sequence[Terms], instant: datetime) -> Terms:
    """The terms in force at ``instant``; before the first ones, the first."""
    held = [t for t in terms if t.since <= instant]
    return held[-1] if held else terms[0]


def in_billing_order(week: Iterable[Counted]) -> list[Counted]:
    """By start, never by arrival; what is late stands behind what is not (rules 3 and 10)."""
    return sorted(week, key=lambda segment: (segment.late, segment.start))


def set_aside(terms: Sequence[Terms], segment: Counted, minutes: int) -> Verdict | None:
    """The verdict on a segment that no policy bills, and that uses no limit; else None.

    In this order: late and not accepted (rule 10), a contract that is not in force, a fixed price
    (rule 9), ten minutes that are billed on another contract of the freelancer (rule 7).
    """
    held = terms_at(terms, segment.start)
    if segment.late and not segment.accepted:
        status, rule = BillingStatus.LATE, "rule 10"
        reason = "it arrived after the week was locked: the client may accept it"
    elif not held.active:
        status, rule = BillingStatus.INACTIVE, "terms"
        reason = "the contract was paused, or not in force, when this was worked"
    elif not held.hourly:
        status, rule = BillingStatus.NOT_HOURLY, "rule 9"
        reason = "the contract has a fixed price: time is shown and not billed by the hour"
    elif segment.claimed_elsewhere:
        status, rule = BillingStatus.OVERLAP, "rule 7"
        reason = "these ten minutes are billed on another contract of the freelancer"
    else:
        return None
    return Verdict(segment.start, status, minutes, 0, reason, rule)


def check_verdicts(
    verdicts: Sequence[Verdict], terms: Sequence[Terms], week: Sequence[Counted]
) -> None:
    """Hold a policy to its promise: one sane verdict a segment, by start.

    What ``set_aside`` names is billed by no policy, whatever it says.

    :raises InvalidError: code ``policy``
    """
    if [verdict.start for verdict in verdicts] != sorted(segment.start for segment in week):
        raise InvalidError("it does not give one verdict a segment, by start", "policy")
    by_start = {segment.start: segment for segment in week}
    for verdict in verdicts:
        _check_verdict(verdict)
        segment = by_start[verdict.start]
        if verdict.billable_minutes and set_aside(terms, segment, MINUTES) is not None:
            raise InvalidError(f"it bills {verdict.start:%a %H:%M}, which nobody may", "policy")


def _check_verdict(verdict: Verdict) -> None:
    counts = (verdict.minutes, verdict.billable_minutes)
    if any(type(count) is not int for count in counts):
        raise InvalidError("minutes are whole numbers", "policy")
    if not 0 <= verdict.billable_minutes <= verdict.minutes <= MINUTES:
        raise InvalidError(
            f"it bills {verdict.billable_minutes} and counts {verdict.minutes} of ten minutes",
            "policy",
        )
    texts = ((verdict.status, STATUS_LONGEST), (verdict.rule, STATUS_LONGEST))
    for text, longest in (*texts, (verdict.reason, REASON_LONGEST)):
        check_text(text, "a policy's word", longest)
    if not verdict.status:
        raise InvalidError("a status has a name", "policy")


def amount(rate: int, minutes: int) -> int:
    """rate × minutes / 60 in minor units, rounded half up, in integers alone."""
    return (2 * rate * minutes + 60) // 120


def bill(terms: Sequence[Terms], verdicts: Iterable[Verdict]) -> tuple[Line, ...]:
    """A week's bill: one line a rate, by the rate's first segment, each rounded once (rule 8).

    The rate is the one in force at the segment's start.
    """
    billed: dict[int, int] = {}
    for verdict in sorted(verdicts, key=lambda verdict: verdict.start):
        if verdict.billable_minutes:
            rate = terms_at(terms, verdict.start).rate
            billed[rate] = billed.get(rate, 0) + verdict.billable_minutes
    return tuple(Line(rate, minutes, amount(rate, minutes)) for rate, minutes in billed.items())


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split a total by weights into integers that add up to it: the largest remainders round up.

    Between equal remainders the earlier one does (Hamilton's method). No weight, nothing.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    left = total - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in by_remainder[:left]:
        shares[at] += 1
    return shares


def amounts(terms: Sequence[Terms], verdicts: Sequence[Verdict]) -> list[int]:
    """What each verdict's segment adds to the bill, by day and then by segment (rule 8).

    Each line of the week is apportioned over its days, and a day's part over its segments, so that
    segments add up to their day and days to the week.
    """
    found = [0] * len(verdicts)
    for line in bill(terms, verdicts):
        days: dict[date, list[int]] = {}
        for at, verdict in enumerate(verdicts):
            if verdict.billable_minutes and terms_at(terms, verdict.start).rate == line.rate:
                days.setdefault(verdict.start.date(), []).append(at)
        places = [days[day] for day in sorted(days)]
        weights = [[verdicts[at].billable_minutes for at in day] for day in places]
        shares = apportion(line.amount, [sum(day) for day in weights])
        for day, share, weight in zip(places, shares, weights, strict=True):
            for at, part in zip(day, apportion(share, weight), strict=True):
                found[at] += part
    return found
