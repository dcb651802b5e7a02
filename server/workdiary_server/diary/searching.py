"""Searching a contract's segments: by memo, billing status, activity, pictures, kind and lateness.

Memos are sealed and verdicts are computed, so that no index can answer: what was opened and judged
once is remembered by week, and a search walks what is remembered. Where nothing is, a week's gists
open at once, and a closed week's rows hold its verdicts.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
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
from workdiary_server.diary.gists import Gist, gist_of, gists_of
from workdiary_server.diary.service import Diary, permit
from workdiary_server.diary.skims import Skim, SkimmedWeek
from workdiary_server.diary.verdicts import judge_week

DAYS_LONGEST = 366
_COLUMNS = (
    "start, kind, mask, sampled, timely, late_mask, late_sampled, accepted, status, counted, "
    "billable"
)
_LATE, _FROZEN, _SEAL = 5, slice(8, 11), 11
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
            frozen = _frozen(rows) if week in closed else None
            verdicts = frozen or _judged(db, diary, this, week)
            skims = _skims(db, diary, this.key, week, rows, verdicts, known)
            known = SkimmedWeek(stamp, skims, verdicts.error)
            if verdicts.settled:
                diary.skims.put(this.key, week, known)
        found.append(known)
    return found


def _by_week(rows: Iterable[tuple[Any, ...]]) -> dict[int, _Rows]:
    monday = epoch(week_start(from_epoch(0)))
    weeks = groupby(rows, key=lambda row: (row[0] - monday) // WEEK_SECONDS)
    return {monday + number * WEEK_SECONDS: list(within) for number, within in weeks}


def _stamp(*parts: object) -> bytes:
    return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """A week's verdicts, each [status, minutes, billable], in the order of its rows.

    ``settled`` ones hang on what is stamped alone: a policy that failed may answer later.
    """

    words: Sequence[tuple[str, int, int]]
    error: str = ""
    settled: bool = True


def _skims(
    db: apsw.Connection,
    diary: Diary,
    contract: bytes,
    week: int,
    rows: _Rows,
    verdicts: _Verdicts,
    before: SkimmedWeek | None,
) -> tuple[Skim, ...]:
    """Open what was not open before: the week's gists, or else a content."""
    gists = _known(before)
    if any(row[_SEAL] not in gists for row in rows):
        gists |= gists_of(db, diary.keyring, contract, week)
    plain, skims = cache(folded), []
    for row, (status, minutes, billable) in zip(rows, verdicts.words, strict=True):
        start, kind, seal = row[0], row[1], row[_SEAL]
        gist = gists.get(seal) or gist_of(db, diary.keyring, contract, start)
        skim = Skim(
            start=start,
            kind=sys.intern(kind),
            status=sys.intern(status),
            minutes=minutes,
            billable=billable,
            meter=gist.meter,
            memo=gist.memo,
            folded=plain(gist.memo),
            pictures=gist.pictures,
            late=row[_LATE],
            seal=seal,
        )
        skims.append(skim)
    return tuple(skims)


def _known(before: SkimmedWeek | None) -> dict[bytes, Gist]:
    skims = () if before is None else before.skims
    return {skim.seal: Gist(skim.memo, skim.meter, skim.pictures) for skim in skims}


def _frozen(rows: _Rows) -> _Verdicts | None:
    """A closed week's verdicts stand in its rows, all of them unless something came late."""
    words = [row[_FROZEN] for row in rows]
    return None if any(status is None for status, *_ in words) else _Verdicts(words)


def _judged(db: apsw.Connection, diary: Diary, this: Held, week: int) -> _Verdicts:
    judged = judge_week(db, diary, this, from_epoch(week))
    found = [judged.verdicts[row.begins] for row in judged.rows]
    unsettled = judged.closed is not None and any(row.status is None for row in judged.rows)
    return _Verdicts(
        [(str(verdict.status), verdict.minutes, verdict.billable_minutes) for verdict in found],
        judged.error,
        not judged.error and not unsettled,
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
