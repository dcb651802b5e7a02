"""A week's rows as billing sees them, and whose ten minutes they are where two contracts met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import apsw
from workdiary.billing import BillingStatus, Counted
from workdiary.segments import Kind, epoch, from_epoch

from workdiary_server.diary.contracts import Held

_COLUMNS = (
    "segment.start, kind, mask, sampled, timely, late_mask, late_sampled, accepted, status, "
    "counted, billable, segment.contract"
)
_ROWS = (
    f"SELECT {_COLUMNS} FROM segment "  # noqa: S608 - constants alone
    "WHERE contract = ? AND start >= ? AND start < ? ORDER BY start"
)
_ELSEWHERE = (
    f"SELECT {_COLUMNS} FROM contract "  # noqa: S608 - constants alone
    "JOIN segment ON segment.contract = contract.id "
    "WHERE contract.freelancer = ? AND contract.id != ? "
    "AND segment.start >= ? AND segment.start < ?"
)
_SETTLED_AS_NOTHING = frozenset({BillingStatus.OVERLAP, BillingStatus.PARTIAL, BillingStatus.LATE})


@dataclass(frozen=True, slots=True)
class Row:
    """A segment's row without its content. ``status`` is None until a verdict is frozen."""

    start: int
    kind: str
    mask: int
    sampled: bool
    timely: bool
    late_mask: int
    late_sampled: bool
    accepted: bool | None
    status: str | None
    counted: int
    billable: int
    contract: bytes

    @property
    def begins(self) -> datetime:
        return from_epoch(self.start)

    @property
    def late(self) -> bool:
        """Whether nothing of it came before the lock."""
        return not self.timely

    @property
    def open_to_adjustment(self) -> bool:
        """Whether time that came late could still be billed: nothing timely was, and no word yet.

        Ten minutes that were counted before the lock stay as they are; what comes late to them is
        shown, and adds nothing.
        """
        if self.accepted is not None:
            return False
        return self.late or (self.status == BillingStatus.PARTIAL and self.late_sampled)

    def as_timely(self, elsewhere: bool) -> Counted:
        """As it counts by what came before the lock."""
        return Counted(
            start=self.begins,
            kind=Kind(self.kind),
            tracked_minutes=self.mask.bit_count(),
            sampled=self.sampled,
            claimed_elsewhere=elsewhere,
        )

    def with_late(self, elsewhere: bool, accepted: bool) -> Counted:
        """As it counts with what came after the lock."""
        return Counted(
            start=self.begins,
            kind=Kind.AUTO,
            tracked_minutes=(self.mask | self.late_mask).bit_count(),
            sampled=self.sampled or self.late_sampled,
            claimed_elsewhere=elsewhere,
            late=True,
            accepted=accepted,
        )


def rows_of(db: apsw.Connection, contract: bytes, begins: datetime, ends: datetime) -> list[Row]:
    span = (epoch(begins), epoch(ends))
    return [_row(*found) for found in db.execute(_ROWS, (contract, *span))]


def claims_of(
    db: apsw.Connection, held: Held, begins: datetime, ends: datetime
) -> dict[int, list[Row]]:
    """The segments of the freelancer's other contracts by start."""
    found: dict[int, list[Row]] = {}
    span = (epoch(begins), epoch(ends))
    for values in db.execute(_ELSEWHERE, (held.freelancer, held.key, *span)):
        row = _row(*values)
        found.setdefault(row.start, []).append(row)
    return found


def claimed(row: Row, late: bool, others: Sequence[Row]) -> bool:
    """Whether another contract of the freelancer has the better claim to these ten minutes.

    Rule 7: of two that were sampled the one with more tracked minutes, then the earlier first
    minute, then the smaller id. Beyond it: what is frozen as counted elsewhere is settled; timely
    time outranks late, and tracked time manual.
    """
    return any(_outranks(other, row, late) for other in others)


def _outranks(other: Row, row: Row, late: bool) -> bool:
    if not (_can_claim(other) and _can_claim(row)):
        return False
    if other.status is not None:
        return other.status not in _SETTLED_AS_NOTHING
    return _rank(other, other.late or not _counts_timely(other)) < _rank(row, late)


def _can_claim(row: Row) -> bool:
    return row.sampled or row.late_sampled or row.kind == Kind.MANUAL


def _counts_timely(row: Row) -> bool:
    return row.timely and (row.sampled or row.kind == Kind.MANUAL)


def _rank(row: Row, late: bool) -> tuple[bool, bool, int, int, bytes]:
    mask = row.mask | row.late_mask if late else row.mask
    return (
        late,
        row.kind == Kind.MANUAL,
        -mask.bit_count(),
        (mask & -mask).bit_length(),
        row.contract,
    )


def _row(
    start: int,
    kind: str,
    mask: int,
    sampled: int,
    timely: int,
    late_mask: int,
    late_sampled: int,
    accepted: int | None,
    status: str | None,
    counted: int | None,
    billable: int | None,
    contract: bytes,
) -> Row:
    return Row(
        start=start,
        kind=kind,
        mask=mask,
        sampled=bool(sampled),
        timely=bool(timely),
        late_mask=late_mask,
        late_sampled=bool(late_sampled),
        accepted=None if accepted is None else bool(accepted),
        status=status,
        counted=counted or 0,
        billable=billable or 0,
        contract=contract,
    )
