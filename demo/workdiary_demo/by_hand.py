"""What the demo's people did by hand: manual time, a memo mended, a deletion, a limit, a doubt."""

from __future__ import annotations

from datetime import datetime, timedelta

from workdiary import credentials
from workdiary.billing import contest_end, lock_time, week_start
from workdiary.bodies import ChangeBody, ContestBody, DeletedBody, ManualBody, MemoBody
from workdiary.client import DiaryClient
from workdiary.entries import EntryKind
from workdiary.pen import pen_of
from workdiary.segments import SEGMENT, epoch

from workdiary_demo.fill import Worker
from workdiary_demo.team import Team

_RAISE_MINUTES = 120


async def finish(team: Team, now: datetime) -> None:
    """Edits of the last hours, a raised limit, and, in the days for it, a contested segment."""
    worker = team.workers[0]
    await _edit(worker)
    known = credentials.load(team.client_home)
    async with DiaryClient(known.server, known.token) as client:
        pen = pen_of(client, known, "Alice's laptop", team.client_home)
        limit = (await client.contract(worker.contract)).weekly_limit or 0
        raised = ChangeBody(since=epoch(now), weekly_limit=limit + _RAISE_MINUTES)
        await pen.write(worker.contract, EntryKind.CONTRACT_CHANGED, raised)
        last_week = week_start(now) - timedelta(weeks=1)
        if lock_time(last_week) <= now < contest_end(last_week):
            doubtful = next((s for s in worker.stretches if week_start(s.begin) == last_week), None)
            if doubtful is not None:
                start = epoch(_after(doubtful.begin))
                body = ContestBody(segments=(start,), reason="Was this not a public holiday?")
                await pen.write(worker.contract, EntryKind.SEGMENT_CONTESTED, body)


async def _edit(worker: Worker) -> None:
    """In the stretch that ended just now: nothing of it can be locked yet."""
    known = worker.credentials
    end = worker.stretches[-1].end
    async with DiaryClient(known.server, known.token) as client:
        pen = pen_of(client, known, f"{known.person_name}'s laptop", worker.home)
        last = epoch(end - SEGMENT)
        mended = MemoBody(
            segments=(last - 600, last), memo="Fix invoice rounding, and the test for it"
        )
        await pen.write(worker.contract, EntryKind.MEMO_EDITED, mended)
        gone = DeletedBody(segments=(last - 3 * 600,))
        await pen.write(worker.contract, EntryKind.SEGMENT_DELETED, gone)
        first = epoch(_after(end - timedelta(hours=2))) - 5 * 600
        added = ManualBody(
            segments=(first, first + 600, first + 1200),
            memo="Planning on the whiteboard",
            reason="away from the computer",
        )
        await pen.write(worker.contract, EntryKind.SEGMENT_MANUAL, added)


def _after(instant: datetime) -> datetime:
    """The first ten-minute mark at or after an instant."""
    seconds = -(-epoch(instant) // 600) * 600
    return instant.fromtimestamp(seconds, instant.tzinfo)
