"""Searching a contract's segments: by memo, billing status, activity, pictures, kind and lateness.

Memos are sealed and verdicts are computed, so that no index can answer: what was opened and judged
once is remembered by week, and a search walks what is remembered.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

import apsw
import msgspec
from workdiary import api
from workdiary.billing import WEEK_SECONDS, week_start
from workdiary.errors import InvalidError
from workdiary.segments import SEGMENT, Kind, epoch, from_epoch
from workdiary.text import folded

from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.contracts import Held, held
from workdiary_server.diary.counting import Row
from workdiary_server.diary.projection import meter_of, open_content
from workdiary_server.diary.service import Diary, permit
from workdiary_server.diary.skims import Skim, SkimmedWeek
from workdiary_server.diary.verdicts import Judged, judge_week

DAYS_LONGEST = 366
_COLUMNS = (
    "start, kind, mask, sampled, timely, late_mask, late_sampled, accepted, status, counted, "
    "billable"
)
_ROWS = (
    f"SELECT {_COLUMNS}, substr(sealed, 5, 12) FROM segment "  # noqa: S608 - constants alone
    "WHERE contract = ? AND start >= ? AND start < ? ORDER BY start"
)
_ELSEWHERE = (
    f"SELECT {_COLUMNS}, segment.contract FROM contract "  # noqa: S608 - constants alone
    "JOIN segment ON segment.contract = contract.id WHERE contract.freelancer = ? "
    "AND contract.id != ? AND start >= ? AND start < ? ORDER BY start, segment.contract"
)
_CLOSED = "SELECT start, idx FROM week WHERE contract = ? AND start >= ? AND start < ?"
_SEALED = (
    "SELECT start, sealed, substr(sealed, 5, 12) FROM segment "
    "WHERE contract = ? AND start >= ? AND start < ?"
)

_Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for, from ``first`` to ``last`` (UTC dates): all that is set must hold."""

    first: date
    last: date
    text: str = ""
    statuses: frozenset[str] = frozenset()
    meter_at_most: int | None = None
    late: bool = False
    no_picture: bool = False
    manual: bool = False


async def search(
    diary: Diary, actor: Actor, contract: str, wanted: Wanted, after: int | None, limit: int
) -> api.Found:
    """One page of hits by start: those after ``after``; the first page has the totals.

    :raises InvalidError: code ``range``
    """
    if not timedelta(0) <= wanted.last - wanted.first < timedelta(days=DAYS_LONGEST):
        raise InvalidError(
            f"a search runs from a day to a later one, {DAYS_LONGEST} days at most", "range"
        )

    def read(db: apsw.Connection) -> api.Found:
        this = held(db, diary.keyring, permit(db, actor, Action.READ_DIARY, contract))
        weeks = _skimmed(db, diary, this, wanted)
        hits = [skim for week in weeks for skim in _hits(week.skims, wanted)]
        rest = hits if after is None else [skim for skim in hits if skim.start > after]
        page = rest[:limit]
        return api.Found(
            contract=this.id,
            hits=tuple(_hit(skim) for skim in page),
            cursor=str(page[-1].start) if len(rest) > limit else None,
            totals=_totals(hits) if after is None else None,
            policy_error="; ".join(sorted({week.error for week in weeks if week.error})),
        )

    return await diary.db.judge(read)


def _hits(skims: Iterable[Skim], wanted: Wanted) -> Iterator[Skim]:
    begins, ends = _midnight(wanted.first), _midnight(wanted.last + timedelta(days=1))
    text, statuses = folded(wanted.text), wanted.statuses
    most = 10 if wanted.meter_at_most is None else wanted.meter_at_most
    for skim in skims:
        if (
            begins <= skim.start < ends
            and text in skim.folded
            and (not statuses or skim.status in statuses)
            and skim.meter <= most
            and (skim.late or not wanted.late)
            and not (wanted.no_picture and skim.pictures)
            and (skim.kind == Kind.MANUAL or not wanted.manual)
        ):
            yield skim


def _skimmed(
    db: apsw.Connection, diary: Diary, this: Held, wanted: Wanted
) -> Sequence[SkimmedWeek]:
    """The weeks of the range that hold anything: remembered ones as far as nothing changed."""
    begins = week_start(from_epoch(_midnight(wanted.first)))
    span = (epoch(begins), epoch(week_start(from_epoch(_midnight(wanted.last)))) + WEEK_SECONDS)
    own = _by_week(db.execute(_ROWS, (this.key, *span)))
    elsewhere = _by_week(db.execute(_ELSEWHERE, (this.freelancer, this.key, *span)))
    closed = dict(db.execute(_CLOSED, (this.key, *span)))
    terms = [agreed.index for agreed in this.history]
    found = []
    for week, rows in own.items():
        stamp = _stamp(rows, elsewhere.get(week, []), closed.get(week), terms)
        known = diary.skims.get(this.key, week)
        if known is None or known.stamp != stamp:
            known = _skim(db, diary, this, week, stamp, known)
        found.append(known)
    return found


def _by_week(rows: Iterable[tuple[Any, ...]]) -> dict[int, _Rows]:
    monday = epoch(week_start(from_epoch(0)))
    weeks = groupby(rows, key=lambda row: (row[0] - monday) // WEEK_SECONDS)
    return {monday + number * WEEK_SECONDS: list(within) for number, within in weeks}


def _stamp(*parts: object) -> bytes:
    return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()


def _skim(
    db: apsw.Connection,
    diary: Diary,
    this: Held,
    week: int,
    stamp: bytes,
    before: SkimmedWeek | None,
) -> SkimmedWeek:
    """Judge a week, and open what was not open before."""
    judged = judge_week(db, diary, this, from_epoch(week))
    open_already = {} if before is None else {skim.seal: skim for skim in before.skims}
    span = (this.key, week, week + WEEK_SECONDS)
    texts = {}
    for start, sealed, seal in db.execute(_SEALED, span):
        texts[start] = open_already.get(seal) or _opened(db, diary, this.key, start, sealed, seal)
    skims = tuple(_judged(texts[row.start], row, judged) for row in judged.rows)
    found = SkimmedWeek(stamp, skims, judged.error)
    if _settled(judged):
        diary.skims.put(this.key, week, found)
    return found


def _settled(judged: Judged) -> bool:
    """Whether the verdicts hang on what is stamped alone: a policy that fails may answer later."""
    unsettled = judged.closed is not None and any(row.status is None for row in judged.rows)
    return not judged.error and not unsettled


def _opened(
    db: apsw.Connection, diary: Diary, contract: bytes, start: int, sealed: bytes, seal: bytes
) -> Skim:
    content = open_content(db, diary.keyring, contract, start, sealed)
    memo = sys.intern(content.memo)
    return Skim(
        start=start,
        kind="",
        status="",
        minutes=0,
        billable=0,
        meter=meter_of(content),
        memo=memo,
        folded=sys.intern(folded(memo)),
        pictures=len(content.shots),
        late=0,
        seal=seal,
    )


def _judged(skim: Skim, row: Row, judged: Judged) -> Skim:
    verdict = judged.verdicts[row.begins]
    return Skim(
        start=skim.start,
        kind=row.kind,
        status=sys.intern(str(verdict.status)),
        minutes=verdict.minutes,
        billable=verdict.billable_minutes,
        meter=skim.meter,
        memo=skim.memo,
        folded=skim.folded,
        pictures=skim.pictures,
        late=row.late_mask,
        seal=skim.seal,
    )


def _hit(skim: Skim) -> api.Hit:
    start = from_epoch(skim.start)
    return api.Hit(
        start=start,
        end=start + SEGMENT,
        status=skim.status,
        kind=skim.kind,
        meter=skim.meter,
        memo=skim.memo,
        pictures=skim.pictures,
        minutes=skim.minutes,
        billable=skim.billable,
        late=skim.late,
    )


def _totals(hits: Sequence[Skim]) -> api.FoundTotals:
    return api.FoundTotals(
        segments=len(hits),
        minutes=sum(skim.minutes for skim in hits),
        billable=sum(skim.billable for skim in hits),
    )


def _midnight(day: date) -> int:
    return epoch(datetime.combine(day, time(), UTC))
