from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.billing import (
    Counted,
    Terms,
    terms_at,
)
from workdiary.errors import ConfigError
from workdiary.plugins import SERVER, Plugins
from workdiary.segments import SEGMENT, Kind
from workdiary_billing_weekly_limit import make_policy, weekly_limit

MONDAY = datetime.fromisoformat("2026-03-02T00:00:00Z")


@st.composite
def weeks(draw: st.DrawFn) -> tuple[list[Terms], list[Counted]]:
    """A contract's terms around one week, and that week's segments in any order."""
    limits = st.none() | st.integers(0, 200)
    moments = draw(st.lists(st.integers(-10, 10), min_size=1, max_size=4))
    terms = [
        Terms(MONDAY + timedelta(days=day), 6000, "USD", draw(limits), draw(st.integers(0, 5)) > 0)
        for day in sorted(moments)
    ]
    segments = [
        Counted(
            start=MONDAY + slot * SEGMENT,
            kind=draw(st.sampled_from(Kind)),
            tracked_minutes=draw(st.integers(1, 10)),
            sampled=draw(st.booleans()),
            claimed_elsewhere=draw(st.integers(0, 5)) == 0,
        )
        for slot in draw(st.lists(st.integers(0, 1007), unique=True, max_size=30))
    ]
    return terms, segments


def limit_minute_by_minute(terms: Sequence[Terms]) -> float:
    """The highest limit, found by asking at every slot of the week."""
    highest = 0.0
    for slot in range(1008):
        held = [t for t in terms if t.since <= MONDAY + slot * SEGMENT]
        if held:
            limit = held[-1].weekly_limit
            highest = max(highest, float("inf") if limit is None else limit)
    return highest


def judged_by_hand(terms: Sequence[Terms], week: Sequence[Counted], segment: Counted) -> str:
    """One segment's status by the rules as they are written, each time from scratch."""

    def set_aside(other: Counted) -> str:
        if not terms_at(terms, other.start).hourly:
            return "not_hourly"
        if other.claimed_elsewhere:
            return "overlap"
        return "" if other.kind is Kind.MANUAL or other.sampled else "partial"

    if set_aside(segment):
        return set_aside(segment)
    earlier = sum(10 for other in week if other.start < segment.start and not set_aside(other))
    return "over_limit" if earlier + 10 > limit_minute_by_minute(terms) else segment.kind.value


@given(weeks())
def test_every_segment_is_judged_as_the_rules_are_written(
    week: tuple[list[Terms], list[Counted]],
) -> None:
    terms, segments = week
    verdicts = weekly_limit(terms, segments)
    by_start = sorted(segments, key=lambda segment: segment.start)
    assert [verdict.start for verdict in verdicts] == [segment.start for segment in by_start]
    assert [str(v.status) for v in verdicts] == [
        judged_by_hand(terms, segments, segment) for segment in by_start
    ]
    for verdict in verdicts:
        assert verdict.minutes == 10
        assert verdict.billable_minutes == (10 if verdict.status in {"auto", "manual"} else 0)
        assert verdict.reason


@given(weeks())
def test_the_bill_never_passes_the_limit(week: tuple[list[Terms], list[Counted]]) -> None:
    terms, segments = week
    billed = sum(verdict.billable_minutes for verdict in weekly_limit(terms, segments))
    assert billed <= limit_minute_by_minute(terms)


@given(weeks())
def test_once_a_segment_is_over_all_later_ones_are(
    week: tuple[list[Terms], list[Counted]],
) -> None:
    counted = [
        verdict.status == "over_limit"
        for verdict in weekly_limit(*week)
        if verdict.status in {"auto", "manual", "over_limit"}
    ]
    assert counted == sorted(counted)


@given(weeks(), st.randoms(use_true_random=False))
def test_arrival_decides_nothing(week: tuple[list[Terms], list[Counted]], random: Any) -> None:
    terms, segments = week
    shuffled = random.sample(segments, len(segments))
    assert weekly_limit(terms, shuffled) == weekly_limit(terms, segments)


def test_every_verdict_names_its_reason_and_rule() -> None:
    terms = [Terms(MONDAY, 6000, "USD", 20)]
    week = [
        Counted(MONDAY, Kind.AUTO, 10, True),
        Counted(MONDAY + SEGMENT, Kind.AUTO, 7, False),
        Counted(MONDAY + 2 * SEGMENT, Kind.AUTO, 10, True, claimed_elsewhere=True),
        Counted(MONDAY + 3 * SEGMENT, Kind.MANUAL, 10, False),
        Counted(MONDAY + 4 * SEGMENT, Kind.AUTO, 10, True),
    ]
    verdicts = weekly_limit(terms, week)
    reasons = [verdict.reason for verdict in verdicts]
    rules = [verdict.rule for verdict in verdicts]
    assert rules == ["rule 1", "rule 1", "rule 7", "rule 1", "rule 3"]
    assert "was running" in reasons[0]
    assert "7 of them were tracked" in reasons[1]
    assert "another contract of the freelancer" in reasons[2]
    assert "manual time counts ten minutes" in reasons[3]
    assert "limit of 20 minutes: 20 are billed before it" in reasons[4]


def test_an_empty_week_has_no_verdicts() -> None:
    assert weekly_limit([Terms(MONDAY, 6000, "USD", 20)], []) == []


def test_an_option_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="remove daily_cap"):
        make_policy({"daily_cap": 60})


def test_the_policy_is_found_by_its_name() -> None:
    factory = Plugins(SERVER).billing_policy("policy", "weekly_limit")
    assert factory({}) is weekly_limit
