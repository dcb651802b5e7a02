"""Who looked at which picture when: written before it is sent, read by whom it concerns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest
from billkit import WEDNESDAY, Clock, write
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_freelancer,
    a_person,
    a_picture,
    a_reader,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.bodies import DeletedBody
from workdiary.client import DiaryClient
from workdiary.entries import EntryKind
from workdiary.errors import DeniedError, InvalidError, NotFoundError, OverloadedError
from workdiary.segments import from_epoch

NOW = WEDNESDAY + 12 * 3600
PICTURES = [a_picture(WEDNESDAY + 600 * n, seed=n) for n in range(3)]
DIGESTS = [picture[0].original.digest for picture in PICTURES]
ROWS = "SELECT at, start, tag, rendition FROM picture_view ORDER BY number"


@dataclass(slots=True)
class House:
    """Ada's three pictures, and Grace and Bert, who may look at them."""

    server: RunningServer
    ada: Device
    grace: DiaryClient
    bert: DiaryClient
    contract: str
    clock: Clock

    def rows(self) -> list[tuple[object, ...]]:
        with closing(apsw.Connection(str(self.server.folder / "diary.sqlite"))) as db:
            return list(db.execute(ROWS))

    async def told(self) -> tuple[api.View, ...]:
        return (await self.ada.client.views(self.contract)).views


@asynccontextmanager
async def a_house(folder: Path) -> AsyncIterator[House]:
    clock = Clock(NOW)
    async with running_server(folder, clock) as server, a_freelancer(server) as ada:
        grace, bert = await a_person(server, "Grace"), await a_person(server, "Bert")
        contract = await open_contract(server, ada.person, [grace.id, bert.id])
        await enter_log(ada, contract)
        for n, picture in enumerate(PICTURES):
            start = WEDNESDAY + 600 * n
            await send(ada, contract, tracked_entry(ada, contract, start, pictures=[picture]))
        async with a_reader(server, grace) as first, a_reader(server, bert) as second:
            yield House(server, ada, first, second, contract, clock)


async def test_a_client_who_looks_is_told_to_the_freelancer(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await house.grace.picture(house.contract, DIGESTS[1], "original")
        (view,) = await house.told()
        assert (view.by.name, view.at, view.times) == ("Grace", from_epoch(NOW), 1)
        assert (view.digest, view.monitor) == (DIGESTS[1], 0)
        assert (view.start, view.renditions) == (from_epoch(WEDNESDAY + 600), ("original",))


async def test_thumbnails_and_the_freelancers_own_looking_are_not_written_down(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        await house.grace.picture(house.contract, DIGESTS[0], "thumbnail")
        for rendition in ("original", "preview", "thumbnail"):
            await house.ada.client.picture(house.contract, DIGESTS[0], rendition)
        with pytest.raises(NotFoundError):
            await house.grace.picture(house.contract, "00" * 32, "original")
        assert house.rows() == []


async def test_every_machine_and_token_of_a_client_counts_as_that_person(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        grace = (await house.grace.me()).person
        async with a_device(house.server, grace, scope="review") as machine:
            await machine.client.picture(house.contract, DIGESTS[0], "preview")
        await house.grace.picture(house.contract, DIGESTS[0], "preview")
        (view,) = await house.told()
        assert (view.by, view.times) == (grace, 2)


async def test_views_of_one_minute_are_folded_and_all_of_them_stay(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        for second, rendition in (
            (5, "preview"),
            (30, "original"),
            (59, "original"),
            (60, "preview"),
        ):
            house.clock.now = NOW + second
            await house.grace.picture(house.contract, DIGESTS[0], rendition)
            await house.bert.picture(house.contract, DIGESTS[0], "preview")
        told = [(v.by.name, v.at, v.times, v.renditions) for v in await house.told()]
        assert told == [
            ("Bert", from_epoch(NOW + 60), 1, ("preview",)),
            ("Grace", from_epoch(NOW + 60), 1, ("preview",)),
            ("Bert", from_epoch(NOW + 5), 3, ("preview",)),
            ("Grace", from_epoch(NOW + 5), 3, ("original", "preview")),
        ]
        assert len(house.rows()) == 8


async def test_a_viewer_reads_their_own_views_and_the_owner_none(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await house.grace.picture(house.contract, DIGESTS[0])
        await house.bert.picture(house.contract, DIGESTS[1])
        for client, digest in ((house.grace, DIGESTS[0]), (house.bert, DIGESTS[1])):
            assert [v.digest for v in (await client.views(house.contract)).views] == [digest]
        with pytest.raises(DeniedError):
            await house.server.owner.views(house.contract)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 500])
async def test_pages_of_any_size_hold_every_view_once(tmp_path: Path, limit: int) -> None:
    async with a_house(tmp_path) as house:
        for second in (0, 10, 70, 75, 130):
            house.clock.now = NOW + second
            for digest in DIGESTS:
                await house.grace.picture(house.contract, digest, "preview")
        whole = (await house.ada.client.views(house.contract, limit=500)).views
        found: list[api.View] = []
        page = await house.ada.client.views(house.contract, limit=limit)
        found += page.views
        while page.cursor is not None:
            assert len(page.views) == limit
            house.clock.now += 60
            await house.bert.picture(house.contract, DIGESTS[0])  # newer ones move no page
            page = await house.ada.client.views(house.contract, page.cursor, limit)
            found += page.views
        assert tuple(found) == whole
        assert [view.times for view in whole] == [1, 1, 1, 2, 2, 2, 2, 2, 2]


@pytest.mark.parametrize("cursor", ["x", "1", "-", "1-", "9" * 13 + "-1", "\u00b2-1"])
async def test_a_cursor_that_no_page_gave_is_refused(tmp_path: Path, cursor: str) -> None:
    async with a_house(tmp_path) as house:
        with pytest.raises(InvalidError, match="cursor"):
            await house.ada.client.views(house.contract, cursor)


async def test_deletion_keeps_that_somebody_looked_and_forgets_at_which_picture(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        await house.grace.picture(house.contract, DIGESTS[0])
        await house.grace.picture(house.contract, DIGESTS[1])
        body = DeletedBody(segments=(WEDNESDAY,))
        await write(house.ada, house.contract, EntryKind.SEGMENT_DELETED, body)
        kept, gone = await house.told()
        assert (kept.digest, kept.monitor) == (DIGESTS[1], 0)
        assert (gone.by.name, gone.start) == ("Grace", from_epoch(WEDNESDAY))
        assert (gone.digest, gone.monitor) == (None, None)
        assert [row[2] is None for row in house.rows()] == [True, False]


@pytest.mark.parametrize("rendition", ["original", "preview"])
async def test_a_view_that_cannot_be_written_down_is_not_given(
    tmp_path: Path, rendition: str
) -> None:
    async with a_house(tmp_path) as house:
        with closing(apsw.Connection(str(tmp_path / "diary.sqlite"))) as db:
            db.execute(
                "CREATE TRIGGER full BEFORE INSERT ON picture_view "
                "BEGIN SELECT raise(FAIL, 'no room'); END"
            )
        with pytest.raises(OverloadedError):
            await house.grace.picture(house.contract, DIGESTS[0], rendition)
        assert await house.ada.client.picture(house.contract, DIGESTS[0], rendition)
        assert await house.grace.picture(house.contract, DIGESTS[0], "thumbnail")


async def test_views_survive_a_restart(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await house.grace.picture(house.contract, DIGESTS[0])
        before, token, contract = await house.told(), house.ada.token, house.contract
    async with (
        running_server(tmp_path, Clock(NOW + 60)) as server,
        DiaryClient(server.url, token) as ada,
    ):
        assert (await ada.views(contract)).views == before
