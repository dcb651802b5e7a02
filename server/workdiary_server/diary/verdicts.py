"""What a contract's policy says of its segments, week by week, computed whenever it is read.

A policy that fails or breaks its promise bills nothing: the week says so, and no number is wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import apsw
from workdiary import api
from workdiary.billing import (
    Counted,
    Terms,
    Verdict,
    amount,
    limit_of_week,
    terms_at,
    week_end,
    week_start,
)
from workdiary.errors import InvalidError
from workdiary.segments import MINUTES, Kind, epoch, from_epoch

from workdiary_server.diary.contracts import Held
from workdiary_server.diary.service import Diary

POLICY_ERROR = "policy_error"
_WEEK = (
    "SELECT start, kind, mask, sampled FROM segment "
    "WHERE contract = ? AND start >= ? AND start < ? ORDER BY start"
)
_ELSEWHERE = (
    "SELECT segment.start, segment.mask, segment.contract FROM contract "
    "JOIN segment ON segment.contract = contract.id "
    "WHERE contract.freelancer = ? AND contract.id != ? "
    "AND segment.start >= ? AND segment.start < ? AND segment.sampled AND segment.kind = 'auto'"
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """A week with its verdicts by start; ``error`` says why the policy gave none."""

    start: datetime
    verdicts: dict[datetime, Verdict]
    error: str = ""

    def within(self, begins: datetime, ends: datetime) -> list[Verdict]:
        return [v for start, v in self.verdicts.items() if begins <= start < ends]


def judge_week(db: apsw.Connection, diary: Diary, held: Held, instant: datetime) -> Judged:
    """Ask the contract's policy about the whole week of ``instant``."""
    start = week_start(instant)
    counted = _counted(db, held, start, week_end(instant))
    try:
        verdicts = list(diary.policy(held.body.policy)([held.terms], counted))
        _check(verdicts, counted)
    except Exception as error:  # calling a plugin
        if not isinstance(error, InvalidError):
            _log.exception("billing policy %s failed", held.body.policy)
        why = f"billing policy {held.body.policy} gave no result: {error}"
        unknown = {c.start: Verdict(c.start, POLICY_ERROR, 0, 0, why) for c in counted}
        return Judged(start, unknown, why)
    return Judged(start, {verdict.start: verdict for verdict in verdicts})


def minutes(verdicts: Iterable[Verdict]) -> api.Minutes:
    """Totals: what the policy counts, what it bills, and the counted minutes by status."""
    by_status: dict[str, int] = {}
    tracked = billable = 0
    for verdict in verdicts:
        by_status[verdict.status] = by_status.get(verdict.status, 0) + verdict.minutes
        tracked += verdict.minutes
        billable += verdict.billable_minutes
    return api.Minutes(
        tracked=tracked,
        billable=billable,
        by_status={status: by_status[status] for status in sorted(by_status)},
    )


def week_answer(held: Held, judged: Judged) -> api.Week:
    """The week's totals and money: one rounded line a rate, never one a segment."""
    by_rate: dict[int, int] = {}
    for verdict in judged.verdicts.values():
        rate = terms_at([held.terms], verdict.start).rate
        by_rate[rate] = by_rate.get(rate, 0) + verdict.billable_minutes
    return api.Week(
        contract=held.id,
        start=judged.start,
        limit=limit(held.terms, judged.start),
        totals=minutes(judged.verdicts.values()),
        amount=sum(amount(rate, billed) for rate, billed in by_rate.items()),
        currency=held.body.currency,
        policy_error=judged.error,
    )


def limit(terms: Terms, week: datetime) -> int | None:
    """The week's limit; before the first terms hold, theirs."""
    return limit_of_week([terms], max(week, week_start(terms.since)))


def _counted(db: apsw.Connection, held: Held, begins: datetime, ends: datetime) -> list[Counted]:
    span = (epoch(begins), epoch(ends))
    claims: dict[int, list[tuple[int, bytes]]] = {}
    for start, mask, contract in db.execute(_ELSEWHERE, (held.freelancer, held.key, *span)):
        claims.setdefault(start, []).append((mask, contract))
    return [
        Counted(
            start=from_epoch(start),
            kind=Kind(kind),
            tracked_minutes=mask.bit_count(),
            sampled=bool(sampled),
            claimed_elsewhere=_claimed(mask, held.key, claims.get(start, ()))
            if sampled and kind == Kind.AUTO
            else False,
        )
        for start, kind, mask, sampled in db.execute(_WEEK, (held.key, *span))
    ]


def _claimed(mask: int, contract: bytes, others: Sequence[tuple[int, bytes]]) -> bool:
    """Whether another contract of the freelancer has the better claim to this slot's ten minutes.

    More tracked minutes win; then the earlier first minute, then the smaller id.
    """

    def rank(mask: int, contract: bytes) -> tuple[int, int, bytes]:
        return -mask.bit_count(), (mask & -mask).bit_length(), contract

    return any(rank(*other) < rank(mask, contract) for other in others)


def _check(verdicts: Sequence[Verdict], counted: Sequence[Counted]) -> None:
    """Hold a policy to its promise: one sane verdict a segment, in order.

    :raises InvalidError: code ``policy``
    """
    if [verdict.start for verdict in verdicts] != [segment.start for segment in counted]:
        raise InvalidError("it does not give one verdict a segment, by start", "policy")
    for verdict in verdicts:
        if not 0 <= verdict.billable_minutes <= verdict.minutes <= MINUTES:
            raise InvalidError(f"it bills {verdict.billable_minutes} of ten minutes", "policy")
