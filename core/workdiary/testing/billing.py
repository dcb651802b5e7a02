"""What every billing policy promises, as tests: subclass, give a policy, run pytest.

    class TestMyPolicy(PolicyContract):
        @pytest.fixture
        def policy(self) -> Policy:
            return make_mine({"daily_cap": 480})

The suite knows nothing of what a policy bills. It holds it to what both sides of a contract rely
on, under any policy: it is a pure function, the week's limit is never passed, and what came late
never changes what was frozen. ``some_week`` makes weeks for tests of a policy's own rules.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from workdiary.billing import (
    WEEK,
    Counted,
    Policy,
    Terms,
    Verdict,
    check_verdicts,
    limit_of_week,
    set_aside,
)
from workdiary.segments import MINUTES, SEGMENT, Kind

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SLOTS = WEEK // SEGMENT
ROUNDS = 150
"""Random weeks a promise is tried on; they are the same ones at every run."""


def some_terms(rng: random.Random) -> list[Terms]:
    """One to four terms by ``since``, in force before, from the edges of, and within the week."""
    days = sorted(rng.choice([-9, -1, 0, 0, 1, 2.5, 3, 6.999, 7]) for _ in range(rng.randint(1, 4)))
    days[0] = rng.choice([-60, -60, -60, days[0]])
    return [
        Terms(
            since=MONDAY + timedelta(days=day),
            rate=rng.choice([0, 1, 3333, 6000, 7501]),
            currency="USD",
            weekly_limit=rng.choice([None, 0, 5, 10, 25, 40, 47, 60, 95, 600]),
            hourly=rng.random() < 0.9,
            active=rng.random() < 0.9,
        )
        for day in days
    ]


def some_segments(rng: random.Random, most: int) -> list[Counted]:
    """At most so many segments of the week, in no order, crowded on some of its days."""
    days = rng.sample(range(7), rng.randint(1, 3))
    slots = {144 * rng.choice(days) + rng.randrange(144) for _ in range(rng.randint(0, most))}
    slots |= {slot for slot in (0, SLOTS - 1) if rng.random() < 0.1}
    return rng.sample([_some_segment(rng, slot) for slot in sorted(slots)], len(slots))


def _some_segment(rng: random.Random, slot: int) -> Counted:
    return Counted(
        start=MONDAY + slot * SEGMENT,
        kind=Kind.MANUAL if rng.random() < 0.25 else Kind.AUTO,
        tracked_minutes=rng.randint(1, MINUTES),
        sampled=rng.random() < 0.8,
        claimed_elsewhere=rng.random() < 0.1,
        late=rng.random() < 0.25,
        accepted=rng.random() < 0.5,
    )


def some_week(seed: int, most: int = 14) -> tuple[list[Terms], list[Counted]]:
    """A week's terms and segments: every value is likely, and each seed's week is always the same.

    Few segments and small limits, so that a limit is often met, and often by one that just fits.
    """
    rng = random.Random(seed)  # noqa: S311  # a test's weeks, not a secret
    return some_terms(rng), some_segments(rng, most)


def full_week() -> list[Counted]:
    """All 1008 segments of a week, tracked whole."""
    return [Counted(MONDAY + slot * SEGMENT, Kind.AUTO, MINUTES, True) for slot in range(SLOTS)]


class PolicyContract:
    """The promises of a ``Policy``; each test's name is one."""

    def test_it_gives_one_sane_verdict_a_segment_by_start(self, policy: Policy) -> None:
        for terms, week in _weeks():
            check_verdicts(judged(policy, terms, week), terms, week)

    def test_a_week_without_segments_has_no_verdicts(self, policy: Policy) -> None:
        assert judged(policy, [Terms(MONDAY, 6000, "USD", 600)], []) == []

    def test_a_full_week_has_a_verdict_for_each_of_its_1008_segments(self, policy: Policy) -> None:
        for limit in (None, 2400, 0):
            terms = [Terms(MONDAY - WEEK, 6000, "USD", limit)]
            check_verdicts(judged(policy, terms, full_week()), terms, full_week())

    def test_the_same_week_has_the_same_verdicts_whatever_was_judged_between(
        self, policy: Policy
    ) -> None:
        first = [judged(policy, *week) for week in _weeks()]
        again = [judged(policy, *week) for week in reversed(list(_weeks()))]
        assert first == again[::-1]

    def test_what_it_is_given_stays_as_it_was(self, policy: Policy) -> None:
        for terms, week in _weeks():
            kept = (list(terms), list(week))
            policy(terms, week)
            assert (terms, week) == kept

    def test_the_order_in_which_segments_arrived_decides_nothing(self, policy: Policy) -> None:
        for terms, week in _weeks():
            by_start = sorted(week, key=lambda segment: segment.start)
            verdicts = judged(policy, terms, by_start)
            for order in (week, by_start[::-1]):
                assert judged(policy, terms, order) == verdicts

    def test_lists_and_tuples_are_judged_alike(self, policy: Policy) -> None:
        for terms, week in _weeks():
            assert judged(policy, tuple(terms), tuple(week)) == judged(policy, terms, week)

    def test_every_verdict_says_why_and_by_which_rule(self, policy: Policy) -> None:
        for terms, week in _weeks():
            for verdict in judged(policy, terms, week):
                assert verdict.reason.strip(), verdict
                assert verdict.rule.strip(), verdict

    def test_what_nobody_may_bill_is_not_billed(self, policy: Policy) -> None:
        for terms, week in _weeks():
            aside = {s.start for s in week if set_aside(terms, s, MINUTES) is not None}
            verdicts = judged(policy, terms, week)
            assert not _billed(verdict for verdict in verdicts if verdict.start in aside)

    def test_what_nobody_may_bill_takes_room_from_no_other(self, policy: Policy) -> None:
        for terms, week in _weeks():
            rest = [s for s in week if set_aside(terms, s, MINUTES) is None]
            assert _of(rest, judged(policy, terms, week)) == judged(policy, terms, rest)

    def test_the_weeks_limit_is_never_passed(self, policy: Policy) -> None:
        for terms, week in _weeks():
            limit = limit_of_week(terms, MONDAY)
            assert limit is None or _billed(judged(policy, terms, week)) <= limit, (terms, week)

    def test_raising_the_limit_never_lowers_the_bill(self, policy: Policy) -> None:
        for terms, week in _weeks():
            bills = [
                _billed(judged(policy, [replace(t, weekly_limit=limit) for t in terms], week))
                for limit in (0, 5, 10, 19, 20, 33, 50, 70, 110, 10_080, None)
            ]
            assert bills == sorted(bills), (terms, week)

    def test_late_time_never_changes_what_was_in_time(self, policy: Policy) -> None:
        for terms, week in _weeks():
            in_time = [segment for segment in week if not segment.late]
            frozen = judged(policy, terms, in_time)
            for accepted in (False, True):
                late = [replace(segment, accepted=accepted) for segment in week if segment.late]
                assert _of(in_time, judged(policy, terms, in_time + late)) == frozen

    def test_of_two_weeks_that_differ_in_late_time_alone_the_accepted_one_bills_no_less(
        self, policy: Policy
    ) -> None:
        for terms, week in _weeks():
            declined = [replace(segment, accepted=False) for segment in week]
            accepted = [replace(segment, accepted=True) for segment in week]
            less = _billed(judged(policy, terms, declined))
            assert less <= _billed(judged(policy, terms, accepted)), (terms, week)

    def test_before_the_first_terms_nothing_is_billed(self, policy: Policy) -> None:
        terms = [Terms(MONDAY + WEEK, 6000, "USD", None)]
        assert not _billed(judged(policy, terms, full_week()))


def judged(policy: Policy, terms: Sequence[Terms], week: Sequence[Counted]) -> list[Verdict]:
    """A policy's verdicts, with copies of what it is given: a policy that sorts spoils no test."""
    return list(policy(copy(terms), copy(week)))


def _weeks() -> Iterator[tuple[list[Terms], list[Counted]]]:
    for seed in range(ROUNDS):
        yield some_week(seed)


def _of(segments: Iterable[Counted], verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts on these segments alone."""
    starts = {segment.start for segment in segments}
    return [verdict for verdict in verdicts if verdict.start in starts]


def _billed(verdicts: Iterable[Verdict]) -> int:
    return sum(verdict.billable_minutes for verdict in verdicts)
