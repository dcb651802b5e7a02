"""Who may do what: every route by every role, on own, foreign and absent contracts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from billkit import WEDNESDAY, Clock
from serverkit import (
    RunningServer,
    a_device,
    a_person,
    a_picture,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.segments import from_epoch
from workdiary_server.http.routes import ROUTES
from workdiary_server.settings import LimitsSection

ABSENT = "00" * 16
JSON = {"Content-Type": "application/json"}
FRAMES = {"Content-Type": api.FRAMES}
RANGED = ("/payroll/{format}", "{contract}/timesheet/{format}")
RANGE = "?from=2026-09-28&to=2026-10-04"

ROLES = ("owner", "tracker", "freelancer reads", "client reviews", "client reads", "stranger")
OUTSIDE = ("revoked token", "revoked device", "nobody")

# what each role is answered with, in the order of ROLES; those outside get 401 everywhere
SERVER_WIDE = {
    ("GET", "/me"): (200, 200, 200, 200, 200, 200),
    ("GET", "/people"): (200, 403, 403, 403, 403, 403),
    ("POST", "/people"): (422, 403, 403, 403, 403, 403),
    ("POST", "/invites"): (422, 403, 403, 403, 403, 403),
    ("GET", "/devices"): (200, 200, 200, 200, 200, 200),
    ("DELETE", "/devices/{device}"): (404, 403, 403, 403, 403, 403),
    ("GET", "/tokens"): (200, 403, 403, 403, 403, 403),
    ("POST", "/tokens"): (422, 403, 403, 403, 403, 403),
    ("DELETE", "/tokens/{token}"): (404, 403, 403, 403, 403, 403),
    ("GET", "/contracts"): (200, 200, 200, 200, 200, 200),
    ("POST", "/contracts"): (422, 403, 403, 403, 403, 403),
    ("GET", "/payroll/{format}"): (200, 200, 200, 200, 200, 200),
    ("GET", "/events"): (200, 200, 200, 200, 200, 200),
}
OF_A_CONTRACT = {
    ("GET", "/contracts/{contract}"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/terms"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/head"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/chains/{device}"): (200, 200, 200, 200, 200, 404),
    ("POST", "/contracts/{contract}/entries"): (422, 422, 403, 422, 403, 404),
    ("GET", "/contracts/{contract}/days/{date}"): (403, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/weeks/{date}"): (200, 200, 200, 200, 200, 404),
    ("POST", "/contracts/{contract}/weeks/{date}/close"): (409, 403, 403, 403, 403, 404),
    ("GET", "/contracts/{contract}/weeks/{date}/timesheet/{format}"): (200,) * 5 + (404,),
    ("GET", "/contracts/{contract}/weeks/{date}/supplement/{format}"): (200,) * 5 + (404,),
    ("GET", "/contracts/{contract}/timesheet/{format}"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/segments/{start}"): (403, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/segments/{start}/explanation"): (200,) * 5 + (404,),
    ("GET", "/contracts/{contract}/pictures/{digest}/{rendition}"): (403, 200, 200, 200, 200, 404),
}
PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("POST", "/enrolments"),
}


def test_every_route_has_its_row() -> None:
    rows = set(SERVER_WIDE) | set(OF_A_CONTRACT) | PUBLIC
    assert {(route.method, route.path) for route in ROUTES} == rows


@dataclass(frozen=True, slots=True)
class Reply:
    """What an outsider could compare: everything but the time of the answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class House:
    """A server with a contract of Ada's for Grace, one of Eve's, and a token for every role."""

    def __init__(
        self, server: RunningServer, session: aiohttp.ClientSession, own: str, foreign: str
    ) -> None:
        self.server = server
        self.session = session
        self.own = own
        self.foreign = foreign
        self.tokens: dict[str, str] = {"nobody": ""}
        self.names: dict[str, object] = {}

    async def ask(self, method: str, path: str, role: str, contract: str) -> Reply:
        token = self.tokens[role]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= FRAMES if path.endswith(("/entries", "/contracts")) else JSON
        url = self.server.url + api.PREFIX + path.format(contract=contract, **self.names)
        url += (
            RANGE if path.endswith(("/payroll/{format}", "{contract}/timesheet/{format}")) else ""
        )
        body = b"{}" if method == "POST" else None
        async with self.session.request(method, url, headers=headers, data=body) as answer:
            content = await answer.read() if path != "/events" else b""
            told = sorted((k, v) for k, v in answer.headers.items() if k != "Date")
            return Reply(answer.status, tuple(told), content)


@asynccontextmanager
async def a_house(folder: Path) -> AsyncIterator[House]:
    clock = Clock(WEDNESDAY + 3600)
    limits = LimitsSection(failed_logins_a_minute=9999)
    async with (
        running_server(folder, clock, limits=limits) as server,
        aiohttp.ClientSession() as session,
    ):
        people = {name: await a_person(server, name) for name in ("Ada", "Grace", "Eve")}
        own = await open_contract(server, people["Ada"].id, [people["Grace"].id])
        foreign = await open_contract(server, people["Eve"].id)
        house = House(server, session, own, foreign)
        picture = a_picture(WEDNESDAY)
        async with (
            a_device(server, people["Ada"]) as ada,
            a_device(server, people["Eve"]) as eve,
            a_device(server, people["Grace"], scope="review") as grace,
            a_device(server, people["Ada"]) as lost,
        ):
            for device, contract in ((ada, own), (eve, foreign)):
                await enter_log(device, contract)
                entry = tracked_entry(device, contract, WEDNESDAY, pictures=[picture])
                await send(device, contract, entry)
            house.tokens |= {
                "owner": (folder / "owner.token").read_text().strip(),
                "tracker": ada.token,
                "freelancer reads": await read_token(server, people["Ada"]),
                "client reviews": grace.token,
                "client reads": await read_token(server, people["Grace"]),
                "stranger": eve.token,
                "revoked token": await revoked_token(server, people["Grace"]),
                "revoked device": lost.token,
            }
            await server.owner.revoke_device(lost.id)
            house.names = {
                "device": ABSENT,
                "token": ABSENT,
                "date": from_epoch(WEDNESDAY).date().isoformat(),
                "start": WEDNESDAY,
                "format": "json",
                "digest": picture[0].original.digest,
                "rendition": "preview",
            }
            yield house


async def read_token(server: RunningServer, person: api.Person) -> str:
    wanted = api.NewToken(person=person.id, scope="read", label="reads")
    return (await server.owner.add_token(wanted)).secret or ""


async def revoked_token(server: RunningServer, person: api.Person) -> str:
    wanted = api.NewToken(person=person.id, scope="read", label="lost")
    token = await server.owner.add_token(wanted)
    await server.owner.revoke_token(token.id)
    return token.secret or ""


async def test_every_route_answers_each_role_as_the_table_says(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        for (method, path), expected in (SERVER_WIDE | OF_A_CONTRACT).items():
            found = [(await house.ask(method, path, role, house.own)).status for role in ROLES]
            assert (method, path, *found) == (method, path, *expected)
            for role in OUTSIDE:
                assert (path, (await house.ask(method, path, role, house.own)).status) == (
                    path,
                    401,
                )


async def test_a_foreign_contract_is_answered_as_one_that_never_was(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        for method, path in OF_A_CONTRACT:
            for role in ("tracker", "freelancer reads", "client reviews", "client reads"):
                foreign = await house.ask(method, path, role, house.foreign)
                assert (path, foreign.status) == (path, 404)
                for contract in (ABSENT, "nonsense", house.own.upper() + "0"):
                    assert (path, await house.ask(method, path, role, contract)) == (path, foreign)
            absent = await house.ask(method, path, "owner", ABSENT)
            assert (path, absent.status) == (path, 404)


async def test_lists_and_payrolls_hold_nothing_foreign(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        for role in ROLES:
            async with DiaryClient(house.server.url, house.tokens[role]) as client:
                listed = {contract.id for contract in await client.contracts()}
                first, last = from_epoch(WEDNESDAY).date(), from_epoch(WEDNESDAY).date()
                paid = {sheet.contract for sheet in (await client.payroll(first, last)).contracts}
            mine = {"owner": {house.own, house.foreign}, "stranger": {house.foreign}}
            assert listed == paid == mine.get(role, {house.own})


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wdt_wrong", "Basic abc", "wdt_x"])
async def test_without_a_valid_token_nothing_is_told(tmp_path: Path, header: str) -> None:
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as session:
        headers = {"Authorization": header} if header else {}
        async with session.get(server.url + "/api/v1/contracts", headers=headers) as answer:
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.content_type == api.PROBLEM
