"""The policies keep the suite's promises; the suite is itself tested: each seeded bug is caught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from workdiary.billing import (
    BillingStatus,
    Counted,
    Policy,
    Terms,
    Verdict,
    in_billing_order,
    limit_of_week,
    set_aside,
    terms_at,
    week_start,
)
from workdiary.plugins import SERVER, Plugins
from workdiary.segments import MINUTES
from workdiary.testing.billing import PolicyContract


def installed(name: str, **options: int) -> Policy:
    return Plugins(SERVER).billing_policy("policy", name)(options)


class TestWeeklyLimit(PolicyContract):
    @pytest.fixture
    def policy(self) -> Policy:
        return installed("weekly_limit")


class TestTrackedMinutes(PolicyContract):
    @pytest.fixture
    def policy(self) -> Policy:
        return installed("tracked_minutes")


@pytest.mark.parametrize("daily_cap", [0, 7, 30])
class TestTrackedMinutesWithADailyCap(PolicyContract):
    @pytest.fixture
    def policy(self, daily_cap: int) -> Policy:
        return installed("tracked_minutes", daily_cap=daily_cap)


class HalfHours:
    """A right policy, as small as one can be, and unlike ours: every segment counts five minutes.

    What comes after the limit, or after twenty minutes of the week, is over.
    """

    def __call__(self, terms: Sequence[Terms], week: Sequence[Counted]) -> Sequence[Verdict]:
        verdicts: list[Verdict] = []
        for segment in self.ordered(week):
            billed = sum(verdict.billable_minutes for verdict in verdicts)
            room = self.limit(terms, week)
            verdicts.append(
                self.aside(terms, segment)
                or self.verdict(segment, room is None or billed + 5 <= room)
            )
        return sorted(verdicts, key=lambda verdict: verdict.start)

    def ordered(self, week: Sequence[Counted]) -> Sequence[Counted]:
        return in_billing_order(week)

    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        return limit_of_week(terms, week_start(week[0].start))

    def aside(self, terms: Sequence[Terms], segment: Counted) -> Verdict | None:
        return set_aside(terms, segment, 5)

    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        status = BillingStatus.AUTO if fits else BillingStatus.OVER_LIMIT
        return Verdict(segment.start, status, 5, 5 if fits else 0, "half of it", "half")


class LosesTheLastSegment(HalfHours):
    def ordered(self, week: Sequence[Counted]) -> Sequence[Counted]:
        return super().ordered(week)[:-1]


class JudgesOneTwice(HalfHours):
    def ordered(self, week: Sequence[Counted]) -> Sequence[Counted]:
        return [*super().ordered(week), *week[:1]]


class AnswersInTheOrderOfBilling(HalfHours):
    def __call__(self, terms: Sequence[Terms], week: Sequence[Counted]) -> Sequence[Verdict]:
        by_start = {verdict.start: verdict for verdict in super().__call__(terms, week)}
        return [by_start[segment.start] for segment in in_billing_order(week)]


class AnswersInTheOrderOfArrival(HalfHours):
    def __call__(self, terms: Sequence[Terms], week: Sequence[Counted]) -> Sequence[Verdict]:
        by_start = {verdict.start: verdict for verdict in super().__call__(terms, week)}
        return [by_start[segment.start] for segment in week]


class NeedsASegment(HalfHours):
    def __call__(self, terms: Sequence[Terms], week: Sequence[Counted]) -> Sequence[Verdict]:
        self.limit(terms, week)
        return super().__call__(terms, week)


class BillsByArrival(HalfHours):
    def ordered(self, week: Sequence[Counted]) -> Sequence[Counted]:
        return sorted(week, key=lambda segment: segment.late)


class BillsLateTimeInItsPlace(HalfHours):
    def ordered(self, week: Sequence[Counted]) -> Sequence[Counted]:
        return sorted(week, key=lambda segment: segment.start)


class BillsLateTimeFirst(HalfHours):
    def ordered(self, week: Sequence[Counted]) -> Sequence[Counted]:
        return sorted(week, key=lambda segment: (not segment.late, segment.start))


class SortsWhatItIsGiven(HalfHours):
    def ordered(self, week: Sequence[Counted]) -> Sequence[Counted]:
        if isinstance(week, list):
            week.sort(key=lambda segment: (segment.late, segment.start))
            return week
        return super().ordered(week)


class SortsTheTermsItIsGiven(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        found = super().limit(terms, week)
        if isinstance(terms, list):
            terms.sort(key=lambda held: -held.since.timestamp())
            terms.sort(key=lambda held: held.rate)
        return found


class TakesNoTuple(HalfHours):
    def ordered(self, week: Sequence[Counted]) -> Sequence[Counted]:
        return in_billing_order(week + [])  # type: ignore[operator]  # noqa: RUF005 - the bug


class Remembers(HalfHours):
    """It judges a segment that it has seen before as it did then, whatever the terms are now."""

    def __init__(self) -> None:
        self.seen: dict[Any, Verdict] = {}

    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        return self.seen.setdefault(segment.start, super().verdict(segment, fits))


class CountsItsCalls(HalfHours):
    def __init__(self) -> None:
        self.calls = 0

    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        self.calls += 1
        return replace(super().verdict(segment, fits), reason=f"verdict {self.calls}")


class BillsLateTime(HalfHours):
    def aside(self, terms: Sequence[Terms], segment: Counted) -> Verdict | None:
        return super().aside(terms, replace(segment, late=False))


class BillsFixedPrices(HalfHours):
    def aside(self, terms: Sequence[Terms], segment: Counted) -> Verdict | None:
        return super().aside([replace(held, hourly=True) for held in terms], segment)


class BillsPauses(HalfHours):
    def aside(self, terms: Sequence[Terms], segment: Counted) -> Verdict | None:
        return super().aside([replace(held, active=True) for held in terms], segment)


class BillsOverlaps(HalfHours):
    def aside(self, terms: Sequence[Terms], segment: Counted) -> Verdict | None:
        return super().aside(terms, replace(segment, claimed_elsewhere=False))


class OverlapsTakeRoom(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        limit, taken = super().limit(terms, week), sum(s.claimed_elsewhere for s in week)
        return None if limit is None else max(limit - 5 * taken, 0)


class DeclinedTimeTakesRoom(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        limit, taken = super().limit(terms, week), sum(s.late for s in week)
        return None if limit is None else max(limit - 5 * taken, 0)


class KnowsNoLimit(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        return None


class ZeroIsNoLimit(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        return super().limit(terms, week) or None


class BillsOneTooMany(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        limit = super().limit(terms, week)
        return None if limit is None else limit + 5


class NoLimitBillsNothing(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        return super().limit(terms, week) or 0


class LargeLimitsWrapAround(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        limit = super().limit(terms, week)
        return None if limit is None else limit % 100


class LooksAtTheLastTermsAlone(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        return terms[-1].weekly_limit


class KnowsNoTimeBeforeTheTerms(HalfHours):
    def limit(self, terms: Sequence[Terms], week: Sequence[Counted]) -> int | None:
        return terms_at(terms, week[0].start + timedelta(days=7)).weekly_limit


class GivesNoReason(HalfHours):
    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        return replace(super().verdict(segment, fits), reason=" ")


class NamesNoRule(HalfHours):
    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        return replace(super().verdict(segment, fits), rule="")


class NamesNoStatus(HalfHours):
    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        return replace(super().verdict(segment, fits), status="")


class CommandsATerminal(HalfHours):
    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        return replace(super().verdict(segment, fits), reason="half \x1b[31mof it")


class CountsInFractions(HalfHours):
    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        return replace(super().verdict(segment, fits), minutes=5.0)  # type: ignore[arg-type]  # the bug


class BillsMoreThanItCounts(HalfHours):
    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        return replace(super().verdict(segment, fits), minutes=4)


class CountsElevenMinutes(HalfHours):
    def verdict(self, segment: Counted, fits: bool) -> Verdict:
        return replace(super().verdict(segment, fits), minutes=MINUTES + 1)


def broken_promises(kind: type[HalfHours]) -> list[str]:
    """The names of the promises that ``kind`` breaks, each tried on a new policy."""
    suite, broken = PolicyContract(), []
    for name in (name for name in dir(suite) if name.startswith("test_")):
        try:
            getattr(suite, name)(kind())
        except Exception:
            broken.append(name)
    return broken


def test_a_right_policy_keeps_every_promise() -> None:
    assert broken_promises(HalfHours) == []


@pytest.mark.parametrize("kind", HalfHours.__subclasses__())
def test_every_seeded_bug_breaks_a_promise(kind: type[HalfHours]) -> None:
    assert broken_promises(kind)


def test_every_promise_is_broken_by_a_seeded_bug() -> None:
    broken = {name for kind in HalfHours.__subclasses__() for name in broken_promises(kind)}
    assert broken == {name for name in dir(PolicyContract) if name.startswith("test_")}
