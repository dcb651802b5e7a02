"""Bills: timesheets, what came after the lock, payroll over ranges, and a segment's explanation."""

from __future__ import annotations

from datetime import date

from workdiary.api.base import Answer, Hex32, Hex64, Moment
from workdiary.api.contracts import Minutes, Terms
from workdiary.api.diary import BillLine, Contest, WeekDay
from workdiary.bodies import Option

TIMESHEET_FORMATS = ("text", "json", "csv", "pdf")


class Timesheet(Answer, frozen=True, kw_only=True):
    """A contract's week as it is billed; frozen at the lock, with these names and these terms.

    ``over_limit`` and ``manual`` are counted minutes of those statuses; ``deleted`` are minutes
    that the freelancer gave up. ``size`` and ``root`` are the log's, when this was made from it.
    What came after the lock (late, contested) stands apart, in the supplement.
    """

    contract: Hex32
    name: str
    freelancer: str
    clients: tuple[str, ...]
    week: date
    state: str
    closed: Moment | None
    closed_by: str
    currency: str
    limit: int | None
    days: tuple[WeekDay, ...]
    totals: Minutes
    over_limit: int
    manual: int
    deleted: int
    lines: tuple[BillLine, ...]
    amount: int
    terms: tuple[Terms, ...]
    policy: str
    policy_version: str
    policy_options: dict[str, Option]
    policy_error: str
    size: int
    root: Hex64


class LateSegment(Answer, frozen=True, kw_only=True):
    """A segment that arrived after the lock: what it would be, or is, billed as."""

    start: Moment
    received: Moment
    status: str
    minutes: int
    billable: int
    reason: str


class Adjustment(Answer, frozen=True, kw_only=True):
    """Late segments that the client decided on, together; ``amount`` is what it added."""

    accepted: bool
    by: str
    at: Moment
    reason: str
    segments: tuple[LateSegment, ...]
    amount: int
    index: int


class ContestedSegment(Answer, frozen=True, kw_only=True):
    start: Moment
    contest: Contest


class Supplement(Answer, frozen=True, kw_only=True):
    """What came to a week after its lock. ``pending`` wait for the client's word.

    ``offered`` is what accepting all that is pending would add, in minor units; ``amount`` is what
    was accepted so far, and ``total`` the frozen amount with it.
    """

    contract: Hex32
    week: date
    currency: str
    pending: tuple[LateSegment, ...]
    offered: int
    adjustments: tuple[Adjustment, ...]
    amount: int
    total: int
    contested: tuple[ContestedSegment, ...]
    contest_until: Moment


class RangeTimesheet(Answer, frozen=True, kw_only=True):
    """A contract's days from ``first`` to ``last``, both included, by UTC dates.

    Each day has its part of its week's bill, frozen or not, so that any split of a range adds up.
    ``adjusted`` is the part of ``amount`` that was accepted after a lock; ``open`` says that some
    of it is not frozen yet.
    """

    contract: Hex32
    name: str
    freelancer: str
    clients: tuple[str, ...]
    first: date
    last: date
    currency: str
    days: tuple[WeekDay, ...]
    totals: Minutes
    amount: int
    adjusted: int
    pending: int
    open: bool
    policy_error: str


class Payroll(Answer, frozen=True, kw_only=True):
    """Timesheets of many contracts over one range, and their sums by currency."""

    first: date
    last: date
    contracts: tuple[RangeTimesheet, ...]
    amounts: dict[str, int]


class Explanation(Answer, frozen=True, kw_only=True):
    """Why a segment is what it is, in one paragraph (``text``) and as its pieces.

    ``amount`` is the segment's part of its day's part of its week's line, in minor units.
    """

    contract: Hex32
    start: Moment
    status: str
    minutes: int
    billable: int
    amount: int
    currency: str
    rate: int
    policy: str
    rule: str
    reason: str
    limit: int | None
    billed_before: int
    frozen: bool
    text: str
