"""Edits and terms beside a running tracker: one device writes by two pens, and nothing is lost."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from billkit import WEDNESDAY, Clock, the_owner
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_person,
    a_webp,
    open_contract,
    running_server,
)
from spoolkit import STORAGE_KEY, Dice, a_shot
from trackerkit import Desktop, HandClock, a_tracker
from workdiary import api, edits
from workdiary.bodies import ChangeBody, EndBody
from workdiary.entries import EntryKind
from workdiary.errors import RefusedError
from workdiary.pen import Pen
from workdiary.segments import from_epoch
from workdiary_tracker import parts
from workdiary_tracker.face import totals
from workdiary_tracker.parts import Sealer
from workdiary_tracker.shots import Frame
from workdiary_tracker.spool import Spool
from workdiary_tracker.tracker import Tracker

PICTURE = Frame(0, 64, 48, a_webp(64, 48), a_webp(32, 24), a_webp(16, 12))


class Working:
    """Ada's tracker on her contract, its clock in a test's hands; Grace can change terms."""

    def __init__(self, tracker: Tracker, clock: HandClock, contract: str, said: list[str]) -> None:
        self.tracker = tracker
        self.clock = clock
        self.contract = contract
        self.said = said

    async def work(self, slots: int) -> None:
        """Track whole slots; what they hold waits in the spool."""
        for _ in range(slots * 30):
            self.clock.forward(20)
            self.tracker.recorder.tick(self.clock.read())

    async def send(self) -> None:
        assert await self.tracker.uploader.flush()

    async def day(self) -> api.Day:
        return await self.tracker.pen.client.day(self.contract, from_epoch(WEDNESDAY).date())


@asynccontextmanager
async def working(
    folder: Path, **terms: object
) -> AsyncIterator[tuple[Working, RunningServer, Pen]]:
    clock, said = HandClock(WEDNESDAY), list[str]()
    now = Clock(WEDNESDAY)
    async with running_server(folder / "diary", lambda: max(now(), clock.read().wall)) as server:
        ada, grace = await a_person(server, "Ada"), await a_person(server, "Grace")
        contract = await open_contract(server, ada.id, [grace.id], os.urandom, **terms)
        async with (
            a_device(server, ada) as laptop,
            a_device(server, grace, scope="review") as reviewing,
        ):
            spool = Spool(folder / "spool.sqlite", STORAGE_KEY, Dice())
            device = parts.Device(laptop.id, laptop.person, "laptop", laptop.key)
            async with a_tracker(
                spool,
                clock,
                Desktop(),
                a_shot(PICTURE, WEDNESDAY),
                server=server.url,
                token=laptop.token,
                sealer=Sealer(device, Dice("ada")),
                say=said.append,
            ) as tracker:
                yield Working(tracker, clock, contract, said), server, a_pen(reviewing)


def a_pen(device: Device) -> Pen:
    return Pen(device.client, device.id, device.person, "laptop", device.key)


async def test_edits_between_two_uploads_lose_and_double_nothing(tmp_path: Path) -> None:
    async with working(tmp_path) as (ada, _, _grace):
        await ada.tracker.start(ada.contract, "painting")
        await ada.work(2)
        await ada.send()
        for round_ in range(3):
            await ada.work(1)
            first = from_epoch(WEDNESDAY)
            for memo in (f"one {round_}", f"two {round_}"):
                await edits.edit_memo(ada.tracker.pen, ada.contract, [first], memo)
            await ada.send()
        ada.tracker.stop()
        await ada.work(1)
        await ada.send()
        day = await ada.day()
        assert [segment.tracked for segment in day.segments][:5] == [0b1111111111] * 5
        assert day.segments[0].memo == "two 2"
        state = ada.tracker.status().spool
        assert (state.waiting, state.refused) == (0, 0)


async def test_new_terms_are_told_once_and_stay_until_they_are_read(tmp_path: Path) -> None:
    async with working(tmp_path) as (ada, _, grace):
        change = ChangeBody(since=WEDNESDAY, weekly_limit=3000)
        await grace.write(ada.contract, EntryKind.CONTRACT_CHANGED, change)
        await ada.tracker.fetch()
        await ada.tracker.fetch()
        told = [line for line in ada.said if line.startswith("new terms")]
        assert told == ["new terms: Website: limit 40h → 50h, by Grace, from Mon 28 Sep 00:00 UTC"]
        assert len(ada.tracker.status().terms_news) == 1
        ada.tracker.acknowledge()
        assert ada.tracker.status().terms_news == ()


async def test_terms_that_changed_while_the_tracker_was_off_are_told_at_its_start(
    tmp_path: Path,
) -> None:
    async with working(tmp_path) as (ada, _, grace):
        known = dict(ada.tracker.contracts)
        change = ChangeBody(since=WEDNESDAY, weekly_limit=60)
        await grace.write(ada.contract, EntryKind.CONTRACT_CHANGED, change)
        ada.tracker.contracts = known  # as the spool had kept them
        await ada.tracker.fetch()
        (told,) = [line for line in ada.said if line.startswith("new terms")]
        monday = from_epoch(WEDNESDAY) + timedelta(days=5)
        assert told.endswith(f"limit 40h → 1h, by Grace, from {monday:%a %d %b} 00:00 UTC")


async def test_a_paused_contract_stops_the_session_and_refuses_a_new_one(tmp_path: Path) -> None:
    async with working(tmp_path) as (ada, _, grace):
        await ada.tracker.start(ada.contract, "painting")
        await ada.work(1)
        await grace.write(
            ada.contract, EntryKind.CONTRACT_CHANGED, ChangeBody(since=WEDNESDAY, paused=True)
        )
        await ada.tracker.fetch()
        assert not ada.tracker.status().running
        with pytest.raises(RefusedError, match="is paused"):
            await ada.tracker.start(ada.contract)
        await ada.work(1)
        await ada.send()
        assert len((await ada.day()).segments) >= 1


async def test_an_ended_contract_is_not_tracked(tmp_path: Path) -> None:
    async with working(tmp_path) as (ada, _, grace):
        body = EndBody(since=WEDNESDAY, reason="done")
        await grace.write(ada.contract, EntryKind.CONTRACT_ENDED, body)
        await ada.tracker.fetch()
        with pytest.raises(RefusedError, match="has ended"):
            await ada.tracker.start(ada.contract)


async def test_the_face_shows_the_servers_own_integers(tmp_path: Path) -> None:
    async with working(tmp_path) as (ada, _, _grace):
        await ada.tracker.start(ada.contract, "painting")
        await ada.work(3)
        ada.tracker.stop()
        await ada.work(1)
        await ada.send()
        await ada.tracker.fetch()
        week = await ada.tracker.pen.client.week(ada.contract, from_epoch(WEDNESDAY).date())
        status = ada.tracker.status(ada.contract)
        assert (status.week, status.billed) == (week.totals.tracked, week.totals.billable)
        assert f"billed   0:{week.totals.billable:02d}" in totals(status).plain


@pytest.mark.parametrize(
    ("rule", "private", "reason"),
    [
        ("none", False, "the contract has no pictures"),
        ("optional", True, "private: the contract leaves pictures to the freelancer"),
    ],
)
async def test_a_segment_without_picture_says_whose_rule_that_was_and_counts(
    tmp_path: Path, rule: str, private: bool, reason: str
) -> None:
    async with working(tmp_path, screenshots=rule) as (ada, _, _grace):
        await ada.tracker.start(ada.contract, "painting")
        if private:
            ada.tracker.set_private(True)
        await ada.work(2)
        ada.tracker.stop()
        await ada.work(1)
        await ada.send()
        first = (await ada.day()).segments[0]
        assert (first.no_picture, first.pictures) == (reason, ())
        assert (first.status, first.billable) == ("auto", 10)


async def test_required_pictures_cannot_be_switched_off(tmp_path: Path) -> None:
    async with working(tmp_path, screenshots="required") as (ada, _, _grace):
        await ada.tracker.start(ada.contract, "painting")
        with pytest.raises(RefusedError, match="pictures are required"):
            ada.tracker.set_private(True)
        await ada.work(2)
        ada.tracker.stop()
        await ada.work(1)
        await ada.send()
        assert (await ada.day()).segments[0].pictures


async def test_the_server_takes_no_picture_that_the_terms_exclude(tmp_path: Path) -> None:
    async with working(tmp_path, screenshots="optional") as (ada, server, _grace):
        await ada.tracker.start(ada.contract, "painting")
        owner = await the_owner(server)
        body = ChangeBody(since=WEDNESDAY, screenshots="none")
        await owner.write(ada.contract, EntryKind.CONTRACT_CHANGED, body)
        await ada.work(1)  # the tracker has not heard of it yet
        ada.tracker.stop()
        await ada.work(1)
        await ada.send()
        first = (await ada.day()).segments[0]
        assert (first.pictures, first.tracked) == ((), 0b1111111111)
