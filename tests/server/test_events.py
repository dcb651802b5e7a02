"""Live events: soon, in order, resumable, and only of one's own contracts."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from serverkit import (
    a_freelancer,
    a_person,
    a_reader,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.errors import UnreachableError
from workdiary.segments import from_epoch


async def collect(client: DiaryClient, wanted: int, after: int | None) -> list[api.Event]:
    found: list[api.Event] = []
    async with asyncio.timeout(10):
        async for event in client.events(after):
            found.append(event)
            if len(found) == wanted:
                break
    return found


async def test_a_new_segment_is_told_within_two_seconds(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        grace = await a_person(server, "Grace")
        contract = await open_contract(server, ada.person, [grace.id])
        await enter_log(ada, contract)
        async with a_reader(server, grace) as client:
            events = client.events(0)
            kinds = [(await anext(events)).kind for _ in range(2)]
            assert kinds == ["contract.opened", "device.enrolled"]
            began = time.monotonic()
            await send(ada, contract, tracked_entry(ada, contract, start))
            event = await asyncio.wait_for(anext(events), 2)
            assert time.monotonic() - began < 2
            assert (event.kind, event.index, event.contract) == ("segment.tracked", 2, contract)
            assert event.start == from_epoch(start)
            await events.aclose()  # type: ignore[attr-defined]  # it is an async generator


async def test_a_reader_who_comes_back_misses_nothing(tmp_path: Path) -> None:
    start = an_earlier_slot(ago=8)
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        (first,) = await collect(ada.client, 1, 0)
        for slot in range(5):
            await send(ada, contract, tracked_entry(ada, contract, start + 600 * slot))
        rest = await collect(ada.client, 6, first.number)
        assert [event.index for event in rest] == [1, 2, 3, 4, 5, 6]
        assert [event.number for event in rest] == sorted(event.number for event in rest)


async def test_foreign_contracts_are_not_told(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        a_freelancer(server, "Ada") as ada,
        a_freelancer(server, "Eve") as eve,
    ):
        await open_contract(server, ada.person)
        mine = await open_contract(server, eve.person)
        (event,) = await collect(eve.client, 1, 0)
        assert event.contract == mine
        assert len(await collect(server.owner, 2, 0)) == 2


async def test_a_stopping_server_ends_its_streams(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def follow(client: DiaryClient) -> None:
        try:
            async for _ in client.events(0):
                listening.set()
        except UnreachableError:
            ended.set()

    listening = asyncio.Event()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        await open_contract(server, ada.person)
        async with DiaryClient(server.url, ada.token) as client:
            task = asyncio.create_task(follow(client))
            await asyncio.wait_for(listening.wait(), 5)
            began = time.monotonic()
            await server.app.shutdown()
            await asyncio.wait_for(ended.wait(), 5)
            assert time.monotonic() - began < 5
            await task
