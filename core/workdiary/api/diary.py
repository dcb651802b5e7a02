"""The diary as it is read: pictures, segments, days and weeks."""

from __future__ import annotations

from datetime import date

from workdiary.api.base import Answer, Hex32, Hex64, Moment
from workdiary.api.contracts import Minutes


class Picture(Answer, frozen=True, kw_only=True):
    """One monitor's picture. Fetch ``{digest}/{rendition}``: original, preview or thumbnail."""

    digest: Hex64
    monitor: int
    width: int
    height: int
    size: int
    taken_at: Moment


class Contest(Answer, frozen=True, kw_only=True):
    """The client's mark on a segment: it says why, and alters nothing."""

    by: str
    at: Moment
    reason: str


class Tombstone(Answer, frozen=True, kw_only=True):
    """What stays of a deleted segment: who deleted it, when, and how many minutes it had."""

    start: Moment
    kind: str
    minutes: int
    by: str
    at: Moment
    index: int


class Segment(Answer, frozen=True, kw_only=True):
    """Ten minutes with their verdict; the arrays have ten numbers, one a minute.

    ``tracked``, ``moved`` and ``down`` are masks: bit i is minute i. ``down`` minutes were not
    seen, so that their zeros are unknown. ``reason`` says why the status is what it is, and
    ``rule`` names the policy's rule. ``late`` masks the minutes that arrived after the week's lock;
    ``accepted`` says whether the client took them (None: not decided). ``why_manual`` is the
    freelancer's reason for manual time; ``edited`` is when the memo was changed afterwards.
    """

    start: Moment
    kind: str
    status: str
    billable: int
    reason: str
    memo: str
    meter: int
    keystrokes: tuple[int, ...]
    clicks: tuple[int, ...]
    scrolls: tuple[int, ...]
    moved: int
    tracked: int
    down: int
    sampled: bool
    sessions: tuple[str, ...]
    pictures: tuple[Picture, ...]
    no_picture: str
    received: Moment
    index: int
    rule: str = ""
    late: int = 0
    accepted: bool | None = None
    why_manual: str = ""
    edited: Moment | None = None
    contested: Contest | None = None


class WeekDay(Answer, frozen=True, kw_only=True):
    """One UTC day of a week, its money apportioned so that the days add up to the week."""

    date: date
    totals: Minutes
    amount: int


class BillLine(Answer, frozen=True, kw_only=True):
    """What is billed at one rate in one week: minutes × rate / 60, rounded half up, once."""

    rate: int
    minutes: int
    amount: int


class Week(Answer, frozen=True, kw_only=True):
    """A contract's week: Monday 00:00 to Sunday 24:00 UTC, in every zone.

    ``state`` is ``open``, ``locked`` (from ``locks`` on, or closed by hand) or ``closed`` (the
    result is frozen). ``totals``, ``lines`` and ``amount`` are the bill: what was frozen, once it
    is, and what the client accepted since. ``days`` are the week's seven, in UTC. ``pending`` are
    late minutes that nobody has decided on; ``contested`` counts segments. A ``policy_error`` means
    that nothing is billed until it is mended.
    """

    contract: Hex32
    start: Moment
    limit: int | None
    totals: Minutes
    amount: int
    currency: str
    policy_error: str = ""
    state: str = "open"
    locks: Moment
    closed: Moment | None = None
    days: tuple[WeekDay, ...] = ()
    lines: tuple[BillLine, ...] = ()
    pending: int = 0
    contested: int = 0
    deleted: int = 0


class Day(Answer, frozen=True, kw_only=True):
    """A day of a contract in a zone: segments by start that begin on that local date.

    ``deleted`` are the tombstones of the day's segments. ``amount`` is the money of ``segments``
    within their weeks, so that any split of a range adds up to the whole.
    """

    contract: Hex32
    date: date
    zone: str
    begins: Moment
    ends: Moment
    segments: tuple[Segment, ...]
    totals: Minutes
    week: Week
    deleted: tuple[Tombstone, ...] = ()
    amount: int = 0
