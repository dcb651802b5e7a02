"""Days in a zone: which segments a day holds. Zones only show; money never looks at them.

A segment belongs to the local day of its start, whole. A day's segments are the slots from the
first one that starts on that date to before the first one of the next date.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workdiary.errors import InvalidError
from workdiary.segments import SEGMENT_SECONDS, from_epoch

_WIDEST_OFFSET = 26 * 3600 // SEGMENT_SECONDS


def zone_named(name: str) -> ZoneInfo:
    """:raises InvalidError: code ``zone``; the name is not in the zone data"""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError(f"{name!r} is not a time zone such as Europe/Berlin", "zone") from error


def local_day(start: datetime, zone: ZoneInfo) -> date:
    """The day that a segment belongs to."""
    return start.astimezone(zone).date()


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The day's slots: from the first start, to before the first start of the next day.

    A day without a midnight (Cairo, 2024-04-26) begins where the clocks went on; an autumn day of
    25 hours has 150 slots; where an offset cuts slots (Kathmandu), the slot over midnight stays
    with the day in which it starts.
    """
    return _first_slot(day, zone), _first_slot(day + timedelta(days=1), zone)


def _first_slot(day: date, zone: ZoneInfo) -> datetime:
    """The first slot whose local date is ``day`` or later, by bisection over slot numbers.

    The local date of an instant never goes back, though the local time does.
    """
    middle = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // SEGMENT_SECONDS
    low, high = middle - _WIDEST_OFFSET, middle + _WIDEST_OFFSET
    while low < high:
        slot = (low + high) // 2
        if from_epoch(slot * SEGMENT_SECONDS).astimezone(zone).date() >= day:
            high = slot
        else:
            low = slot + 1
    return from_epoch(low * SEGMENT_SECONDS)
