from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from spoolkit import CONTRACT, DEVICE, NOON, Played
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.entries import NO_ENTRY, check_chain, note_id, read_entry
from workdiary.errors import RefusedError
from workdiary_tracker.uploader import Uploader

Verdict = Callable[[bytes, list[bytes]], web.Response | None]


def problem(status: int, code: str, **headers: str) -> web.Response:
    value = api.Problem(type="about:blank", title=code, status=status, detail=code, code=code)
    return web.Response(
        status=status, body=api.to_json(value), content_type=api.PROBLEM, headers=headers
    )


class Log:
    """One contract's log behind a real HTTP server that keeps the chain's rules."""

    def __init__(self) -> None:
        self.notes: list[bytes] = []
        self.pictures: dict[str, int] = {}
        self.verdict: Verdict = lambda note, pieces: None
        self.lose_answers = 0
        self.calls = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=10 << 20)
        base = f"{api.PREFIX}/contracts/{CONTRACT}"
        app.router.add_post(f"{base}/entries", self.append)
        app.router.add_get(f"{base}/chains/{DEVICE}", self.chain)
        app.router.add_get(f"{base}/head", self.head)
        return app

    def place(self) -> tuple[int, str]:
        return len(self.notes) - 1, note_id(self.notes[-1]) if self.notes else NO_ENTRY

    def newest(self) -> api.LogHead:
        return api.LogHead(size=len(self.notes), root="a" * 64, checkpoint="")

    async def head(self, request: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(self.newest()))

    async def append(self, request: web.Request) -> web.Response:
        self.calls += 1
        note, _, *pictures = pieces(await request.read())
        refusal = self.verdict(note, pictures)
        if refusal is not None:
            return refusal
        if note not in self.notes:
            try:
                check_chain(read_entry(note), *self.place())
            except RefusedError as error:
                return problem(409, error.code)
            self.notes.append(note)
            self.pictures[note_id(note)] = len(pictures)
        if self.lose_answers and request.transport is not None:
            self.lose_answers -= 1
            request.transport.abort()
        receipt = api.Receipt(
            id=note_id(note), index=self.notes.index(note), received=NOON, head=self.newest()
        )
        return web.Response(status=201, body=api.to_json(receipt))

    async def chain(self, request: web.Request) -> web.Response:
        seq, last = self.place()
        return web.Response(body=msgspec.json.encode(api.ChainState(seq=seq, id=last)))


def pieces(body: bytes) -> list[bytes]:
    found = []
    while body:
        size = int.from_bytes(body[:4], "big")
        found.append(body[4 : 4 + size])
        body = body[4 + size :]
    return found


@pytest.fixture
async def log() -> Log:
    return Log()


@asynccontextmanager
async def sending(log: Log, played: Played) -> AsyncIterator[Uploader]:
    runner = web.AppRunner(log.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with DiaryClient(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
        yield Uploader(
            played.spool, client, played.sealer, lambda: played.now.wall, say=played.said.append
        )
    await runner.cleanup()


@pytest.fixture
def played(tmp_path: Path) -> Played:
    """Three slots of work, recorded, with the device's enrolment before them."""
    played = Played(tmp_path)
    played.begin()
    played.work(1800)
    played.recorder.finish(played.now)
    return played


async def test_everything_arrives_oldest_first(log: Log, played: Played) -> None:
    async with sending(log, played) as uploader:
        assert await uploader.flush()
    assert [read_entry(note).kind.value for note in log.notes][:2] == [
        "device.enrolled",
        "segment.tracked",
    ]
    starts = [read_entry(note).start for note in log.notes[1:]]
    assert starts == [NOON, NOON + 600, NOON + 1200]
    assert list(log.pictures.values()) == [0, 3, 3, 3]
    chain = played.spool.chain(CONTRACT)
    assert chain is not None
    assert chain.seen.size == 4


async def test_a_lost_answer_doubles_nothing(log: Log, played: Played) -> None:
    log.lose_answers = 2
    async with sending(log, played) as uploader:
        assert await uploader.flush()
    assert len(log.notes) == 4
    assert log.calls == 6


async def test_an_entry_waits_for_its_jitter(log: Log, played: Played) -> None:
    played.spool.db.execute("UPDATE item SET due = ?", (played.now.wall + 60,))
    async with sending(log, played) as uploader:
        assert not await uploader.send_next()
        played.work(90)
        assert await uploader.send_next()


async def test_a_poisoned_entry_is_set_aside_and_the_rest_goes_on(log: Log, played: Played) -> None:
    log.verdict = lambda note, _: (
        problem(409, "overlap") if read_entry(note).start == NOON else None
    )
    async with sending(log, played) as uploader:
        assert await uploader.flush()
    assert [read_entry(note).start for note in log.notes] == [None, NOON + 600, NOON + 1200]
    assert [item.reason for item in played.spool.items.refused()] == ["overlap: overlap"]


async def test_a_refused_picture_costs_no_time(log: Log, played: Played) -> None:
    log.verdict = lambda note, pictures: (
        problem(422, "picture") if pictures and read_entry(note).start == NOON + 600 else None
    )
    async with sending(log, played) as uploader:
        assert await uploader.flush()
    assert list(log.pictures.values()) == [0, 3, 0, 3]
    assert played.spool.items.state().refused == 0


async def test_a_busy_server_is_given_the_time_it_asks_for(log: Log, played: Played) -> None:
    log.verdict = lambda note, _: problem(503, "overloaded", **{"Retry-After": "1"})
    async with sending(log, played) as uploader:
        sender = asyncio.create_task(uploader.flush(1.5))
        assert not await sender
        assert log.calls == 2
        assert uploader.connection.trouble == "overloaded"
        log.verdict = lambda note, _: None
        assert await uploader.flush()


@pytest.mark.parametrize("refusal", [(401, "unauthenticated"), (409, "revoked"), (422, "clock")])
async def test_what_is_not_the_entrys_fault_sets_nothing_aside(
    log: Log, played: Played, refusal: tuple[int, str]
) -> None:
    log.verdict = lambda note, _: problem(*refusal)
    async with sending(log, played) as uploader:
        assert not await uploader.flush(1)
        assert uploader.connection.trouble
    assert played.spool.items.state().waiting == 4


async def test_what_a_proxy_says_sets_nothing_aside(log: Log, played: Played) -> None:
    log.verdict = lambda note, _: web.Response(status=400, text="<h1>Sign in to this Wi-Fi</h1>")
    async with sending(log, played) as uploader:
        assert not await uploader.flush(1)
    assert played.spool.items.state().refused == 0


async def test_a_restored_server_is_healed_with_the_same_notes(log: Log, played: Played) -> None:
    async with sending(log, played) as uploader:
        assert await uploader.flush()
        before = list(log.notes)
        del log.notes[2:]
        played.recorder.start(CONTRACT, "later", played.now)
        played.work(120)
        played.recorder.finish(played.now)
        assert await uploader.flush()
    assert log.notes[:4] == before
    assert len(log.notes) == 5


async def test_a_lost_spool_takes_up_the_servers_chain(
    log: Log, played: Played, tmp_path: Path
) -> None:
    async with sending(log, played) as uploader:
        assert await uploader.flush()
    again = Played(tmp_path / "new", at=played.now.wall)
    again.begin()
    again.work(600)
    again.recorder.finish(again.now)
    async with sending(log, again) as uploader:
        assert await uploader.flush()
    again.spool.close()
    assert [read_entry(note).seq for note in log.notes] == [0, 1, 2, 3, 4]


async def test_nothing_answers_and_nothing_is_lost(played: Played) -> None:
    async with DiaryClient("http://127.0.0.1:9") as client:
        uploader = Uploader(played.spool, client, played.sealer, lambda: played.now.wall)
        assert not await uploader.flush(0.3)
        assert "no answer" in uploader.connection.trouble
    assert played.spool.items.state().waiting == 4
