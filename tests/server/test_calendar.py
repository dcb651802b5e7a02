"""A month's sums are those of its days, in every zone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from billkit import MONDAY, TEN, a_diary, track
from serverkit import send, tracked_entry
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.errors import InvalidError, NotFoundError

DAY = 86_400
ZONES = ("UTC", "Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati")


async def sums(client: DiaryClient, contract: str, day: date, zone: str) -> api.CalendarDay:
    totals = (await client.day(contract, day, zone)).totals
    over = totals.by_status.get("over_limit", 0)
    return api.CalendarDay(date=day, tracked=totals.tracked, billable=totals.billable, over=over)


async def test_a_months_days_add_up_as_the_days_themselves_in_every_zone(tmp_path: Path) -> None:
    async with a_diary(tmp_path, MONDAY + 12 * DAY, weekly_limit=60) as (_, ada, contract, _clock):
        for day in (0, 1, 2, 3, 5, 6, 7):
            await track(ada, contract, *(MONDAY + day * DAY - TEN + TEN * n for n in range(3)))
        part = tracked_entry(ada, contract, MONDAY + 3 * DAY + 7200, mask=7, sampled=False)
        await send(ada, contract, part)
        for zone in ZONES:
            total = 0
            for month, days in ((date(2026, 9, 1), 30), (date(2026, 10, 1), 31)):
                found = await ada.client.calendar(contract, month, zone)
                assert (found.month, found.zone, found.policy_error) == (f"{month:%Y-%m}", zone, "")
                assert [day.date for day in found.days] == [
                    month + timedelta(days=n) for n in range(days)
                ]
                for one in found.days:
                    if date(2026, 9, 25) < one.date < date(2026, 10, 8):
                        assert one == await sums(ada.client, contract, one.date, zone)
                    else:
                        assert one.tracked == 0
                total += sum(day.tracked for day in found.days)
            assert total == (7 * 3 + 1) * 10


async def test_a_month_of_another_year_wraps_over_december(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        found = await ada.client.calendar(contract, date(2026, 12, 31))
        assert (len(found.days), found.days[-1].date) == (31, date(2026, 12, 31))
        assert len((await ada.client.calendar(contract, date(2028, 2, 9))).days) == 29


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", ""])
async def test_a_zone_that_is_none_is_refused(tmp_path: Path, zone: str) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        with pytest.raises(InvalidError, match="time zone"):
            await ada.client.calendar(contract, date(2026, 10, 1), zone)


async def test_a_month_outside_of_every_diary_is_refused(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        for month in (date(1, 1, 1), date(9999, 12, 1)):
            with pytest.raises(InvalidError):
                await ada.client.calendar(contract, month)
        with pytest.raises(NotFoundError):
            await ada.client.calendar("00" * 16, date(2026, 10, 1))
