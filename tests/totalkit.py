"""Random weeks of two contracts and two machines, and what the rules' text makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from billkit import MONDAY, TEN, Clock, the_owner
from hypothesis import strategies as st
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_person,
    enter_log,
    open_contract,
    send,
    sign,
    tracked_entry,
)
from workdiary.bodies import ChangeBody, DeletedBody, ManualBody, MemoBody
from workdiary.entries import EntryKind

WEEK = 7 * 86_400
OTHER_RATE, OTHER_LIMIT = 4999, 30
SLOTS = (0, 1, 2, 3, 143, 144, 145, 300, 575, 576, 1000, 1006, 1007)
"""Slots of a week at its beginning, around midnights and at its end."""


@dataclass(frozen=True, slots=True)
class Work:
    """One tracked part: in which week and slot, by which of two machines, on which contract."""

    week: int
    slot: int
    contract: int
    machine: int
    mask: int
    sampled: bool
    late: bool

    @property
    def start(self) -> int:
        return MONDAY + self.week * WEEK + self.slot * TEN


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens in two weeks, and to the first contract's terms."""

    tracked: list[Work]
    manual: list[int]
    deleted: list[int]
    limit: int | None
    new_limit: int | None
    rate: int
    new_rate: int | None
    policy: str
    cap: int | None
    accept: bool
    cuts: list[int]

    def work(self, week: int, late: bool) -> list[Work]:
        return [one for one in self.tracked if (one.week, one.late) == (week, late)]

    def by_hand(self, week: int) -> list[int]:
        """The slots of manual time: where nothing stands, and that are over by Sunday night."""
        taken = {one.slot for one in self.work(week, late=False)}
        return [slot for slot in self.manual if slot not in taken and slot < SLOTS[-1]]

    def gone(self, week: int) -> list[int]:
        """The slots of the first contract that are deleted."""
        here = {one.slot for one in self.work(week, late=False) if not one.contract}
        return [slot for slot in self.deleted if slot in here | set(self.by_hand(week))]

    def limit_of(self, week: int) -> int | None:
        """Raising holds for the whole week in which it is said, lowering from the next Monday."""
        if self.new_limit is None or week:
            return self.limit if self.new_limit is None else self.new_limit
        return None if self.limit is None else max(self.limit, self.new_limit)


SELDOM = st.integers(0, 4).map(lambda n: n == 0)
works = st.builds(
    Work,
    week=st.integers(0, 1),
    slot=st.sampled_from(SLOTS),
    contract=st.integers(0, 1),
    machine=st.integers(0, 1),
    mask=st.integers(1, 1023),
    sampled=st.integers(0, 3).map(bool),
    late=SELDOM,
)
plans = st.builds(
    Plan,
    tracked=st.lists(
        works,
        min_size=2,
        max_size=16,
        unique_by=lambda one: (one.week, one.slot, one.contract, one.machine),
    ),
    manual=st.lists(st.sampled_from(SLOTS), max_size=3, unique=True),
    deleted=st.lists(st.sampled_from(SLOTS), max_size=2, unique=True),
    limit=st.sampled_from((None, 0, 10, 25, 40, 60, 600)),
    new_limit=st.sampled_from((None, 20, 50)),
    rate=st.sampled_from((3000, 3333, 4999, 1)),
    new_rate=st.sampled_from((None, 3339, 7001)),
    policy=st.sampled_from(("weekly_limit", "tracked_minutes")),
    cap=st.sampled_from((None, 10, 20)),
    accept=st.booleans(),
    cuts=st.lists(st.integers(1, 13), max_size=4, unique=True).map(sorted),
)


@dataclass(slots=True)
class House:
    """One server for all examples; each has people, machines and contracts of its own."""

    server: RunningServer
    clock: Clock
    stack: AsyncExitStack

    async def enrolled(self, name: str, *scopes: str) -> list[Device]:
        person = await a_person(self.server, name)
        return [
            await self.stack.enter_async_context(a_device(self.server, person, scope=scope))
            for scope in scopes
        ]


@dataclass(frozen=True, slots=True)
class Life:
    """Ada's two machines, Grace who reviews, and the two contracts."""

    house: House
    plan: Plan
    machines: list[Device]
    grace: Device
    contracts: tuple[str, str]

    async def work(self, week: int, late: bool) -> None:
        for one in self.plan.work(week, late):
            machine, contract = self.machines[one.machine], self.contracts[one.contract]
            entry = tracked_entry(
                machine, contract, one.start, mask=one.mask, sampled=one.sampled, part=one.machine
            )
            await send(machine, contract, entry)

    async def a_week(self, week: int) -> None:
        """A week as the plan has it, up to its Sunday's last second."""
        plan, (own, _), ada = self.plan, self.contracts, self.machines[0]
        monday = MONDAY + week * WEEK
        if plan.new_rate is not None and not week:
            self.house.clock.now = monday + 86_400.0
            owner = await the_owner(self.house.server)
            rate = ChangeBody(since=monday + 86_400, rate=plan.new_rate)
            await owner.write(own, EntryKind.CONTRACT_CHANGED, rate)
        self.house.clock.now = monday + WEEK - 1.0
        await self.work(week, late=False)
        starts = self._starts(week, plan.by_hand(week))
        if starts:
            body = ManualBody(segments=starts, memo="by hand", reason="away")
            await send(ada, own, sign(ada, own, EntryKind.SEGMENT_MANUAL, body))
        here = {one.slot for one in plan.work(week, late=False) if not one.contract}
        if here:
            mended = MemoBody(segments=self._starts(week, here), memo="mended")
            await send(ada, own, sign(ada, own, EntryKind.MEMO_EDITED, mended))
        if plan.gone(week):
            gone = DeletedBody(segments=self._starts(week, plan.gone(week)))
            await send(ada, own, sign(ada, own, EntryKind.SEGMENT_DELETED, gone))
        if plan.new_limit is not None and not week:
            limit = ChangeBody(since=monday + WEEK - 1, weekly_limit=plan.new_limit)
            signed = sign(self.grace, own, EntryKind.CONTRACT_CHANGED, limit)
            await send(self.grace, own, signed)

    def _starts(self, week: int, slots: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted(MONDAY + week * WEEK + slot * TEN for slot in slots))


async def begin(house: House, plan: Plan) -> Life:
    house.clock.now = float(MONDAY)
    machines = await house.enrolled("Ada", "tracker", "tracker")
    (grace,) = await house.enrolled("Grace", "review")
    cap = plan.cap if plan.policy == "tracked_minutes" else None
    own = await open_contract(
        house.server,
        machines[0].person,
        [grace.person],
        rate=plan.rate,
        weekly_limit=plan.limit,
        policy=plan.policy,
        policy_options={} if cap is None else {"daily_cap": cap},
    )
    other = await open_contract(
        house.server,
        machines[0].person,
        [grace.person],
        rate=OTHER_RATE,
        weekly_limit=OTHER_LIMIT,
    )
    for contract in (own, other):
        for device in (*machines, grace):
            await enter_log(device, contract)
    return Life(house, plan, machines, grace, (own, other))


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules make of a week: counted minutes by status, billed minutes, and money."""

    by_status: dict[str, int]
    billable: int
    amount: int


@dataclass(slots=True)
class _Slot:
    mask: int = 0
    sampled: bool = False
    manual: bool = False

    def rank(self, contract: str) -> tuple[int, int, str]:
        return -self.mask.bit_count(), (self.mask & -self.mask).bit_length(), contract


def by_the_rules(life: Life, week: int, number: int) -> Found:
    """A contract's week before its lock, computed from the plan and the rules' text alone."""
    plan = life.plan
    mine, theirs = (_slots(plan, week, at) for at in (number, 1 - number))
    minutes_count = not number and plan.policy == "tracked_minutes"
    cap = plan.cap if minutes_count else None
    limit = OTHER_LIMIT if number else plan.limit_of(week)
    by_status: dict[str, int] = {}
    by_rate: dict[int, int] = {}
    days: dict[int, int] = {}
    billed, closed = 0, False
    for slot in sorted(mine):
        one, rival = mine[slot], theirs.get(slot)
        minutes = one.mask.bit_count() if minutes_count and not one.manual else 10
        lost = (
            rival is not None
            and one.sampled
            and rival.sampled
            and rival.rank(life.contracts[1 - number]) < one.rank(life.contracts[number])
        )
        counts = one.manual or one.sampled or minutes_count
        if lost or not counts:
            status = "overlap" if lost else "partial"
        elif limit is not None and (closed or billed + minutes > limit):
            status, closed = "over_limit", True
        elif cap is not None and days.get(slot // 144, 0) + minutes > cap:
            status = "over_daily_cap"
        else:
            status = "manual" if one.manual else "auto"
            billed += minutes
            days[slot // 144] = days.get(slot // 144, 0) + minutes
            rate = _rate(plan, week, slot, number)
            by_rate[rate] = by_rate.get(rate, 0) + minutes
        by_status[status] = by_status.get(status, 0) + minutes
    money = sum((2 * minutes * rate + 60) // 120 for rate, minutes in by_rate.items())
    return Found(by_status, billed, money)


def _slots(plan: Plan, week: int, contract: int) -> dict[int, _Slot]:
    found: dict[int, _Slot] = {}
    for one in plan.work(week, late=False):
        if one.contract == contract:
            slot = found.setdefault(one.slot, _Slot())
            slot.mask |= one.mask
            slot.sampled |= one.sampled
    if not contract:
        found |= {slot: _Slot(manual=True) for slot in plan.by_hand(week)}
        for slot_number in plan.gone(week):
            del found[slot_number]
    return found


def _rate(plan: Plan, week: int, slot: int, number: int) -> int:
    if number:
        return OTHER_RATE
    changed = plan.new_rate is not None and (week, slot) >= (0, 144)
    return plan.new_rate if changed and plan.new_rate is not None else plan.rate
