"""Ada's contract for Grace on a real server, each with a machine of her own to run commands on."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

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
            [WORKDIARY, *words],
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
