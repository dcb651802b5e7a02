"""``workdiary witness``, run as each party runs it, against a real server."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw
from serverkit import (
    WORKDIARY,
    Device,
    RunningServer,
    a_device,
    a_person,
    enter_log,
    open_contract,
    running_server,
)
from workdiary import credentials
from workdiary.credentials import Credentials


@dataclass
class Place:
    """Ada's contract for Grace, and each one's own machine."""

    server: RunningServer
    contract: str
    homes: dict[str, Path]

    async def run(self, who: str, *words: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run,
            [WORKDIARY, "witness", *words],
            env=os.environ | {"WORKDIARY_HOME": str(self.homes[who])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def enrolled(server: RunningServer, device: Device, name: str, scope: str) -> Credentials:
    secret = device.key._private.private_bytes_raw()
    return Credentials(
        server=server.url,
        token=device.token,
        scope=scope,
        person=device.person,
        person_name=name,
        device=device.id,
        secret=secret.hex(),
        storage_key="00" * 32,
    )


@asynccontextmanager
async def a_place(folder: Path) -> AsyncIterator[Place]:
    async with running_server(folder / "server") as server:
        ada, grace = [await a_person(server, name) for name in ("Ada", "Grace")]
        contract = await open_contract(server, ada.id, [grace.id], name="acme/site")
        async with (
            a_device(server, ada) as laptop,
            a_device(server, grace, scope="review") as desk,
            a_device(server, grace, scope="read") as phone,
        ):
            await enter_log(laptop, contract)
            machines = {
                "ada": enrolled(server, laptop, "Ada", "tracker"),
                "grace": enrolled(server, desk, "Grace", "review"),
                "reader": enrolled(server, phone, "Grace", "read"),
            }
            for name, known in machines.items():
                credentials.save(folder / name, known)
            yield Place(server, contract, {name: folder / name for name in machines})


async def test_each_side_is_told_that_the_other_saw_the_same_log(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        first = await place.run("ada")
        assert first.returncode == 0, first.stderr
        assert first.stdout.startswith("acme/site: 2 entries, head ")
        assert first.stdout.endswith(", held here and cosigned\n")
        told = (await place.run("grace", "acme/site")).stdout.splitlines()
        assert told[0] == first.stdout.rstrip("\n")
        assert told[1].startswith("  freelancer Ada saw 2 entries at 20")
        assert told[1].endswith(" UTC: the same log")
        again = (await place.run("ada")).stdout.splitlines()
        assert "client Grace saw 2 entries" in again[1]


async def test_a_log_that_is_another_ends_it_with_one(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        await place.run("grace")
        db = apsw.Connection(str(tmp_path / "server" / "diary.sqlite"))
        db.execute("UPDATE contract SET size = 1, edge = zeroblob(32)")
        db.close()
        found = await place.run("grace")
        assert (found.returncode, found.stdout) == (1, "")
        assert found.stderr == "workdiary: 1 of 2 entries are gone from the server's log\n"


async def test_a_machine_that_only_reads_is_told_what_to_ask_for(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        found = await place.run("reader")
        assert (found.returncode, found.stdout) == (2, "")
        assert "an invite of scope review" in found.stderr
