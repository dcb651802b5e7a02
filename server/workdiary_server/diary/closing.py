"""The lock: a week's result is computed once more, frozen in every format, and signed into the log.

From the lock on, nothing that is written can change the week, so that the result is the same
whenever it is computed; entry, documents and verdicts are then written in one transaction.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import apsw
import msgspec
from workdiary import api
from workdiary.billing import WEEK, WEEK_SECONDS, Verdict, lock_time, week_end, week_start
from workdiary.bodies import WeekBody
from workdiary.entries import EntryKind
from workdiary.errors import RefusedError, WorkdiaryError
from workdiary.segments import SEGMENT_SECONDS, epoch, from_epoch

from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.contracts import Held, held
from workdiary_server.diary.log import Appended
from workdiary_server.diary.people import find_person
from workdiary_server.diary.service import Diary, permit
from workdiary_server.diary.statements import timesheet
from workdiary_server.diary.verdicts import (
    Frozen,
    bound_of,
    closed_week,
    judge_timely,
    judge_week,
)
from workdiary_server.diary.writing import append_own, introduce
from workdiary_server.papers import render
from workdiary_server.vault.keyring import place_of

_POLL_SECONDS = 1.0
_RETRY_SECONDS = 60.0
_TRIES = 10
_CONTRACTS = "SELECT id FROM contract"
_FIRST = "SELECT min(start) FROM segment WHERE contract = ?"
_ANY = (
    "SELECT 1 FROM segment WHERE contract = ? AND start >= ? AND start < ? UNION ALL "
    "SELECT 1 FROM tombstone WHERE contract = ? AND start >= ? AND start < ? LIMIT 1"
)
_IS_CLOSED = "SELECT 1 FROM week WHERE contract = ? AND start = ?"
_VERSION = "SELECT total(size) FROM contract WHERE freelancer = ?"
_FREEZE = (
    "UPDATE segment SET status = ?, counted = ?, billable = ? WHERE contract = ? AND start = ?"
)
_CLOSE = "INSERT INTO week (contract, start, idx, closed, sealed) VALUES (?, ?, ?, ?, ?)"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Result:
    """A week's result as it was computed, and the state of the freelancer's logs it rests on."""

    held: Held
    week: datetime
    verdicts: Sequence[Verdict]
    sheet: api.Timesheet
    version: float
    by: bytes


async def keep_closing(diary: Diary) -> None:
    """Close weeks as their lock passes, for ever; what fails is tried again."""
    looked_until, retry_at = 0.0, 0.0
    while True:
        now = diary.now()
        lock = _last_lock(now)
        if lock > looked_until or diary.due or now >= retry_at > 0:
            named, diary.due = diary.due, set()
            whole = lock > looked_until or now >= retry_at > 0
            failed = await _close_quietly(diary, None if whole else named)
            looked_until, retry_at = lock, now + _RETRY_SECONDS if failed else 0.0
        await asyncio.sleep(_POLL_SECONDS)


def _last_lock(now: float) -> float:
    """The newest instant at which weeks were locked."""
    lock = lock_time(from_epoch(int(now)) - 2 * WEEK).timestamp()
    return lock + WEEK_SECONDS if lock + WEEK_SECONDS <= now else lock


async def _close_quietly(diary: Diary, named: set[tuple[bytes, int]] | None) -> bool:
    """Whether anything failed; the log says what."""
    try:
        return await close_due(diary, named)
    except Exception:  # the outermost loop of this task: it must live on
        _log.exception("closing weeks failed")
        return True


async def close_due(diary: Diary, named: set[tuple[bytes, int]] | None = None) -> bool:
    """Close every week whose lock has passed (or those named); whether one could not be.

    A week whose policy fails stays locked and unfrozen: nothing is billed from a guess.
    """
    due = sorted(named) if named is not None else await diary.db.read(lambda db: _due(db, diary))
    failed = False
    for contract, week in due:
        try:
            await close_week(diary, contract, from_epoch(week))
        except WorkdiaryError as error:
            failed = True
            _log.warning(
                "the week of %s of contract %s is not frozen yet: %s",
                f"{from_epoch(week):%Y-%m-%d}",
                contract.hex(),
                error,
            )
    return failed


def _due(db: apsw.Connection, diary: Diary) -> list[tuple[bytes, int]]:
    return [
        (contract, week)
        for (contract,) in list(db.execute(_CONTRACTS))
        if contract.hex() not in diary.recovering
        for week in _locked_weeks(db, contract, diary.now())
        if not db.execute(_IS_CLOSED, (contract, week)).fetchone() and holds(db, contract, week)
    ]


def _locked_weeks(db: apsw.Connection, contract: bytes, now: float) -> Iterator[int]:
    (first,) = next(iter(db.execute(_FIRST, (contract,))))
    if first is None:
        return
    week = week_start(from_epoch(first))
    while lock_time(week).timestamp() <= now:
        yield epoch(week)
        week += WEEK


def holds(db: apsw.Connection, contract: bytes, week: int) -> bool:
    """Whether anything was ever recorded in a week, deleted or not."""
    span = (contract, week, week + WEEK_SECONDS)
    return db.execute(_ANY, (*span, *span)).fetchone() is not None


async def close_by_hand(diary: Diary, actor: Actor, contract: str, instant: datetime) -> None:
    """Close a week that is over before its lock.

    :raises RefusedError: code ``locked`` (it is closed), or ``open`` (it is not over)
    :raises InvalidError: code ``policy``; the policy gives no result to freeze
    """

    def may(db: apsw.Connection) -> bytes:
        key = permit(db, actor, Action.CLOSE_WEEK, contract)
        this, now = held(db, diary.keyring, key), diary.now()
        if db.execute(_IS_CLOSED, (key, epoch(week_start(instant)))).fetchone():
            raise RefusedError("this week is closed already", "locked")
        ended = this.at(from_epoch(int(now))).ended
        if now < week_end(instant).timestamp() and not (
            ended and now >= week_start(instant).timestamp()
        ):
            raise RefusedError(
                f"this week runs until {week_end(instant):%a %d %b %H:%M} UTC: it can be closed "
                "then, or once the contract has ended",
                "open",
            )
        return key

    key = await diary.db.read(may)
    await close_week(diary, key, week_start(instant), bytes.fromhex(actor.person))


async def close_week(diary: Diary, contract: bytes, week: datetime, by: bytes = b"") -> None:
    """Freeze a week, unless it is frozen: at the lock, or ``by`` a person before it.

    :raises InvalidError: code ``policy``; nothing is frozen from a guess
    """
    for _ in range(_TRIES):
        # all that was received before the lock is committed once an empty write is
        await diary.db.write(lambda db: None)
        result = await diary.db.judge(lambda db: _compute(db, diary, contract, week, by))
        if result is None:
            return
        documents = await asyncio.to_thread(_documents, result.sheet)
        frozen = await diary.db.write(lambda db: _freeze(db, diary, result, documents))  # noqa: B023
        if frozen is not None:
            for appended, kind in frozen:
                diary.announcer.appended(contract.hex(), appended.index, kind)
            return
    raise RefusedError("the week changes faster than it can be closed: try again", "busy")


def _compute(
    db: apsw.Connection, diary: Diary, contract: bytes, week: datetime, by: bytes
) -> _Result | None:
    if closed_week(db, diary.keyring, contract, week) is not None:
        return None
    this = held(db, diary.keyring, contract)
    verdicts = judge_timely(db, diary, this, week)
    judged = judge_week(db, diary, this, week)
    when = from_epoch(int(diary.now())) if by else lock_time(week)
    who = find_person(db, diary.keyring, by).name if by else ""
    sheet = timesheet(db, diary, this, judged, verdicts, (when, who))
    return _Result(this, week, verdicts, sheet, _version(db, this), by)


def _version(db: apsw.Connection, held: Held) -> float:
    """Rises with every entry that could bear on the freelancer's weeks."""
    found: float = next(iter(db.execute(_VERSION, (held.freelancer,))))[0]
    return found


def _documents(sheet: api.Timesheet) -> dict[str, bytes]:
    return {form: render(sheet, form) for form in api.TIMESHEET_FORMATS}


def _freeze(
    db: apsw.Connection, diary: Diary, result: _Result, documents: dict[str, bytes]
) -> list[tuple[Appended, EntryKind]] | None:
    """Entry, documents and verdicts at once; None where the week has moved meanwhile."""
    contract, week = result.held.key, epoch(result.week)
    if db.execute(_IS_CLOSED, (contract, week)).fetchone():
        return []
    locked = diary.now() >= lock_time(result.week).timestamp()
    if not locked and _version(db, result.held) != result.version:
        return None
    introduced = introduce(db, diary, contract)
    body = _body(result, documents)
    closed = append_own(db, diary, contract, EntryKind.WEEK_CLOSED, body)
    frozen = Frozen(
        documents=documents,
        reasons={epoch(v.start): (v.reason, v.rule) for v in result.verdicts},
        amount=result.sheet.amount,
        closed_by=result.by,
    )
    bound = bound_of(contract, result.week)
    plain = msgspec.msgpack.encode(frozen)
    sealed = diary.keyring.seal(db, contract, place_of(*bound), plain, bound)
    at = epoch(result.sheet.closed or result.week)
    db.execute(_CLOSE, (contract, week, closed.index, at, sealed))
    db.executemany(
        _FREEZE,
        [
            (v.status, v.minutes, v.billable_minutes, contract, epoch(v.start))
            for v in result.verdicts
        ],
    )
    return [*introduced, (closed, EntryKind.WEEK_CLOSED)]


def _body(result: _Result, documents: dict[str, bytes]) -> WeekBody:
    sheet = result.sheet
    statuses = tuple(sorted({str(verdict.status) for verdict in result.verdicts}))
    return WeekBody(
        week=epoch(result.week),
        closed_by=result.by.hex(),
        size=sheet.size,
        policy=sheet.policy,
        policy_version=sheet.policy_version,
        policy_options=sheet.policy_options,
        statuses=statuses,
        segments=tuple(_runs(result, statuses)),
        lines=tuple((line.rate, line.minutes, line.amount) for line in sheet.lines),
        amount=sheet.amount,
        currency=sheet.currency,
        documents={form: hashlib.sha256(paper).hexdigest() for form, paper in documents.items()},
    )


def _runs(result: _Result, statuses: Sequence[str]) -> Iterator[tuple[int, int, int, int, int]]:
    """Neighbouring slots with one verdict as one row."""

    def place(verdict: Verdict) -> int:
        return (epoch(verdict.start) - epoch(result.week)) // SEGMENT_SECONDS

    numbered = enumerate(result.verdicts)
    for key, run in groupby(
        numbered,
        key=lambda one: (
            place(one[1]) - one[0],
            statuses.index(one[1].status),
            one[1].minutes,
            one[1].billable_minutes,
        ),
    ):
        together = [verdict for _, verdict in run]
        yield place(together[0]), len(together), *key[1:]
