"""What readers ask of the bill: timesheets, supplements, ranges, payrolls and explanations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import apsw
from workdiary import api
from workdiary.billing import WEEK, lock_time, week_end, week_start
from workdiary.errors import InvalidError, NotFoundError
from workdiary.segments import epoch, from_epoch

from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.closing import close_week, holds
from workdiary_server.diary.contracts import Held, held, visible
from workdiary_server.diary.service import Diary, permit
from workdiary_server.diary.statements import (
    explanation,
    payroll,
    range_timesheet,
    supplement,
    timesheet,
)
from workdiary_server.diary.verdicts import Judged, closed_week, judge_week
from workdiary_server.papers import render

DAYS_LONGEST = 400


async def timesheet_file(diary: Diary, actor: Actor, contract: str, day: date, form: str) -> bytes:
    """The timesheet of the week of ``day``: as it was frozen, once it is.

    A week whose lock has passed is frozen first, if that did not happen yet.
    """
    week = week_start(_noon(day))

    def waits(db: apsw.Connection) -> bytes | None:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        _check_week(db, held(db, diary.keyring, key), week)
        passed = diary.now() >= lock_time(week).timestamp()
        return key if passed and not _frozen(db, diary, key, week) else None

    waiting = await diary.db.read(waits)
    if waiting is not None:
        with suppress(InvalidError):  # its policy fails, as the timesheet itself will say
            await close_week(diary, waiting, week)
    return await diary.db.judge(lambda db: _paper(db, diary, actor, contract, week, form))


def _paper(
    db: apsw.Connection, diary: Diary, actor: Actor, contract: str, week: datetime, form: str
) -> bytes:
    key = permit(db, actor, Action.READ_CONTRACT, contract)
    closed = closed_week(db, diary.keyring, key, week)
    if closed is not None:
        return closed.frozen.documents[form]
    this = held(db, diary.keyring, key)
    judged = judge_week(db, diary, this, week)
    return render(timesheet(db, diary, this, judged, list(judged.verdicts.values())), form)


def _frozen(db: apsw.Connection, diary: Diary, key: bytes, week: datetime) -> bool:
    return closed_week(db, diary.keyring, key, week) is not None


def _check_week(db: apsw.Connection, this: Held, week: datetime) -> None:
    """:raises NotFoundError: the contract had not begun, and nothing was recorded"""
    begins = min(this.opened, this.terms[0].since)
    if week_end(week) <= begins and not holds(db, this.key, epoch(week)):
        raise NotFoundError(f"the contract begins on {begins:%Y-%m-%d}: that week has no timesheet")


async def supplement_file(diary: Diary, actor: Actor, contract: str, day: date, form: str) -> bytes:
    """What came to the week of ``day`` after its lock."""

    def read(db: apsw.Connection) -> bytes:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        this = held(db, diary.keyring, key)
        judged = judge_week(db, diary, this, _noon(day))
        return render(supplement(db, diary, this, judged), form)

    return await diary.db.judge(read)


async def range_file(
    diary: Diary, actor: Actor, contract: str, first: date, last: date, form: str
) -> bytes:
    """A contract's days from ``first`` to ``last``."""
    _check_range(first, last)

    def read(db: apsw.Connection) -> api.RangeTimesheet:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        return _range(db, diary, key, first, last)

    return await asyncio.to_thread(render, await diary.db.judge(read), form)


async def payroll_file(
    diary: Diary, actor: Actor, first: date, last: date, form: str, chosen: Sequence[str] = ()
) -> bytes:
    """The range's timesheets of the chosen contracts, one read each.

    None chosen: of all that the caller may read.
    """
    _check_range(first, last)

    def wanted(db: apsw.Connection) -> list[bytes]:
        named = [permit(db, actor, Action.READ_CONTRACT, contract) for contract in chosen]
        return named or list(visible(db, actor))

    keys = await diary.db.read(wanted)
    sheets = [await diary.db.judge(_one_range(diary, key, first, last)) for key in keys]
    return await asyncio.to_thread(render, payroll(first, last, sheets), form)


def _one_range(
    diary: Diary, key: bytes, first: date, last: date
) -> Callable[[apsw.Connection], api.RangeTimesheet]:
    return lambda db: _range(db, diary, key, first, last)


def _range(
    db: apsw.Connection, diary: Diary, key: bytes, first: date, last: date
) -> api.RangeTimesheet:
    this = held(db, diary.keyring, key)
    judged: dict[datetime, Judged] = {}
    week = week_start(_noon(first))
    while week.date() <= last:
        judged[week] = judge_week(db, diary, this, week)
        week += WEEK
    return range_timesheet(db, diary, this, judged, first, last)


async def explain(diary: Diary, actor: Actor, contract: str, start: int) -> api.Explanation:
    """Why a segment is what it is: no memo, no count, no picture, so that the owner may ask too."""

    def read(db: apsw.Connection) -> api.Explanation:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        this, begins = held(db, diary.keyring, key), from_epoch(start)
        return explanation(this, judge_week(db, diary, this, begins), begins)

    return await diary.db.judge(read)


def _check_range(first: date, last: date) -> None:
    """:raises InvalidError: code ``range``"""
    if not timedelta(0) <= last - first < timedelta(days=DAYS_LONGEST):
        raise InvalidError(
            f"a range runs from a day to a later one, {DAYS_LONGEST} at most", "range"
        )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
