"""Builders for tests of the bill: a diary with a clock of its own, and entries of every kind."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from serverkit import (
    Device,
    Random,
    RunningServer,
    a_device,
    a_freelancer,
    a_person,
    enter_log,
    open_contract,
    running_server,
    send,
    sign,
    tracked_entry,
)
from workdiary import api
from workdiary.bodies import AdjustmentBody, Body
from workdiary.entries import EntryKind
from workdiary.pen import Pen
from workdiary.segments import epoch, from_epoch
from workdiary_server.folder import Folder, owner_device, read_key
from workdiary_server.settings import LimitsSection

MONDAY = 1_790_553_600  # 2026-09-28 00:00 UTC
TEN = 600
WEDNESDAY = MONDAY + 2 * 86_400 + 9 * 3600


class Clock:
    """The server's clock, which a test sets."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def a_diary(
    folder: Path,
    now: float = WEDNESDAY + 12 * 3600,
    limits: LimitsSection | None = None,
    **terms: object,
) -> AsyncIterator[tuple[RunningServer, Device, str, Clock]]:
    """Ada's contract on a server: (server, her machine, the contract's id, the server's clock)."""
    clock = Clock(now)
    async with (
        running_server(folder, clock, limits=limits) as server,
        a_freelancer(server) as ada,
    ):
        contract = await open_contract(server, ada.person, (), os.urandom, **terms)
        await enter_log(ada, contract)
        yield server, ada, contract, clock


async def write(device: Device, contract: str, kind: EntryKind, body: Body) -> api.Receipt:
    return await send(device, contract, sign(device, contract, kind, body))


async def track(device: Device, contract: str, *starts: int, memo: str = "painting") -> None:
    for start in starts:
        await send(device, contract, tracked_entry(device, contract, start, memo=memo))


async def day_of(device: Device, contract: str, start: int = WEDNESDAY) -> api.Day:
    return await device.client.day(contract, from_epoch(start).date())


@asynccontextmanager
async def a_reviewed_diary(
    folder: Path, now: float = MONDAY + 7 * 86_400 + 11 * 3600, **terms: object
) -> AsyncIterator[tuple[RunningServer, Device, Device, str, Clock]]:
    """As a_diary, with a client whose machine may review: (server, Ada, Grace, contract, clock)."""
    async with a_diary(folder, now) as (server, ada, _, clock):
        grace = await a_person(server, "Grace")
        contract = await open_contract(server, ada.person, [grace.id], os.urandom, **terms)
        await enter_log(ada, contract)
        async with a_device(server, grace, scope="review") as reviewing:
            await enter_log(reviewing, contract)
            yield server, ada, reviewing, contract, clock


async def the_owner(server: RunningServer, random: Random = os.urandom) -> Pen:
    """The owner's pen: its key lies in the server's folder."""
    device, key = owner_device(read_key(Folder(server.folder).owner_key, "the owner's key"))
    owner = await server.owner.me()
    return Pen(server.owner, device, owner.person.id, "owner.key", key, random)


def the_offer(supplement: api.Supplement, **changes: object) -> AdjustmentBody:
    values: dict[str, object] = {
        "week": MONDAY,
        "verdicts": tuple(
            (epoch(s.start), s.status, s.minutes, s.billable) for s in supplement.pending
        ),
        "amount": supplement.offered,
        "currency": supplement.currency,
    }
    return AdjustmentBody(**(values | changes))  # type: ignore[arg-type]  # values of one builder
