"""What a billing policy gets and gives: a contract's terms, a week's segments, their verdicts.

A policy is a pure function, given by name through ``workdiary_billing_policies``. Money is in
integer minor units; durations are minutes; a week is Monday 00:00 to Sunday 24:00 UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from workdiary.segments import Kind, from_epoch

WEEK_SECONDS = 604_800
_FIRST_MONDAY = 345_600
"""1970-01-05T00:00:00Z, in seconds since 1970."""


class BillingStatus(StrEnum):
    """The statuses that the default policy knows; a policy may name others."""

    AUTO = "auto"
    MANUAL = "manual"
    OVER_LIMIT = "over_limit"
    PARTIAL = "partial"
    NOT_HOURLY = "not_hourly"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract's two sides agreed on, from ``since`` until the next terms.

    ``rate`` is in minor units of ``currency`` (ISO 4217) an hour; ``weekly_limit`` is in minutes,
    None for no limit, 0 for nothing billable.
    """

    since: datetime
    rate: int
    currency: str
    weekly_limit: int | None
    hourly: bool = True


@dataclass(frozen=True, slots=True)
class Counted:
    """One segment as a policy sees it: nothing of what was done, only how the time came to be."""

    start: datetime
    kind: Kind
    tracked_minutes: int
    sampled: bool
    claimed_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """A policy's word on one segment: its status, minutes it counts, minutes billed, and why."""

    start: datetime
    status: str
    minutes: int
    billable_minutes: int
    reason: str


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
    return week_start(instant) + timedelta(weeks=1)


def limit_of_week(terms: Sequence[Terms], week: datetime) -> int | None:
    """The highest weekly limit in force at any moment of the week; None (no limit) is highest.

    Raising the limit thus holds at once for the whole week, and lowering it from the next one.
    Before the first terms nothing is billable.
    """
    end = week + timedelta(weeks=1)
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


def amount(rate: int, minutes: int) -> int:
    """rate × minutes / 60 in minor units, rounded half up, in integers alone."""
    return (2 * rate * minutes + 60) // 120
