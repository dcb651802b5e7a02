"""Segments, minutes, parts and sets: the words of the diary, without clock or I/O.

Times are aware datetimes in UTC; a slot's start is a multiple of ten minutes since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

SEGMENT = timedelta(minutes=10)
SEGMENT_SECONDS = 600
MINUTE_SECONDS = 60
MINUTES = 10
FULL_MASK = (1 << MINUTES) - 1


class Kind(StrEnum):
    """How a segment came into the diary."""

    AUTO = "auto"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class MinuteActivity:
    """Counts of one minute. Never what was typed or clicked."""

    keystrokes: int = 0
    clicks: int = 0
    scrolls: int = 0
    moved: bool = False

    @property
    def active(self) -> bool:
        """Whether anything at all happened: the pointer counts as much as a key."""
        return self.moved or bool(self.keystrokes or self.clicks or self.scrolls)

    def __add__(self, other: MinuteActivity) -> MinuteActivity:
        return MinuteActivity(
            self.keystrokes + other.keystrokes,
            self.clicks + other.clicks,
            self.scrolls + other.scrolls,
            self.moved or other.moved,
        )


QUIET = MinuteActivity()


@dataclass(frozen=True, slots=True)
class Screenshot:
    """What one monitor showed at a segment's random moment.

    ``digest`` is the lower-case hex SHA-256 of the original WebP image; ``width`` and
    ``height`` are its native pixels.
    """

    monitor: int
    taken_at: datetime
    width: int
    height: int
    digest: str


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a slot as a tracker closed it.

    ``mask`` has bit i set if minute i of the slot was tracked here; ``minutes`` holds ten
    activities. Activity may stand in a minute outside the mask: it was claimed by an earlier
    part of the same device, and its counts are added there. ``down`` has bit i set if input could
    not be seen in minute i, so that its zeros mean "unknown".
    """

    start: datetime
    mask: int
    minutes: tuple[MinuteActivity, ...]
    memo: str
    session: str
    sampled: bool
    kind: Kind = Kind.AUTO
    screenshots: tuple[Screenshot, ...] = ()
    no_picture: str = ""
    down: int = 0

    @property
    def tracked_minutes(self) -> int:
        return self.mask.bit_count()


@dataclass(frozen=True, slots=True)
class Segment:
    """Ten minutes of a contract's diary: the union of its parts."""

    start: datetime
    mask: int
    minutes: tuple[MinuteActivity, ...]
    memo: str
    sessions: frozenset[str]
    sampled: bool
    kind: Kind = Kind.AUTO
    screenshots: tuple[Screenshot, ...] = ()
    no_picture: str = ""
    down: int = 0

    @property
    def tracked_minutes(self) -> int:
        return self.mask.bit_count()

    @property
    def activity_meter(self) -> int:
        """Minutes out of ten that saw any activity: the row of green blocks."""
        return sum(minute.active for minute in self.minutes)

    @property
    def totals(self) -> MinuteActivity:
        """All ten minutes added up."""
        return sum(self.minutes, QUIET)


def slot_start(instant: datetime) -> datetime:
    """The start of the slot that holds ``instant``."""
    return datetime.fromtimestamp(instant.timestamp() // SEGMENT_SECONDS * SEGMENT_SECONDS, UTC)


def from_epoch(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970; an instant's fraction is dropped."""
    return int(instant.timestamp())


def merge(parts: Iterable[Part]) -> Segment:
    """Merge the parts of one slot: minutes by union, counts summed, whatever their order.

    The memo is that of the part with the most tracked minutes; between equal ones that of the
    part whose first minute is earlier, then the smaller text, so that arrival never decides.
    Tracked time outranks manual time: where both stand, the manual parts add nothing. The reason
    for a missing picture is shown only where no part has a picture.
    """
    ordered = sorted(parts, key=_rank)
    ordered = [part for part in ordered if part.kind is Kind.AUTO] or ordered
    if not ordered:
        raise ValueError("a segment has at least one part")
    screenshots = tuple(
        sorted(
            {shot for part in ordered for shot in part.screenshots},
            key=lambda shot: (shot.taken_at, shot.monitor, shot.digest, shot.width, shot.height),
        )
    )
    minutes = tuple(
        sum((part.minutes[index] for part in ordered), QUIET) for index in range(MINUTES)
    )
    mask = down = 0
    for part in ordered:
        mask |= part.mask
        down |= part.down
    return Segment(
        start=ordered[0].start,
        mask=mask,
        minutes=minutes,
        memo=ordered[0].memo,
        sessions=frozenset(part.session for part in ordered if part.session),
        sampled=any(part.sampled for part in ordered),
        kind=ordered[0].kind,
        screenshots=screenshots,
        no_picture="" if screenshots else _why_no_picture(ordered),
        down=down,
    )


def _rank(part: Part) -> tuple[int, int, str, str]:
    first_minute = (part.mask & -part.mask).bit_length()
    return -part.tracked_minutes, first_minute, part.memo, part.no_picture


def _why_no_picture(parts: Sequence[Part]) -> str:
    """The sampled part's reason: the others only say that the moment was not theirs."""
    reasons = [part.no_picture for part in parts if part.sampled and part.no_picture]
    return min(reasons) if reasons else next((p.no_picture for p in parts if p.no_picture), "")


def sets(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Cut segments, sorted by start, into sets: unbroken runs that share a session.

    Stopping the tracker begins a new set even where no slot lies between. Two neighbours that
    hold parts of one session belong together. Manual segments join manual neighbours.
    """
    run: list[Segment] = list(segments[:1])
    for before, after in pairwise(segments):
        if not _joined(before, after):
            yield run
            run = []
        run.append(after)
    if run:
        yield run


def _joined(before: Segment, after: Segment) -> bool:
    if after.start - before.start != SEGMENT or before.kind is not after.kind:
        return False
    return before.kind is Kind.MANUAL or bool(before.sessions & after.sessions)
