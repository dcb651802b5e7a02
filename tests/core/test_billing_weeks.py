from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.billing import Terms, amount, limit_of_week, terms_at, week_end, week_start

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def some_terms(day: float, limit: int | None, rate: int = 6000) -> Terms:
    """Terms in force from ``day`` days after the week's Monday."""
    return Terms(MONDAY + day * DAY, rate, "USD", limit)


@given(st.datetimes(datetime(1970, 1, 5), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis wants naive bounds
def test_a_week_runs_from_monday_midnight_to_the_next_in_utc(instant: datetime) -> None:
    start = week_start(instant)
    assert start <= instant < week_end(instant) == start + 7 * DAY
    assert start.isoweekday() == 1
    assert start.timestamp() % 86_400 == 0


def test_the_last_instant_of_sunday_is_in_the_week_and_midnight_in_the_next() -> None:
    assert week_start(MONDAY + 7 * DAY - timedelta(microseconds=1)) == MONDAY
    assert week_start(MONDAY + 7 * DAY) == MONDAY + 7 * DAY


def test_a_zone_never_moves_a_week() -> None:
    in_kiritimati = datetime.fromisoformat("2026-03-02T09:00:00+14:00")
    assert week_start(in_kiritimati) == MONDAY - 7 * DAY


@pytest.mark.parametrize(
    ("terms", "limit"),
    [
        ([some_terms(-60, 600)], 600),
        ([some_terms(-60, None)], None),
        ([some_terms(-60, 0)], 0),
        ([some_terms(-60, 600), some_terms(2.6, 840)], 840),
        ([some_terms(-60, 600), some_terms(2.6, 60)], 600),
        ([some_terms(-60, 600), some_terms(-5, 60)], 60),
        ([some_terms(-60, 600), some_terms(0, 60)], 60),
        ([some_terms(-60, 600), some_terms(7, 900)], 600),
        ([some_terms(-60, 600), some_terms(1, None), some_terms(2, 60)], None),
        ([some_terms(-60, None), some_terms(0, 60)], 60),
        ([some_terms(3, 600)], 600),
        ([some_terms(8, 600)], 0),
        ([some_terms(-60, 600), some_terms(2, 900), some_terms(2, 60)], 600),
        ([], 0),
    ],
)
def test_the_limit_is_the_highest_in_force_at_any_moment_of_the_week(
    terms: list[Terms], limit: int | None
) -> None:
    assert limit_of_week(terms, MONDAY) == limit


def test_terms_hold_from_their_moment_until_the_next_ones() -> None:
    first, second = some_terms(0, 600), some_terms(2, 600, rate=7500)
    assert terms_at([first, second], MONDAY + 2 * DAY - timedelta(seconds=1)) is first
    assert terms_at([first, second], MONDAY + 2 * DAY) is second
    assert terms_at([first, second], MONDAY - DAY) is first


@pytest.mark.parametrize(
    ("rate", "minutes", "expected"),
    [(3333, 10, 556), (3339, 10, 557), (3333, 30, 1667), (3, 10, 1), (2, 10, 0), (6000, 0, 0)],
)
def test_money_is_rounded_half_up(rate: int, minutes: int, expected: int) -> None:
    assert amount(rate, minutes) == expected


@given(st.integers(0, 10**9), st.integers(0, 10_080))
def test_an_amount_is_within_half_a_minor_unit_of_the_exact_one(rate: int, minutes: int) -> None:
    above = amount(rate, minutes) - Fraction(rate * minutes, 60)
    assert Fraction(-1, 2) < above <= Fraction(1, 2)
