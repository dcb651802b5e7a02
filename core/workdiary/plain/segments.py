"""A segment in plain lines: alone, as a line of its day, and minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from workdiary import api
from workdiary.plain.words import clock, counted, day_word, heading, moment, zone_word
from workdiary.segments import MINUTES, SEGMENT, Kind


class Minute(api.Answer, frozen=True, kw_only=True):
    """One minute of a segment: its counts, and ``active``, ``quiet``, ``unseen`` or ``absent``."""

    start: api.Moment
    keystrokes: int
    clicks: int
    scrolls: int
    state: str
    late: bool = False


class Minutes(api.Answer, frozen=True, kw_only=True):
    """A segment's ten minutes and their sums."""

    contract: str
    start: api.Moment
    minutes: tuple[Minute, ...]
    keystrokes: int
    clicks: int
    scrolls: int
    active: int


def minutes_of(contract: str, segment: api.Segment) -> Minutes:
    return Minutes(
        contract=contract,
        start=segment.start,
        minutes=tuple(_minute(segment, place) for place in range(MINUTES)),
        keystrokes=sum(segment.keystrokes),
        clicks=sum(segment.clicks),
        scrolls=sum(segment.scrolls),
        active=segment.meter,
    )


def _minute(segment: api.Segment, place: int) -> Minute:
    return Minute(
        start=segment.start + timedelta(minutes=place),
        keystrokes=segment.keystrokes[place],
        clicks=segment.clicks[place],
        scrolls=segment.scrolls[place],
        state=minute_word(segment, place),
        late=bool(segment.late & 1 << place),
    )


def minute_word(segment: api.Segment, minute: int) -> str:
    """``active``, ``quiet``; ``unseen`` where input could not be seen; ``absent``: not tracked."""
    bit = 1 << minute
    counts = segment.keystrokes[minute] or segment.clicks[minute] or segment.scrolls[minute]
    if counts or segment.moved & bit:
        return "active"
    if segment.down & bit:
        return "unseen"
    return "quiet" if segment.tracked & bit else "absent"


def segment_line(segment: api.Segment, zone: ZoneInfo) -> str:
    """A segment as one line of its day."""
    marks = [*(["contested"] if segment.contested is not None else []), *_marks(segment)]
    said = [segment.status, *_seen(segment), *marks, segment.memo or "no memo"]
    return f"{clock(segment.start, zone)} {', '.join(said)}"


def segment_lines(contract: api.Contract, segment: api.Segment, zone: ZoneInfo) -> Iterator[str]:
    """A segment with all that is known of it, but for its minutes."""
    yield heading(contract)
    yield _when(segment.start, zone)
    reason = f": {segment.reason}" if segment.reason else ""
    yield f"status {segment.status}, {segment.billable} of {MINUTES} minutes billed{reason}"
    yield f"memo: {segment.memo}" if segment.memo else "no memo"
    yield from _seen(segment)
    yield from _pictures(segment, zone)
    yield from _marks(segment)
    if segment.contested is not None:
        contest = segment.contested
        yield f"contested by {contest.by}, {moment(contest.at)}: {contest.reason}"


def minute_lines(contract: api.Contract, segment: api.Segment, zone: ZoneInfo) -> Iterator[str]:
    """A line a minute, then the sums."""
    yield heading(contract)
    yield _when(segment.start, zone)
    if segment.kind == Kind.MANUAL:
        yield from _seen(segment)
        return
    found = minutes_of(contract.id, segment)
    for one in found.minutes:
        late = ", late" if one.late else ""
        yield f"{clock(one.start, zone)} {one.state}, {_counts(one)}{late}"
    yield f"sum {_counts(found)}, {found.active} of {MINUTES} minutes active"


def _when(start: datetime, zone: ZoneInfo) -> str:
    local, ends = start.astimezone(zone), (start + SEGMENT).astimezone(zone)
    said = (
        f"segment {day_word(local.date())} {local:%H:%M} to {ends:%H:%M} {zone_word(start, zone)}"
    )
    return said if zone.key == "UTC" else f"{said}, {moment(start)}"


def _seen(segment: api.Segment) -> list[str]:
    """What was counted and pictured; of manual time, why it was added."""
    if segment.kind == Kind.MANUAL:
        return [f"added by hand: {segment.why_manual}" if segment.why_manual else "added by hand"]
    tracked = segment.tracked.bit_count()
    words = [f"{segment.meter} of {MINUTES} minutes active"]
    words += [f"{tracked} tracked"] if tracked < MINUTES else []
    words.append(_counts(minutes_of("", segment)))
    if segment.pictures:
        return [*words, counted(len(segment.pictures), "picture")]
    return [*words, f"no picture: {segment.no_picture}" if segment.no_picture else "no picture"]


def _counts(of: Minute | Minutes) -> str:
    keys = counted(of.keystrokes, "key")
    return f"{keys}, {counted(of.clicks, 'click')}, {counted(of.scrolls, 'scroll')}"


def _pictures(segment: api.Segment, zone: ZoneInfo) -> Iterator[str]:
    many = len(segment.pictures)
    for place, picture in enumerate(segment.pictures, 1):
        taken = picture.taken_at.astimezone(zone)
        yield (
            f"picture {place} of {many}: {picture.width}x{picture.height}, taken {taken:%H:%M:%S}, "
            f"{picture.size} bytes, sha256 {picture.digest}"
        )


def _marks(segment: api.Segment) -> list[str]:
    marks = []
    if segment.late:
        decided = {None: "not decided", True: "accepted", False: "declined"}[segment.accepted]
        marks.append(f"{counted(segment.late.bit_count(), 'minute')} late, {decided}")
    if segment.edited is not None:
        marks.append(f"memo edited {segment.edited.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    return marks
