"""The drill: a disk is lost, a backup restored, and the machines of both sides heal the rest."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from billkit import TEN, WEDNESDAY, Clock
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_person,
    a_webp,
    open_contract,
    run_workdiary,
    running_server,
)
from spoolkit import STORAGE_KEY, Dice, a_shot
from trackerkit import Desktop, HandClock, a_tracker
from vaultkit import back_up, in_thread, restore, served
from workdiary import api, edits, forgetting
from workdiary.client import DiaryClient
from workdiary.errors import InconsistentError, NotFoundError, RecoveringError
from workdiary.healing import kept_in
from workdiary.mirror import Mirror
from workdiary.outbox import Outbox
from workdiary.segments import from_epoch
from workdiary.witness import Witness
from workdiary_server.diary.closing import close_due
from workdiary_server.http.keys import DIARY
from workdiary_tracker import parts
from workdiary_tracker.parts import Sealer
from workdiary_tracker.shots import Frame
from workdiary_tracker.spool import Spool
from workdiary_tracker.tracker import Tracker

FRAME = Frame(0, 64, 48, a_webp(64, 48), a_webp(32, 24), a_webp(16, 12))
DAY = from_epoch(WEDNESDAY).date()


@dataclass(slots=True)
class Drill:
    """Ada tracks and Grace reviews, each on a machine of their own."""

    root: Path
    clock: HandClock
    ada: Device
    grace: Device
    contract: str

    @asynccontextmanager
    async def server(self, name: str) -> AsyncIterator[RunningServer]:
        def now() -> float:
            return self.clock.read().wall

        async with running_server(self.root / name, now) as server:
            with served(server):
                yield server

    @asynccontextmanager
    async def tracking(self, server: RunningServer) -> AsyncIterator[Tracker]:
        device = parts.Device(self.ada.id, self.ada.person, "laptop", self.ada.key)
        async with a_tracker(
            Spool(self.root / "ada" / "spool.sqlite", STORAGE_KEY, Dice()),
            self.clock,
            Desktop(),
            a_shot(FRAME, WEDNESDAY),
            server=server.url,
            token=self.ada.token,
            sealer=Sealer(device, Dice("ada")),
        ) as tracker:
            yield tracker

    @asynccontextmanager
    async def reviewing(self, server: RunningServer) -> AsyncIterator[Witness]:
        folder = self.root / "grace"
        mirror = Mirror(folder)
        async with DiaryClient(server.url, self.grace.token) as client:
            kept = kept_in(Outbox(folder, self.grace.key))
            yield Witness(client, mirror, self.grace.key, lambda: self.clock.read().wall, kept)
        mirror.close()

    async def work(self, tracker: Tracker, slots: int) -> None:
        await tracker.start(self.contract, "painting")
        for _ in range(slots * TEN // 20):
            self.clock.forward(20)
            tracker.recorder.tick(self.clock.read())
        tracker.stop()
        self.clock.forward(TEN)
        assert await tracker.uploader.flush()
        await tracker.safety.look(tracker.contracts.values())


async def a_drill(root: Path) -> Drill:
    async with running_server(root / "lost", Clock(WEDNESDAY)) as server:
        ada, grace = await a_person(server, "Ada"), await a_person(server, "Grace")
        contract = await open_contract(server, ada.id, [grace.id])
        async with a_device(server, ada) as laptop, a_device(server, grace, scope="review") as desk:
            return Drill(root, HandClock(WEDNESDAY), laptop, desk, contract)


@dataclass(frozen=True, slots=True)
class Told:
    """All that a party is told of a contract."""

    head: api.LogHead
    day: api.Day
    week: api.Week
    pictures: list[bytes]


async def told(client: DiaryClient, contract: str) -> Told:
    day = await client.day(contract, DAY)
    return Told(
        await client.head(contract),
        day,
        await client.week(contract, DAY),
        [
            await client.picture(contract, picture.digest)
            for segment in day.segments
            for picture in segment.pictures
        ],
    )


async def test_every_acknowledged_segment_comes_back_and_what_was_deleted_does_not(
    tmp_path: Path,
) -> None:
    key, backups = tmp_path / "safe.key", tmp_path / "backups"
    drill = await a_drill(tmp_path)
    async with drill.server("lost") as server:
        shutil.copy(tmp_path / "lost" / "master.key", key)
        async with drill.tracking(server) as tracker, drill.reviewing(server) as grace:
            await drill.work(tracker, 3)
            await look(grace, drill)
            await in_thread(back_up, tmp_path / "lost", backups)
            await drill.work(tracker, 3)
            day = await grace.client.day(drill.contract, DAY)
            slots = [one.start for one in day.segments]
            assert len(slots) == 6
            home = tmp_path / "ada"
            await forgetting.delete(tracker.pen, home, drill.contract, [slots[1], slots[4]])
            await edits.edit_memo(tracker.pen, drill.contract, [slots[3]], "mended")
            await drill.work(tracker, 1)
            await look(grace, drill)
            before = await told(grace.client, drill.contract)
    assert before.pictures
    shutil.rmtree(tmp_path / "lost")

    restored = await in_thread(restore, backups, tmp_path / "new", key)
    assert restored["recovering"] == 1
    assert restored["entries"] < before.head.size
    async with drill.server("new") as server, drill.reviewing(server) as grace:
        contract = await grace.client.contract(drill.contract)
        with pytest.raises(RecoveringError):
            await grace.look(contract)
        state = await grace.client.recovery(drill.contract)
        assert (state.size, state.waiting) == (before.head.size, ("Ada",))
        async with drill.tracking(server) as tracker:
            await tracker.safety.look(tracker.contracts.values())
            after = await told(grace.client, drill.contract)
            assert after == before
            with pytest.raises(NotFoundError):
                await grace.client.segment(drill.contract, slots[1])
            await drill.work(tracker, 1)
            assert tracker.status().spool.waiting == 0
            assert tracker.status().alarm == ""
        await grace.look(contract)


async def test_a_loss_that_the_owner_accepts_is_shown_to_both_sides_for_ever(
    tmp_path: Path,
) -> None:
    key, backups = tmp_path / "safe.key", tmp_path / "backups"
    drill = await a_drill(tmp_path)
    async with drill.server("lost") as server:
        shutil.copy(tmp_path / "lost" / "master.key", key)
        async with drill.tracking(server) as tracker, drill.reviewing(server) as grace:
            await drill.work(tracker, 2)
            await look(grace, drill)
            await in_thread(back_up, tmp_path / "lost", backups)
            await drill.work(tracker, 2)
            await look(grace, drill)
            before = await told(grace.client, drill.contract)
    await in_thread(restore, backups, tmp_path / "new", key)
    async with drill.server("new") as server, drill.reviewing(server) as grace:
        folder = tmp_path / "new"
        status = await in_thread(run_workdiary, folder, "restore", "--status")
        assert "waits for Ada, Grace" in status.stdout
        accepted = await in_thread(run_workdiary, folder, "restore", "--accept-loss", "Website")
        assert (accepted.returncode, "whole" in accepted.stdout) == (0, True)
        for _ in range(2):
            await look(grace, drill)
            found, gone = grace.losses(drill.contract)
            assert "2 entries that this machine held were lost by the server" in found
            assert "its owner accepted that on 2026-09-30" in gone
        async with drill.tracking(server) as tracker:
            await tracker.safety.look(tracker.contracts.values())
            assert "lost by the server" in tracker.status().alarm
            await drill.work(tracker, 1)  # and what the tracker still has is sent once more
            after = await told(grace.client, drill.contract)
        slots = [(one.start, one.memo, one.tracked) for one in after.day.segments]
        assert slots[:4] == [(one.start, one.memo, one.tracked) for one in before.day.segments][:4]
        await look(grace, drill)
        assert len(grace.losses(drill.contract)) == 2


async def rolled_back(drill: Drill) -> None:
    """A copy of the diary in ``old`` that both sides have seen go on."""
    async with drill.server("lost") as server, drill.tracking(server) as tracker:
        await drill.work(tracker, 1)
    shutil.copytree(drill.root / "lost", drill.root / "old")
    async with drill.server("lost") as server, drill.reviewing(server) as grace:
        async with drill.tracking(server) as tracker:
            await drill.work(tracker, 1)
        await look(grace, drill)


@pytest.mark.parametrize("goes_on", [False, True])
async def test_a_server_that_forgets_without_saying_so_is_refused(
    tmp_path: Path, goes_on: bool
) -> None:
    drill = await a_drill(tmp_path)
    await rolled_back(drill)
    if goes_on:  # even where it writes an entry of its own instead
        drill.clock.forward(7 * 86_400)
    async with drill.server("old") as server, drill.reviewing(server) as grace:
        assert await close_due(server.app[DIARY]) is False
        with pytest.raises(InconsistentError):
            await look(grace, drill)
        assert grace.losses(drill.contract) == []


@pytest.mark.parametrize("beside", [True, False])
async def test_a_rolled_back_server_does_not_start_until_it_asks_for_the_rest(
    tmp_path: Path, beside: bool
) -> None:
    drill = await a_drill(tmp_path)
    await rolled_back(drill)
    lost, old = tmp_path / "lost", tmp_path / "old"
    if beside:
        shutil.copy(lost / "heads.json", old)
    else:  # the whole machine is older, and its storage was another one's
        shutil.rmtree(old / "blobs")
        shutil.copytree(lost / "blobs", old / "blobs")
    refused = await in_thread(run_workdiary, old, "serve", "--port", "0")
    assert refused.returncode == 2
    told = f"the database was rolled back: contract {drill.contract} had 4 entries"
    assert told in refused.stderr
    assert "--rolled-back" in refused.stderr
    assert "Traceback" not in refused.stderr
    marked = await in_thread(run_workdiary, old, "restore", "--rolled-back")
    assert (marked.returncode, "1 contracts wait" in marked.stdout) == (0, True)
    async with drill.server("old") as server, drill.reviewing(server) as grace:
        with pytest.raises(RecoveringError):
            await look(grace, drill)
        async with drill.tracking(server) as tracker:
            await tracker.safety.look(tracker.contracts.values())
        await look(grace, drill)
        assert len((await grace.client.day(drill.contract, DAY)).segments) == 2
    async with drill.server("old") as server, drill.reviewing(server) as grace:
        await look(grace, drill)


async def look(grace: Witness, drill: Drill) -> None:
    await grace.look(await grace.client.contract(drill.contract))
