"""What a contract's policy says of its segments, week by week: on read, until it is frozen.

A policy that fails or breaks its promise bills nothing: the week says so, and no number is wrong.
Of a closed week the frozen verdicts stand, whatever becomes of the policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import apsw
import msgspec
from workdiary.billing import (
    BillingStatus,
    Counted,
    Terms,
    Verdict,
    bill,
    lock_time,
    week_end,
    week_start,
)
from workdiary.errors import InvalidError
from workdiary.segments import epoch, from_epoch

from workdiary_server.diary.contracts import Held
from workdiary_server.diary.counting import Row, claimed, claims_of, rows_of
from workdiary_server.diary.service import Diary
from workdiary_server.vault.keyring import Keyring, place_of

POLICY_ERROR = "policy_error"
_CLOSED = "SELECT idx, closed, sealed FROM week WHERE contract = ? AND start = ?"
_TOOK = "it arrived after the week was locked, and the client accepted it"
_DECLINED = "it arrived after the week was locked, and the client declined it"
_STANDS = "; {minutes} minutes of it arrived after the lock and add nothing"


class Frozen(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a closed week: documents by format, and each verdict's [reason, rule]."""

    documents: dict[str, bytes]
    reasons: dict[int, tuple[str, str]]
    amount: int
    closed_by: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed week: the log index of its entry, the second of its closing, what was frozen."""

    index: int
    at: int
    frozen: Frozen


@dataclass(frozen=True, slots=True)
class Judged:
    """A week with its verdicts by start; ``error`` says why the policy gave none.

    ``pending`` are the rows that an adjustment could bill; ``locked`` holds from the lock on.
    """

    start: datetime
    terms: list[Terms]
    rows: list[Row]
    verdicts: dict[datetime, Verdict]
    locked: bool
    closed: Closed | None = None
    error: str = ""
    pending: list[Row] = field(default_factory=list)

    def within(self, begins: datetime, ends: datetime) -> list[Verdict]:
        return [v for start, v in self.verdicts.items() if begins <= start < ends]

    @property
    def amount(self) -> int:
        """The week's money: the sum of its lines."""
        return sum(line.amount for line in bill(self.terms, self.verdicts.values()))


def judge_week(db: apsw.Connection, diary: Diary, held: Held, instant: datetime) -> Judged:
    """The verdicts on the whole week of ``instant``: the frozen ones, else the policy's."""
    start = week_start(instant)
    rows = rows_of(db, held.key, start, week_end(start))
    closed = closed_week(db, diary.keyring, held.key, start)
    locked = closed is not None or from_epoch(int(diary.now())) >= lock_time(start)
    claims = claims_of(db, held, start, week_end(start)) if rows else {}
    counted = [_counted(row, claims) for row in rows]
    if closed is not None:
        return _judge_closed(diary, held, start, rows, claims, closed)
    try:
        verdicts = ask(diary, held, start, counted)
        error = ""
    except InvalidError as failure:
        error = f"policy failed: {held.judge_of(start).policy}: {failure}"
        verdicts = [_unknown(segment, error) for segment in counted]
    by_start = {verdict.start: verdict for verdict in verdicts}
    return Judged(start, held.billing, rows, by_start, locked, None, error)


def judge_timely(db: apsw.Connection, diary: Diary, held: Held, week: datetime) -> list[Verdict]:
    """The verdicts on what came before the lock alone: what closing the week freezes.

    :raises InvalidError: code ``policy``
    """
    start = week_start(week)
    rows = [row for row in rows_of(db, held.key, start, week_end(start)) if not row.late]
    claims = claims_of(db, held, start, week_end(start)) if rows else {}
    return ask(diary, held, start, [_counted(row, claims) for row in rows])


def ask(diary: Diary, held: Held, week: datetime, counted: Sequence[Counted]) -> list[Verdict]:
    """:raises InvalidError: code ``policy``; it failed, stalled or broke its promise"""
    terms = held.judge_of(week)
    return diary.policies.judge(terms.policy, terms.policy_options, held.billing, counted)


def offer(
    db: apsw.Connection, diary: Diary, held: Held, judged: Judged, chosen: Sequence[Row]
) -> tuple[list[Verdict], int]:
    """What accepting ``chosen`` would make of them, and add to the week in minor units.

    :raises InvalidError: code ``policy``
    """
    claims = claims_of(db, held, judged.start, week_end(judged.start))
    wanted = {row.start for row in chosen}
    counted = [_in_offer(row, claims, row.start in wanted) for row in judged.rows]
    found = {v.start: v for v in ask(diary, held, judged.start, counted)}
    offered = [found[row.begins] for row in chosen]
    after = judged.verdicts | {verdict.start: verdict for verdict in offered}
    lines = bill(judged.terms, after.values())
    return offered, sum(line.amount for line in lines) - judged.amount


def closed_week(
    db: apsw.Connection, keyring: Keyring, contract: bytes, week: datetime
) -> Closed | None:
    row = db.execute(_CLOSED, (contract, epoch(week))).fetchone()
    if row is None:
        return None
    bound = bound_of(contract, week)
    plain = keyring.unseal(db, contract, place_of(*bound), row[2], bound)
    return Closed(row[0], row[1], msgspec.msgpack.decode(plain, type=Frozen))


def bound_of(contract: bytes, week: datetime) -> tuple[str, ...]:
    """What a closed week's sealed row belongs to."""
    return ("week", contract.hex(), str(epoch(week)))


def _counted(row: Row, claims: Mapping[int, Sequence[Row]]) -> Counted:
    others = claims.get(row.start, ())
    if row.late:
        return row.with_late(claimed(row, True, others), accepted=False)
    return row.as_timely(claimed(row, False, others))


def _in_offer(row: Row, claims: Mapping[int, Sequence[Row]], chosen: bool) -> Counted:
    """The frozen ones as they were frozen, and the late ones as they are or would be accepted."""
    others = claims.get(row.start, ())
    if chosen or row.late or row.accepted:
        taken = chosen or bool(row.accepted)
        settled = not chosen and row.status is not None
        elsewhere = row.status == BillingStatus.OVERLAP if settled else claimed(row, True, others)
        return row.with_late(elsewhere, accepted=taken)
    return row.as_timely(row.status == BillingStatus.OVERLAP)


def _judge_closed(
    diary: Diary,
    held: Held,
    start: datetime,
    rows: list[Row],
    claims: Mapping[int, Sequence[Row]],
    closed: Closed,
) -> Judged:
    late = _late_minutes(diary, held, start, rows, claims)
    verdicts = {
        row.begins: _frozen(row, closed) if row.status is not None else _late(row, late[row.start])
        for row in rows
    }
    pending = [row for row in rows if row.open_to_adjustment]
    return Judged(start, held.billing, rows, verdicts, True, closed, "", pending)


def _late_minutes(
    diary: Diary,
    held: Held,
    start: datetime,
    rows: Sequence[Row],
    claims: Mapping[int, Sequence[Row]],
) -> dict[int, int]:
    """What late segments count under the policy: shown, not billed. Failing that, as tracked."""
    late = [row for row in rows if row.status is None]
    if not late:
        return {}
    counted = [_in_offer(row, claims, False) for row in rows]
    try:
        found = {epoch(v.start): v.minutes for v in ask(diary, held, start, counted)}
    except InvalidError:
        found = {row.start: row.late_mask.bit_count() for row in late}
    return {row.start: found[row.start] for row in late}


def _frozen(row: Row, closed: Closed) -> Verdict:
    reason, rule = (_TOOK, "rule 10") if row.accepted else closed.frozen.reasons[row.start]
    if row.late_mask and row.accepted is None and not row.open_to_adjustment:
        reason += _STANDS.format(minutes=row.late_mask.bit_count())
    return Verdict(row.begins, row.status or "", row.counted, row.billable, reason, rule)


def _late(row: Row, minutes: int) -> Verdict:
    reason = (
        _DECLINED
        if row.accepted is False
        else ("it arrived after the week was locked: the client may accept it")
    )
    return Verdict(row.begins, BillingStatus.LATE, minutes, 0, reason, "rule 10")


def _unknown(segment: Counted, why: str) -> Verdict:
    return Verdict(segment.start, POLICY_ERROR, 0, 0, why)


def minutes_of(verdicts: Iterable[Verdict]) -> tuple[int, int, dict[str, int]]:
    """Totals: what the policy counts, what it bills, and the counted minutes by status."""
    by_status: dict[str, int] = {}
    tracked = billable = 0
    for verdict in verdicts:
        by_status[verdict.status] = by_status.get(verdict.status, 0) + verdict.minutes
        tracked += verdict.minutes
        billable += verdict.billable_minutes
    return tracked, billable, {status: by_status[status] for status in sorted(by_status)}
