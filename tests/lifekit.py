"""A diary that was lived: every kind of entry, pictures, a deletion, a closed week, late time."""

from __future__ import annotations

from pathlib import Path

from billkit import MONDAY, TEN, Clock, the_offer, the_owner, write
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_person,
    a_picture,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary.bodies import ChangeBody, ContestBody, DeletedBody, ManualBody, MemoBody
from workdiary.entries import EntryKind
from workdiary.segments import from_epoch
from workdiary_server.diary.closing import close_due
from workdiary_server.http.keys import DIARY

LOCK = MONDAY + 7 * 86_400 + 12 * 3600
FIRST = MONDAY + 2 * 86_400 + 60 * TEN


async def a_life(folder: Path) -> str:
    """Ada works for Grace for a week and its lock; the contract's id."""
    clock = Clock(MONDAY + 6 * 86_400.0)
    async with running_server(folder, clock) as server:
        people = [await a_person(server, name) for name in ("Ada", "Grace")]
        contract = await open_contract(server, people[0].id, [people[1].id], weekly_limit=60)
        async with (
            a_device(server, people[0]) as ada,
            a_device(server, people[1], scope="review") as grace,
        ):
            for device in (ada, grace):
                await enter_log(device, contract)
            await _a_week(server, ada, contract)
            clock.now = float(LOCK)
            assert not await close_due(server.app[DIARY])
            clock.now = LOCK + 3600.0
            contest = ContestBody(segments=(FIRST + 4 * TEN,), reason="asleep")
            await write(grace, contract, EntryKind.SEGMENT_CONTESTED, contest)
            for slot in (20, 21):
                await send(ada, contract, tracked_entry(ada, contract, FIRST + slot * TEN))
            week = from_epoch(MONDAY).date()
            offer = the_offer(await grace.client.supplement(contract, week))
            await write(grace, contract, EntryKind.ADJUSTMENT_ACCEPTED, offer)
            await send(ada, contract, tracked_entry(ada, contract, LOCK - 9 * TEN, sampled=False))
    return contract


async def _a_week(server: RunningServer, ada: Device, contract: str) -> None:
    for slot in range(8):
        start = FIRST + slot * TEN
        pictures = [a_picture(start, seed=slot)] if slot % 2 else []
        await send(ada, contract, tracked_entry(ada, contract, start, pictures=pictures))
    starts = (FIRST + 10 * TEN, FIRST + 11 * TEN)
    by_hand = ManualBody(segments=starts, memo="workshop", reason="no computer")
    await write(ada, contract, EntryKind.SEGMENT_MANUAL, by_hand)
    edit = MemoBody(segments=(FIRST, FIRST + TEN), memo="mended")
    await write(ada, contract, EntryKind.MEMO_EDITED, edit)
    gone = DeletedBody(segments=(FIRST + 3 * TEN, starts[0]))
    await write(ada, contract, EntryKind.SEGMENT_DELETED, gone)
    owner = await the_owner(server)
    terms = ChangeBody(since=MONDAY + 6 * 86_400, rate=4200)
    await owner.write(contract, EntryKind.CONTRACT_CHANGED, terms)
