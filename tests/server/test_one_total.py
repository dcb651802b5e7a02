"""One total everywhere: week, days, timesheet in every format, ranges, payroll, contract lists."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from billkit import MONDAY, Clock, the_owner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import require_program
from serverkit import (
    Device,
    RunningServer,
    Signed,
    a_device,
    a_person,
    enter_log,
    open_contract,
    running_server,
    send,
    sign,
    tracked_entry,
)
from workdiary import api
from workdiary.bodies import AdjustmentBody, ChangeBody, DeletedBody, ManualBody, MemoBody
from workdiary.entries import EntryKind
from workdiary.money import minor_units
from workdiary.segments import epoch, from_epoch
from workdiary_server.diary.closing import close_due
from workdiary_server.http.keys import DIARY

WEEK = 7 * 86_400
LOCK = MONDAY + WEEK + 12 * 3600
SLOTS = (0, 1, 2, 3, 143, 144, 145, 300, 575, 576, 1000, 1006, 1007)
"""Slots of a week at its beginning, around midnights and at its end."""


@dataclass(frozen=True, slots=True)
class Work:
    """One tracked segment of a plan; ``elsewhere`` is on another contract of the freelancer."""

    slot: int
    mask: int
    sampled: bool
    late: bool
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens in a week, and to its terms."""

    tracked: list[Work]
    manual: list[int]
    deleted: list[int]
    limit: int | None
    raised: int | None
    rate: int
    new_rate: int | None
    policy: str
    cap: int | None
    accept: bool
    split: int

    def work(self, late: bool) -> list[Work]:
        return [one for one in self.tracked if one.late is late]


SELDOM = st.integers(0, 5).map(lambda n: n == 0)
works = st.builds(
    Work,
    slot=st.sampled_from(SLOTS),
    mask=st.integers(1, 1023),
    sampled=st.booleans(),
    late=SELDOM,
    elsewhere=SELDOM,
)
plans = st.builds(
    Plan,
    tracked=st.lists(works, max_size=9, unique_by=lambda one: one.slot),
    manual=st.lists(st.sampled_from(SLOTS), max_size=3, unique=True),
    deleted=st.lists(st.sampled_from(SLOTS), max_size=2, unique=True),
    limit=st.sampled_from((None, 0, 10, 25, 40, 60, 600)),
    raised=st.sampled_from((None, 30, 50)),
    rate=st.sampled_from((3000, 3333, 4999, 1)),
    new_rate=st.sampled_from((None, 3339, 7001)),
    policy=st.sampled_from(("weekly_limit", "tracked_minutes")),
    cap=st.sampled_from((None, 10, 20)),
    accept=st.booleans(),
    split=st.integers(0, 6),
)


@dataclass(slots=True)
class House:
    """One server for all examples; each has people and contracts of its own."""

    server: RunningServer
    clock: Clock
    stack: AsyncExitStack

    async def device(self, name: str, scope: str) -> Device:
        person = await a_person(self.server, name)
        return await self.stack.enter_async_context(a_device(self.server, person, scope=scope))


@pytest.mark.parametrize(
    "examples", [40, pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
def test_every_total_of_a_week_is_the_same_integer(examples: int) -> None:
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
        def check(plan: Plan) -> None:
            runner.run(compare(House(server, clock, AsyncExitStack()), plan))

        check()
        runner.run(stack.aclose())


async def compare(house: House, plan: Plan) -> None:
    async with house.stack:
        ada, grace = await house.device("Ada", "tracker"), await house.device("Grace", "review")
        house.clock.now = float(MONDAY)
        own = await live(house, ada, grace, plan)
        await check_totals(house, grace, own, plan)
        house.clock.now = float(LOCK)
        assert not await close_due(house.server.app[DIARY])
        frozen = await check_totals(house, grace, own, plan)
        await arrive_late(house, ada, own, plan)
        if plan.accept:
            await accept(grace, own)
        await check_after_the_lock(grace, own, frozen, plan)


async def live(house: House, ada: Device, grace: Device, plan: Plan) -> str:
    """A week as the plan has it, received as it was worked."""
    cap = plan.cap if plan.policy == "tracked_minutes" else None
    own = await open_contract(
        house.server,
        ada.person,
        [grace.person],
        rate=plan.rate,
        weekly_limit=plan.limit,
        policy=plan.policy,
        policy_options={} if cap is None else {"daily_cap": cap},
    )
    other = await open_contract(house.server, ada.person, [grace.person])
    for contract in (own, other):
        await enter_log(ada, contract)
    await enter_log(grace, own)
    if plan.new_rate is not None:
        house.clock.now = MONDAY + 86_400.0
        await change_rate(house, own, plan.new_rate)
    house.clock.now = LOCK - 3600.0
    for one in plan.work(late=False):
        contract = other if one.elsewhere else own
        await send(ada, contract, an_entry(ada, contract, one))
    taken = {one.slot for one in plan.work(late=False)}
    free = [slot for slot in plan.manual if slot not in taken]
    if free:
        body = ManualBody(segments=starts(free), memo="by hand", reason="away")
        await send(ada, own, sign(ada, own, EntryKind.SEGMENT_MANUAL, body))
    here = {one.slot for one in plan.work(late=False) if not one.elsewhere}
    gone = [slot for slot in plan.deleted if slot in here | set(free)]
    if here:
        body_of_memo = MemoBody(segments=starts(here), memo="mended")
        await send(ada, own, sign(ada, own, EntryKind.MEMO_EDITED, body_of_memo))
    if gone:
        deleted = DeletedBody(segments=starts(gone))
        await send(ada, own, sign(ada, own, EntryKind.SEGMENT_DELETED, deleted))
    if plan.raised is not None:
        house.clock.now = MONDAY + WEEK - 1.0
        body_of_limit = ChangeBody(since=MONDAY + WEEK - 1, weekly_limit=plan.raised)
        await send(grace, own, sign(grace, own, EntryKind.CONTRACT_CHANGED, body_of_limit))
    house.clock.now = LOCK - 1.0
    return own


async def change_rate(house: House, contract: str, rate: int) -> None:
    owner = await the_owner(house.server)
    body = ChangeBody(since=int(house.clock.now), rate=rate)
    await owner.write(contract, EntryKind.CONTRACT_CHANGED, body)


def an_entry(device: Device, contract: str, one: Work) -> Signed:
    start = MONDAY + one.slot * 600
    return tracked_entry(device, contract, start, mask=one.mask, sampled=one.sampled)


def starts(slots: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(MONDAY + slot * 600 for slot in slots))


async def arrive_late(house: House, ada: Device, own: str, plan: Plan) -> None:
    for one in plan.work(late=True):
        if not one.elsewhere:
            await send(ada, own, an_entry(ada, own, one))


async def accept(grace: Device, own: str) -> None:
    offered = await grace.client.supplement(own, from_epoch(MONDAY).date())
    if offered.pending:
        rows = tuple((epoch(s.start), s.status, s.minutes, s.billable) for s in offered.pending)
        body = AdjustmentBody(
            week=MONDAY, verdicts=rows, amount=offered.offered, currency=offered.currency
        )
        await send(grace, own, sign(grace, own, EntryKind.ADJUSTMENT_ACCEPTED, body))


async def check_totals(house: House, grace: Device, own: str, plan: Plan) -> api.Timesheet:
    """Before anything is late: the timesheet, frozen or not, is the week."""
    client, monday = grace.client, from_epoch(MONDAY).date()
    week = await client.week(own, monday)
    sheet = await client.timesheet(own, monday)
    assert (sheet.totals, sheet.amount, sheet.lines) == (week.totals, week.amount, week.lines)
    assert (sheet.days, sheet.limit, sheet.deleted) == (week.days, week.limit, week.deleted)
    assert csv_totals(await client.timesheet_file(own, monday, "csv")) == of_week(week)
    text = (await client.timesheet_file(own, monday, "text")).decode()
    assert text_totals(text, week.currency) == of_week(week)
    await check_days(grace, own, week, plan)
    return sheet


async def check_after_the_lock(grace: Device, own: str, frozen: api.Timesheet, plan: Plan) -> None:
    client, monday = grace.client, from_epoch(MONDAY).date()
    week = await client.week(own, monday)
    supplement = await client.supplement(own, monday)
    assert await client.timesheet(own, monday) == frozen
    assert week.amount == frozen.amount + supplement.amount == supplement.total
    await check_days(grace, own, week, plan)


async def check_days(grace: Device, own: str, week: api.Week, plan: Plan) -> None:
    """The days of the API, and any split of the range, add up to the week."""
    client, monday = grace.client, from_epoch(MONDAY).date()
    shown = [await client.day(own, monday + timedelta(days=n)) for n in range(7)]
    for day, told in zip(shown, week.days, strict=True):
        assert (day.totals, day.amount) == (told.totals, told.amount)
        assert day.totals.billable == sum(segment.billable for segment in day.segments)
    assert sum(day.amount for day in shown) == week.amount
    assert sum(line.amount for line in week.lines) == week.amount
    assert sum(line.minutes for line in week.lines) == week.totals.billable
    split = monday + timedelta(days=plan.split)
    sunday = monday + timedelta(days=6)
    whole = await client.range_timesheet(own, monday, sunday)
    assert (whole.totals, whole.amount) == (week.totals, week.amount)
    parts = [await client.range_timesheet(own, monday, split)]
    if split < sunday:
        parts.append(await client.range_timesheet(own, split + timedelta(days=1), sunday))
    for name in ("tracked", "billable"):
        assert sum(getattr(p.totals, name) for p in parts) == getattr(week.totals, name)
    assert sum(part.amount for part in parts) == week.amount
    paid = {sheet.contract: sheet for sheet in (await client.payroll(monday, sunday)).contracts}
    assert paid[own] == whole
    listed = await client.contract(own)
    this_week = await client.week(own, week.start.date())
    assert this_week.totals == week.totals
    assert listed.currency == week.currency


def of_week(week: api.Week) -> tuple[int, int, int]:
    return week.totals.tracked, week.totals.billable, week.amount


def csv_totals(content: bytes) -> tuple[int, int, int]:
    rows = list(csv.DictReader(io.StringIO(content.decode())))

    def total(column: str) -> int:
        return sum(int(row[column] or 0) for row in rows)

    return total("minutes"), total("billable_minutes"), total("amount_minor")


def text_totals(text: str, currency: str) -> tuple[int, int, int]:
    def minutes(name: str) -> int:
        hours = re.search(rf"^{name} +(\d+):(\d\d)$", text, re.M)
        assert hours, text
        return int(hours[1]) * 60 + int(hours[2])

    money = re.search(rf"^AMOUNT DUE: ([\d,.]+) {currency}", text, re.M)
    assert money, text
    return minutes("tracked"), minutes("billed"), minor_units(money[1].replace(",", ""), currency)


async def test_the_tracker_and_the_printed_page_show_the_same_integers(tmp_path: Path) -> None:
    program = require_program("pdftotext", "apt-get install poppler-utils")
    clock = Clock(MONDAY)
    async with running_server(tmp_path, clock) as server:
        house = House(server, clock, AsyncExitStack())
        async with house.stack:
            ada, grace = await house.device("Ada", "tracker"), await house.device("Grace", "review")
            own = await open_contract(server, ada.person, [grace.person], rate=3333)
            await enter_log(ada, own)
            clock.now = MONDAY + 5 * 86_400.0
            for slot in SLOTS[:9]:
                await send(ada, own, tracked_entry(ada, own, MONDAY + slot * 600))
            monday: date = from_epoch(MONDAY).date()
            week = await ada.client.week(own, monday)
            listed = await ada.client.contract(own)  # what the tracker and the TUI's list show
            assert listed.week == week.totals
            pdf = tmp_path / "sheet.pdf"
            pdf.write_bytes(await grace.client.timesheet_file(own, monday, "pdf"))
            done = subprocess.run(
                [program, "-layout", str(pdf), "-"], check=True, capture_output=True, text=True
            )
            (shown,) = re.findall(r"Amount due +([\d,.]+) USD", done.stdout)
            assert minor_units(shown, "USD") == week.amount
            hours = re.search(r"^ *billed +(\d+):(\d\d)$", done.stdout, re.M)
            assert hours
            assert int(hours[1]) * 60 + int(hours[2]) == week.totals.billable
