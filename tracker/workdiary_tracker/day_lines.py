"""The freelancer's day in lines: what the client sees, in the width of a terminal."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from workdiary import api
from workdiary.money import written
from workdiary.segments import MINUTES
from workdiary.text import harmless

_WORDS = {
    "auto": "AUTO",
    "manual": "MANUAL",
    "over_limit": "OVER",
    "partial": "PARTIAL",
    "late": "LATE",
    "overlap": "OVERLAP",
    "not_hourly": "FIXED",
    "inactive": "INACTIVE",
    "policy_error": "UNKNOWN",
}
_WORD = 9


def hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def word(status: str) -> str:
    """A status in the few letters of its column; one that a policy names, by its own name."""
    return _WORDS.get(status, harmless(status).replace("_", " ").upper())[:_WORD]


def segment_line(segment: api.Segment, zone: tzinfo) -> str:
    """Time, status, meter, marks and memo; everything that has a colour has a word."""
    if segment.kind == "manual":
        meter = "by hand".ljust(MINUTES)
    else:
        meter = "■" * segment.meter + "□" * (MINUTES - segment.meter)
    picture = "picture" if segment.pictures else "–"
    said = "  ".join([*_marks(segment), harmless(segment.memo)])
    at = segment.start.astimezone(zone)
    return f"{at:%H:%M}  {word(segment.status):<{_WORD}} {meter}  {picture:<7}  {said}".rstrip()


def _marks(segment: api.Segment) -> list[str]:
    found = []
    if segment.contested is not None:
        found.append(f"! contested: {harmless(segment.contested.reason)}")
    if segment.accepted is not None:
        found.append("accepted" if segment.accepted else "declined")
    if segment.edited is not None:
        found.append("(edited)")
    return found


def tombstone_line(stone: api.Tombstone, zone: tzinfo) -> str:
    """What stays of a segment: its minutes, who deleted it, and when."""
    start, at = stone.start.astimezone(zone), stone.at.astimezone(zone)
    who = harmless(stone.by)
    return f"{start:%H:%M}  {'deleted':<{_WORD}} {stone.minutes} min, by {who}, {at:%a %H:%M}"


def day_rows(day: api.Day) -> list[api.Segment | api.Tombstone]:
    """Segments and tombstones by the time at which they start."""
    rows: list[api.Segment | api.Tombstone] = [*day.segments, *day.deleted]
    return sorted(rows, key=lambda row: (row.start, isinstance(row, api.Segment)))


def day_line(day: api.Day) -> str:
    if day.week.policy_error:
        return harmless(day.week.policy_error)
    totals = day.totals
    money = written(day.amount, day.week.currency)
    return f"day   {hours(totals.tracked)} counted, {hours(totals.billable)} billed, {money}"


def week_line(week: api.Week) -> str:
    """Counted, billed, limit, and until when the week can be changed."""
    if week.policy_error:
        return f"week  {harmless(week.policy_error)}"
    limit = "no limit" if week.limit is None else f"limit {hours(week.limit)}"
    late = f", {hours(week.pending)} late" if week.pending else ""
    return (
        f"week  {hours(week.totals.tracked)} counted, {hours(week.totals.billable)} billed, "
        f"{limit}{late}; {lock_words(week)}"
    )


def lock_words(week: api.Week) -> str:
    if week.state == "open":
        return f"locks {week.locks:%a %d %b %H:%M} UTC"
    return "locked: nothing can be changed"


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in UTC, and in a zone where that has another time."""
    shown = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if not moment.astimezone(zone).utcoffset():
        return shown
    return f"{shown} ({moment.astimezone(zone):%a %H:%M} {zone.key})"


def zone_words(day: api.Day, zone: ZoneInfo) -> str:
    """The zone of a day's times, with its distance from UTC where it has one."""
    offset = day.begins.astimezone(zone)
    distance = f"{offset:%z}"
    return f"{day.zone} (UTC{distance[:3]}:{distance[3:5]})" if offset.utcoffset() else day.zone
