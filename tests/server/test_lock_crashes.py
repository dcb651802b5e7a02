"""A crash at the lock: a week is frozen whole or not at all, and then as it would have been."""

from __future__ import annotations

import asyncio
import hashlib
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import apsw
import pytest
from billkit import MONDAY, TEN, WEDNESDAY, Clock, a_diary, track
from serverkit import RunningServer, running_server, seeded
from workdiary import api
from workdiary.segments import from_epoch
from workdiary.storage import StorageError
from workdiary_server.diary.closing import close_week
from workdiary_server.diary.service import Diary
from workdiary_server.http.keys import DIARY

LOCK = MONDAY + 7 * 86_400 + 12 * 3600
DAY = from_epoch(WEDNESDAY).date()
SLOTS = 20

CHILD = """
import asyncio, os, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from billkit import MONDAY, Clock
from serverkit import running_server
from workdiary_server.diary.closing import close_due
from workdiary_server.http.keys import DIARY

async def main():
    clock = Clock(MONDAY)
    async with running_server(Path(sys.argv[1]), clock) as server:
        print("ready", flush=True)
        clock.now = MONDAY + 7 * 86_400 + 12 * 3600 + 1.0
        await close_due(server.app[DIARY])
        print("closed", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def state_of(folder: Path) -> tuple[int, int, int]:
    """How many closing entries, closed weeks and frozen segments the database holds."""
    with closing(apsw.Connection(str(folder / "diary.sqlite"))) as db:
        entries = db.execute("SELECT count(*) FROM entry WHERE kind = 'week.closed'").get
        weeks = db.execute("SELECT count(*) FROM week").get
        frozen = db.execute("SELECT count(*) FROM segment WHERE status IS NOT NULL").get
        return int(entries), int(weeks), int(frozen)


async def a_worked_week(folder: Path) -> str:
    async with a_diary(folder, LOCK - 60.0) as (_, ada, contract, _clock):
        await track(ada, contract, *(WEDNESDAY + number * TEN for number in range(SLOTS)))
        return contract


@contextmanager
def failing_at(diary: Diary, number: int) -> Iterator[list[str]]:
    """The ``number``-th statement of the writer's next transactions fails; what was run so far."""
    seen: list[str] = []

    def trace(_: apsw.Cursor, sql: str, __: object) -> bool:
        seen.append(sql)
        if len(seen) == number:
            raise apsw.IOError("the disk is gone")
        return True

    diary.db._db.set_exec_trace(trace)
    try:
        yield seen
    finally:
        diary.db._db.set_exec_trace(None)


def log_of(folder: Path) -> list[tuple[object, ...]]:
    """Every row that closing a week could touch."""
    with closing(apsw.Connection(str(folder / "diary.sqlite"))) as db:
        return [
            *db.execute("SELECT arrival, kind, idx FROM entry ORDER BY arrival"),
            *db.execute("SELECT arrival, sealed FROM body ORDER BY arrival"),
            *db.execute("SELECT id, size FROM contract"),
            *db.execute("SELECT id, wrapped FROM content_key ORDER BY id"),
            *db.execute("SELECT start, status, counted, billable FROM segment ORDER BY start"),
            *db.execute("SELECT start, idx, closed, sealed FROM week"),
        ]


@pytest.mark.parametrize("by_hand", [False, True])
async def test_a_commit_that_fails_at_any_statement_freezes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    monkeypatch.setattr("workdiary_server.http.app.keep_closing", nothing_closes_by_itself)
    folder = tmp_path / "first"
    contract = await a_worked_week(folder)
    await asyncio.to_thread(shutil.copytree, folder, tmp_path / "unharmed")
    key, week = bytes.fromhex(contract), from_epoch(MONDAY)
    now = LOCK - 60.0 if by_hand else LOCK + 60.0
    failed_at: Counter[str] = Counter()
    async with running_server(folder, Clock(LOCK - 60.0)) as server:
        diary = server.app[DIARY]
        diary.now = Clock(now)
        by = bytes.fromhex((await server.owner.me()).person.id) if by_hand else b""
        before = log_of(folder)
        for number in range(1, 500):
            with failing_at(diary, number) as seen, suppress(StorageError, apsw.Error):
                await close_week(diary, key, week, by)
            if len(seen) < number or state_of(folder) == (1, 1, SLOTS):
                break
            assert log_of(folder) == before, seen[number - 1]
            failed_at[seen[number - 1].split()[0]] += 1
        assert state_of(folder) == (1, 1, SLOTS)
        assert (await server.owner.week(contract, DAY)).amount == 500 * SLOTS
        after_failures = await papers_of(server, contract)
    assert {"BEGIN", "INSERT", "UPDATE", "COMMIT"} <= set(failed_at)
    assert failed_at["UPDATE"] >= SLOTS
    async with running_server(tmp_path / "unharmed", Clock(LOCK - 60.0)) as server:
        diary = server.app[DIARY]
        diary.now = Clock(now)
        await close_week(diary, key, week, by)
        assert await papers_of(server, contract) == after_failures


async def nothing_closes_by_itself(_: Diary) -> None:
    await asyncio.Event().wait()


async def papers_of(server: RunningServer, contract: str) -> dict[str, str]:
    """The digests of a frozen week's documents."""
    return {
        form: hashlib.sha256(await server.owner.timesheet_file(contract, DAY, form)).hexdigest()
        for form in api.TIMESHEET_FORMATS
    }


@pytest.mark.parametrize(
    "kills", [8, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(1200)])]
)
async def test_kill_9_at_the_lock_leaves_no_half_frozen_week(tmp_path: Path, kills: int) -> None:
    rng = random.Random(20_261_123)  # noqa: S311 - repeatable moments
    contract = await a_worked_week(tmp_path / "first")
    halves: Counter[tuple[int, int, int]] = Counter()
    papers: set[tuple[str, ...]] = set()
    longest = await asyncio.to_thread(seconds_to_close, tmp_path / "first", tmp_path / "whole")
    for number in range(kills):
        folder = tmp_path / f"copy{number}"
        await asyncio.to_thread(shutil.copytree, tmp_path / "first", folder)
        # the first and the last are certain to come before and after, the others are anywhere
        moment = {0: 0.0, kills - 1: None}.get(number, rng.uniform(0.3, 1.1) * longest)
        await asyncio.to_thread(kill_while_closing, folder, moment)
        halves[state_of(folder)] += 1
        async with running_server(folder, Clock(LOCK + 60.0)) as server:
            sheet = await server.owner.timesheet(contract, DAY)
            assert (sheet.state, sheet.amount) == ("closed", 500 * SLOTS)
            papers.add(tuple((await papers_of(server, contract)).values()))
        assert state_of(folder) == (1, 1, SLOTS)
    assert set(halves) == {(0, 0, 0), (1, 1, SLOTS)}
    assert len(papers) == 1


def seconds_to_close(first: Path, folder: Path) -> float:
    """How long closing takes here, from the child's word that it begins."""
    shutil.copytree(first, folder)
    child = a_child(folder)
    began = time.monotonic()
    assert child.stdout is not None
    assert child.stdout.readline() == "closed\n"
    child.kill()
    child.communicate()
    return time.monotonic() - began


def a_child(folder: Path) -> subprocess.Popen[str]:
    tests = str(Path(__file__).parents[1])
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), tests], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def kill_while_closing(folder: Path, seconds: float | None) -> None:
    """Kill it so long after it began, or right after it ended."""
    child = a_child(folder)
    assert child.stdout is not None
    if seconds is None:
        assert child.stdout.readline() == "closed\n"
    else:
        time.sleep(seconds)  # the very moment is what is random here
    child.send_signal(signal.SIGKILL)
    child.communicate()


async def test_closing_gives_the_same_documents_whenever_it_runs(tmp_path: Path) -> None:
    contract = await a_worked_week(tmp_path / "first")
    found = []
    for number, late in enumerate((1.0, 86_400.0, 40 * 86_400.0)):
        folder = tmp_path / f"copy{number}"
        await asyncio.to_thread(shutil.copytree, tmp_path / "first", folder)
        async with running_server(folder, Clock(LOCK + late), seeded(number)) as server:
            found.append(await papers_of(server, contract))
    assert found[0] == found[1] == found[2]
