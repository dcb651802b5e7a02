"""Who may do what: every route by every role, on own, foreign and absent contracts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from billkit import WEDNESDAY, Clock
from serverkit import (
    Device,
    RunningServer,
    Signed,
    a_device,
    a_person,
    a_picture,
    enter_log,
    open_contract,
    running_server,
    send,
    sign,
    tracked_entry,
)
from workdiary import api
from workdiary.bodies import DeletedBody
from workdiary.client import DiaryClient
from workdiary.entries import BODY_OF, EntryKind
from workdiary.segments import from_epoch
from workdiary_server.http.keys import DIARY
from workdiary_server.http.routes import ROUTES
from workdiary_server.settings import LimitsSection

ABSENT = "00" * 16
JSON = {"Content-Type": "application/json"}
FRAMES = {"Content-Type": api.FRAMES}
RANGED = ("/payroll/{format}", "{contract}/timesheet/{format}", "{contract}/search")
RANGE = "?from=2026-09-28&to=2026-10-04"
BARE = ("/healthz", "/readyz", "/metrics")

ROLES = ("owner", "tracker", "freelancer reads", "client reviews", "client reads", "stranger")
OUTSIDE = ("revoked token", "expired token", "revoked device", "nobody")

# what each role is answered with, in the order of ROLES; those outside get 401 everywhere
SERVER_WIDE = {
    ("GET", "/me"): (200, 200, 200, 200, 200, 200),
    ("GET", "/people"): (200, 403, 403, 403, 403, 403),
    ("POST", "/people"): (422, 403, 403, 403, 403, 403),
    ("POST", "/invites"): (422, 403, 403, 403, 403, 403),
    ("GET", "/blobs/{prefix}/{blob}"): (404, 403, 403, 403, 403, 403),
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
    ("GET", "/contracts/{contract}/log/checkpoint"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/log/tile/{level}/{tile}"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/log/bodies/{number}"): (403, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/log/signers"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/log/proofs/{index}"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/log/consistency/{size}"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/log/cosignatures"): (200, 200, 200, 200, 200, 404),
    ("POST", "/contracts/{contract}/log/cosignatures"): (403, 422, 403, 422, 403, 404),
    ("GET", "/contracts/{contract}/recovery"): (200, 200, 200, 200, 200, 404),
    ("POST", "/contracts/{contract}/recovery/entries"): (403, 409, 403, 409, 403, 404),
    ("POST", "/contracts/{contract}/recovery/bodies/{index}"): (403, 409, 403, 409, 403, 404),
    ("POST", "/contracts/{contract}/recovery/reports"): (403, 409, 403, 409, 403, 404),
    ("POST", "/contracts/{contract}/recovery/loss"): (409, 403, 403, 403, 403, 404),
    ("POST", "/contracts/{contract}/entries"): (422, 422, 403, 422, 403, 404),
    ("GET", "/contracts/{contract}/days/{date}"): (403, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/weeks/{date}"): (200, 200, 200, 200, 200, 404),
    ("POST", "/contracts/{contract}/weeks/{date}/close"): (409, 403, 403, 403, 403, 404),
    ("GET", "/contracts/{contract}/weeks/{date}/timesheet/{format}"): (200,) * 5 + (404,),
    ("GET", "/contracts/{contract}/weeks/{date}/supplement/{format}"): (200,) * 5 + (404,),
    ("GET", "/contracts/{contract}/timesheet/{format}"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/search"): (403, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/calendar/{month}"): (200, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/views"): (403, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/segments/{start}"): (403, 200, 200, 200, 200, 404),
    ("GET", "/contracts/{contract}/segments/{start}/explanation"): (200,) * 5 + (404,),
    ("GET", "/contracts/{contract}/pictures/{digest}/{rendition}"): (403, 200, 200, 200, 200, 404),
}
PUBLIC = {
    ("GET", "/healthz"): 200,
    ("GET", "/readyz"): 200,
    ("GET", "/metrics"): 200,
    ("POST", "/enrolments"): 422,
}


def test_every_route_has_its_row() -> None:
    rows = set(SERVER_WIDE) | set(OF_A_CONTRACT) | set(PUBLIC)
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
        self.devices: dict[str, Device] = {}

    async def ask(
        self,
        method: str,
        path: str,
        role: str,
        contract: str,
        names: Mapping[str, object] | None = None,
        more: Mapping[str, str] | None = None,
        body: bytes = b"{}",
    ) -> Reply:
        """One request; ``names`` replace those of the path, ``more`` are headers."""
        token = self.tokens[role]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= FRAMES if path.endswith(("/entries", "/contracts")) else JSON
        headers |= more or {}
        place = path.format(contract=contract, **(self.names | dict(names or {})))
        url = self.server.url + ("" if path in BARE else api.PREFIX) + place
        url += RANGE if path.endswith(RANGED) else ""
        sent = body if method == "POST" else None
        async with self.session.request(method, url, headers=headers, data=sent) as answer:
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
        other = a_picture(WEDNESDAY, seed=7)
        async with (
            a_device(server, people["Ada"]) as ada,
            a_device(server, people["Eve"]) as eve,
            a_device(server, people["Grace"], scope="review") as grace,
            a_device(server, people["Ada"]) as lost,
        ):
            for device, contract, shown in ((ada, own, picture), (eve, foreign, other)):
                await enter_log(device, contract)
                entry = tracked_entry(device, contract, WEDNESDAY, pictures=[shown])
                await send(device, contract, entry)
            house.tokens |= {
                "owner": (folder / "owner.token").read_text().strip(),
                "tracker": ada.token,
                "freelancer reads": await read_token(server, people["Ada"]),
                "client reviews": grace.token,
                "client reads": await read_token(server, people["Grace"]),
                "stranger": eve.token,
                "revoked token": await revoked_token(server, people["Grace"]),
                "expired token": await expired_token(server, people["Grace"]),
                "revoked device": lost.token,
            }
            await server.owner.revoke_device(lost.id)
            house.devices = {"tracker": ada, "client reviews": grace, "stranger": eve}
            house.names = {
                "device": ABSENT,
                "token": ABSENT,
                "date": from_epoch(WEDNESDAY).date().isoformat(),
                "month": "2026-09",
                "start": WEDNESDAY,
                "format": "json",
                "digest": picture[0].original.digest,
                "rendition": "preview",
                "prefix": "202609",
                "blob": ABSENT,
                "level": "entries",
                "tile": "000.p/3",
                "index": 2,
                "size": 2,
                "number": 0,
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


async def expired_token(server: RunningServer, person: api.Person) -> str:
    wanted = api.NewToken(person=person.id, scope="read", label="old")
    token = await server.owner.add_token(wanted)
    spent = (int(server.app[DIARY].now()), bytes.fromhex(token.id))
    await server.app[DIARY].db.write(
        lambda db: db.execute("UPDATE token SET expires = ? WHERE id = ?", spent)
    )
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


def foreign_to(house: House, role: str) -> str:
    """A contract that is there and that the role may not know of; the owner knows of all."""
    if role == "owner":
        return "11" * 16
    return house.own if role == "stranger" else house.foreign


@pytest.mark.parametrize("role", ROLES)
async def test_a_foreign_contract_is_answered_as_one_that_never_was(
    tmp_path: Path, role: str
) -> None:
    async with a_house(tmp_path) as house:
        hidden = foreign_to(house, role)
        for method, path in OF_A_CONTRACT:
            foreign = await house.ask(method, path, role, hidden)
            assert (path, foreign.status) == (path, 404)
            for contract in (
                ABSENT,
                "nonsense",
                hidden.upper() + "0",
                "%00",
                "-",
                "é",
                "0" * 999,
            ):
                assert (path, await house.ask(method, path, role, contract)) == (path, foreign)


NONSENSE: tuple[dict[str, object], ...] = (
    {"date": "2026-99-99"},
    {"date": "0001-01-01"},
    {"date": "9999-12-31"},
    {"month": "2026-13"},
    {"month": "next"},
    {"format": "html"},
    {"start": "noon"},
    {"start": WEDNESDAY + 1},
    {"start": 10**30},
    {"digest": "00" * 32},
    {"rendition": "poster"},
    {"device": "nonsense"},
    {"level": "one"},
    {"tile": "000"},
    {"tile": "x001/000.p/9"},
    {"tile": "..%2F000"},
    {"index": 999},
    {"index": -1},
    {"number": 999},
    {"number": -1},
    {"number": 10**30},
    {"size": 999},
    {"size": 10**30},
)


@pytest.mark.parametrize("role", ["tracker", "client reads", "stranger"])
async def test_no_other_part_of_a_request_tells_a_foreign_contract_from_an_absent_one(
    tmp_path: Path, role: str
) -> None:
    async with a_house(tmp_path) as house:
        hidden = foreign_to(house, role)
        for method, path in OF_A_CONTRACT:
            for names in NONSENSE:
                if f"{{{next(iter(names))}}}" in path:
                    foreign = await house.ask(method, path, role, hidden, names)
                    absent = await house.ask(method, path, role, ABSENT, names)
                    assert (path, names, foreign) == (path, names, absent)
                    assert foreign.status in (404, 422)
            known = await house.ask(method, path, "owner", hidden)
            tags = [value for name, value in known.headers if name.lower() == "etag"]
            for tag in (*tags, "*"):
                more = {"If-None-Match": tag, "Range": "bytes=0-9", "Accept": "text/html"}
                assert await house.ask(method, path, role, hidden, more=more) == await house.ask(
                    method, path, role, ABSENT
                )


@pytest.mark.parametrize("kind", [k for k in EntryKind if k in BODY_OF])
async def test_a_signed_entry_does_not_tell_a_foreign_contract_from_an_absent_one(
    tmp_path: Path, kind: EntryKind
) -> None:
    path = "/contracts/{contract}/entries"
    async with a_house(tmp_path) as house:
        for role, device in house.devices.items():
            hidden = foreign_to(house, role)
            replies = []
            for contract in (hidden, ABSENT, "22" * 16):
                signed = an_entry(device, contract, kind)
                sent = api.frame(signed.note, signed.body)
                replies.append(await house.ask("POST", path, role, contract, body=sent))
            assert replies[0].status == 404
            assert replies[0] == replies[1] == replies[2]


def an_entry(device: Device, contract: str, kind: EntryKind) -> Signed:
    """A signed entry of a kind; where the contract hides, no body of it is looked at."""
    body = DeletedBody(segments=(WEDNESDAY,))
    if kind is EntryKind.SEGMENT_TRACKED:
        return sign(device, contract, kind, body, start=WEDNESDAY + 600, mask=1023)
    return sign(device, contract, kind, body)


async def test_what_a_contract_does_not_hold_is_answered_alike_wherever_it_is(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        own, eve = house.own, house.devices["stranger"]
        for role in ("tracker", "client reviews", "client reads"):
            chain = "/contracts/{contract}/chains/{device}"
            for device in (eve.id, ABSENT, "nonsense"):
                found = await house.ask("GET", chain, role, own, {"device": device})
                assert found == await house.ask("GET", chain, role, own, {"device": "33" * 16})
            picture = "/contracts/{contract}/pictures/{digest}/{rendition}"
            foreign = a_picture(WEDNESDAY, seed=7)[0].original.digest
            for digest in (foreign, "00" * 32, "nonsense"):
                found = await house.ask("GET", picture, role, own, {"digest": digest})
                assert found.status == 404
                assert found == await house.ask("GET", picture, role, own, {"digest": "11" * 32})
            payroll = f"/payroll/json{RANGE}&contract={{contract}}"
            asked = [
                await house.ask("GET", payroll, role, contract)
                for contract in (house.foreign, ABSENT, "nonsense", "")
            ]
            assert asked[0].status == 404
            assert asked == [asked[0]] * len(asked)


async def test_who_may_not_manage_learns_of_no_device_or_token(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        tokens = await house.server.owner.tokens()
        for role in ROLES[1:]:
            for path, real in (
                ("/devices/{device}", house.devices["stranger"].id),
                ("/tokens/{token}", tokens[0].id),
            ):
                absent = await house.ask("DELETE", path, role, "")
                names = {"device": real} if "device" in path else {"token": real}
                assert absent.status == 403
                assert await house.ask("DELETE", path, role, "", names) == absent
        assert {token.id for token in tokens} == {
            token.id for token in await house.server.owner.tokens()
        }


@pytest.mark.parametrize("form", ["text", "csv", "pdf"])
async def test_papers_are_for_the_same_roles_in_every_format(tmp_path: Path, form: str) -> None:
    async with a_house(tmp_path) as house:
        for (method, path), expected in (SERVER_WIDE | OF_A_CONTRACT).items():
            if "{format}" in path:
                found = [
                    (await house.ask(method, path, role, house.own, {"format": form})).status
                    for role in ROLES
                ]
                assert (path, *found) == (path, *expected)


async def test_what_is_public_says_the_same_to_all_and_names_nobody(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        names = (house.own, house.foreign, *(device.id for device in house.devices.values()))
        for (method, path), expected in PUBLIC.items():
            for role in (*ROLES, *OUTSIDE):
                found = await house.ask(method, path, role, "")
                assert (path, role, found.status) == (path, role, expected)
                assert not any(name.encode() in found.body for name in names)


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
