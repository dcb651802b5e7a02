"""A diary that Grace reads on a real server, by commands of her own machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from billkit import WEDNESDAY, Clock
from serverkit import (
    a_freelancer,
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
from workdiary.credentials import Credentials, save
from workdiary.segments import from_epoch

START = from_epoch(WEDNESDAY)
DAY = START.date()
AT = f"{START:%Y-%m-%dT%H:%M}"
PLACE = f"acme/site/{DAY}"


@dataclass(frozen=True, slots=True)
class Place:
    """Grace reads acme/site by commands and by a connection; ``secret`` is others' contract."""

    grace: DiaryClient
    token: str
    contract: str
    secret: str
    home: Path

    async def run_bytes(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "workdiary.cli", *words],
            env=os.environ | {"WORKDIARY_HOME": str(self.home)},
            capture_output=True,
            timeout=60,
            check=False,
        )

    async def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = await self.run_bytes(*words)
        out, said = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, out, said)

    async def day(self, zone: str = "UTC") -> api.Day:
        return await self.grace.day(self.contract, DAY, zone)


@asynccontextmanager
async def a_place(tmp_path: Path) -> AsyncIterator[Place]:
    home, clock = tmp_path / "home", Clock(WEDNESDAY + 12 * 3600)
    async with running_server(tmp_path / "diary", clock) as server, a_freelancer(server) as ada:
        grace, other = await a_person(server, "Grace"), await a_person(server, "Other")
        contract = await open_contract(
            server, ada.person, [grace.id], name="acme/site", zone="Asia/Manila"
        )
        secret = await open_contract(server, ada.person, [other.id], name="acme/secret")
        await enter_log(ada, contract)
        for n in range(3):
            start = WEDNESDAY + 600 * n
            entry = tracked_entry(
                ada, contract, start, memo=f"task {n}", minutes=[(n, 2 * n, 3 * n, 1)] * 4,
                pictures=[a_picture(start, n)],
            )  # fmt: skip
            await send(ada, contract, entry)
        wanted = api.NewToken(person=grace.id, scope="read", label="a reviewer")
        token = (await server.owner.add_token(wanted)).secret or ""
        save(home, Credentials(
            server=server.url, token=token, scope="read", person=grace.id, person_name="Grace",
            device="bb" * 16, secret="00" * 32, storage_key="00" * 32,
        ))  # fmt: skip
        async with DiaryClient(server.url, token) as client:
            yield Place(client, token, contract, secret, home)
