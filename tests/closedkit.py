"""Closed weeks that every release must give again, byte for byte.

``python tests/closedkit.py`` makes the files in tests/server/closed anew: only on purpose, when a
rule of billing was changed by decision. Its keys seal a diary of nobody's.
"""

from __future__ import annotations

import asyncio
import tarfile
import tempfile
from pathlib import Path

import msgspec
from billkit import MONDAY, TEN, Clock, the_owner
from serverkit import (
    Device,
    Random,
    RunningServer,
    a_device,
    a_person,
    enter_log,
    open_contract,
    running_server,
    seeded,
    send,
    sign,
    tracked_entry,
)
from workdiary.bodies import ChangeBody, DeletedBody, ManualBody, WeekBody
from workdiary.entries import EntryKind, read_body
from workdiary.segments import from_epoch
from workdiary_server.diary import log
from workdiary_server.diary.closing import close_due
from workdiary_server.http.keys import DIARY

CLOSED = Path(__file__).parent / "server" / "closed"
DIARY_FILE = CLOSED / "diary-0.1.0.tar.gz"
FORMS = ("text", "json", "csv")
SUFFIX = {"text": "txt", "json": "json", "csv": "csv"}
DAY = from_epoch(MONDAY).date()
LOCK = MONDAY + 7 * 86_400 + 12 * 3600


async def live(folder: Path) -> dict[str, str]:
    """Two contracts of one freelancer through a week and its lock; their ids by name."""
    clock, random = Clock(MONDAY), seeded(20_261_123)
    async with running_server(folder, clock, random) as server:
        ada, grace = await a_person(server, "Ada Lovelace"), await a_person(server, "Grace Hopper")
        async with a_device(server, ada, random) as laptop:
            first = await open_contract(
                server, ada.id, [grace.id], random, name="Website", rate=3333, weekly_limit=125
            )
            second = await open_contract(
                server,
                ada.id,
                [grace.id],
                random,
                name="Measuring",
                rate=4950,
                currency="EUR",
                weekly_limit=None,
                policy="tracked_minutes",
                policy_options={"daily_cap": 25},
            )
            for contract in (first, second):
                await enter_log(laptop, contract, random)
            await a_week_of_website(server, laptop, first, clock, random)
            await a_week_of_measuring(laptop, second, clock, random)
        clock.now = LOCK - 1800.0
        await server.owner.close_week(second, DAY)
        clock.now = float(LOCK)
        assert not await close_due(server.app[DIARY])
    return {"website": first, "measuring": second}


async def a_week_of_website(
    server: RunningServer, laptop: Device, contract: str, clock: Clock, random: Random
) -> None:
    """Whole segments, partial ones, manual time, a deletion, two rates, and time over the limit."""
    clock.now = MONDAY + 2 * 86_400.0
    for slot in range(60, 66):
        entry = tracked_entry(
            laptop, contract, MONDAY + slot * TEN, sampled=slot != 62, random=random
        )
        await send(laptop, contract, entry)
    by_hand = ManualBody(segments=(MONDAY + 70 * TEN,), memo="workshop", reason="no computer")
    signed = sign(laptop, contract, EntryKind.SEGMENT_MANUAL, by_hand, random)
    await send(laptop, contract, signed)
    gone = DeletedBody(segments=(MONDAY + 64 * TEN,))
    await send(laptop, contract, sign(laptop, contract, EntryKind.SEGMENT_DELETED, gone, random))
    owner = await the_owner(server, random)
    raise_ = ChangeBody(since=int(clock.now), rate=3339)
    await owner.write(contract, EntryKind.CONTRACT_CHANGED, raise_)
    clock.now = MONDAY + 6 * 86_400.0
    for slot in range(300, 312):
        entry = tracked_entry(laptop, contract, MONDAY + slot * TEN, random=random)
        await send(laptop, contract, entry)


async def a_week_of_measuring(laptop: Device, contract: str, clock: Clock, random: Random) -> None:
    """Tracked minutes, a day's cap, and a slot that the other contract has the better claim to."""
    clock.now = MONDAY + 6 * 86_400.0 + 60
    for slot, tracked in ((200, 7), (201, 2), (202, 10), (203, 7), (204, 3), (300, 1)):
        mask = (1 << tracked) - 1
        entry = tracked_entry(laptop, contract, MONDAY + slot * TEN, mask=mask, random=random)
        await send(laptop, contract, entry)


async def frozen(server: RunningServer, contract: str) -> dict[str, bytes]:
    """A closed week's documents, and its entry's body without the salt, by file name."""
    papers = {
        SUFFIX[form]: await server.owner.timesheet_file(contract, DAY, form) for form in FORMS
    }
    body = await week_body(server, contract)
    return papers | {"week.json": msgspec.json.format(msgspec.json.encode(body), indent=1)}


async def week_body(server: RunningServer, contract: str) -> WeekBody:
    diary, key = server.app[DIARY], bytes.fromhex(contract)

    def read(db):  # type: ignore[no-untyped-def]  # apsw's connection
        sql = "SELECT idx FROM entry WHERE contract = ? AND kind = 'week.closed'"
        entry = log.entry_at(db, key, db.execute(sql, (key,)).get)
        raw = log.unseal_body(db, diary.keyring, key, entry.id, entry.sealed)
        return read_body(raw, WeekBody)

    found: WeekBody = await diary.db.read(read)
    return found


async def make() -> None:
    CLOSED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        names = await live(Path(folder))
        async with running_server(Path(folder), Clock(LOCK + 60)) as server:
            for name, contract in names.items():
                for suffix, content in (await frozen(server, contract)).items():
                    (CLOSED / f"{name}.{suffix}").write_bytes(content)
        with tarfile.open(DIARY_FILE, "w:gz") as archive:
            for name in ("diary.sqlite", "master.key", "log.key", "owner.key", "owner.token"):
                archive.add(Path(folder) / name, name)


if __name__ == "__main__":
    asyncio.run(make())
