from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.billing import (
    Counted,
    Terms,
    Verdict,
    amount,
    limit_of_week,
    terms_at,
)
from workdiary.errors import ConfigError
from workdiary.plugins import SERVER, Plugins
from workdiary.segments import SEGMENT, Kind
from workdiary_billing_weekly_limit import make_policy, weekly_limit

VECTORS = Path(__file__).parent.parent / "vectors" / "billing.json"
KINDS = {"tracked": Kind.AUTO, "manual": Kind.MANUAL}
MONDAY = datetime.fromisoformat("2026-03-02T00:00:00Z")


def vectors() -> list[Any]:
    """The cases of this policy that need no late segment: lateness is not a policy's affair."""
    return [
        pytest.param(case, id=case["name"])
        for case in json.loads(VECTORS.read_text())
        if case["policy"] == "weekly_limit" and not any(s.get("late") for s in case["segments"])
    ]


def terms_of(case: dict[str, Any]) -> list[Terms]:
    return [
        Terms(
            since=datetime.fromisoformat(terms["from"]),
            rate=terms["rate"],
            currency=terms["currency"],
            weekly_limit=terms["weekly_limit"],
            hourly=terms.get("kind", "hourly") == "hourly",
        )
        for terms in case["terms"]
    ]


def segments_of(case: dict[str, Any]) -> list[Counted]:
    return [
        Counted(
            start=datetime.fromisoformat(given["start"]) + number * SEGMENT,
            kind=KINDS[given["kind"]],
            tracked_minutes=given.get("tracked_minutes", 0),
            sampled=given.get("sampled", True),
            claimed_elsewhere=given.get("claimed_elsewhere", False),
        )
        for given in case["segments"]
        if not given.get("deleted")
        for number in range(given.get("count", 1))
    ]


def run_lengths(verdicts: Iterable[Verdict]) -> list[list[object]]:
    grouped = groupby(str(verdict.status) for verdict in verdicts)
    return [[status, len(list(run))] for status, run in grouped]


def minutes_by_status(verdicts: Iterable[Verdict]) -> dict[str, int]:
    minutes: Counter[str] = Counter()
    for verdict in verdicts:
        minutes[str(verdict.status)] += verdict.minutes
    return dict(minutes)


def bill(terms: Sequence[Terms], verdicts: Iterable[Verdict]) -> int:
    """One line a rate, each rounded by itself."""
    lines: Counter[int] = Counter()
    for verdict in verdicts:
        lines[terms_at(terms, verdict.start).rate] += verdict.billable_minutes
    return sum(amount(rate, minutes) for rate, minutes in lines.items())


@pytest.mark.parametrize("case", vectors())
def test_a_week_is_judged_as_agreed(case: dict[str, Any]) -> None:
    terms, expected = terms_of(case), case["expect"]
    week = datetime.fromisoformat(case["week"] + "T00:00:00Z")
    verdicts = make_policy(case["options"])(terms, segments_of(case))
    assert limit_of_week(terms, week) == expected["limit"]
    assert run_lengths(verdicts) == expected["statuses"]
    assert minutes_by_status(verdicts) == expected["minutes"]
    assert bill(terms, verdicts) == expected["amount"]


def test_the_vectors_were_not_all_passed_over() -> None:
    assert len(vectors()) == 23


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
