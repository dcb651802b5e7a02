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
10. What arrived after the week's lock is late, and not billed until the client accepts it; then it
   stands behind all that was in time, and fills only what the limit left free.

(Rule 8, on rates and rounding, is the same under every policy.)
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
    in_billing_order,
    limit_of_week,
    set_aside,
    week_start,
)
from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl
from workdiary.segments import MINUTES, Kind

# Frozen weeks quote these words and are recomputed in every later release: a test pins them.
RUNNING = "the tracker was running at these ten minutes' random moment: all ten count"
NOT_RUNNING = (
    "the tracker was not running at these ten minutes' random moment, so they are not billed; "
    "{tracked} of them were tracked"
)
BY_HAND = "manual time counts ten minutes"
OVER = (
    "over the week's limit of {limit} minutes: {billed} are billed before it and these {minutes} "
    "do not fit"
)
BEHIND = "accepted late time stands behind the rest of its week; "


def weekly_limit(terms: Sequence[Terms], week: Sequence[Counted]) -> list[Verdict]:
    """Judge one week's segments; the verdicts are in the order of start."""
    if not week:
        return []
    limit = limit_of_week(terms, week_start(week[0].start))
    verdicts: list[Verdict] = []
    billed = 0
    for segment in in_billing_order(week):
        aside = set_aside(terms, segment, MINUTES) or _partial(segment)
        verdict = aside or _within(limit, billed, segment)
        billed += verdict.billable_minutes
        verdicts.append(verdict)
    return sorted(verdicts, key=lambda verdict: verdict.start)


def _partial(segment: Counted) -> Verdict | None:
    """The verdict on a tracked segment whose random moment was not tracked: it uses no limit."""
    if segment.kind is Kind.MANUAL or segment.sampled:
        return None
    reason = NOT_RUNNING.format(tracked=segment.tracked_minutes)
    return _verdict(segment, BillingStatus.PARTIAL, reason, "rule 1")


def _within(limit: int | None, billed: int, segment: Counted) -> Verdict:
    """The verdict by the limit. All count alike, so after one that is over no later one fits."""
    if limit is not None and billed + MINUTES > limit:
        behind = BEHIND if segment.late else ""
        reason = behind + OVER.format(limit=limit, billed=billed, minutes=MINUTES)
        return _verdict(segment, BillingStatus.OVER_LIMIT, reason, "rule 3")
    if segment.kind is Kind.MANUAL:
        return _verdict(segment, BillingStatus.MANUAL, BY_HAND, "rule 1", MINUTES)
    return _verdict(segment, BillingStatus.AUTO, RUNNING, "rule 1", MINUTES)


def _verdict(segment: Counted, status: str, reason: str, rule: str, billable: int = 0) -> Verdict:
    return Verdict(segment.start, status, MINUTES, billable, reason, rule)


def make_policy(options: Mapping[str, Any]) -> Policy:
    """The policy; it has no options, for the limit is in the contract's terms."""
    if options:
        names = ", ".join(sorted(options))
        raise ConfigError(f"billing policy weekly_limit has no options; remove {names}")
    return weekly_limit


@hookimpl
def workdiary_billing_policies() -> Mapping[str, PolicyFactory]:
    return {"weekly_limit": make_policy}
