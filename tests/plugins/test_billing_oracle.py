"""The policies against an oracle that reads the rules one by one, segment by segment, from scratch.

Nothing of the policies' own helpers is used here: the oracle asks, for each segment, what stands
before it, and asks that again for each of those.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from workdiary.billing import Counted, Policy, Terms, Verdict, bill
from workdiary.segments import Kind
from workdiary_billing_tracked_minutes import tracked_minutes
from workdiary_billing_weekly_limit import weekly_limit

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SLOT = timedelta(minutes=10)
LIMITS = (None, 0, 5, 10, 25, 60, 61, 90, 125, 600, 2400)


def a_week(rng: random.Random) -> tuple[list[Terms], list[Counted]]:
    """A week of up to fourteen segments (now and then a full one) in any order, under any terms."""
    most = 1008 if rng.random() < 0.002 else 14
    close = rng.sample(range(20), k=20) if rng.random() < 0.5 else range(1008)
    slots = rng.sample(list(close), k=min(rng.randrange(most + 1), len(list(close))))
    week = [a_segment(rng, slot) for slot in slots]
    since = sorted(rng.sample(range(-2000, 2000), k=rng.randrange(1, 4)))
    if rng.random() < 0.8:
        since[0] = -5000
    terms = [
        Terms(
            since=MONDAY + number * SLOT + timedelta(seconds=rng.choice((0, 0, 1, 599))),
            rate=rng.choice((0, 1, 3333, 3339, 6000, 7500)),
            currency="USD",
            weekly_limit=rng.choice(LIMITS),
            hourly=rng.random() > 0.08,
            active=rng.random() > 0.08,
        )
        for number in since
    ]
    return terms, week


def a_segment(rng: random.Random, slot: int) -> Counted:
    late = rng.random() < 0.15
    return Counted(
        start=MONDAY + slot * SLOT,
        kind=rng.choice((Kind.AUTO, Kind.AUTO, Kind.MANUAL)),
        tracked_minutes=rng.randrange(1, 11),
        sampled=rng.random() < 0.8,
        claimed_elsewhere=rng.random() < 0.1,
        late=late,
        accepted=late and rng.random() < 0.6,
    )


class Oracle:
    """What the rules say of a week; ``by_minutes`` is the policy that bills tracked minutes."""

    def __init__(
        self, terms: list[Terms], week: list[Counted], by_minutes: bool, cap: int | None
    ) -> None:
        self.terms = terms
        self.week = week
        self.by_minutes = by_minutes
        self.cap = cap
        self.limit = self.highest_limit()
        self._known: dict[datetime, str] = {}

    def highest_limit(self) -> float:
        """Rule 4, asked at the beginning of the week and at every change within it."""
        moments = [MONDAY] + [t.since for t in self.terms if t.since > MONDAY]
        limits = [0.0]
        for moment in moments:
            held = [t for t in self.terms if t.since <= moment]
            if held and moment < MONDAY + 1008 * SLOT:
                last = held[-1].weekly_limit
                limits.append(float("inf") if last is None else last)
        return max(limits)

    def held(self, segment: Counted) -> Terms:
        begun = [t for t in self.terms if t.since <= segment.start]
        return begun[-1] if begun else self.terms[0]

    def minutes(self, segment: Counted) -> int:
        if self.by_minutes and segment.kind is Kind.AUTO:
            return segment.tracked_minutes
        return 10

    def before(self, segment: Counted) -> list[Counted]:
        """Rules 3 and 10: by start, and accepted late time behind the rest."""
        here = (segment.late, segment.start)
        found = [other for other in self.week if (other.late, other.start) < here]
        return sorted(found, key=lambda other: (other.late, other.start))

    def status(self, segment: Counted) -> str:
        if segment.start not in self._known:
            self._known[segment.start] = self.judge(segment)
        return self._known[segment.start]

    def judge(self, segment: Counted) -> str:
        if segment.late and not segment.accepted:
            return "late"
        if not self.held(segment).active:
            return "inactive"
        if not self.held(segment).hourly:
            return "not_hourly"
        if segment.claimed_elsewhere:
            return "overlap"
        if segment.kind is Kind.AUTO and not segment.sampled and not self.by_minutes:
            return "partial"
        before = self.before(segment)
        billed = sum(self.minutes(o) for o in before if self.status(o) in ("auto", "manual"))
        if any(self.status(o) == "over_limit" for o in before):
            return "over_limit"
        if billed + self.minutes(segment) > self.limit:
            return "over_limit"
        if self.cap is not None:
            day = [o for o in before if o.start.date() == segment.start.date()]
            taken = sum(self.minutes(o) for o in day if self.status(o) in ("auto", "manual"))
            if taken + self.minutes(segment) > self.cap:
                return "over_daily_cap"
        return segment.kind.value

    def money(self) -> int:
        """Rule 8: one line a rate, each rounded half up by itself, in exact fractions."""
        by_rate: dict[int, int] = {}
        for segment in self.week:
            if self.status(segment) in ("auto", "manual"):
                rate = self.held(segment).rate
                by_rate[rate] = by_rate.get(rate, 0) + self.minutes(segment)
        exact = (Fraction(rate * minutes, 60) for rate, minutes in by_rate.items())
        return sum(int(one + Fraction(1, 2)) for one in exact)


def compare(verdicts: list[Verdict], oracle: Oracle) -> None:
    week = sorted(oracle.week, key=lambda segment: segment.start)
    found = [(v.start, str(v.status), v.minutes, v.billable_minutes) for v in verdicts]
    expected = []
    for segment in week:
        status, minutes = oracle.status(segment), oracle.minutes(segment)
        billed = minutes if status in ("auto", "manual") else 0
        expected.append((segment.start, status, minutes, billed))
    assert found == expected
    assert sum(line.amount for line in bill(oracle.terms, verdicts)) == oracle.money()


@pytest.mark.parametrize(
    "weeks", [4_000, pytest.param(100_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
def test_the_default_policy_says_what_the_oracle_says(weeks: int) -> None:
    rng = random.Random(20_261_123)  # noqa: S311 - repeatable
    for _ in range(weeks):
        terms, week = a_week(rng)
        compare(weekly_limit(terms, week), Oracle(terms, week, False, None))


@pytest.mark.parametrize(
    "weeks", [2_000, pytest.param(50_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
def test_tracked_minutes_says_what_the_oracle_says(weeks: int) -> None:
    rng = random.Random(20_261_124)  # noqa: S311 - repeatable
    for _ in range(weeks):
        terms, week = a_week(rng)
        cap = rng.choice((None, 0, 7, 10, 33, 60))
        compare(tracked_minutes(terms, week, cap), Oracle(terms, week, True, cap))


MUTANTS = {
    "weekly_limit": (
        ("billed + MINUTES > limit", "billed + MINUTES >= limit"),
        ("billed + MINUTES > limit", "billed > limit"),
        ("billed += verdict.billable_minutes", "billed += verdict.minutes"),
        ("in_billing_order(week)", "week"),
        ("in_billing_order(week)", "sorted(week, key=lambda s: s.start)"),
        ("segment.kind is Kind.MANUAL or segment.sampled", "segment.sampled"),
        ("segment.kind is Kind.MANUAL or segment.sampled", "True"),
        ("set_aside(terms, segment, MINUTES) or _partial", "_partial"),
        ("limit_of_week(terms, week_start(week[0].start))", "terms[-1].weekly_limit"),
        ("limit_of_week(terms, week_start(week[0].start))", "terms[0].weekly_limit"),
        ("limit is not None and billed", "limit and billed"),
        ('BY_HAND, "rule 1", MINUTES', 'BY_HAND, "rule 1", 0'),
    ),
    "tracked_minutes": (
        ("self.billed += minutes", "self.billed += 10"),
        ("self.billed += minutes", "pass"),
        ("in_billing_order(week)", "week"),
        ("MINUTES if segment.kind is Kind.MANUAL else segment.tracked_minutes", "MINUTES"),
    ),
}


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [(name, *pair) for name, pairs in MUTANTS.items() for pair in pairs],
)
def test_the_oracle_finds_every_planted_bug(
    tmp_path: Path, name: str, right: str, wrong: str
) -> None:
    found = importlib.util.find_spec(f"workdiary_billing_{name}")
    assert found is not None
    assert found.origin is not None
    code = Path(found.origin).read_text()
    assert right in code
    (tmp_path / "mutant.py").write_text(code.replace(right, wrong, 1))
    spec = importlib.util.spec_from_file_location("mutant", tmp_path / "mutant.py")
    assert spec is not None
    assert spec.loader is not None
    mutant = sys.modules["mutant"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mutant)
    rng = random.Random(7)  # noqa: S311 - repeatable
    policy, by_minutes = getattr(mutant, name), name == "tracked_minutes"
    weeks = (a_week(rng) for _ in range(3_000))
    assert any(differs(policy, Oracle(*week, by_minutes, None)) for week in weeks)


def differs(policy: Policy, oracle: Oracle) -> bool:
    try:
        compare(list(policy(oracle.terms, oracle.week)), oracle)
    except AssertionError:
        return True
    return False
