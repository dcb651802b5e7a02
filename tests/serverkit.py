"""Builders for tests that need a diary server: a running one, its people, contracts and entries."""

from __future__ import annotations

import hashlib
import io
import os
import random as pseudo
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import apsw
import msgspec
from aiohttp import web
from PIL import Image
from workdiary import api
from workdiary.bodies import Body, ContractBody, DeviceBody, PictureClaim, Rendition, TrackedBody
from workdiary.client import DiaryClient
from workdiary.entries import (
    NO_ENTRY,
    Entry,
    EntryKind,
    Seen,
    commitment,
    device_key_name,
    make_body,
    note_id,
    sign_entry,
)
from workdiary.merkle import EMPTY_ROOT
from workdiary.notes import SigningKey
from workdiary.plugins import SERVER, Plugins
from workdiary.segments import FULL_MASK
from workdiary_server.commands.contracts import sign_contract
from workdiary_server.diary.opening import create
from workdiary_server.http.app import make_app, make_runner
from workdiary_server.settings import LimitsSection, Settings, read_settings

NAME = "diary.test"
QUIET = (0, 0, 0, 0)

Random = Callable[[int], bytes]


@dataclass(slots=True)
class RunningServer:
    """A server in this process; ``owner`` is connected with its owner's token."""

    url: str
    folder: Path
    owner: DiaryClient
    app: web.Application
    settings: Settings


@dataclass(slots=True)
class Device:
    """A freelancer's enrolled machine, and what it must remember to sign its next entry."""

    id: str
    person: str
    token: str
    client: DiaryClient
    key: SigningKey
    chains: dict[str, tuple[int, str]] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signed:
    """An entry as it is sent: note, body, and the renditions in the order of the claims."""

    note: bytes
    body: bytes
    pictures: tuple[bytes, ...] = ()


def seeded(seed: int) -> Random:
    """Bytes that are the same in every run."""
    return pseudo.Random(seed).randbytes  # noqa: S311 - repeatable on purpose


@asynccontextmanager
async def running_server(
    folder: Path,
    now: Callable[[], float] = time.time,
    random: Random = os.urandom,
    limits: LimitsSection | None = None,
    plugins: Plugins | None = None,
) -> AsyncIterator[RunningServer]:
    """A diary server on a free loopback port; the folder's diary is made if there is none."""
    plugins = plugins or Plugins(SERVER)
    settings = read_settings(folder, {})
    if limits is not None:
        settings = msgspec.structs.replace(settings, limits=limits)
    if not (folder / "diary.sqlite").exists():
        create(settings, plugins, NAME, "Olga", int(now()), random)
    aside = os.urandom if random is os.urandom else seeded(1)
    app = make_app(settings, plugins, now, random, aside)
    runner = make_runner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        token = (folder / "owner.token").read_text().strip()
        async with DiaryClient(url, token) as owner:
            yield RunningServer(url, folder, owner, app, settings)
    finally:
        await runner.cleanup()


async def a_person(server: RunningServer, name: str) -> api.Person:
    return await server.owner.add_person(api.NewPerson(name=name))


@asynccontextmanager
async def a_reader(server: RunningServer, person: api.Person) -> AsyncIterator[DiaryClient]:
    """A connection of ``person`` that may read and no more."""
    wanted = api.NewToken(person=person.id, scope="read", label="a reviewer")
    token = await server.owner.add_token(wanted)
    async with DiaryClient(server.url, token.secret or "") as client:
        yield client


@asynccontextmanager
async def a_device(
    server: RunningServer,
    person: api.Person,
    random: Random = os.urandom,
    scope: str = "tracker",
) -> AsyncIterator[Device]:
    """A machine of ``person``, enrolled by an invite; it has not entered any log yet."""
    invite = await server.owner.invite(api.NewInvite(person=person.id, scope=scope))
    device = random(16).hex()
    key = SigningKey(device_key_name(device), random(32))
    async with DiaryClient(server.url) as stranger:
        enrolled = await stranger.enrol(
            api.Enrolment(
                code=invite.code,
                device=device,
                device_name="laptop",
                public_key=key.public.public.hex(),
            )
        )
    async with DiaryClient(server.url, enrolled.token) as client:
        yield Device(device, person.id, enrolled.token, client, key)


@asynccontextmanager
async def a_freelancer(
    server: RunningServer, name: str = "Ada", random: Random = os.urandom
) -> AsyncIterator[Device]:
    """A new person with one enrolled machine."""
    async with a_device(server, await a_person(server, name), random) as device:
        yield device


def terms(freelancer: str, clients: Sequence[str], **changes: object) -> ContractBody:
    """Terms of an hourly contract at 30.00 with 40 hours a week, unless ``changes`` say else."""
    usual = ContractBody(
        name="Website",
        freelancer=freelancer,
        clients=tuple(clients),
        since=0,
        rate=3000,
        currency="USD",
        weekly_limit=2400,
        hourly=True,
        manual=True,
        screenshots="optional",
        zone="UTC",
        policy="weekly_limit",
    )
    return msgspec.structs.replace(usual, **changes)


async def open_contract(
    server: RunningServer,
    freelancer: str,
    clients: Sequence[str] = (),
    random: Random = os.urandom,
    **changes: object,
) -> str:
    """Open a contract by the owner's signed entry; its id. Arguments are ids of people."""
    wanted = terms(freelancer, clients, **changes)
    contract, note, body = sign_contract(server.folder, wanted, random)
    await server.owner.open_contract(note, body)
    return contract


def sign(
    device: Device,
    contract: str,
    kind: EntryKind,
    body: Body,
    random: Random = os.urandom,
    **changes: object,
) -> Signed:
    """Sign the next entry of the device's chain; ``changes`` replace fields of the entry."""
    seq, prev = device.chains.get(contract, (-1, NO_ENTRY))
    raw = make_body(body, random)
    entry = Entry(
        kind=kind,
        contract=contract,
        device=device.id,
        seq=seq + 1,
        prev=prev,
        seen=device.seen.get(contract, Seen(0, EMPTY_ROOT.hex())),
        body=commitment(raw),
    )
    return Signed(sign_entry(msgspec.structs.replace(entry, **changes), device.key), raw)


async def send(device: Device, contract: str, signed: Signed) -> api.Receipt:
    """Append, and move the device's chain on as a tracker does."""
    receipt = await device.client.append(contract, signed.note, signed.body, signed.pictures)
    seq, _ = device.chains.get(contract, (-1, NO_ENTRY))
    device.chains[contract] = (seq + 1, note_id(signed.note))
    device.seen[contract] = Seen(receipt.head.size, receipt.head.root)
    return receipt


async def enter_log(device: Device, contract: str, random: Random = os.urandom) -> api.Receipt:
    """Send the device's first entry in a contract's log: device.enrolled."""
    body = DeviceBody(
        device=device.id,
        person=device.person,
        public_key=device.key.public.public.hex(),
        name="laptop",
    )
    head = await device.client.head(contract)
    device.seen[contract] = Seen(head.size, head.root)
    return await send(
        device, contract, sign(device, contract, EntryKind.DEVICE_ENROLLED, body, random)
    )


def tracked_entry(
    device: Device,
    contract: str,
    start: int,
    *,
    memo: str = "painting the fence",
    minutes: Sequence[tuple[int, int, int, int]] = (),
    mask: int = FULL_MASK,
    sampled: bool = True,
    part: int = 0,
    session: str = "5e55105e55105e55",
    pictures: Sequence[tuple[PictureClaim, bytes, bytes, bytes]] = (),
    no_picture: str = "",
    random: Random = os.urandom,
) -> Signed:
    """A signed ``segment.tracked``; ``minutes`` are filled up with quiet ones to ten."""
    rows = (*minutes, *[QUIET] * (10 - len(minutes)))
    body = TrackedBody(
        session=session,
        memo=memo,
        minutes=rows,
        down=0,
        counts="counts",
        pictures=tuple(claim for claim, *_ in pictures),
        no_picture=no_picture or ("" if pictures else "not sampled"),
    )
    signed = sign(
        device,
        contract,
        EntryKind.SEGMENT_TRACKED,
        body,
        random,
        start=start,
        part=part,
        mask=mask,
        sampled=sampled,
    )
    files = tuple(file for _, *renditions in pictures for file in renditions)
    return Signed(signed.note, signed.body, files)


@lru_cache(maxsize=64)
def a_webp(width: int = 64, height: int = 48, seed: int = 0) -> bytes:
    """A lossless WebP of noise: no two seeds give the same."""
    noise = pseudo.Random(seed).randbytes(3 * width * height)  # noqa: S311 - repeatable
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), noise).save(file, "WEBP", lossless=True, method=0)
    return file.getvalue()


def a_picture(
    start: int, seed: int = 0, monitor: int = 0, width: int = 64, height: int = 48
) -> tuple[PictureClaim, bytes, bytes, bytes]:
    """A picture's claim, original, preview and thumbnail."""
    files = (
        a_webp(width, height, seed),
        a_webp(width // 2, height // 2, seed),
        a_webp(width // 4, height // 4, seed),
    )
    original, preview, thumbnail = (rendition(file) for file in files)
    claim = PictureClaim(
        monitor=monitor,
        taken_at=start + 300,
        width=width,
        height=height,
        original=original,
        preview=preview,
        thumbnail=thumbnail,
    )
    return claim, *files


def rendition(file: bytes) -> Rendition:
    return Rendition(digest=hashlib.sha256(file).hexdigest(), size=len(file))


def an_earlier_slot(now: float | None = None, ago: int = 1) -> int:
    """The start of a slot that is over: ``ago`` slots before the one that runs."""
    return (int(time.time() if now is None else now) // 600 - ago) * 600


def stored(folder: Path) -> dict[str, int]:
    """How many rows each table has, and how many blobs there are."""
    db = apsw.Connection(str(folder / "diary.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        tables = [
            "entry",
            "body",
            "segment",
            "picture",
            "intent",
            "content_key",
            "contract",
            "party",
        ]
        counts = {table: db.execute(f"SELECT count(*) FROM {table}").get for table in tables}  # noqa: S608
    finally:
        db.close()
    blobs = [path for path in (folder / "blobs").rglob("*") if path.is_file()]
    counts["blobs"] = sum(len(path.name) == 32 for path in blobs)
    return counts


WORKDIARY = str(Path(sys.executable).parent / "workdiary")


def run_workdiary(
    folder: Path, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a ``workdiary`` command on a data folder, as its owner would."""
    return subprocess.run(
        [WORKDIARY, *arguments],
        env=os.environ | {"WORKDIARY_SERVER__FOLDER": str(folder)} | (environment or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def server_process(
    folder: Path, environment: dict[str, str] | None = None
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``workdiary serve`` as a process of its own: its URL, when it is ready."""
    process = subprocess.Popen(
        [WORKDIARY, "serve", "--port", "0"],
        env=os.environ | {"WORKDIARY_SERVER__FOLDER": str(folder)} | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            _, narration = process.communicate(timeout=10)
            raise AssertionError(f"the server did not start: {narration}")
        yield url, process
    finally:
        process.kill()
        process.communicate()
