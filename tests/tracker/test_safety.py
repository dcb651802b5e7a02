"""What the tracker calls safe: not what the server confirmed, but what its own mirror holds."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw
from billkit import TEN, WEDNESDAY
from serverkit import WORKDIARY, RunningServer, a_device, a_person, open_contract, running_server
from spoolkit import STORAGE_KEY, Dice
from trackerkit import Desktop, HandClock, a_tracker
from workdiary import credentials
from workdiary.credentials import Credentials
from workdiary.merkle import Tree
from workdiary_tracker import parts
from workdiary_tracker.face import totals
from workdiary_tracker.parts import Sealer
from workdiary_tracker.spool import Spool
from workdiary_tracker.tracker import Tracker


@dataclass
class Desk:
    """Ada's tracker at work on one contract with a real server."""

    server: RunningServer
    tracker: Tracker
    clock: HandClock
    contract: str
    folder: Path
    said: list[str] = field(default_factory=list)

    async def work(self, slots: int = 1) -> None:
        await self.tracker.start(self.contract, "painting")
        for _ in range(slots * TEN // 20):
            self.clock.forward(20)
            self.tracker.recorder.tick(self.clock.read())
        self.tracker.stop()
        self.clock.forward(TEN)
        self.tracker.recorder.tick(self.clock.read())
        assert await self.tracker.uploader.flush()

    async def look(self) -> None:
        await self.tracker.safety.look(list(self.tracker.contracts.values()))

    def in_the_database(self, *statements: str) -> None:
        db = apsw.Connection(str(self.server.folder / "diary.sqlite"))
        for statement in statements:
            db.execute(statement)
        db.close()

    def counts(self) -> tuple[int, int]:
        """What was sent, and how much of it is not safe."""
        status = self.tracker.status()
        return status.spool.sent, status.unsafe


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[Desk]:
    clock, said = HandClock(WEDNESDAY), list[str]()
    async with running_server(folder / "diary", lambda: clock.read().wall) as server:
        ada = await a_person(server, "Ada")
        contract = await open_contract(server, ada.id)
        home = folder / "home"
        async with a_device(server, ada) as laptop:
            device = parts.Device(laptop.id, laptop.person, "laptop", laptop.key)
            home.mkdir()
            async with a_tracker(
                Spool(home / "spool.sqlite", STORAGE_KEY, Dice()),
                clock,
                Desktop(),
                server=server.url,
                token=laptop.token,
                sealer=Sealer(device, Dice("ada")),
                say=said.append,
            ) as tracker:
                yield Desk(server, tracker, clock, contract, home, said)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def test_what_was_sent_is_safe_once_the_mirror_covers_it(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.work(2)
        sent, unsafe = desk.counts()
        assert sent == unsafe >= 3
        assert f"{unsafe} sent, not yet checked" in totals(desk.tracker.status()).plain
        await desk.look()
        assert desk.counts() == (sent, 0)
        assert "unsafe" not in totals(desk.tracker.status()).plain
        (seen,) = await desk.tracker.pen.client.cosignatures(desk.contract)
        head = await desk.tracker.pen.client.head(desk.contract)
        assert (seen.person, seen.size, seen.root) == ("Ada", head.size, head.root)


async def test_a_running_tracker_looks_after_every_receipt(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        running = asyncio.create_task(desk.tracker.run())
        await desk.work()
        await until(lambda: desk.counts()[0] > 0 and desk.counts()[1] == 0)
        before = desk.counts()[0]
        await desk.work()
        await until(lambda: desk.counts()[0] > before and desk.counts()[1] == 0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_confirmed_entry_that_the_log_does_not_show_is_not_safe(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.work()
        await desk.look()
        sent = desk.counts()[0]
        await desk.work()
        assert desk.counts() == (sent + 1, 1)
        empty = Tree().packed().hex()
        desk.in_the_database(  # the server forgets all of it, the receipts notwithstanding
            "DELETE FROM entry",
            "DELETE FROM tree_hash",
            f"UPDATE contract SET size = 0, edge = x'{empty}'",  # noqa: S608 - a test's own
        )
        await desk.look()
        assert desk.counts() == (sent + 1, 1)


async def test_a_log_that_shrank_is_said_and_tracking_goes_on(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.work()
        await desk.look()
        size = desk.tracker.status().spool.sent
        desk.in_the_database("UPDATE contract SET size = 1, edge = zeroblob(32)")
        await desk.look()
        await desk.look()
        alarms = [line for line in desk.said if "is not what it was" in line]
        assert len(alarms) == 1
        assert f"{size} of {size + 1} entries are gone from the server's log" in alarms[0]
        status = desk.tracker.status()
        assert status.alarm in alarms[0]
        assert "✖ the log of Website is not what it was" in totals(status).plain
        await desk.tracker.start(desk.contract, "still painting")
        assert desk.tracker.status().running


async def test_without_a_server_what_was_safe_is_safe_and_no_more(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.work()
        await desk.look()
        sent = desk.counts()[0]
        await desk.work()
    async with a_tracker(
        Spool(tmp_path / "home" / "spool.sqlite", STORAGE_KEY, Dice()), desk.clock, Desktop()
    ) as tracker:
        assert (tracker.status().spool.sent, tracker.status().unsafe) == (sent + 1, 1)
        assert tracker.status().alarm == ""


async def test_the_spool_command_says_what_is_safe_and_what_was_inconsistent(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.work()
        await desk.look()
        sent = desk.counts()[0]
        desk.in_the_database("UPDATE contract SET size = 1, edge = zeroblob(32)")
        await desk.look()
    credentials.save(
        desk.folder,
        Credentials(
            server=desk.server.url,
            token="t",  # noqa: S106 - the server is gone
            scope="tracker",
            person="a" * 32,
            person_name="Ada",
            device="b" * 32,
            secret="00" * 32,
            storage_key=STORAGE_KEY.hex(),
        ),
    )
    ran = subprocess.run(
        [WORKDIARY, "spool"],
        env=os.environ | {"WORKDIARY_HOME": str(desk.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.startswith(f"waiting 0  sent {sent}  safe {sent}  refused 0\n")
    assert "entries are gone from the server's log (contract" in ran.stdout
