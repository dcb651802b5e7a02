"""Bundles of real servers' logs, and what a dishonest server makes of one: it has the log's key."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import msgspec
from billkit import MONDAY, TEN, Clock, the_owner
from serverkit import (
    WORKDIARY,
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
    tracked_entry,
)
from tlogkit import KeptLog
from workdiary.bodies import TrackedBody
from workdiary.bundles import form
from workdiary.bundles.writing import Export, tiles_of
from workdiary.checkpoints import Head, sign_head
from workdiary.client import DiaryClient
from workdiary.entries import leaf, note_id, read_body, read_leaf
from workdiary.notes import SigningKey
from workdiary.pen import Pen
from workdiary.tlog.tiles import Tile, read_bundle

NOON = MONDAY + 4 * 86_400 + 72 * TEN


async def write_bundle(client: DiaryClient, output: Path, pictures: bool = True) -> None:
    """Export the one contract that ``client`` may read."""
    (contract,) = await client.contracts()
    made = Export(client, contract, output.with_suffix(".part"), pictures, lambda *told: None)
    with output.open("wb") as file:
        await made.write(file)
    made.finished()


def verify(
    bundle: Path, *options: str, home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [WORKDIARY, "verify", str(bundle), *options],
        env=os.environ | {"WORKDIARY_HOME": str(home or bundle.parent / "no home")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def complaints(bundle: Path, *options: str) -> set[str]:
    done = verify(bundle, "--json", *options)
    found = {one["code"] for one in json.loads(done.stdout)["complaints"]}
    assert done.returncode == bool(found)
    return found


@dataclass
class Parties:
    """Ada's two machines, Grace's, the owner's pen, and the server's key of the log."""

    ada: Device
    second: Device
    grace: Device
    owner: Pen
    contract: str
    log_key: SigningKey
    bundle: Path
    home: Path


@asynccontextmanager
async def a_worked_day(folder: Path) -> AsyncIterator[Parties]:
    """Ada has worked ten slots on one machine and two on another; Grace's bundle of that."""
    clock = Clock(float(NOON - 40 * TEN))
    async with running_server(folder / "server", clock) as server:
        people = [await a_person(server, name) for name in ("Ada", "Grace")]
        contract = await open_contract(server, people[0].id, [people[1].id])
        async with (
            a_device(server, people[0]) as ada,
            a_device(server, people[0]) as second,
            a_device(server, people[1], scope="review") as grace,
        ):
            for device in (ada, second, grace):
                await enter_log(device, contract)
            await _work(server, clock, ada, second, contract)
            output = folder / "grace.zip"
            await write_bundle(grace.client, output)
            secret = (server.folder / "log.key").read_text().strip()
            origin = (await grace.client.contract(contract)).log_key.partition("+")[0]
            yield Parties(
                ada,
                second,
                grace,
                await the_owner(server),
                contract,
                SigningKey(origin, bytes.fromhex(secret)),
                output,
                folder,
            )


async def _work(
    server: RunningServer, clock: Clock, ada: Device, second: Device, contract: str
) -> None:
    """As it happens: each slot is signed and sent when it is over."""
    for slot in range(12):
        device = second if slot in (5, 6) else ada
        head = await device.client.head(contract)
        device.seen[contract] = msgspec.structs.replace(
            device.seen[contract], size=head.size, root=head.root
        )
        start = NOON - 20 * TEN + slot * TEN
        clock.now = float(start + TEN)
        pictures = [a_picture(start, seed=slot)] if slot % 3 == 0 else []
        await send(device, contract, tracked_entry(device, contract, start, pictures=pictures))


@dataclass
class Forgery:
    """A bundle taken apart, changed, put together and signed again with the log's own key."""

    files: dict[str, bytes]
    key: SigningKey
    leaves: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, bundle: Path, key: SigningKey) -> Forgery:
        with zipfile.ZipFile(bundle) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        names = [name for name in files if name.startswith("tile/entries/")]
        leaves = [one for name in names for one in read_bundle(files[name], Tile.at(name).width)]
        return cls(files, key, leaves)

    def note(self, index: int) -> bytes:
        return read_leaf(self.leaves[index])[1]

    def add(self, signed: Signed) -> None:
        """One more entry, received at noon: later than all others."""
        self.leaves.append(leaf(NOON, signed.note))
        self.files[form.body_name(note_id(signed.note))] = signed.body

    def drop(self, index: int) -> None:
        """Without its content and its pictures."""
        name = form.body_name(note_id(self.note(index)))
        for claim in read_body(self.files.pop(name), TrackedBody).pictures:
            del self.files[form.picture_file(claim.original.digest)]
        del self.leaves[index]

    def checkpoint(self) -> bytes:
        size = len(self.leaves)
        return sign_head(
            Head(self.key.public.name, size, self._log().root(size)), self.key
        ).encode()

    def write(self, path: Path) -> Path:
        """Tiles and head as these leaves make them; the cosignatures are left out."""
        log = self._log()
        files = {name: raw for name, raw in self.files.items() if not name.startswith("tile/")}
        files |= {tile.path: log.tile(tile) for tile in tiles_of(len(self.leaves))}
        files[form.CHECKPOINT] = self.checkpoint()
        files[form.COSIGNED] = form.encode(())
        pack(files, path)
        return path

    def _log(self) -> KeptLog:
        log = KeptLog()
        for one in self.leaves:
            log.append(one)
        return log


def pack(files: dict[str, bytes], path: Path) -> None:
    with path.open("wb") as file:
        stream = cast("object", form.Forward(file.write))
        with zipfile.ZipFile(stream, "w") as archive:  # type: ignore[call-overload]
            for name in form.in_order(files):
                archive.writestr(form.placed(name), files[name])
