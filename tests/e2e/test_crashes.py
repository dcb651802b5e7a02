"""kill -9 of tracker and server at random moments: nothing recorded is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import Future
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import spoolkit
from serverkit import a_webp
from team import Server, Team, a_team
from workdiary import credentials
from workdiary.activity import MinuteCounter
from workdiary.client import DiaryClient
from workdiary_tracker.clocks import Reading
from workdiary_tracker.parts import Sealer
from workdiary_tracker.recorder import Recorder
from workdiary_tracker.session import device_of
from workdiary_tracker.shots import Frame, Shot
from workdiary_tracker.spool import Spool
from workdiary_tracker.uploader import Uploader

KEYS_A_MINUTE = 9
SLOTS_A_ROUND = 6


@pytest.mark.parametrize(
    "kills", [8, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(1200)])]
)
def test_a_killed_tracker_loses_no_part_that_it_called_recorded(tmp_path: Path, kills: int) -> None:
    rng = random.Random(20_261_123)  # noqa: S311 (repeatable moments)
    recorded: list[tuple[int, int, int]] = []
    for _ in range(kills):
        recorded += killed_while_recording(tmp_path, rng.uniform(0.0, 0.4))
    spool = Spool(tmp_path / "spool.sqlite", spoolkit.STORAGE_KEY, spoolkit.Dice())
    kept = spoolkit.kept(spool)
    spool.close()
    assert set(recorded) <= set(kept), "a recorded part is lost"
    assert len(kept) == len(set(kept)), "a part is there twice"
    claimed = [start // 60 + bit for start, _, mask in kept for bit in range(10) if mask >> bit & 1]
    assert len(claimed) == len(set(claimed)), "a minute is claimed twice"
    assert len(recorded) > kills


def killed_while_recording(folder: Path, seconds: float) -> list[tuple[int, int, int]]:
    """Run the recorder's process, kill it that long after its first word; what it had said."""
    process = subprocess.Popen(
        [sys.executable, str(Path(spoolkit.__file__)), str(folder), "100000"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    whole = (first + rest).rpartition("\n")[0].splitlines()
    return [(int(start), int(part), int(mask)) for start, part, mask in map(str.split, whole)]


class Past:
    """A recorder that works through the past, and an uploader, over one spool."""

    def __init__(self, team: Team, client: DiaryClient, begin: float) -> None:
        known = credentials.load(team.jane)
        self.team = team
        self._now = Reading(begin, 0.0, 0.0)
        self._counter = MinuteCounter(lambda: self._now.wall)
        self.spool = Spool(team.jane / "spool.sqlite", bytes.fromhex(known.storage_key), os.urandom)
        sealer = Sealer(device_of(known), os.urandom)
        self._recorder = Recorder(self.spool, sealer, self._counter, self._shoot, os.urandom)
        self._recorder.introduce(team.contract, self._now)
        self.uploader = Uploader(self.spool, client, sealer)
        self.slots: list[int] = []

    def work(self, slots: int) -> None:
        """Record whole slots, the last one sealed."""
        begin, end = int(self._now.wall), self._now.wall + slots * 600
        self.slots += range(begin, int(end), 600)
        self._recorder.start(self.team.contract, "code", self._now)
        minute = -1.0
        while self._now.wall < end:
            if self._now.wall // 60 != minute:
                minute = self._now.wall // 60
                self._counter.keystroke(KEYS_A_MINUTE)
            on_time = self._recorder.clock.next_event(self._now) + 0.05
            self._pass(min(20.0, on_time, end - self._now.wall))
        self._recorder.finish(self._now)

    def _pass(self, seconds: float) -> None:
        wall = self._now.wall + seconds
        self._now = Reading(wall, wall, wall)
        self._recorder.tick(self._now)

    def _shoot(self) -> Future[Shot]:
        seed = int(self._now.wall) // 600 % 32
        frame = Frame(0, 64, 48, a_webp(64, 48, seed), a_webp(32, 24, seed), a_webp(16, 12, seed))
        future: Future[Shot] = Future()
        future.set_result(Shot(int(self._now.wall), (frame,)))
        return future


@pytest.mark.parametrize(
    "kills", [5, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(2400)])]
)
async def test_a_killed_server_loses_nothing_and_doubles_nothing(
    tmp_path: Path, kills: int
) -> None:
    rng = random.Random(20_261_123)  # noqa: S311 (repeatable moments)
    begin = (datetime.now(UTC) - timedelta(days=12)).timestamp() // 600 * 600
    server = Server(tmp_path / "server")
    with server:
        team = a_team(server, tmp_path)
        port = server.port
        jane = credentials.load(team.jane)
        async with DiaryClient(server.url, jane.token) as client:
            past = Past(team, client, begin)
            for _ in range(kills):
                past.work(SLOTS_A_ROUND)
                await upload_until_killed(server, past.uploader, rng.uniform(0.0, 0.12))
                await asyncio.to_thread(server.start, port)
            assert await past.uploader.flush(60)
        await check_everything_is_there(team, past)
        past.spool.close()
    kinds = entries_by_kind(tmp_path / "server")
    assert kinds["segment.tracked"] == len(past.slots)
    closed = kinds["week.closed"]  # by the server: of a past that is locked all is late
    assert kinds.total() == len(past.slots) + 2 + closed + min(closed, 1)


def entries_by_kind(folder: Path) -> Counter[str]:
    with closing(sqlite3.connect(folder / "diary.sqlite")) as db:
        return Counter(kind for (kind,) in db.execute("SELECT kind FROM entry"))


async def upload_until_killed(server: Server, uploader: Uploader, seconds: float) -> None:
    """Send while the server dies: the connection breaks at any byte of any request."""
    sending = asyncio.create_task(uploader.flush(30))
    await asyncio.sleep(seconds)
    await asyncio.to_thread(server.kill)
    sending.cancel()
    await asyncio.wait({sending})


async def check_everything_is_there(team: Team, past: Past) -> None:
    alice = credentials.load(team.alice)
    async with DiaryClient(team.server.url, alice.token) as client:
        days = sorted({datetime.fromtimestamp(slot, UTC).date() for slot in past.slots})
        segments = [s for day in days for s in (await client.day(team.contract, day)).segments]
        assert [int(s.start.timestamp()) for s in segments] == past.slots
        assert {sum(s.keystrokes) for s in segments} == {KEYS_A_MINUTE * 10}
        assert {s.tracked for s in segments} == {0b1111111111}
        for segment in segments[-40:]:
            assert segment.pictures, segment.no_picture
            (picture,) = segment.pictures
            webp = await client.picture(team.contract, picture.digest)
            assert len(webp) == picture.size
