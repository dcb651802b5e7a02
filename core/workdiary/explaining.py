"""Why a segment is what it is, in one paragraph that a person understands."""

from __future__ import annotations

from datetime import UTC

from workdiary import api
from workdiary.money import written
from workdiary.segments import MINUTES, SEGMENT
from workdiary.text import harmless

_MEANINGS = {
    "auto": "tracked time",
    "manual": "time added by hand",
    "over_limit": "time over the weekly limit",
    "partial": "time that was tracked only in part",
    "not_hourly": "time of a contract with a fixed price",
    "overlap": "time that another contract has",
    "late": "time that arrived after the week's lock",
    "inactive": "time while the contract was not in force",
    "policy_error": "time that the policy could not judge",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def explanation_text(e: api.Explanation) -> str:
    """The paragraph for an explanation's pieces; whatever its ``text`` says is not looked at."""
    return " ".join((_what(e), _pay(e), _why(e), _limit(e), _standing(e)))


def _what(e: api.Explanation) -> str:
    start = e.start.astimezone(UTC)
    end = start + SEGMENT
    status = harmless(e.status).replace("_", " ")
    meaning = f", {_MEANINGS[e.status]}" if e.status in _MEANINGS else ""
    return (
        f"The ten minutes from {start:%H:%M} to {end:%H:%M} UTC on {_DAYS[start.weekday()]}, "
        f"{start:%Y-%m-%d}, have the status {status}{meaning}."
    )


def _pay(e: api.Explanation) -> str:
    rate = f"{written(e.rate, e.currency)} an hour"
    if not e.billable:
        return f"None of the {MINUTES} minutes is billed; the rate at that time is {rate}."
    return (
        f"{e.billable} of {MINUTES} minutes are billed at {rate}: {written(e.amount, e.currency)}, "
        "which is their part of the week's line, since a week is rounded once and not by segment."
    )


def _why(e: api.Explanation) -> str:
    rule = f" ({harmless(e.rule)})" if e.rule and e.rule not in e.reason else ""
    reason = harmless(e.reason).rstrip(". ") or "it gave no reason"
    return f"The policy {harmless(e.policy)} decided so{rule}: {reason}."


def _limit(e: api.Explanation) -> str:
    before = f"{_hours(e.billed_before)} of that week were billed before it"
    if e.limit is None:
        return f"The week has no limit; {before}."
    return f"The week's limit is {_hours(e.limit)}; {before}."


def _standing(e: api.Explanation) -> str:
    if e.frozen:
        return "The week is frozen: this does not change any more."
    return "The week is not frozen yet: this is provisional."


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not rest:
        return f"{hours} hour{'s' * (hours != 1)}"
    return f"{hours}h{rest:02d}"
