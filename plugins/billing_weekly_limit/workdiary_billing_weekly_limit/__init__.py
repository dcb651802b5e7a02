"""The default billing policy: whole segments, in the order of their start, up to the weekly limit.

1. A tracked segment counts ten minutes if the tracker was running at its slot's random moment;
   otherwise it is partial and not billed. A manual segment counts ten minutes.
2. A segment belongs to the week (Monday 00:00 UTC) in which it starts.
3. In the order of start, a segment is billed while the minutes counted before it, plus its ten, do
   not exceed the week's limit; from the first one that does not fit, all are over the limit.
4. The week's limit is the highest one in force at any of its moments.
5. What is billed keeps its kind's status, and manual time uses the limit as tracked time does.
6. Deleted segments are not shown to a policy. What was done in a segment is not looked at.
7. A slot that another contract of the freelancer has is an overlap, and not billed here.
9. Under fixed-price terms nothing is billed by the hour.

(Rules 8 and 10, on rates, rounding and late segments, are the same under every policy.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workdiary.billing import (
    BillingStatus,
    Counted,
    Policy,
    PolicyFactory,
    Terms,
    Verdict,
    limit_of_week,
    terms_at,
    week_start,
)
from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl
from workdiary.segments import MINUTES, Kind


def weekly_limit(terms: Sequence[Terms], week: Sequence[Counted]) -> list[Verdict]:
    """Judge one week's segments; the verdicts are in the order of start."""
    if not week:
        return []
    ordered = sorted(week, key=lambda segment: segment.start)
    limit = limit_of_week(terms, week_start(ordered[0].start))
    verdicts: list[Verdict] = []
    billed = 0
    for segment in ordered:
        verdict = _set_aside(terms, segment) or _within(limit, billed, segment)
        billed += verdict.billable_minutes
        verdicts.append(verdict)
    return verdicts


def _set_aside(terms: Sequence[Terms], segment: Counted) -> Verdict | None:
    """The verdict on a segment that is not billed, and uses no limit, whatever the week holds."""
    if not terms_at(terms, segment.start).hourly:
        return _verdict(
            segment,
            BillingStatus.NOT_HOURLY,
            "the contract has a fixed price: time is shown and not billed by the hour (rule 9)",
        )
    if segment.claimed_elsewhere:
        return _verdict(
            segment,
            BillingStatus.OVERLAP,
            "these ten minutes are billed on another contract of the freelancer (rule 7)",
        )
    if segment.kind is Kind.AUTO and not segment.sampled:
        return _verdict(
            segment,
            BillingStatus.PARTIAL,
            "the tracker was not running at these ten minutes' random moment, so they are not "
            f"billed; {segment.tracked_minutes} of them were tracked (rule 1)",
        )
    return None


def _within(limit: int | None, billed: int, segment: Counted) -> Verdict:
    """The verdict by the limit. All count alike, so after one that is over no later one fits."""
    if limit is not None and billed + MINUTES > limit:
        return _verdict(
            segment,
            BillingStatus.OVER_LIMIT,
            f"over the week's limit of {limit} minutes: {billed} are billed before it and these "
            f"{MINUTES} do not fit (rule 3)",
        )
    if segment.kind is Kind.MANUAL:
        return _verdict(
            segment, BillingStatus.MANUAL, "manual time counts ten minutes (rule 1)", MINUTES
        )
    return _verdict(
        segment,
        BillingStatus.AUTO,
        "the tracker was running at these ten minutes' random moment: all ten count (rule 1)",
        MINUTES,
    )


def _verdict(segment: Counted, status: str, reason: str, billable: int = 0) -> Verdict:
    return Verdict(segment.start, status, MINUTES, billable, reason)


def make_policy(options: Mapping[str, Any]) -> Policy:
    """The policy; it has no options, for the limit is in the contract's terms."""
    if options:
        names = ", ".join(sorted(options))
        raise ConfigError(f"billing policy weekly_limit has no options; remove {names}")
    return weekly_limit


@hookimpl
def workdiary_billing_policies() -> Mapping[str, PolicyFactory]:
    return {"weekly_limit": make_policy}
