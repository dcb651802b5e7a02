"""Policies of strangers: whatever one does, nothing is billed from a guess and nobody waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from billkit import MONDAY, TEN, WEDNESDAY, Clock, track, write
from foreign import install_plugin
from serverkit import (
    Device,
    RunningServer,
    a_freelancer,
    enter_log,
    open_contract,
    running_server,
)
from workdiary import api
from workdiary.bodies import DeletedBody
from workdiary.entries import EntryKind
from workdiary.errors import InvalidError
from workdiary.plugins import SERVER
from workdiary.segments import from_epoch
from workdiary_server.diary.closing import close_due
from workdiary_server.http.keys import DIARY
from workdiary_server.settings import LimitsSection

LOCK = MONDAY + 7 * 86_400 + 12 * 3600
LIMIT_SECONDS = 1.0
DAY = from_epoch(WEDNESDAY).date()

FRAME = """
import ctypes, os, sys, threading, time
from pathlib import Path
from workdiary import hookimpl
from workdiary.billing import Verdict

def right(terms, week):
    return [Verdict(s.start, "auto", 10, 10, "mended", "rule") for s in week]

def wrong(terms, week):
{body}

def policy(terms, week):
    mended = Path({mended!r}).exists()
    return (right if mended or not week else wrong)(terms, week)

@hookimpl
def workdiary_billing_policies():
    return {{"strange": lambda options: policy}}
"""

STRANGERS = {
    "raises": ("raise ValueError('no money today')", "ValueError: no money today"),
    "loops": ("while True: pass", "no answer within 1 s"),
    "sleeps": ("time.sleep(600)", "no answer within 1 s"),
    "swallows everything": (
        "while True:\n        try: time.sleep(600)\n        except BaseException: pass",
        "no answer within 1 s",
    ),
    "exits": ("os._exit(3)", "its process ended"),
    "leaves": ("sys.exit(3)", "its process ended"),
    "crashes": ("ctypes.string_at(0)", "its process ended"),
    "eats memory": ("x = bytearray(8 << 30)", "MemoryError"),
    "gives nothing": ("return None", "TypeError"),
    "gives too little": ("return right(terms, week)[1:]", "one verdict a segment"),
    "gives too much": ("return right(terms, week) * 2", "one verdict a segment"),
    "turns them around": ("return right(terms, week)[::-1]", "one verdict a segment"),
    "bills eleven": (
        "return [Verdict(s.start, 'auto', 11, 11, '') for s in week]",
        "it bills 11 and counts 11",
    ),
    "bills less than nothing": (
        "return [Verdict(s.start, 'auto', 10, -10, '') for s in week]",
        "it bills -10",
    ),
    "bills more than it counts": (
        "return [Verdict(s.start, 'auto', 5, 10, '') for s in week]",
        "it bills 10 and counts 5",
    ),
    "bills fractions": (
        "return [Verdict(s.start, 'auto', 10, 9.5, '') for s in week]",
        "Expected `int`",
    ),
    "bills no number": (
        "return [Verdict(s.start, 'auto', 10, float('nan'), '') for s in week]",
        "Expected `int`",
    ),
    "says yes": (
        "return [Verdict(s.start, 'auto', 10, True, '') for s in week]",
        "",
    ),
    "names no status": (
        "return [Verdict(s.start, '', 10, 10, '') for s in week]",
        "a status has a name",
    ),
    "talks too long": (
        "return [Verdict(s.start, 'auto', 10, 10, 'x' * 9999) for s in week]",
        "at most 500",
    ),
    "commands terminals": (
        "return [Verdict(s.start, 'au\\x1b[2Jto', 10, 10, '') for s in week]",
        "U+001B",
    ),
    "gives other things": ("return ['auto'] * len(week)", "AttributeError"),
    "changes what it was given": (
        "week.clear(); terms.clear(); return right(terms, week)",
        "one verdict a segment",
    ),
    "rewrites what it was given": (
        "week[0].sampled = True",
        "FrozenInstanceError",
    ),
    "closes its own input": ("os.close(0); os._exit(0)", "its process ended"),
    "stops itself": ("import signal; os.kill(os.getpid(), signal.SIGSTOP)", "no answer within 1 s"),
    "gives a word without end": (
        "return [Verdict(s.start, 'auto' * 99, 10, 10, '') for s in week]",
        "at most 40",
    ),
    "gives endless numbers": (
        "return [Verdict(s.start, 'auto', 10 ** 30, 10, '') for s in week]",
        "",
    ),
    "floods": ("return [Verdict(s.start, 'a', 0, 0, 'x' * 9_000_000) for s in week]", ""),
}


@dataclass(frozen=True, slots=True)
class House:
    """Ada has two contracts: one is judged by the stranger, the other by the default policy."""

    server: RunningServer
    ada: Device
    strange: str
    plain: str
    clock: Clock
    mended: Path


@asynccontextmanager
async def a_house(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> AsyncIterator[House]:
    mended = folder / "mended"
    code = FRAME.format(body=f"    {body}", mended=str(mended))
    plugin = install_plugin(folder / "plugin", "workdiary-strange", SERVER, "billing_strange", code)
    monkeypatch.syspath_prepend(plugin)
    clock = Clock(WEDNESDAY + 3600)
    limits = LimitsSection(policy_seconds=LIMIT_SECONDS)
    async with (
        running_server(folder / "diary", clock, limits=limits) as server,
        a_freelancer(server) as ada,
    ):
        strange = await open_contract(server, ada.person, policy="strange")
        plain = await open_contract(server, ada.person)
        for contract in (strange, plain):
            await enter_log(ada, contract)
        await track(ada, strange, WEDNESDAY, WEDNESDAY + TEN)
        await track(ada, plain, WEDNESDAY + 2 * TEN)
        yield House(server, ada, strange, plain, clock, mended)


@pytest.mark.parametrize("name", STRANGERS)
async def test_a_policy_that_fails_bills_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    body, why = STRANGERS[name]
    (tmp_path / "plugin").mkdir()
    async with a_house(tmp_path, monkeypatch, body) as house:
        client = house.ada.client
        week = await client.week(house.strange, DAY)
        assert week.policy_error.startswith("policy failed: strange: ")
        assert why in week.policy_error
        assert (week.amount, week.lines, week.totals.billable) == (0, (), 0)
        day = await client.day(house.strange, DAY)
        assert [segment.status for segment in day.segments] == ["policy_error"] * 2
        assert day.amount == 0
        sheet = await client.timesheet(house.strange, DAY)
        assert (sheet.amount, sheet.policy_error) == (0, week.policy_error)
        text = await client.timesheet_file(house.strange, DAY, "text")
        assert b"policy failed" in text
        (listed,) = [c for c in await client.contracts() if c.id == house.strange]
        assert listed.week_error == week.policy_error
        found = await client.search(house.strange, DAY, DAY)
        assert (found.policy_error, len(found.hits)) == (week.policy_error, 2)
        assert found.totals == api.FoundTotals(segments=2, minutes=0, billable=0)
        assert (await client.calendar(house.strange, DAY)).policy_error == week.policy_error
        plain = await client.week(house.plain, DAY)
        assert (plain.policy_error, plain.amount) == ("", 500)


@pytest.mark.parametrize("name", ["loops", "sleeps", "stops itself"])
async def test_uploads_go_on_while_policies_stall_for_every_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "plugin").mkdir()
    async with a_house(tmp_path, monkeypatch, STRANGERS[name][0]) as house:
        weeks = [timedelta(weeks=number) for number in range(3)]
        last = WEDNESDAY + int(weeks[-1].total_seconds())
        house.clock.now = last + 3600.0
        for week in weeks[1:]:
            await track(house.ada, house.strange, WEDNESDAY + int(week.total_seconds()))
        reading = [
            asyncio.create_task(house.ada.client.week(house.strange, DAY + week)) for week in weeks
        ]
        while not policy_processes():
            await asyncio.sleep(0.01)
        for number in range(3, 9):
            began = time.monotonic()
            await track(house.ada, house.plain, last - number * TEN)
            assert time.monotonic() - began < LIMIT_SECONDS / 2
        assert not all(task.done() for task in reading), "the stall was over before the uploads"
        for found in await asyncio.gather(*reading):
            assert "no answer" in found.policy_error
        assert (await house.ada.client.week(house.plain, DAY + weeks[-1])).amount == 6 * 500


async def test_a_deletion_and_a_stall_together_hold_up_no_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write-ahead log is emptied after a deletion, while a stalled judge still reads it."""
    (tmp_path / "plugin").mkdir()
    async with a_house(tmp_path, monkeypatch, "while True: pass") as house:
        reading = asyncio.create_task(house.ada.client.week(house.strange, DAY))
        while not policy_processes():
            await asyncio.sleep(0.01)
        gone = DeletedBody(segments=(WEDNESDAY + 2 * TEN,))
        await write(house.ada, house.plain, EntryKind.SEGMENT_DELETED, gone)
        began = time.monotonic()
        for number in range(3, 6):
            await track(house.ada, house.plain, WEDNESDAY - number * TEN)
        assert time.monotonic() - began < LIMIT_SECONDS
        assert not reading.done()
        await reading


async def test_a_policy_that_talks_is_judged_by_its_verdicts_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    talk = "print('x' * 999); os.write(1, b'y' * 999); sys.__stdout__.flush(); "
    async with a_house(tmp_path, monkeypatch, f"{talk} return right(terms, week)") as house:
        assert (await house.ada.client.week(house.strange, DAY)).amount == 1000
        assert (await house.ada.client.week(house.plain, DAY)).amount == 500


async def test_no_contract_is_billed_from_what_was_said_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    forged = "os.fork(); return [Verdict(s.start, 'auto', 7, 7, 'forged') for s in week]"
    async with (
        a_house(tmp_path, monkeypatch, forged) as house,
        a_freelancer(house.server, "Eve") as eve,
    ):
        same = await open_contract(house.server, eve.person)
        await enter_log(eve, same)
        await track(eve, same, WEDNESDAY, WEDNESDAY + TEN)
        await house.ada.client.week(house.strange, DAY)
        await asyncio.sleep(0.3)  # for the second reply, which nobody asked for
        week = await eve.client.week(same, DAY)
        assert week.policy_error or week.amount == 1000
        assert (week.amount, week.totals.billable) in ((1000, 20), (0, 0))


@pytest.mark.parametrize("name", STRANGERS)
async def test_a_week_is_frozen_by_itself_once_its_policy_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "plugin").mkdir()
    async with a_house(tmp_path, monkeypatch, STRANGERS[name][0]) as house:
        diary = house.server.app[DIARY]
        house.clock.now = float(LOCK)
        assert await close_due(diary), "one week cannot be closed"
        locked = await house.ada.client.week(house.strange, DAY)
        assert (locked.state, locked.amount) == ("locked", 0)
        sheet = await house.ada.client.timesheet(house.strange, DAY)
        assert (sheet.state, sheet.amount) == ("locked", 0)
        assert sheet.policy_error.startswith("policy failed: strange: ")
        assert (await house.ada.client.week(house.plain, DAY)).state == "closed"
    (tmp_path / "mended").touch()
    async with running_server(tmp_path / "diary", Clock(LOCK + 60)) as server:
        async with asyncio.timeout(20):
            while (await server.owner.week(house.strange, DAY)).state != "closed":
                await asyncio.sleep(0.05)
        closed = await server.owner.week(house.strange, DAY)
        assert (closed.amount, closed.policy_error) == (1000, "")


async def test_a_closed_week_needs_its_policy_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    async with a_house(tmp_path, monkeypatch, "raise ValueError('gone')") as house:
        house.mended.touch()
        house.clock.now = float(LOCK)
        assert not await close_due(house.server.app[DIARY])
        before = await house.ada.client.timesheet_file(house.strange, DAY, "pdf")
        house.mended.unlink()
        week = await house.ada.client.week(house.strange, DAY)
        assert (week.amount, week.policy_error) == (1000, "")
        assert await house.ada.client.timesheet_file(house.strange, DAY, "pdf") == before


async def test_a_policy_cannot_be_chosen_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    async with a_house(tmp_path, monkeypatch, "return []") as house:
        with pytest.raises(InvalidError, match="daily_cap"):
            await open_contract(
                house.server,
                house.ada.person,
                policy="tracked_minutes",
                policy_options={"daily_cap": "much"},
            )


async def test_no_process_outlives_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    async with a_house(tmp_path, monkeypatch, "while True: pass") as house:
        await house.ada.client.week(house.plain, DAY)
        assert policy_processes()
        await house.ada.client.week(house.strange, DAY)
        await house.ada.client.week(house.plain, DAY)
        assert len(policy_processes()) <= 1
    assert not policy_processes()


@pytest.mark.parametrize("then", ["raise ValueError('x')", "time.sleep(600)", "os._exit(3)"])
async def test_no_process_of_a_policys_own_outlives_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    (tmp_path / "plugin").mkdir()
    mark = f"import time; time.sleep(600)  # {tmp_path.name}"
    body = f"import subprocess; subprocess.Popen([sys.executable, '-c', {mark!r}]); {then}"

    def left() -> list[psutil.Process]:
        return [p for p in psutil.process_iter(["cmdline"]) if mark in (p.info["cmdline"] or ())]

    async with a_house(tmp_path, monkeypatch, body) as house:
        await house.ada.client.week(house.strange, DAY)
        await house.ada.client.week(house.plain, DAY)
    deadline = time.monotonic() + 5
    while left():
        assert time.monotonic() < deadline, left()
        await asyncio.sleep(0.05)


def policy_processes() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [child for child in found if "workdiary_server.policies.child" in child.cmdline()]
