"""What a broken or hostile caller sends: a clear problem, nothing stored, and a server unharmed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from serverkit import (
    Device,
    RunningServer,
    Signed,
    a_freelancer,
    a_picture,
    an_earlier_slot,
    enter_log,
    open_contract,
    rendition,
    running_server,
    send,
    sign,
    stored,
    tracked_entry,
)
from workdiary import api
from workdiary.bodies import DeviceBody, TrackedBody
from workdiary.entries import EntryKind, Seen, commitment, device_key_name, read_entry, sign_entry
from workdiary.notes import SigningKey
from workdiary_server.settings import LimitsSection

START = an_earlier_slot(ago=2)
MEBIBYTE = 1024 * 1024


@dataclass(slots=True)
class Scene:
    server: RunningServer
    device: Device
    contract: str
    foreign: str

    async def post(
        self, body: Any, contract: str = "", content_type: str = api.FRAMES
    ) -> tuple[int, api.Problem]:
        """Send raw bytes as the freelancer; the status and the problem of the answer."""
        headers = {
            "Authorization": f"Bearer {self.device.token}",
            "Content-Type": content_type,
        }
        path = f"{self.server.url}/api/v1/contracts/{contract or self.contract}/entries"
        async with (
            aiohttp.ClientSession() as session,
            session.post(path, data=body, headers=headers) as answer,
        ):
            assert answer.content_type == api.PROBLEM
            return answer.status, msgspec.json.decode(await answer.read(), type=api.Problem)

    def entry(self, **changes: Any) -> Signed:
        return tracked_entry(self.device, self.contract, START, **changes)

    def pictured(self, **changes: Any) -> Signed:
        """A segment whose picture's claim is changed; the files stay."""
        claim, *files = a_picture(START, seed=1)
        changed = msgspec.structs.replace(claim, **changes)
        return self.entry(pictures=[(changed, *files)])


@asynccontextmanager
async def scene(folder: Path, limits: LimitsSection | None = None) -> AsyncIterator[Scene]:
    async with (
        running_server(folder, limits=limits) as server,
        a_freelancer(server, "Ada") as ada,
        a_freelancer(server, "Eve") as eve,
    ):
        contract = await open_contract(server, ada.person)
        foreign = await open_contract(server, eve.person)
        await enter_log(ada, contract)
        yield Scene(server, ada, contract, foreign)


def framed(signed: Signed) -> bytes:
    return api.frame(signed.note, signed.body, *signed.pictures)


def resigned(scene: Scene, **changes: Any) -> bytes:
    """A good segment whose entry is changed and signed again."""
    signed = scene.entry()
    entry = msgspec.structs.replace(read_entry(signed.note), **changes)
    return api.frame(sign_entry(entry, scene.device.key), signed.body)


def rewritten(scene: Scene, old: bytes, new: bytes) -> bytes:
    """A good entry with some bytes of its note replaced, unsigned as they are."""
    signed = scene.entry()
    assert old in signed.note
    return api.frame(signed.note.replace(old, new), signed.body)


def with_body(scene: Scene, **changes: Any) -> bytes:
    """A segment whose body is changed and committed to."""
    body = TrackedBody(
        session="5e55105e55105e55",
        memo="",
        minutes=((0, 0, 0, 0),) * 10,
        down=0,
        counts="counts",
        pictures=(),
        no_picture="not sampled",
    )
    body = msgspec.structs.replace(body, **changes)
    kind = EntryKind.SEGMENT_TRACKED
    return framed(sign(scene.device, scene.contract, kind, body, start=START, mask=1))


def wrong_key(scene: Scene) -> bytes:
    stranger = SigningKey(device_key_name(scene.device.id), b"\x01" * 32)
    signed = scene.entry()
    return api.frame(sign_entry(read_entry(signed.note), stranger), signed.body)


def other_body(scene: Scene) -> bytes:
    return api.frame(scene.entry().note, scene.entry(memo="another").body)


def unknown_device(scene: Scene) -> bytes:
    entry = msgspec.structs.replace(read_entry(scene.entry().note), device="ab" * 16)
    signing = SigningKey(device_key_name("ab" * 16), b"\x01" * 32)
    body = scene.entry().body
    entry = msgspec.structs.replace(entry, body=commitment(body))
    return api.frame(sign_entry(entry, signing), body)


def second_enrolment(scene: Scene) -> bytes:
    device = scene.device
    public = device.key.public.public.hex()
    body = DeviceBody(device=device.id, person=device.person, public_key=public, name="again")
    return framed(sign(device, scene.contract, EntryKind.DEVICE_ENROLLED, body))


def cut(scene: Scene) -> bytes:
    return framed(scene.pictured())[:-100]


def truncated(scene: Scene) -> bytes:
    """A picture cut short, with a claim that admits it: the file itself must say no."""
    claim, original, preview, thumbnail = a_picture(START)
    short = original[:-50]
    claim = msgspec.structs.replace(claim, original=rendition(short))
    return framed(scene.entry(pictures=[(claim, short, preview, thumbnail)]))


def appended(scene: Scene) -> bytes:
    claim, original, preview, thumbnail = a_picture(START)
    longer = original + b"<script>"
    claim = msgspec.structs.replace(claim, original=rendition(longer))
    return framed(scene.entry(pictures=[(claim, longer, preview, thumbnail)]))


def exchanged(scene: Scene) -> bytes:
    """Another picture of the same size in bytes is not the one that was signed."""
    claim, original, preview, thumbnail = a_picture(START)
    other = original[:-1] + bytes([original[-1] ^ 1])
    return framed(scene.entry(pictures=[(claim, other, preview, thumbnail)]))


def eighty_megapixels(scene: Scene) -> bytes:
    """A VP8X header of 16383 × 5000 in a file of a few bytes."""
    claim, _, preview, thumbnail = a_picture(START)
    size = (16382).to_bytes(3, "little") + (4999).to_bytes(3, "little")
    chunk = b"WEBPVP8X" + (10).to_bytes(4, "little") + bytes(4) + size
    bomb = b"RIFF" + len(chunk).to_bytes(4, "little") + chunk
    claim = msgspec.structs.replace(claim, width=16383, height=5000, original=rendition(bomb))
    return framed(scene.entry(pictures=[(claim, bomb, preview, thumbnail)]))


def not_webp(scene: Scene) -> bytes:
    claim, _, preview, thumbnail = a_picture(START)
    png = b"\x89PNG\r\n\x1a\n" + bytes(60)
    claim = msgspec.structs.replace(claim, original=rendition(png))
    return framed(scene.entry(pictures=[(claim, png, preview, thumbnail)]))


def control_characters(scene: Scene) -> bytes:
    return with_body(scene, memo="rm -rf\x1b[2J\u202e")


def raw_control_characters(scene: Scene) -> bytes:
    """An escape sequence inside the body's JSON, past what our own encoder would write."""
    signed = scene.entry(memo="QQQQ")
    body = signed.body.replace(b"QQQQ", b"\x1b[2J")
    entry = msgspec.structs.replace(read_entry(signed.note), body=commitment(body))
    return api.frame(sign_entry(entry, scene.device.key), body)


def wide_preview(scene: Scene) -> bytes:
    claim, original, _, thumbnail = a_picture(START, width=1000, height=10)
    claim = msgspec.structs.replace(claim, preview=claim.original)
    return framed(scene.entry(pictures=[(claim, original, original, thumbnail)]))


def salt_only(scene: Scene) -> bytes:
    body = bytes(16)
    entry = msgspec.structs.replace(read_entry(scene.entry().note), body=commitment(body))
    return api.frame(sign_entry(entry, scene.device.key), body)


def contract_kind(scene: Scene) -> bytes:
    device = scene.device
    body = DeviceBody(device=device.id, person=device.person, public_key="ab" * 32, name="x")
    return framed(sign(device, scene.contract, EntryKind.DEVICE_REVOKED, body))


CASES: dict[str, tuple[Callable[[Scene], bytes], int, str]] = {
    "nothing": (lambda _: b"", 422, "frames"),
    "noise": (lambda _: b"\x00\x00\x00\x05hello", 422, "note"),
    "half a length": (lambda _: b"\x00\x00", 422, "frames"),
    "a note over 65,535 bytes": (lambda _: b"\x00\x01\x00\x00" + bytes(65_536), 413, "too-large"),
    "a body over 32 KiB": (
        lambda s: api.frame(s.entry().note, bytes(32_769)),
        413,
        "too-large",
    ),
    "an entry with a space": (lambda s: rewritten(s, b'{"', b'{ "'), 422, "canonical"),
    "an unknown field": (lambda s: rewritten(s, b'{"', b'{"a":1,"'), 422, "canonical"),
    "a wrong signature": (wrong_key, 422, "signature"),
    "an altered entry": (
        lambda s: rewritten(s, b'"sampled":true,', b""),
        422,
        "signature",
    ),
    "a body that was not committed to": (other_body, 422, "commitment"),
    "a body of salt alone": (salt_only, 422, "body"),
    "an unknown device": (unknown_device, 409, "device"),
    "a chain that skips": (lambda s: resigned(s, seq=5), 409, "chain"),
    "a chain that forks": (lambda s: resigned(s, prev="ab" * 32), 409, "chain"),
    "a start off the grid": (lambda s: resigned(s, start=START + 1), 422, "entry"),
    "a mask of eleven minutes": (lambda s: resigned(s, mask=2047), 422, "entry"),
    "a segment in the future": (
        lambda s: resigned(s, start=START + 6000),
        422,
        "clock",
    ),
    "a head beyond the log": (
        lambda s: resigned(s, seen=Seen(99, "ab" * 32)),
        409,
        "seen",
    ),
    "another log's head": (
        lambda s: resigned(s, seen=Seen(2, "ab" * 32)),
        409,
        "seen",
    ),
    "a foreign contract's entry": (lambda s: resigned(s, contract=s.foreign), 422, "contract"),
    "a second enrolment": (second_enrolment, 409, "enrolment"),
    "a kind that is not sent here": (contract_kind, 422, "kind"),
    "a memo with control characters": (control_characters, 422, "text"),
    "a raw escape sequence in a body": (raw_control_characters, 422, "canonical"),
    "a memo of 501 characters": (lambda s: with_body(s, memo="x" * 501), 422, "text"),
    "nine minutes": (lambda s: with_body(s, minutes=((0, 0, 0, 0),) * 9), 422, "body"),
    "a negative count": (
        lambda s: with_body(s, minutes=((-1, 0, 0, 0),) * 10),
        422,
        "body",
    ),
    "a picture that is missing": (lambda s: framed(s.pictured())[:1500], 422, "frames"),
    "an upload cut in a picture": (cut, 422, "frames"),
    "a truncated picture": (truncated, 422, "picture"),
    "a picture with bytes appended": (appended, 422, "picture"),
    "a picture that was exchanged": (exchanged, 422, "picture"),
    "a picture of 80 megapixels": (eighty_megapixels, 413, "too-large"),
    "a picture of another format": (not_webp, 422, "picture"),
    "a picture of other dimensions": (lambda s: framed(s.pictured(width=65)), 422, "picture"),
    "a preview over 960 wide": (wide_preview, 413, "too-large"),
    "bytes after the last frame": (lambda s: framed(s.entry()) + b"x", 422, "frames"),
    "a picture nobody claimed": (
        lambda s: framed(s.entry()) + api.frame(b"RIFF"),
        422,
        "frames",
    ),
}


async def test_whatever_is_wrong_with_an_entry_is_said_and_nothing_is_stored(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        before = stored(tmp_path)
        for case, (make, status, code) in CASES.items():
            answer, problem = await here.post(make(here))
            assert (case, answer, problem.code) == (case, status, code), problem.detail
            assert problem.status == answer
            assert problem.detail
            assert stored(tmp_path) == before, case
        receipt = await send(here.device, here.contract, here.pictured())
        assert receipt.index == 2


async def test_a_foreign_contract_is_not_found(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        before = stored(tmp_path)
        status, problem = await here.post(framed(here.entry()), contract=here.foreign)
        assert (status, problem.code) == (404, "not-found")
        assert stored(tmp_path) == before


async def test_five_gigabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        reader, writer = await asyncio.open_connection(*address(here.server.url))
        writer.write(request_head(here, "Content-Length: 5368709120"))
        await writer.drain()
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert b" 413 " in head
        assert api.PROBLEM.encode() in head
        writer.close()
        assert (await here.device.client.me()).scope == "tracker"


async def test_who_asks_before_sending_is_refused_without_sending(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        reader, writer = await asyncio.open_connection(*address(here.server.url))
        writer.write(request_head(here, "Content-Length: 5368709120\r\nExpect: 100-continue"))
        await writer.drain()
        line = await asyncio.wait_for(reader.readline(), 5)
        assert b" 413 " in line
        writer.close()


async def test_an_endless_body_ends_at_the_limit(tmp_path: Path) -> None:
    limits = LimitsSection(upload_bytes=MEBIBYTE)
    async with scene(tmp_path, limits) as here:
        before, sent = stored(tmp_path), 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            claim, *files = a_picture(START)
            claims = [msgspec.structs.replace(claim, monitor=n) for n in range(16)]
            signed = here.entry(pictures=[(claim, *files) for claim in claims])
            yield api.frame(signed.note, signed.body)
            while sent < 100 * MEBIBYTE:
                sent += 65_536
                yield (65_536).to_bytes(4, "big") + bytes(65_536)

        status, problem = await here.post(endless())
        assert (status, problem.code) == (413, "too-large")
        assert sent < 100 * MEBIBYTE
        assert stored(tmp_path) == before


async def test_a_caller_who_stalls_in_mid_body_is_let_go(tmp_path: Path) -> None:
    limits = LimitsSection(idle_seconds=0.2)
    async with scene(tmp_path, limits) as here:
        before = stored(tmp_path)
        body = framed(here.pictured())

        async def stall(part: bytes) -> None:
            reader, writer = await asyncio.open_connection(*address(here.server.url))
            writer.write(request_head(here, f"Content-Length: {len(body)}") + part)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert b" 408 " in head
            assert api.PROBLEM.encode() in head
            await asyncio.wait_for(reader.read(), 5)
            writer.close()

        await asyncio.gather(*map(stall, (b"", body[:2], body[:300], body[:-10])))
        assert stored(tmp_path) == before
        await send(here.device, here.contract, here.entry())


async def test_a_caller_who_drips_has_a_limit_as_well(tmp_path: Path) -> None:
    limits = LimitsSection(idle_seconds=5, body_seconds=0.3)
    async with scene(tmp_path, limits) as here:

        async def drip() -> AsyncIterator[bytes]:
            for byte in framed(here.entry()):
                await asyncio.sleep(0.05)
                yield bytes([byte])

        status, problem = await here.post(drip())
        assert (status, problem.code) == (408, "timeout")


async def test_a_caller_who_leaves_in_mid_body_leaves_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene(tmp_path) as here:
        before, body = stored(tmp_path), framed(here.pictured())
        for _ in range(5):
            _, writer = await asyncio.open_connection(*address(here.server.url))
            writer.write(request_head(here, f"Content-Length: {len(body)}") + body[:300])
            await writer.drain()
            writer.transport.abort()
        await send(here.device, here.contract, here.entry())
        after = stored(tmp_path)
        assert (after["blobs"], after["intent"]) == (before["blobs"], before["intent"])
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_too_many_uploads_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    async with scene(tmp_path, LimitsSection(uploads=1)) as here:
        _, writer = await asyncio.open_connection(*address(here.server.url))
        writer.write(request_head(here, "Content-Length: 5000") + framed(here.entry())[:100])
        async with asyncio.timeout(5):
            while True:
                status, problem = await here.post(b"x")
                if status != 422:
                    break
        assert (status, problem.code) == (503, "overloaded")
        writer.close()


async def test_the_frameworks_own_refusals_are_problems_too(tmp_path: Path) -> None:
    async with scene(tmp_path) as here, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {here.device.token}"}
        for method, path, kind, status in (
            ("GET", "/api/v1/nothing", "", 404),
            ("GET", "/favicon.ico", "", 404),
            ("PUT", "/api/v1/me", "", 405),
            ("POST", "/api/v1/people", "application/json", 403),
            ("POST", "/api/v1/enrolments", "text/plain", 415),
            ("POST", "/api/v1/enrolments", "application/json", 422),
            ("POST", f"/api/v1/contracts/{here.contract}/entries", "text/plain", 415),
            ("GET", f"/api/v1/contracts/{here.contract}/days/2026-02-30", "", 422),
            ("GET", f"/api/v1/contracts/{here.contract}/days/2026-02-01?zone=Mars", "", 422),
            ("GET", f"/api/v1/contracts/{here.contract}/days/9999-12-31", "", 422),
            ("GET", f"/api/v1/contracts/{here.contract}/days/0001-01-01", "", 422),
            ("GET", f"/api/v1/contracts/{here.contract}/weeks/0001-01-01", "", 422),
            ("GET", f"/api/v1/contracts/{here.contract}/weeks/9999-12-31", "", 422),
            ("GET", f"/api/v1/contracts/{here.contract}/segments/abc", "", 422),
            ("GET", f"/api/v1/contracts/{here.contract}/segments/99999999999", "", 404),
            ("GET", "/api/v1/events?", "", 422),
        ):
            extra = {"Content-Type": kind} if kind else {}
            if path.endswith("?"):
                extra["Last-Event-ID"] = "soon"
            async with session.request(
                method, here.server.url + path, headers=headers | extra, data=b"{" if kind else None
            ) as answer:
                assert (path, answer.status) == (path, status)
                assert answer.content_type == api.PROBLEM
                problem = msgspec.json.decode(await answer.read(), type=api.Problem)
                assert problem.status == status
                assert "Traceback" not in problem.detail


def address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


def request_head(scene: Scene, header: str) -> bytes:
    return (
        f"POST /api/v1/contracts/{scene.contract}/entries HTTP/1.1\r\nHost: diary\r\n"
        f"Authorization: Bearer {scene.device.token}\r\nContent-Type: {api.FRAMES}\r\n"
        f"{header}\r\n\r\n"
    ).encode()
