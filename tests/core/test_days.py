from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from workdiary.days import day_bounds, local_day, zone_named
from workdiary.errors import InvalidError
from workdiary.segments import SEGMENT

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def test_every_segment_is_in_exactly_one_day_in_every_zone() -> None:
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        previous_end = None
        for day in DAYS:
            begins, ends = day_bounds(day, zone)
            assert previous_end in (None, begins), f"{name} {day}: a gap or an overlap"
            assert local_day(begins, zone) == local_day(ends - SEGMENT, zone) == day, (name, day)
            assert local_day(begins - SEGMENT, zone) < day < local_day(ends, zone)
            previous_end = ends


@pytest.mark.parametrize(
    ("zone", "day", "slots"),
    [
        ("Africa/Cairo", date(2024, 4, 26), 138),
        ("Europe/Berlin", date(2026, 10, 25), 150),
        ("Europe/Berlin", date(2026, 3, 29), 138),
        ("Australia/Lord_Howe", date(2026, 4, 5), 147),
        ("Asia/Kathmandu", date(2026, 11, 23), 144),
        ("UTC", date(2026, 11, 23), 144),
    ],
)
def test_a_day_has_as_many_slots_as_its_clocks_give_it(zone: str, day: date, slots: int) -> None:
    begins, ends = day_bounds(day, ZoneInfo(zone))
    assert (ends - begins) / SEGMENT == slots


def test_the_slot_over_kathmandus_midnight_stays_with_the_old_day() -> None:
    begins, _ = day_bounds(date(2026, 11, 23), ZoneInfo("Asia/Kathmandu"))
    assert begins == datetime(2026, 11, 22, 18, 20, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe/Berlin\x00"])
def test_a_name_that_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidError):
        zone_named(name)
