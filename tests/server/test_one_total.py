"""One total everywhere: week, days, timesheet in every format, ranges, payroll, contract lists."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import subprocess
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from billkit import MONDAY, Clock
from hypothesis import HealthCheck, example, given, settings
from needs import require_program
from serverkit import RunningServer, running_server, send, sign
from totalkit import OTHER_LIMIT, WEEK, House, Life, Plan, Work, begin, by_the_rules, plans
from workdiary import api
from workdiary.bodies import AdjustmentBody
from workdiary.client import DiaryClient
from workdiary.entries import EntryKind
from workdiary.money import minor_units
from workdiary.segments import epoch, from_epoch
from workdiary_server.diary.closing import close_due
from workdiary_server.http.keys import DIARY

LOCK = MONDAY + WEEK + 12 * 3600
FIRST = from_epoch(MONDAY).date()
FORTNIGHT = FIRST + timedelta(days=13)
EVERYTHING = Plan(
    tracked=[
        *(Work(week, slot, 0, 0, 1023, True, False) for week in (0, 1) for slot in (0, 1, 2, 143)),
        *(Work(week, slot, 1, 1, 127, slot != 3, False) for week in (0, 1) for slot in (1, 3, 144)),
        *(Work(0, slot, 1, 0, 1023, True, False) for slot in (300, 575, 576, 1000)),
        Work(0, 145, 0, 0, 7, True, True),
        Work(1, 145, 1, 0, 1023, True, True),
    ],
    manual=[300, 1006],
    deleted=[0],
    limit=600,
    new_limit=50,
    rate=3333,
    new_rate=7001,
    policy="tracked_minutes",
    cap=20,
    accept=True,
    cuts=[1, 6, 7, 13],
)
Totals = tuple[int, int, int]
"""Counted minutes, billed minutes, and money in minor units."""


@pytest.mark.parametrize(
    "examples", [30, pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(7200)])]
)
def test_every_total_is_the_same_integer(examples: int) -> None:
    seen: Counter[str] = Counter()
    with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as folder:
        stack = AsyncExitStack()
        clock = Clock(MONDAY)
        server = runner.run(stack.enter_async_context(running_server(Path(folder), clock)))

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(plans)
        @example(EVERYTHING)
        def check(plan: Plan) -> None:
            runner.run(compare(server, clock, plan, seen))

        check()
        runner.run(stack.aclose())
    rare = {"overlap", "over_limit", "partial", "manual", "over_daily_cap", "late", "accepted"}
    assert rare <= set(seen), f"the examples had no {rare - set(seen)}"


async def compare(server: RunningServer, clock: Clock, plan: Plan, seen: Counter[str]) -> None:
    async with AsyncExitStack() as stack:
        life = await begin(House(server, clock, stack), plan)
        for number in (0, 1):
            await life.a_week(number)
            before = [await check_open(life, number, at) for at in (0, 1)]
            clock.now = float(LOCK + number * WEEK)
            assert not await close_due(server.app[DIARY])
            frozen = [await check_frozen(life, number, at) for at in (0, 1)]
            assert [of_sheet(sheet) for sheet in frozen] == before
            await life.work(number, late=True)
            for at, contract in enumerate(life.contracts):
                if plan.accept:
                    await accept(life, contract, number, seen)
                seen += await check_after(life, number, at, frozen[at])
        for contract in life.contracts:
            await check_range(life, contract)
        await check_payroll(life)


async def accept(life: Life, contract: str, number: int, seen: Counter[str]) -> None:
    offered = await life.grace.client.supplement(contract, monday_of(number))
    if offered.pending:
        rows = tuple((epoch(s.start), s.status, s.minutes, s.billable) for s in offered.pending)
        body = AdjustmentBody(
            week=MONDAY + number * WEEK,
            verdicts=rows,
            amount=offered.offered,
            currency=offered.currency,
        )
        signed = sign(life.grace, contract, EntryKind.ADJUSTMENT_ACCEPTED, body)
        await send(life.grace, contract, signed)
        after = await life.grace.client.supplement(contract, monday_of(number))
        assert after.amount == offered.amount + offered.offered
        seen["accepted"] += 1


async def check_open(life: Life, number: int, at: int) -> Totals:
    """On the week's Sunday: what the tracker and every list show is what the rules say."""
    client, contract = life.machines[0].client, life.contracts[at]
    week = await check_week(life, number, at)
    expected = by_the_rules(life, number, at)
    assert week.totals.by_status == expected.by_status
    assert (week.totals.billable, week.amount) == (expected.billable, expected.amount)
    assert week.limit == (OTHER_LIMIT if at else life.plan.limit_of(number))
    (listed,) = [one for one in await client.contracts() if one.id == contract]
    alone = await client.contract(contract)
    assert listed.week == alone.week == week.totals
    assert listed.today == alone.today == week.days[-1].totals
    sheet = await check_sheet(client, contract, week)
    assert sheet.state == "open"
    return of_sheet(sheet)


async def check_frozen(life: Life, number: int, at: int) -> api.Timesheet:
    week = await check_week(life, number, at)
    sheet = await check_sheet(life.grace.client, life.contracts[at], week)
    assert sheet.state == ("closed" if week.totals.tracked or sheet.deleted else sheet.state)
    return sheet


async def check_after(life: Life, number: int, at: int, frozen: api.Timesheet) -> Counter[str]:
    """Frozen timesheet and supplement, in every format, add up to the week."""
    client, contract, monday = life.grace.client, life.contracts[at], monday_of(number)
    week = await check_week(life, number, at)
    if frozen.state == "closed":
        assert await client.timesheet(contract, monday) == frozen
    else:
        frozen = await client.timesheet(contract, monday)
    one = await client.supplement(contract, monday)
    assert week.amount == frozen.amount + one.amount == one.total
    assert week.pending == sum(segment.minutes for segment in one.pending)
    rows = rows_of(await client.supplement_file(contract, monday, "csv"))
    assert summed(rows, "frozen", "total_minor") == frozen.amount
    assert summed(rows, "offer", "offered_minor") == one.offered
    assert summed(rows, "accepted", "amount_minor") == one.amount
    assert summed(rows, "pending", "billable_minutes") == sum(s.billable for s in one.pending)
    text = (await client.supplement_file(contract, monday, "text")).decode()
    assert money_at("at the lock +", text) == frozen.amount
    assert money_at("accepted later +", text) == one.amount
    assert money_at("AMOUNT DUE WITH IT: ", text) == one.total
    return Counter(week.totals.by_status)


async def check_week(life: Life, number: int, at: int) -> api.Week:
    """The days of the API, their segments, and the lines add up to the week."""
    client, contract, monday = life.grace.client, life.contracts[at], monday_of(number)
    week = await client.week(contract, monday)
    days = [await client.day(contract, monday + timedelta(days=n)) for n in range(7)]
    assert len(week.days) == 7
    for day, told in zip(days, week.days, strict=True):
        assert (day.totals, day.amount) == (told.totals, told.amount)
        assert day.totals.billable == sum(segment.billable for segment in day.segments)
        assert sum(day.totals.by_status.values()) == day.totals.tracked
    segments = [segment for day in days for segment in day.segments]
    reasons = [await client.explanation(contract, segment.start) for segment in segments]
    assert [(r.status, r.billable) for r in reasons] == [(s.status, s.billable) for s in segments]
    totals = [day.totals for day in days]
    assert sum(one.tracked for one in totals) == week.totals.tracked
    assert sum(reason.minutes for reason in reasons) == week.totals.tracked
    for found in (totals, segments, reasons):
        assert sum(one.billable for one in found) == week.totals.billable
    assert sum((Counter(one.by_status) for one in totals), Counter()) == week.totals.by_status
    for paid in (days, reasons, week.lines):
        assert sum(one.amount for one in paid) == week.amount
    assert sum(line.minutes for line in week.lines) == week.totals.billable
    return week


async def check_sheet(client: DiaryClient, contract: str, week: api.Week) -> api.Timesheet:
    """Before anything is late: the timesheet, frozen or not and in every format, is the week."""
    monday = week.start.date()
    sheet = await client.timesheet(contract, monday)
    assert (sheet.totals, sheet.amount, sheet.lines) == (week.totals, week.amount, week.lines)
    assert (sheet.days, sheet.limit, sheet.deleted) == (week.days, week.limit, week.deleted)
    rows = rows_of(await client.timesheet_file(contract, monday, "csv"))
    assert of_rows(rows) == of_sheet(sheet)
    assert summed(rows, "line", "line_minutes") == sheet.totals.billable
    text = (await client.timesheet_file(contract, monday, "text")).decode()
    assert of_text(text, "AMOUNT DUE: ") == of_sheet(sheet)
    assert duration_at("tracked", text) == sheet.totals.tracked
    assert duration_at("billed", text) == sheet.totals.billable
    return sheet


async def check_range(life: Life, contract: str) -> None:
    """A fortnight, and any pieces that it is cut into, hold the same minutes and money."""
    client = life.grace.client
    weeks = [await client.week(contract, monday_of(number)) for number in (0, 1)]
    expected = (
        sum(week.totals.tracked for week in weeks),
        sum(week.totals.billable for week in weeks),
        sum(week.amount for week in weeks),
    )
    whole = await client.range_timesheet(contract, FIRST, FORTNIGHT)
    assert of_range(whole) == expected
    assert of_rows(rows_of(await client.range_file(contract, FIRST, FORTNIGHT, "csv"))) == expected
    text = (await client.range_file(contract, FIRST, FORTNIGHT, "text")).decode()
    assert of_text(text, "AMOUNT: ") == expected
    edges = [0, *life.plan.cuts, 14]
    pieces = [
        await client.range_timesheet(
            contract, FIRST + timedelta(days=begins), FIRST + timedelta(days=ends - 1)
        )
        for begins, ends in pairwise(edges)
    ]
    assert tuple(map(sum, zip(*map(of_range, pieces), strict=True))) == expected
    assert tuple(day for piece in pieces for day in piece.days) == whole.days
    for name in ("pending", "adjusted"):
        assert sum(getattr(piece, name) for piece in pieces) == getattr(whole, name)
    by_status = sum((Counter(piece.totals.by_status) for piece in pieces), Counter[str]())
    assert by_status == whole.totals.by_status


async def check_payroll(life: Life) -> None:
    client = life.grace.client
    payroll = await client.payroll(FIRST, FORTNIGHT)
    assert {sheet.contract for sheet in payroll.contracts} == set(life.contracts)
    for sheet in payroll.contracts:
        assert sheet == await client.range_timesheet(sheet.contract, FIRST, FORTNIGHT)
    total = sum(sheet.amount for sheet in payroll.contracts)
    assert payroll.amounts == {"USD": total}
    rows = rows_of(await client.payroll_file(FIRST, FORTNIGHT, "csv"))
    for sheet in payroll.contracts:
        mine = [row for row in rows if row["contract"] == sheet.contract]
        assert of_rows(mine) == of_range(sheet)
    text = (await client.payroll_file(FIRST, FORTNIGHT, "text")).decode()
    assert money_at("SUM IN USD: ", text) == total


def monday_of(number: int) -> date:
    return FIRST + timedelta(weeks=number)


def of_sheet(sheet: api.Timesheet) -> Totals:
    return sheet.totals.tracked, sheet.totals.billable, sheet.amount


def of_range(sheet: api.RangeTimesheet) -> Totals:
    return sheet.totals.tracked, sheet.totals.billable, sheet.amount


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def summed(rows: list[dict[str, str]], record: str, column: str) -> int:
    return sum(int(row[column] or 0) for row in rows if row["record"] == record)


def of_rows(rows: list[dict[str, str]]) -> Totals:
    return (
        summed(rows, "status", "minutes"),
        summed(rows, "day", "billable_minutes"),
        summed(rows, "day", "amount_minor"),
    )


def of_text(text: str, amount: str) -> Totals:
    """The last three columns of the table's total, and the amount below it."""
    found = re.search(r"^total .* +(\S+) +(\S+) +([\d,.]+)$", text, re.M)
    assert found, text
    assert minor_units(found[3].replace(",", ""), "USD") == money_at(amount, text)
    return minutes_in(found[1]), minutes_in(found[2]), money_at(amount, text)


def minutes_in(shown: str) -> int:
    hours, _, minutes = shown.replace(",", "").partition(":")
    return 0 if shown == "-" else 60 * int(hours) + int(minutes)


def duration_at(name: str, text: str) -> int:
    found = re.search(rf"^ *{name} +([\d,]+:\d\d)$", text, re.M)
    assert found, text
    return minutes_in(found[1])


def money_at(name: str, text: str) -> int:
    found = re.search(rf"^ *{name}([\d,.]+) USD", text, re.M)
    assert found, text
    return minor_units(found[1].replace(",", ""), "USD")


async def test_the_printed_pages_show_the_same_integers(tmp_path: Path) -> None:
    program = require_program("pdftotext", "apt-get install poppler-utils")
    tracked = [Work(week, slot, 0, 0, 1023, True, False) for week in (0, 1) for slot in range(9)]
    late = Work(0, 500, 0, 0, 1023, True, late=True)
    plan = Plan([*tracked, late], [20], [3], 600, None, 3333, 3339, "weekly_limit", None, True, [])

    async def printed(content: bytes) -> str:
        pdf = tmp_path / "paper.pdf"
        pdf.write_bytes(content)
        command = [program, "-layout", str(pdf), "-"]
        done = await asyncio.to_thread(
            subprocess.run, command, check=True, capture_output=True, text=True
        )
        return str(done.stdout)

    clock = Clock(MONDAY)
    async with running_server(tmp_path / "diary", clock) as server, AsyncExitStack() as stack:
        life = await begin(House(server, clock, stack), plan)
        client, own = life.grace.client, life.contracts[0]
        await life.a_week(0)
        clock.now = float(LOCK)
        await life.work(0, late=True)
        assert not await close_due(server.app[DIARY])
        await accept(life, own, 0, Counter())
        sheet = await client.timesheet(own, FIRST)
        text = await printed(await client.timesheet_file(own, FIRST, "pdf"))
        assert of_text(text, "Amount due +") == of_sheet(sheet)
        assert duration_at("billed", text) == sheet.totals.billable
        text = await printed(await client.supplement_file(own, FIRST, "pdf"))
        week = await client.week(own, FIRST)
        assert week.amount > sheet.amount
        assert money_at("Amount due with it +", text) == week.amount
        whole = await client.range_timesheet(own, FIRST, FORTNIGHT)
        text = await printed(await client.range_file(own, FIRST, FORTNIGHT, "pdf"))
        assert of_text(text, "Amount +") == of_range(whole)
        text = await printed(await client.payroll_file(FIRST, FORTNIGHT, "pdf"))
        payroll = await client.payroll(FIRST, FORTNIGHT)
        assert money_at("Sum in USD +", text) == payroll.amounts["USD"]
