"""Who may do what: every route by every role, on own, foreign and absent contracts."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from serverkit import (
    a_freelancer,
    a_person,
    a_picture,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.segments import from_epoch
from workdiary_server.http.routes import ROUTES
from workdiary_server.settings import LimitsSection

ABSENT = "00" * 16
JSON = {"Content-Type": "application/json"}
FRAMES = {"Content-Type": api.FRAMES}

# what each answers to: owner, freelancer's tracker, freelancer reading, client, nobody
SERVER_WIDE = {
    ("GET", "/me"): (200, 200, 200, 200, 401),
    ("POST", "/enrolments"): (422, 422, 422, 422, 422),
    ("GET", "/people"): (200, 403, 403, 403, 401),
    ("POST", "/people"): (422, 403, 403, 403, 401),
    ("POST", "/invites"): (422, 403, 403, 403, 401),
    ("GET", "/devices"): (200, 200, 200, 200, 401),
    ("DELETE", "/devices/{device}"): (404, 403, 403, 403, 401),
    ("GET", "/tokens"): (200, 403, 403, 403, 401),
    ("POST", "/tokens"): (422, 403, 403, 403, 401),
    ("DELETE", "/tokens/{token}"): (404, 403, 403, 403, 401),
    ("GET", "/contracts"): (200, 200, 200, 200, 401),
    ("POST", "/contracts"): (422, 403, 403, 403, 401),
    ("GET", "/events"): (200, 200, 200, 200, 401),
}
OF_A_CONTRACT = {
    ("GET", "/contracts/{contract}"): (200, 200, 200, 200, 401),
    ("GET", "/contracts/{contract}/head"): (200, 200, 200, 200, 401),
    ("GET", "/contracts/{contract}/chains/{device}"): (200, 200, 200, 200, 401),
    ("POST", "/contracts/{contract}/entries"): (403, 422, 403, 403, 401),
    ("GET", "/contracts/{contract}/days/{date}"): (403, 200, 200, 200, 401),
    ("GET", "/contracts/{contract}/weeks/{date}"): (200, 200, 200, 200, 401),
    ("GET", "/contracts/{contract}/segments/{start}"): (403, 200, 200, 200, 401),
    ("GET", "/contracts/{contract}/pictures/{digest}/{rendition}"): (403, 200, 200, 200, 401),
}
PUBLIC = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")}


def test_every_route_has_its_row() -> None:
    rows = set(SERVER_WIDE) | set(OF_A_CONTRACT) | PUBLIC
    assert {(route.method, route.path) for route in ROUTES} == rows


async def test_every_route_answers_each_role_as_the_table_says(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with (
        running_server(tmp_path, limits=LimitsSection(failed_logins_a_minute=999)) as server,
        a_freelancer(server, "Ada") as ada,
        a_freelancer(server, "Eve") as eve,
        aiohttp.ClientSession() as session,
    ):
        grace = await a_person(server, "Grace")
        own = await open_contract(server, ada.person, [grace.id])
        foreign = await open_contract(server, eve.person)
        picture = a_picture(start)
        for device, contract in ((ada, own), (eve, foreign)):
            await enter_log(device, contract)
            await send(device, contract, tracked_entry(device, contract, start, pictures=[picture]))

        async def read_token(person: str) -> str:
            wanted = api.NewToken(person=person, scope="read", label="reads")
            return (await server.owner.add_token(wanted)).secret or ""

        tokens = (
            (tmp_path / "owner.token").read_text().strip(),
            ada.token,
            await read_token(ada.person),
            await read_token(grace.id),
            "",
        )
        names = {
            "device": ABSENT,
            "token": ABSENT,
            "date": from_epoch(start).date().isoformat(),
            "start": start,
            "digest": picture[0].original.digest,
            "rendition": "preview",
        }

        async def status(method: str, path: str, token: str, contract: str) -> int:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            headers |= FRAMES if path.endswith(("/entries", "/contracts")) else JSON
            url = server.url + api.PREFIX + path.format(contract=contract, **names)
            body = b"{}" if method == "POST" else None
            async with session.request(method, url, headers=headers, data=body) as answer:
                return answer.status

        for (method, path), expected in (SERVER_WIDE | OF_A_CONTRACT).items():
            found = [await status(method, path, token, own) for token in tokens]
            assert (method, path, *found) == (method, path, *expected)
        for (method, path), _ in OF_A_CONTRACT.items():
            for token in tokens[1:4]:
                for contract in (foreign, ABSENT, "nonsense", own.upper() + "0"):
                    assert (path, await status(method, path, token, contract)) == (path, 404)
            assert (path, await status(method, path, tokens[0], ABSENT)) == (path, 404)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wdt_wrong", "Basic abc", "wdt_x"])
async def test_without_a_valid_token_nothing_is_told(tmp_path: Path, header: str) -> None:
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as session:
        headers = {"Authorization": header} if header else {}
        async with session.get(server.url + "/api/v1/contracts", headers=headers) as answer:
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.content_type == api.PROBLEM
