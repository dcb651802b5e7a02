"""Changed terms are told to the freelancer, and stay news until they were read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from billkit import WEDNESDAY, Clock
from serverkit import Device, a_device, a_person, open_contract, running_server
from spoolkit import STORAGE_KEY, Dice
from workdiary import api
from workdiary.bodies import ChangeBody, EndBody
from workdiary.entries import EntryKind
from workdiary.pen import Pen
from workdiary_tracker.spool import Spool
from workdiary_tracker.terms_news import TermsNews

RAISED = "Website: limit 40h → 50h, by Grace, from Mon 28 Sep 00:00 UTC"


@dataclass(slots=True)
class Parties:
    """Ada and Grace on one contract; Ada's spool outlives every run of her tracker."""

    ada: Device
    grace: Pen
    contract: str
    spool: Path
    said: list[str]
    clock: Clock

    @contextmanager
    def run(self, unattended: bool = False) -> Iterator[TermsNews]:
        """One run of Ada's tracker, as far as terms go."""
        self.said.clear()
        spool = Spool(self.spool, STORAGE_KEY, Dice())
        try:
            yield TermsNews(spool, self.ada.client, self.said.append, unattended)
        finally:
            spool.close()

    async def now(self) -> api.Contract:
        return await self.ada.client.contract(self.contract)

    async def change(self, body: ChangeBody) -> None:
        self.clock.now += 60
        await self.grace.write(self.contract, EntryKind.CONTRACT_CHANGED, body)


@asynccontextmanager
async def parties(folder: Path) -> AsyncIterator[Parties]:
    clock = Clock(WEDNESDAY)
    async with running_server(folder / "diary", clock) as server:
        ada, grace = await a_person(server, "Ada"), await a_person(server, "Grace")
        contract = await open_contract(server, ada.id, [grace.id])
        async with (
            a_device(server, ada) as laptop,
            a_device(server, grace, scope="review") as desk,
        ):
            pen = Pen(desk.client, desk.id, desk.person, "desk", desk.key)
            yield Parties(laptop, pen, contract, folder / "spool.sqlite", [], clock)


async def test_news_stays_over_restarts_until_it_is_read(tmp_path: Path) -> None:
    async with parties(tmp_path) as both:
        with both.run() as news:
            await news.tell(None, await both.now())
            assert news.unread == ()
        await both.change(ChangeBody(since=WEDNESDAY, weekly_limit=3000))
        for _ in range(2):
            with both.run() as news:
                await news.tell(None, await both.now())
                await news.tell(await both.now(), await both.now())
                assert news.unread == (RAISED,)
                assert both.said == [f"new terms: {RAISED}"]
        with both.run() as news:
            await news.tell(None, await both.now())
            news.acknowledge()
            assert news.unread == ()
        with both.run() as news:
            await news.tell(await both.now(), await both.now())
            assert (news.unread, both.said) == ((), [])


async def test_what_a_tracker_without_a_face_said_is_said_once(tmp_path: Path) -> None:
    async with parties(tmp_path) as both:
        before = await both.now()
        await both.change(ChangeBody(since=WEDNESDAY, weekly_limit=3000))
        with both.run(unattended=True) as news:
            await news.tell(before, await both.now())
            assert both.said == [f"new terms: {RAISED}"]
        with both.run(unattended=True) as news:
            await news.tell(await both.now(), await both.now())
            assert both.said == []


async def test_only_what_came_since_is_told_each_time(tmp_path: Path) -> None:
    async with parties(tmp_path) as both:
        with both.run() as news:
            known = await both.now()
            await news.tell(known, known)
            await both.change(ChangeBody(since=WEDNESDAY, weekly_limit=3000))
            await news.tell(known, await both.now())
            await both.change(ChangeBody(since=WEDNESDAY, paused=True))
            both.clock.now += 60
            body = EndBody(since=WEDNESDAY, reason="done")
            await both.grace.write(both.contract, EntryKind.CONTRACT_ENDED, body)
            await news.tell(known, await both.now())
            told = [line.partition(", by Grace")[0] for line in both.said]
            assert told == [
                "new terms: Website: limit 40h → 50h",
                "new terms: Website: contract paused",
                "new terms: Website: contract ended",
            ]
            assert len(news.unread) == 3
