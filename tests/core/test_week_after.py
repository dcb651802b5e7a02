"""What a week would come to after a freelancer's deed: exact where it can be, else between what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from workdiary import api
from workdiary.edits import Loss, WeekAfter, moment_on, week_with, week_without
from workdiary.errors import InvalidError

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DAY = date(2026, 11, 6)
MANILA = ZoneInfo("Asia/Manila")


def a_week(tracked: int, billable: int, limit: int | None) -> api.Week:
    return api.Week(
        contract="c" * 32,
        start=MONDAY,
        limit=limit,
        totals=api.Minutes(tracked=tracked, billable=billable, by_status={}),
        amount=0,
        currency="USD",
        locks=MONDAY,
    )


def a_loss(counted: int, billed: int) -> Loss:
    return Loss(1, 10, counted, 0, billed, 0, "USD")


@pytest.mark.parametrize(
    ("week", "loss", "after"),
    [
        (a_week(300, 300, None), a_loss(20, 20), WeekAfter(280, 280, 280)),
        (a_week(300, 240, 240), a_loss(20, 20), WeekAfter(280, 220, 240)),
        (a_week(250, 240, 240), a_loss(20, 20), WeekAfter(230, 220, 230)),
        (a_week(300, 240, 240), a_loss(20, 0), WeekAfter(280, 240, 240)),
        (a_week(300, 300, 600), a_loss(0, 0), WeekAfter(300, 300, 300)),
    ],
)
def test_time_over_the_limit_may_take_the_room_that_a_deletion_leaves(
    week: api.Week, loss: Loss, after: WeekAfter
) -> None:
    assert week_without(week, loss) == after


@pytest.mark.parametrize(
    ("week", "after"),
    [
        (a_week(300, 300, None), WeekAfter(360, 360, 360)),
        (a_week(300, 300, 600), WeekAfter(360, 300, 360)),
        (a_week(230, 230, 240), WeekAfter(290, 230, 240)),
        (a_week(300, 240, 240), WeekAfter(360, 240, 240)),
    ],
)
def test_manual_time_is_billed_as_far_as_the_limit_has_room(
    week: api.Week, after: WeekAfter
) -> None:
    assert week_with(week, 60) == after


def test_a_time_of_day_is_read_on_the_clock_it_was_written_on() -> None:
    assert moment_on(DAY, " 9:20 ", MANILA) == datetime(2026, 11, 6, 1, 20, tzinfo=UTC)
    assert moment_on(DAY, "24:00", UTC) == datetime(2026, 11, 7, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "9", "25:00", "24:10", "9:60", "nine", "-1:00", "1:3x"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidError, match="such as 14:00"):
        moment_on(DAY, text, UTC)
