"""Bills from a real server: the same in every format, by API and by command."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import date
from pathlib import Path

import msgspec
import pytest
from serverkit import (
    RunningServer,
    a_freelancer,
    enter_log,
    open_contract,
    run_workdiary,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.credentials import ADDRESS
from workdiary.errors import NotFoundError
from workdiary.segments import from_epoch

MONDAY = 1_760_313_600
"""2025-10-13T00:00:00Z."""
DAY = date(2025, 10, 13)
HOUR = 3600


class Clock:
    """A time that goes on only when it is told to."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> float:
        return float(self.now)


async def worked(server: RunningServer, clock: Clock) -> str:
    """A contract with 20 minutes on Monday and 10 on Tuesday, at 45.00 an hour."""
    async with a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person, rate=4500, name="acme/website")
        clock.now += 60
        await enter_log(ada, contract)
        for start in (MONDAY + 8 * HOUR, MONDAY + 9 * HOUR, MONDAY + 32 * HOUR):
            clock.now = start + 660
            await send(ada, contract, tracked_entry(ada, contract, start))
    return contract


async def test_every_format_of_a_week_says_the_same(tmp_path: Path) -> None:
    clock = Clock(MONDAY)
    async with running_server(tmp_path, clock) as server:
        contract = await worked(server, clock)
        sheet = await server.owner.timesheet(contract, DAY)
        assert (sheet.totals.tracked, sheet.amount, sheet.state) == (30, 2250, "open")
        text = (await server.owner.timesheet_file(contract, DAY, "text")).decode()
        assert "0h30 x 45.00 USD = 22.50 USD" in text
        content = (await server.owner.timesheet_file(contract, DAY, "csv")).decode()
        rows = csv.DictReader(io.StringIO(content, newline=""))
        assert sum(int(row["amount_minor"] or 0) for row in rows) == sheet.amount
        assert (await server.owner.timesheet_file(contract, DAY, "pdf")).startswith(b"%PDF")
        whole = await server.owner.range_timesheet(contract, DAY, date(2025, 10, 19))
        assert (whole.totals, whole.amount) == (sheet.totals, sheet.amount)


async def test_a_closed_week_keeps_its_bytes(tmp_path: Path) -> None:
    clock = Clock(MONDAY)
    async with running_server(tmp_path, clock) as server:
        contract = await worked(server, clock)
        clock.now = MONDAY + 7 * 24 * HOUR + 13 * HOUR
        first = [
            await server.owner.timesheet_file(contract, DAY, form) for form in api.TIMESHEET_FORMATS
        ]
        clock.now += 90 * 24 * HOUR
        again = [
            await server.owner.timesheet_file(contract, DAY, form) for form in api.TIMESHEET_FORMATS
        ]
        assert first == again
        assert b"CLOSED" in first[0]


async def test_commands_print_what_the_server_has(tmp_path: Path) -> None:
    clock = Clock(MONDAY)
    async with running_server(tmp_path, clock) as server:
        contract = await worked(server, clock)
        (tmp_path / ADDRESS).write_text(server.url)
        as_owner = ("--folder", str(tmp_path))
        words = ["timesheet", "acme/website", "2025-W42", *as_owner]
        done = await asyncio.to_thread(run_workdiary, tmp_path, *words)
        wanted = await server.owner.timesheet_file(contract, DAY, "text")
        assert (done.returncode, done.stderr, done.stdout) == (0, "", wanted.decode())

        words = ["explain", "acme/website/2025-10-13T09:05", *as_owner]
        done = await asyncio.to_thread(run_workdiary, tmp_path, *words)
        told = await server.owner.explanation(contract, from_epoch(MONDAY + 9 * HOUR))
        assert (done.returncode, " ".join(done.stdout.split())) == (0, told.text)
        assert "7.50 USD" in told.text


async def test_a_payroll_is_of_the_contracts_named(tmp_path: Path) -> None:
    clock = Clock(MONDAY)
    async with running_server(tmp_path, clock) as server:
        contract = await worked(server, clock)
        other = await worked(server, Clock(clock.now))
        last = date(2025, 10, 19)
        every = await server.owner.payroll(DAY, last)
        assert {part.contract for part in every.contracts} == {contract, other}
        content = await server.owner.payroll_file(DAY, last, "json", [contract])
        one = msgspec.json.decode(content, type=api.Payroll)
        assert [part.contract for part in one.contracts] == [contract]
        assert one.amounts == {"USD": 2250}
        with pytest.raises(NotFoundError):
            await server.owner.payroll_file(DAY, last, "json", ["0" * 32])
