"""A server restored from a backup is given again what it lost, whoever else wrote to the chain."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from billkit import TEN, WEDNESDAY, Clock
from serverkit import a_device, a_person, open_contract, running_server
from spoolkit import STORAGE_KEY, Dice
from trackerkit import Desktop, HandClock, a_tracker
from workdiary import api, edits, forgetting
from workdiary.client import DiaryClient
from workdiary.segments import epoch, from_epoch
from workdiary_tracker import parts
from workdiary_tracker.parts import Sealer
from workdiary_tracker.spool import Spool
from workdiary_tracker.tracker import Tracker


@dataclass(slots=True)
class Bench:
    """Ada's machine, which outlives the servers that it meets; ``folder`` is the server's."""

    folder: Path
    spool: Path
    clock: HandClock
    device: parts.Device
    token: str
    contract: str
    said: list[str]

    @asynccontextmanager
    async def tracking(self, folder: Path | None = None) -> AsyncIterator[Tracker]:
        """A tracker on the spool, against a server on a data folder."""
        now = Clock(self.clock.read().wall)
        async with (
            running_server(folder or self.folder, latest(now, self.clock)) as server,
            a_tracker(
                Spool(self.spool, STORAGE_KEY, Dice()),
                self.clock,
                Desktop(),
                server=server.url,
                token=self.token,
                sealer=Sealer(self.device, Dice("ada")),
                say=self.said.append,
            ) as tracker,
        ):
            yield tracker

    def tick(self, tracker: Tracker, seconds: int) -> None:
        for _ in range(seconds // 20):
            self.clock.forward(20)
            tracker.recorder.tick(self.clock.read())

    async def work(self, tracker: Tracker, slots: int) -> None:
        """Whole slots, each sent when it is over, as on a day with a connection."""
        await tracker.start(self.contract, "painting")
        for _ in range(slots):
            self.tick(tracker, TEN)
            assert await tracker.uploader.flush()
        tracker.stop()
        self.tick(tracker, TEN)
        assert await tracker.uploader.flush()

    def backup(self, name: str) -> Path:
        return Path(shutil.copytree(self.folder, self.folder.parent / name))

    async def memo(self, tracker: Tracker, text: str) -> None:
        await edits.edit_memo(tracker.pen, self.contract, [from_epoch(WEDNESDAY)], text)

    async def day(self, tracker: Tracker) -> api.Day:
        return await tracker.pen.client.day(self.contract, from_epoch(WEDNESDAY).date())


def latest(now: Clock, clock: HandClock) -> Callable[[], float]:
    return lambda: max(now(), clock.read().wall)


@asynccontextmanager
async def a_bench(folder: Path) -> AsyncIterator[Bench]:
    data = folder / "diary"
    async with running_server(data, Clock(WEDNESDAY)) as server:
        ada = await a_person(server, "Ada")
        contract = await open_contract(server, ada.id)
        async with a_device(server, ada) as laptop:
            device = parts.Device(laptop.id, laptop.person, "laptop", laptop.key)
            token = laptop.token
    spool = folder / "spool.sqlite"
    yield Bench(data, spool, HandClock(WEDNESDAY), device, token, contract, [])


def minutes(day: api.Day) -> list[tuple[int, int]]:
    """(slot, tracked minutes) of a day's segments."""
    first = WEDNESDAY
    return [((epoch(s.start) - first) // TEN, s.tracked.bit_count()) for s in day.segments]


@pytest.mark.parametrize("edited", ["before", "after", "between"])
async def test_a_restored_server_gets_every_minute_again_though_edits_are_lost(
    tmp_path: Path, edited: str
) -> None:
    async with a_bench(tmp_path) as bench:
        async with bench.tracking() as tracker:
            await bench.work(tracker, 2)
        backup = bench.backup("backup")
        async with bench.tracking() as tracker:
            if edited == "before":
                await bench.memo(tracker, "lost with the server")
            await bench.work(tracker, 2)
            if edited == "between":
                await bench.memo(tracker, "lost with the server")
            await bench.work(tracker, 2)
            if edited == "after":
                await bench.memo(tracker, "lost with the server")
            before = minutes(await bench.day(tracker))
        async with bench.tracking(backup) as tracker:
            await bench.work(tracker, 1)
            after = minutes(await bench.day(tracker))
            assert after[: len(before)] == before
            assert len(after) > len(before)
            state = tracker.status().spool
            assert (state.waiting, state.refused) == (0, 0)
    assert any("the server lost" in line for line in bench.said)


async def test_an_edit_on_the_restored_server_hides_no_loss(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        async with bench.tracking() as tracker:
            await bench.work(tracker, 1)
        backup = bench.backup("backup")
        async with bench.tracking() as tracker:
            await bench.work(tracker, 3)
            before = minutes(await bench.day(tracker))
        async with bench.tracking(backup) as tracker:
            for number in range(6):  # further than the tracker's own chain ever went
                await bench.memo(tracker, f"edit {number}")
            await bench.work(tracker, 1)
            day = await bench.day(tracker)
            assert minutes(day)[: len(before)] == before
            assert day.segments[0].memo == "edit 5"
            state = tracker.status().spool
            assert (state.waiting, state.refused) == (0, 0)


async def test_edits_that_race_with_an_upload_block_it_only_for_a_while(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench, bench.tracking() as tracker:
        await bench.work(tracker, 1)
        client: DiaryClient = tracker.pen.client
        ask, races = client.chain, 8

        async def chain(contract: str, device: str) -> api.ChainState:
            nonlocal races
            state = await ask(contract, device)
            if races:
                races -= 1
                client.chain = ask  # type: ignore[method-assign]  # the edit asks for itself
                await bench.memo(tracker, f"race {races}")
                client.chain = chain  # type: ignore[method-assign]  # and the next look races too
            return state

        await bench.memo(tracker, "before the race")
        await tracker.start(bench.contract, "painting")
        bench.tick(tracker, 300)
        tracker.stop()
        bench.tick(tracker, 120)
        assert tracker.status().spool.waiting
        client.chain = chain  # type: ignore[method-assign]  # an edit behind every look
        while tracker.status().spool.waiting:
            bench.clock.forward(61)
            while await tracker.uploader.send_next(due_or_not=True):
                pass
            assert bench.clock.read().wall < WEDNESDAY + 86_400, "the upload never went on"
        client.chain = ask  # type: ignore[method-assign]  # as it was
        assert tracker.status().spool.refused == 0


async def test_a_restored_server_gets_no_deleted_segment_again(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        async with bench.tracking() as tracker:
            await bench.work(tracker, 1)
        backup = bench.backup("backup")
        async with bench.tracking() as tracker:
            await bench.work(tracker, 4)
            gone = (await bench.day(tracker)).segments[3].start
            await forgetting.delete(tracker.pen, bench.spool.parent, bench.contract, [gone])
            kept = minutes(await bench.day(tracker))
        async with bench.tracking(backup) as tracker:
            await bench.work(tracker, 1)
            day = await bench.day(tracker)
            assert minutes(day)[: len(kept)] == kept
            assert gone not in {segment.start for segment in day.segments}
            assert list((bench.spool.parent / "deleted").iterdir()) == []


async def test_a_segment_deleted_in_the_tracker_leaves_the_spool_at_once(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench, bench.tracking() as tracker:
        await bench.work(tracker, 2)
        first = (await bench.day(tracker)).segments[0].start
        before = tracker.status().spool.sent
        tracker.forget(bench.contract, [first])
        assert tracker.status().spool.sent == before - 1
        assert tracker.recorder.spool.parts_of(bench.contract, epoch(first)) == 0
