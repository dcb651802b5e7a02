"""Who may write which entry: every kind by every role, each signed by that role's own device."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from billkit import MONDAY, TEN, WEDNESDAY, Clock, a_diary
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_person,
    a_reader,
    enter_log,
    open_contract,
    running_server,
    send,
    sign,
    terms,
    tracked_entry,
)
from workdiary.bodies import (
    AdjustmentBody,
    Body,
    ChangeBody,
    ContestBody,
    DeletedBody,
    DeviceBody,
    EndBody,
    ForkedBody,
    ManualBody,
    MemoBody,
    TrackedBody,
    WeekBody,
)
from workdiary.client import DiaryClient
from workdiary.entries import EntryKind
from workdiary.errors import CodedError, DeniedError, InvalidError, NotFoundError, RefusedError
from workdiary.pen import Pen
from workdiary.segments import FULL_MASK
from workdiary_server.diary.closing import close_due
from workdiary_server.folder import Folder, owner_device, read_key
from workdiary_server.http.keys import DIARY

LOCK = MONDAY + 7 * 86_400 + 12 * 3600
NOW = LOCK + 3600
OPEN = LOCK - 2 * 3600 - 600
"""A slot of the week that is still open."""

OK, NO, ABSENT = "written", "denied", "not found"
ROLES = ("owner", "freelancer", "freelancer reads", "client", "client reads", "stranger")
FREELANCERS = (NO, OK, NO, NO, NO, ABSENT)
CLIENTS = (NO, NO, NO, OK, NO, ABSENT)
BOTH_SIDES = (OK, NO, NO, OK, NO, ABSENT)
NOBODY = ("kind", "kind", NO, "kind", NO, ABSENT)


def late(accepted: bool, shift: int) -> AdjustmentBody:
    row = (WEDNESDAY + shift + TEN, "auto", 10, 10)
    return AdjustmentBody(
        week=MONDAY, verdicts=(row,), amount=500 if accepted else 0, currency="USD"
    )


A_WEEK = WeekBody(
    week=MONDAY,
    closed_by="",
    size=1,
    policy="weekly_limit",
    policy_version="0.1.0",
    policy_options={},
    statuses=(),
    segments=(),
    lines=(),
    amount=0,
    currency="USD",
    documents={},
)
A_TRACKED = TrackedBody(
    session="5e55105e55105e55",
    memo="painting",
    minutes=((0, 0, 0, 0),) * 10,
    down=0,
    counts="counts",
    pictures=(),
    no_picture="not sampled",
)


def a_machine(device: Device, shift: int) -> DeviceBody:
    key = device.key.public.public.hex()
    return DeviceBody(device=device.id, person=device.person, public_key=key, name="laptop")


Make = Callable[[Device, int], Body]
"""From the device that signs, and the seconds by which this contract's slots are shifted."""

KINDS: dict[str, tuple[EntryKind, Make, tuple[str, ...]]] = {
    "tracked": (EntryKind.SEGMENT_TRACKED, lambda _, __: A_TRACKED, FREELANCERS),
    "manual": (
        EntryKind.SEGMENT_MANUAL,
        lambda _, shift: ManualBody(segments=(OPEN + shift + TEN,), memo="m", reason="r"),
        FREELANCERS,
    ),
    "memo": (
        EntryKind.MEMO_EDITED,
        lambda _, shift: MemoBody(segments=(OPEN + shift,), memo="m"),
        FREELANCERS,
    ),
    "deleted": (
        EntryKind.SEGMENT_DELETED,
        lambda _, shift: DeletedBody(segments=(OPEN + shift,)),
        FREELANCERS,
    ),
    "contested": (
        EntryKind.SEGMENT_CONTESTED,
        lambda _, shift: ContestBody(segments=(WEDNESDAY + shift,), reason="r"),
        CLIENTS,
    ),
    "accepted": (EntryKind.ADJUSTMENT_ACCEPTED, lambda _, shift: late(True, shift), CLIENTS),
    "declined": (EntryKind.ADJUSTMENT_DECLINED, lambda _, shift: late(False, shift), CLIENTS),
    "limit": (
        EntryKind.CONTRACT_CHANGED,
        lambda _, __: ChangeBody(since=NOW, weekly_limit=60),
        BOTH_SIDES,
    ),
    "rate": (
        EntryKind.CONTRACT_CHANGED,
        lambda _, __: ChangeBody(since=NOW, rate=1),
        (OK, NO, NO, NO, NO, ABSENT),
    ),
    "ended": (EntryKind.CONTRACT_ENDED, lambda _, __: EndBody(since=NOW, reason="r"), BOTH_SIDES),
    "opened": (EntryKind.CONTRACT_OPENED, lambda d, _: terms(d.person, ()), NOBODY),
    "enrolled": (
        EntryKind.DEVICE_ENROLLED,
        a_machine,
        ("enrolment", "enrolment", NO, "enrolment", NO, ABSENT),
    ),
    "revoked": (EntryKind.DEVICE_REVOKED, a_machine, NOBODY),
    "forked": (EntryKind.LOG_FORKED, lambda _, __: ForkedBody(size=0, root="0" * 64), NOBODY),
    "closed": (EntryKind.WEEK_CLOSED, lambda _, __: A_WEEK, NOBODY),
}


@dataclass(slots=True)
class House:
    """A server after the lock, with a device of each role, none of them in a log yet."""

    server: RunningServer
    devices: dict[str, Device]
    freelancer: str
    client: str

    async def contract(self, shift: int) -> str:
        """A contract with a frozen segment, a late one beside it, and one that is still open.

        All are Ada's, so that each needs slots of its own.
        """
        ada = self.devices["freelancer"]
        key = await open_contract(self.server, self.freelancer, [self.client], os.urandom)
        await enter_log(ada, key)
        clock = self.server.app[DIARY].now
        assert isinstance(clock, Clock)
        clock.now = LOCK - 60.0
        await send(ada, key, tracked_entry(ada, key, WEDNESDAY + shift))
        await send(ada, key, tracked_entry(ada, key, OPEN + shift))
        clock.now = float(NOW)
        await send(ada, key, tracked_entry(ada, key, WEDNESDAY + shift + TEN))
        await close_due(self.server.app[DIARY])
        return key


@asynccontextmanager
async def a_house(folder: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running_server(folder, Clock(NOW)))
        ada, grace, eve = [await a_person(server, name) for name in ("Ada", "Grace", "Eve")]

        async def enrolled(person: str, scope: str) -> Device:
            who = {"ada": ada, "grace": grace, "eve": eve}[person]
            return await stack.enter_async_context(a_device(server, who, scope=scope))

        identity, key = owner_device(read_key(Folder(folder).owner_key, "the owner's key"))
        owner = (await server.owner.me()).person.id
        devices = {
            "owner": Device(identity, owner, "", server.owner, key),
            "freelancer": await enrolled("ada", "tracker"),
            "freelancer reads": await enrolled("ada", "read"),
            "client": await enrolled("grace", "review"),
            "client reads": await enrolled("grace", "read"),
            "stranger": await enrolled("eve", "tracker"),
        }
        yield House(server, devices, ada.id, grace.id)


async def outcome(device: Device, contract: str, kind: EntryKind, body: Body, shift: int) -> str:
    """What came of one signed entry: written, denied, not found, or the code of a refusal."""
    try:
        if kind is EntryKind.SEGMENT_TRACKED:
            signed = sign(device, contract, kind, body, start=OPEN + shift + TEN, mask=FULL_MASK)
            await send(device, contract, signed)
        else:
            pen = Pen(device.client, device.id, device.person, "laptop", device.key)
            await pen.write(contract, kind, body)
    except DeniedError:
        return NO
    except NotFoundError:
        return ABSENT
    except (InvalidError, RefusedError) as error:
        return str(error.code)
    return OK


def test_every_kind_of_entry_has_its_row() -> None:
    assert {kind for kind, _, _ in KINDS.values()} == set(EntryKind)


@pytest.mark.parametrize("name", KINDS)
async def test_each_role_writes_what_the_table_says(tmp_path: Path, name: str) -> None:
    kind, make, expected = KINDS[name]
    async with a_house(tmp_path) as house:
        found = []
        for number, role in enumerate(ROLES):
            shift = 2 * TEN * number
            contract, device = await house.contract(shift), house.devices[role]
            before = (await house.server.owner.head(contract)).size
            found.append(await outcome(device, contract, kind, make(device, shift), shift))
            grown = (await house.server.owner.head(contract)).size - before
            # a device that is new to a log introduces itself first, whatever comes of the rest
            assert grown <= (found[-1] == OK) + (role == "client")
        assert (name, *found) == (name, *expected)


async def test_a_revoked_device_writes_nothing_more(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (server, ada, contract, _):
        await server.owner.revoke_device(ada.id)
        person = next(p for p in await server.owner.people() if p.id == ada.person)
        async with a_device(server, person) as other:
            signed = tracked_entry(ada, contract, WEDNESDAY)
            with pytest.raises(RefusedError, match="was revoked") as refused:
                await other.client.append(contract, signed.note, signed.body)
            assert refused.value.code == "revoked"


async def test_a_device_cannot_write_under_anothers_name(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (server, ada, contract, _):
        grace = await a_person(server, "Grace")
        async with a_device(server, grace) as other, a_reader(server, grace) as reader:
            signed = tracked_entry(ada, contract, WEDNESDAY)
            clients: tuple[DiaryClient, ...] = (other.client, reader)
            for client in clients:
                with pytest.raises(CodedError) as refused:
                    await client.append(contract, signed.note, signed.body)
                assert isinstance(refused.value, NotFoundError)
