"""The stream of what is added: read from the logs themselves, by arrival number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import apsw
from workdiary import api
from workdiary.segments import from_epoch

from workdiary_server.diary.access import Actor, Scope
from workdiary_server.diary.service import Diary

PAGE = 100
QUIET_SECONDS = 15.0
_NEWEST = "SELECT coalesce(max(arrival), 0) FROM entry"
_TAIL = "SELECT arrival, contract, idx, kind, start, received FROM entry WHERE arrival > ? "
_MINE = "AND contract IN (SELECT contract FROM party WHERE person = ?) "
_ORDER = "ORDER BY arrival LIMIT ?"


async def newest(diary: Diary) -> int:
    """The arrival number of the last entry that anyone made."""
    return await diary.db.read(lambda db: int(next(iter(db.execute(_NEWEST)))[0]))


async def follow(diary: Diary, actor: Actor, after: int) -> AsyncIterator[api.Event | None]:
    """Entries of the actor's contracts as they become durable; None when all is quiet.

    A reader who is slow reads larger pages: nothing is queued for them.
    """
    while not diary.announcer.closing:
        more = diary.announcer.wake_up()
        page = await diary.db.read(partial(_page, actor=actor, after=after))
        for event in page:
            after = event.number
            yield event
        if len(page) < PAGE and not await _set_within(more, QUIET_SECONDS):
            yield None


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _page(db: apsw.Connection, actor: Actor, after: int) -> list[api.Event]:
    if actor.scope is Scope.OWNER:
        found = db.execute(_TAIL + _ORDER, (after, PAGE))
    else:
        person = bytes.fromhex(actor.person)
        found = db.execute(_TAIL + _MINE + _ORDER, (after, person, PAGE))
    return [
        api.Event(
            number=number,
            contract=contract.hex(),
            index=index,
            kind=kind,
            start=None if start is None else from_epoch(start),
            received=from_epoch(received),
        )
        for number, contract, index, kind, start, received in found
    ]
