"""What is found in a diary besides its days: hits of a search, a month, and who looked."""

from __future__ import annotations

from datetime import date

from workdiary.api.base import Answer, Hex32, Hex64, Moment
from workdiary.api.people import Person


class Hit(Answer, frozen=True, kw_only=True):
    """A segment that a search found, without its minutes: fetch it by its start.

    ``minutes`` are what the policy counts, ``pictures`` how many there are, ``late`` masks the
    minutes that arrived after the week's lock.
    """

    start: Moment
    end: Moment
    status: str
    kind: str
    meter: int
    memo: str
    pictures: int
    minutes: int
    billable: int
    late: int


class FoundTotals(Answer, frozen=True, kw_only=True):
    """What all pages of a search hold together."""

    segments: int
    minutes: int
    billable: int


class Found(Answer, frozen=True, kw_only=True):
    """One page of a search, by start; ``cursor`` gets the next one, None: this is the last.

    ``totals`` stand on the first page alone. A ``policy_error`` means that statuses and billable
    minutes of some week are unknown.
    """

    contract: Hex32
    hits: tuple[Hit, ...]
    cursor: str | None
    totals: FoundTotals | None
    policy_error: str = ""


class CalendarDay(Answer, frozen=True, kw_only=True):
    """One day's sums in minutes: the same as of the day itself. ``over`` lies over the limit."""

    date: date
    tracked: int
    billable: int
    over: int


class Calendar(Answer, frozen=True, kw_only=True):
    """A month's days in a zone; the zone moves segments from day to day, and no sum of them."""

    contract: Hex32
    month: str
    zone: str
    days: tuple[CalendarDay, ...]
    policy_error: str = ""


class View(Answer, frozen=True, kw_only=True):
    """A picture was shown to a person: ``times`` times in the minute of the clock from ``at``.

    ``at`` is when first, ``renditions`` what of it. ``digest`` and ``monitor`` are None once the
    segment was deleted: that it was looked at stays to be known.
    """

    at: Moment
    by: Person
    start: Moment
    digest: Hex64 | None
    monitor: int | None
    renditions: tuple[str, ...]
    times: int


class Views(Answer, frozen=True, kw_only=True):
    """One page of views, newest first; ``cursor`` gets the next one, None: this is the last."""

    contract: Hex32
    views: tuple[View, ...]
    cursor: str | None
