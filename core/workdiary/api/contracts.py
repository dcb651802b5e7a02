"""Contracts: their terms, with history, and their totals."""

from __future__ import annotations

import msgspec

from workdiary.api.base import Answer, Hex32, Moment
from workdiary.api.people import Person
from workdiary.bodies import Option


class Minutes(Answer, frozen=True, kw_only=True):
    """Totals in minutes, all integers: ``by_status`` adds up to ``tracked``."""

    tracked: int
    billable: int
    by_status: dict[str, int]


class Terms(Answer, frozen=True, kw_only=True):
    """A contract's terms from ``since`` until the next ones'.

    ``by`` changed them, by the entry ``index`` of the log, received at ``received``; ``changed``
    names the terms that differ from those before. ``ended`` ones are the last.
    """

    since: Moment
    rate: int
    currency: str
    weekly_limit: int | None
    hourly: bool
    manual: bool
    screenshots: str
    zone: str
    policy: str
    policy_options: dict[str, Option]
    paused: bool
    ended: bool
    by: str
    received: Moment
    index: int
    changed: tuple[str, ...]


class Contract(Answer, frozen=True, kw_only=True):
    """A contract as its parties see it, by the terms in force now.

    ``today`` is the freelancer's, in their zone. ``weekly_limit`` is this week's, in minutes; None:
    none. ``terms_changed`` is the log index of the last entry that set or changed terms: when it
    rises, there is something to tell. A ``week_error`` says why this week's totals are unknown:
    its policy failed.
    """

    id: Hex32
    name: str
    freelancer: Person
    clients: tuple[Person, ...]
    rate: int
    currency: str
    weekly_limit: int | None
    hourly: bool
    manual: bool
    screenshots: str
    zone: str
    policy: str
    opened: Moment
    today: Minutes
    week: Minutes
    last_segment: Moment | None
    role: str
    origin: str
    log_key: str
    policy_options: dict[str, Option] = msgspec.field(default_factory=dict)
    paused: bool = False
    ended: Moment | None = None
    terms_changed: int = 0
    week_error: str = ""
