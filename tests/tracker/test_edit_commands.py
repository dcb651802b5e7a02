"""The freelancer's commands as a person runs them: a process of their own, a real server."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from billkit import MONDAY, TEN, WEDNESDAY, Clock
from serverkit import (
    Device,
    a_device,
    a_person,
    a_picture,
    enter_log,
    open_contract,
    running_server,
    seeded,
    send,
    tracked_entry,
)
from spoolkit import STORAGE_KEY, Dice
from workdiary import api, credentials, forgetting
from workdiary.segments import from_epoch
from workdiary_tracker.session import SPOOL
from workdiary_tracker.spool import Spool

AT = "2026-09-30T09:00"
"""The first of three tracked segments: WEDNESDAY, in UTC."""
LOCK = MONDAY + 7 * 86_400 + 12 * 3600


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Machine:
    """Ada's machine, enrolled, with three segments in her diary; ``clock`` is the server's."""

    home: Path
    device: Device
    contract: str
    clock: Clock

    async def run(self, *words: str, typed: str | None = None) -> Ran:
        """Run ``workdiary``; with ``typed``, on a terminal at which somebody types that."""
        keyboard, terminal = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "workdiary.cli", *words),
            env=os.environ | {"WORKDIARY_HOME": str(self.home)},
            stdin=terminal if typed is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        os.write(keyboard, f"{typed}\n".encode())
        out, err = await asyncio.wait_for(process.communicate(), 30)
        os.close(keyboard)
        os.close(terminal)
        assert process.returncode is not None
        return Ran(process.returncode, out.decode(), err.decode())

    async def day(self) -> api.Day:
        return await self.device.client.day(self.contract, from_epoch(WEDNESDAY).date())

    async def memos(self) -> list[str]:
        return [segment.memo for segment in (await self.day()).segments]


@asynccontextmanager
async def a_machine(
    folder: Path, scope: str = "tracker", **terms: object
) -> AsyncIterator[Machine]:
    clock = Clock(WEDNESDAY + 12 * 3600)
    drawn = seeded(7)
    _, secret = drawn(16), drawn(32)  # as the machine below draws its id and its key
    async with running_server(folder / "diary", clock) as server:
        ada = await a_person(server, "Ada")
        contract = await open_contract(server, ada.id, (), os.urandom, **terms)
        async with a_device(server, ada, seeded(7)) as laptop:
            await enter_log(laptop, contract)
            for number in range(3):
                start = WEDNESDAY + number * TEN
                pictures = [a_picture(start, seed=number)]
                memo = f"task {number}"
                await send(
                    laptop,
                    contract,
                    tracked_entry(laptop, contract, start, memo=memo, pictures=pictures),
                )
            known = credentials.Credentials(
                server=server.url,
                token=laptop.token,
                scope=scope,
                person=ada.id,
                person_name="Ada",
                device=laptop.id,
                secret=secret.hex(),
                storage_key=STORAGE_KEY.hex(),
            )
            credentials.save(folder / "home", known)
            yield Machine(folder / "home", laptop, contract, clock)


async def test_a_memo_goes_to_a_range_and_says_where_in_both_times(tmp_path: Path) -> None:
    async with a_machine(tmp_path, zone="Asia/Manila") as ada:
        ran = await ada.run("memo", "roofing", "--at", AT, "--to", "2026-09-30T09:20")
        assert ran.code == 0, ran.err
        assert ran.out.splitlines() == [
            "2026-09-30 09:00 UTC (Wed 17:00 Asia/Manila)  roofing",
            "2026-09-30 09:10 UTC (Wed 17:10 Asia/Manila)  roofing",
        ]
        assert await ada.memos() == ["roofing", "roofing", "task 2"]


async def test_a_memo_goes_to_single_times_and_an_empty_one_clears(tmp_path: Path) -> None:
    async with a_machine(tmp_path) as ada:
        local = "2026-09-30T17:25+08:00"
        assert (await ada.run("memo", "roofing", "--at", AT, "--at", local)).code == 0
        assert await ada.memos() == ["roofing", "task 1", "roofing"]
        assert (await ada.run("memo", "", "--at", AT)).out.endswith("(no memo)\n")
        assert await ada.memos() == ["", "task 1", "roofing"]


async def test_a_time_without_a_segment_changes_nothing_of_the_others(tmp_path: Path) -> None:
    async with a_machine(tmp_path) as ada:
        ran = await ada.run("memo", "roofing", "--at", AT, "--at", "2026-09-30T11:00")
        assert (ran.code, ran.out) == (1, "")
        assert "there is no segment from 2026-09-30 11:00" in ran.err
        assert await ada.memos() == ["task 0", "task 1", "task 2"]


async def test_commands_work_while_a_tracker_holds_the_spool(tmp_path: Path) -> None:
    async with a_machine(tmp_path) as ada:
        spool = Spool(ada.home / SPOOL, STORAGE_KEY, Dice())
        try:
            assert (await ada.run("memo", "roofing", "--at", AT)).code == 0
        finally:
            spool.close()


async def test_manual_time_is_added_whole_and_shows_the_week(tmp_path: Path) -> None:
    async with a_machine(tmp_path, weekly_limit=50) as ada:
        words = ("--memo", "planning", "--reason", "on the phone")
        ran = await ada.run("manual", "2026-09-30T10:00", "2026-09-30T10:30", *words)
        assert ran.code == 0, ran.err
        assert ran.out.splitlines() == [
            "added 0:30 by hand, from 2026-09-30 10:00 UTC to 2026-09-30 10:30 UTC",
            "week  1:00 counted, 0:50 billed, limit 0:50; locks Mon 05 Oct 12:00 UTC",
        ]
        ran = await ada.run("manual", "2026-09-30T09:20", "2026-09-30T09:50", *words)
        assert ran.code == 1
        assert len(ran.err.splitlines()) == 1
        assert len((await ada.day()).segments) == 6


async def test_manual_time_off_the_marks_names_the_nearest_ones(tmp_path: Path) -> None:
    async with a_machine(tmp_path) as ada:
        words = ("--memo", "planning", "--reason", "on the phone")
        ran = await ada.run("manual", "2026-09-30T10:00", "2026-09-30T10:25", *words)
        assert ran.code == 1
        assert "10:25 is not on a mark; the nearest are 10:20 and 10:30" in ran.err
        ran = await ada.run("manual", "2026-09-30T10:00", "2026-09-30T09:50", *words)
        assert "2026-09-30 09:50 is not after 2026-09-30 10:00" in ran.err
        assert len((await ada.day()).segments) == 3


async def test_nothing_is_deleted_without_a_terminal_or_yes(tmp_path: Path) -> None:
    async with a_machine(tmp_path) as ada:
        ran = await ada.run("delete", AT)
        assert ran.code == 2
        assert "add --yes" in ran.err
        assert len((await ada.day()).segments) == 3


async def test_deleting_says_what_goes_and_what_stays(tmp_path: Path) -> None:
    async with a_machine(tmp_path) as ada:
        ran = await ada.run("delete", AT, "2026-09-30T09:20", "--yes")
        assert ran.code == 0, ran.err
        assert "2 segments (0:20), 2 pictures, 0:20 billed, 10.00 USD" in ran.err
        assert ran.out.startswith("deleted 2 segments, 0:20; what stays: that you deleted them")
        day = await ada.day()
        assert (len(day.segments), len(day.deleted)) == (1, 2)
        ((_, told),) = forgetting.noted(ada.home)
        assert told.starts == (WEDNESDAY, WEDNESDAY + TEN)


async def test_deleting_takes_the_typed_word_and_no_other(tmp_path: Path) -> None:
    async with a_machine(tmp_path) as ada:
        ran = await ada.run("delete", AT, typed="yes")
        assert ran.code == 130
        assert "nothing was deleted" in ran.err
        assert len((await ada.day()).segments) == 3
        ran = await ada.run("delete", AT, typed="delete")
        assert ran.code == 0, ran.err
        assert len((await ada.day()).segments) == 2


async def test_the_day_shows_what_others_see(tmp_path: Path) -> None:
    async with a_machine(tmp_path, weekly_limit=20, zone="Asia/Manila") as ada:
        await ada.run("delete", AT, "--yes")
        words = ("--memo", "planning", "--reason", "on the phone")
        await ada.run("manual", "2026-09-30T10:00", "2026-09-30T10:10", *words)
        ran = await ada.run("day", "2026-09-30")
        assert ran.code == 0, ran.err
        whose, title, day, *_, week, gone, first_set, first, second, _, third = ran.out.splitlines()
        assert whose == "Website, Ada"
        assert title == "day Wed 30 Sep 2026, times in Asia/Manila +08:00"
        assert day == "tracked 0h30, billable 0h20, 10.00 USD"
        assert week.endswith("limit 0h20, 10.00 USD, open, locks Mon 05 Oct 2026 12:00 UTC")
        assert gone.startswith("17:00 (09:00 UTC) deleted by Ada, 10 minutes, ")
        assert first_set.startswith("set 1, 17:10 (09:10 UTC) to 17:30 (09:30 UTC), 2 segments")
        assert first.startswith("17:10 (09:10 UTC) auto, 0 of 10 minutes active, 0 keys, ")
        assert second.endswith("1 picture, task 2")
        assert third == "18:00 (10:00 UTC) over_limit, added by hand: on the phone, planning"
        shown = await ada.run("day", "2026-09-30", "--json")
        served = await ada.device.client.day(
            ada.contract, from_epoch(WEDNESDAY).date(), "Asia/Manila"
        )
        assert msgspec.json.decode(shown.out, type=api.Day) == served


async def test_a_locked_week_refuses_in_one_line(tmp_path: Path) -> None:
    async with a_machine(tmp_path) as ada:
        ada.clock.now = LOCK
        for words in (
            ("memo", "late", "--at", AT),
            ("delete", AT, "--yes"),
            ("manual", "2026-09-30T10:00", "2026-09-30T10:10", "--memo", "m", "--reason", "r"),
        ):
            ran = await ada.run(*words)
            assert (ran.code, ran.out) == (1, ""), ran
            assert "is locked since Mon 05 Oct 12:00 UTC" in ran.err.splitlines()[-1]
        assert await ada.memos() == ["task 0", "task 1", "task 2"]


async def test_a_machine_that_may_only_read_is_told_what_to_do(tmp_path: Path) -> None:
    async with a_machine(tmp_path, scope="read") as ada:
        ran = await ada.run("memo", "mine", "--at", AT)
        assert ran.code == 2
        assert "ask the owner for an invite of scope tracker" in ran.err
