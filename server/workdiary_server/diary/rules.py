"""What the diary's state allows: the rules for edits and marks, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import apsw
from workdiary.billing import contest_end, lock_time, week_start
from workdiary.bodies import ContestBody, DeletedBody, ManualBody, MemoBody
from workdiary.errors import RefusedError
from workdiary.segments import SEGMENT_SECONDS, epoch, from_epoch

from workdiary_server.diary.contracts import Held

_IS_THERE = "SELECT 1 FROM segment WHERE contract = ? AND start = ?"
_ANYWHERE = (
    "SELECT contract.id FROM contract JOIN segment ON segment.contract = contract.id "
    "WHERE contract.freelancer = ? AND segment.start = ?"
)
_CLOSED = "SELECT closed FROM week WHERE contract = ? AND start = ?"


def locked_since(
    db: apsw.Connection, contract: bytes, instant: datetime, now: float
) -> datetime | None:
    """Since when the week of ``instant`` is locked: by the clock, or because it was closed."""
    lock = lock_time(instant)
    row = db.execute(_CLOSED, (contract, epoch(week_start(instant)))).fetchone()
    if row is not None:
        return min(lock, from_epoch(row[0]))
    return lock if now >= lock.timestamp() else None


def check_unlocked(db: apsw.Connection, contract: bytes, starts: Iterable[int], now: float) -> None:
    """:raises RefusedError: code ``locked``; one of the weeks cannot be changed any more"""
    for week in sorted({week_start(from_epoch(start)) for start in starts}):
        since = locked_since(db, contract, week, now)
        if since is not None:
            raise RefusedError(
                f"the week of {week:%a %d %b %Y} is locked since {since:%a %d %b %H:%M} UTC: "
                "nothing in it can be changed",
                "locked",
            )


def check_there(db: apsw.Connection, contract: bytes, starts: Sequence[int]) -> None:
    """:raises RefusedError: code ``segment``; there is nothing at one of these times"""
    for start in starts:
        if db.execute(_IS_THERE, (contract, start)).fetchone() is None:
            raise RefusedError(
                f"there is no segment at {from_epoch(start):%Y-%m-%d %H:%M} UTC", "segment"
            )


def check_edit(db: apsw.Connection, held: Held, body: MemoBody | DeletedBody, now: float) -> None:
    """A memo is changed, and a segment deleted, until the lock."""
    check_unlocked(db, held.key, body.segments, now)
    check_there(db, held.key, body.segments)


def check_manual(db: apsw.Connection, held: Held, body: ManualBody, now: float) -> None:
    """Manual time: allowed by the terms, past, in a week that is not locked, where nothing stands.

    :raises RefusedError: code ``manual``, ``future``, ``locked`` or ``overlap``
    """
    if not held.at(from_epoch(int(now))).body.manual:
        raise RefusedError("this contract does not allow manual time", "manual")
    for start in body.segments:
        instant = from_epoch(start)
        if start + SEGMENT_SECONDS > now:
            raise RefusedError(f"{instant:%Y-%m-%d %H:%M} UTC is not over yet", "future")
        terms = held.at(instant)
        if instant < held.terms[0].since or terms.ended or terms.paused:
            raise RefusedError(
                f"the contract was not in force at {instant:%Y-%m-%d %H:%M} UTC", "manual"
            )
    check_unlocked(db, held.key, body.segments, now)
    for start in body.segments:
        row = db.execute(_ANYWHERE, (held.freelancer, start)).fetchone()
        if row is not None:
            where = "this" if row[0] == held.key else "another"
            raise RefusedError(
                f"{from_epoch(start):%Y-%m-%d %H:%M} UTC has a segment already, on {where} "
                "contract: manual time is added where none stands",
                "overlap",
            )


def check_contest(db: apsw.Connection, held: Held, body: ContestBody, now: float) -> None:
    """A segment is contested between its week's lock and the Friday after it, 24:00 UTC.

    :raises RefusedError: code ``window`` or ``segment``
    """
    for week in sorted({week_start(from_epoch(start)) for start in body.segments}):
        until = contest_end(week)
        if locked_since(db, held.key, week, now) is None:
            raise RefusedError(
                f"the week of {week:%a %d %b %Y} is still open: it can be contested from "
                f"{lock_time(week):%a %d %b %H:%M} UTC on",
                "window",
            )
        if now >= until.timestamp():
            raise RefusedError(
                f"the week of {week:%a %d %b %Y} could be contested until {until:%a %d %b %H:%M} "
                "UTC",
                "window",
            )
    check_there(db, held.key, body.segments)
