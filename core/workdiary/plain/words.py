"""Minutes, moments and names as plain lines write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from workdiary import api


def hours(minutes: int) -> str:
    return f"{minutes // 60}h{minutes % 60:02d}"


def counted(count: int, what: str) -> str:
    """``1 picture``, ``2 pictures``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def week_word(monday: date) -> str:
    """ISO 8601: ``2026-W45``."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def day_word(day: date) -> str:
    return f"{day:%a %d %b %Y}"


def moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%a %d %b %Y %H:%M} UTC"


def clock(instant: datetime, zone: ZoneInfo) -> str:
    """``17:10 (09:10 UTC)``; the time alone where both are the same."""
    local = instant.astimezone(zone)
    utc = instant.astimezone(UTC)
    if local.replace(tzinfo=None) == utc.replace(tzinfo=None):
        return f"{utc:%H:%M}"
    other = "" if utc.date() == local.date() else f"{utc:%a %d %b} "
    return f"{local:%H:%M} ({other}{utc:%H:%M} UTC)"


def zone_word(instant: datetime, zone: ZoneInfo) -> str:
    """``UTC``, or ``Asia/Manila +08:00``."""
    offset = f"{instant.astimezone(zone):%z}"
    return "UTC" if zone.key == "UTC" else f"{zone.key} {offset[:3]}:{offset[3:5]}"


def heading(contract: api.Contract) -> str:
    return f"{contract.name}, {contract.freelancer.name}"


def by_status(minutes: Mapping[str, int]) -> list[str]:
    """``auto 7h30`` for each status that has any time, by name."""
    return [f"{status} {hours(minutes[status])}" for status in sorted(minutes) if minutes[status]]


def policy_failed(reason: str) -> str:
    return f"policy failed; nothing is billed: {reason.removeprefix('policy failed: ')}"
