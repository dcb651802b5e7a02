"""From a keystroke to the reviewer's screen, every part real: X server, input, server, TUI."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from team import WORKDIARY, Server, Team, Terminal, a_team
from workdiary import api, credentials
from workdiary.client import DiaryClient
from workdiary.mirror import Mirror
from workdiary.plugins import CAPTURE, Plugins
from workdiary_tracker.clocks import Reading
from workdiary_tracker.parts import Sealer
from workdiary_tracker.session import device_of
from workdiary_tracker.shots import ProcessShooter
from workdiary_tracker.spool import Spool
from workdiary_tracker.tracker import Tracker
from xserver import XServer, eventually, paint_pattern

MEMO = "Fix invoice rounding"


@dataclass(frozen=True, slots=True)
class Batch:
    """What is typed within one minute."""

    keys: int
    clicks: int
    notches: int


FIRST, SECOND = Batch(60, 5, 4), Batch(77, 7, 5)


def put_in(desktop: XServer, batch: Batch) -> None:
    desktop.xdotool("type", "--delay", "15", "a" * batch.keys)
    desktop.xdotool("click", "--repeat", str(batch.clicks), "--delay", "15", "1")
    desktop.xdotool("click", "--repeat", str(batch.notches), "--delay", "15", "4")


@contextmanager
def a_desktop() -> Iterator[tuple[XServer, Image.Image]]:
    """A painted desktop with an xterm in its upper left quarter, which has the focus."""
    with XServer("1280x800x24") as desktop:
        pattern = paint_pattern(desktop.display)
        xterm = subprocess.Popen(
            ["xterm", "-geometry", "60x16+0+0", "-e", "cat"],
            env=desktop.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            desktop.xdotool("search", "--sync", "--onlyvisible", "--class", "xterm")
            desktop.xdotool("mousemove", "100", "100")
            yield desktop, pattern
        finally:
            xterm.kill()
            xterm.wait()


@contextmanager
def a_running_team(folder: Path) -> Iterator[Team]:
    with Server(folder / "server") as server:
        yield a_team(server, folder)


async def the_segment(team: Team, start: datetime) -> tuple[api.Segment, bytes]:
    """The day's only segment and its picture, as the client's own client gets them."""
    alice = credentials.load(team.alice)
    async with DiaryClient(team.server.url, alice.token) as client:
        day = await client.day(team.contract, start.date())
        (segment,) = day.segments
        (picture,) = segment.pictures
        return segment, await client.picture(team.contract, picture.digest)


def check_segment(segment: api.Segment, minutes: dict[int, Batch]) -> None:
    """Exactly these counts, in exactly these minutes, and in no other."""
    wanted = [minutes.get(index, Batch(0, 0, 0)) for index in range(10)]
    assert segment.keystrokes == tuple(batch.keys for batch in wanted)
    assert segment.clicks == tuple(batch.clicks for batch in wanted)
    assert segment.scrolls == tuple(batch.notches for batch in wanted)
    assert (segment.status, segment.sampled, segment.memo) == ("auto", True, MEMO)


def check_picture(webp: bytes, pattern: Image.Image) -> None:
    """Outside the xterm, the stored picture is the painted screen, pixel for pixel."""
    with Image.open(io.BytesIO(webp)) as image:
        stored = image.convert("RGB")
    assert stored.size == pattern.size
    right = (pattern.width // 2, 0, pattern.width, pattern.height)
    assert stored.crop(right).tobytes() == pattern.crop(right).tobytes()
    left = (0, 0, pattern.width // 4, pattern.height // 4)
    assert stored.crop(left).tobytes() != pattern.crop(left).tobytes(), "where is the xterm?"


def check_terminal(team: Team, start: datetime, minutes: dict[int, Batch]) -> None:
    """The client opens the TUI, walks to the day, the segment and its minutes."""
    env = {"WORKDIARY_HOME": str(team.alice)}
    with Terminal([*WORKDIARY, "tui"], env, 100, 30) as terminal:
        terminal.expect("acme/website")
        terminal.press("Enter")
        terminal.expect("week ")
        for _ in range((datetime.now(UTC).date() - start.date()).days):
            terminal.press("[")
        clock = f"{start:%H:%M}"
        terminal.expect(rf"{clock} +AUTO .*k +137 +c +12 +s +9 +{MEMO}")
        terminal.press("Enter")
        terminal.expect("1280x800")
        terminal.press("m")
        for index, batch in minutes.items():
            at = f"{start + timedelta(minutes=index):%H:%M}"
            line = rf"{at} +{batch.keys}\b.* {batch.clicks}\b.* {batch.notches}\b"
            terminal.expect(line)
        terminal.press("Q")
        terminal.expect_end()


class ShiftedClock:
    """The machine's clock, moved: what is done now falls into a slot of half an hour ago."""

    def __init__(self, starts_at: float) -> None:
        self._shift = starts_at - time.time()

    def read(self) -> Reading:
        return Reading(time.time() + self._shift, time.monotonic(), time.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def until(self, wall: float) -> None:
        await asyncio.sleep(max(0.0, wall - self.read().wall))


def drawing(milliseconds: int) -> Callable[[int], bytes]:
    """Randomness that draws this moment for every slot, and is honest in all else."""
    return lambda count: milliseconds.to_bytes(4, "big") if count == 4 else os.urandom(count)


@asynccontextmanager
async def a_tracker(
    team: Team, clock: ShiftedClock, moment: int, lines: list[str]
) -> AsyncIterator[Tracker]:
    known = credentials.load(team.jane)
    backend = Plugins(CAPTURE).capture_backend("[tracker] capture", "x11")({})
    assert backend.probe() == ""
    shooter = ProcessShooter("x11", {}, lambda: clock.read().wall)
    random = drawing(moment)
    spool = Spool(team.jane / "spool.sqlite", bytes.fromhex(known.storage_key), random)
    mirror = Mirror(team.jane)
    async with DiaryClient(known.server, known.token) as client:
        tracker = Tracker(
            spool=spool,
            mirror=mirror,
            sealer=Sealer(device_of(known), random),
            clock=clock,
            backend=backend,
            shooter=shooter,
            client=client,
            random=random,
            jitter=lambda: 0.0,
            say=lines.append,
        )
        await tracker.open()
        try:
            yield tracker
        finally:
            backend.stop()
            shooter.close()
            mirror.close()
            spool.close()


async def test_what_is_typed_is_what_the_client_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole path in half a minute: clock and moment are handed in, all else is real."""
    start = datetime.fromtimestamp((time.time() - 1800) // 600 * 600, UTC)
    boundary = start.timestamp() + 300
    lines: list[str] = []
    with a_desktop() as (desktop, pattern), a_running_team(tmp_path) as team:
        desktop.inhabit(monkeypatch)
        clock = ShiftedClock(boundary - 12)
        async with a_tracker(team, clock, 299_000, lines) as tracker:
            await tracker.start(tracker.choose(None), MEMO)
            running = asyncio.create_task(tracker.run())
            await clock.until(boundary - 11)
            await asyncio.to_thread(put_in, desktop, FIRST)
            assert clock.read().wall < boundary - 1, "typing took too long for its minute"
            await clock.until(boundary + 1)
            await asyncio.to_thread(put_in, desktop, SECOND)
            while not any("picture(s) taken" in line for line in lines):
                await asyncio.sleep(0.1)
            running.cancel()
            await asyncio.wait({running})
            assert await tracker.close(), lines
        segment, webp = await the_segment(team, start)
        minutes = {4: FIRST, 5: SECOND}
        check_segment(segment, minutes)
        assert segment.tracked == 0b110000
        check_picture(webp, pattern)
        await asyncio.to_thread(check_terminal, team, start, minutes)


@pytest.mark.long
@pytest.mark.timeout(1500)
async def test_what_is_typed_is_what_the_client_sees_in_real_time(tmp_path: Path) -> None:
    """Nothing is handed in: the tracker runs until its slot's own random moment has come."""
    log = tmp_path / "track.log"
    with a_desktop() as (desktop, pattern), a_running_team(tmp_path) as team:
        eventually(lambda: 2 < time.time() % 60 < 25 and time.time() % 600 < 480, "a minute", 200)
        with log.open("w") as output:
            tracking = subprocess.Popen(
                [*WORKDIARY, "track", "--headless", "--memo", MEMO],
                env={**desktop.env, "WORKDIARY_HOME": str(team.jane)},
                stdout=output,
                stderr=output,
            )
        try:
            eventually(lambda: "tracking acme/website" in log.read_text(), "tracking", 30)
            minutes = await asyncio.to_thread(type_over_a_boundary, desktop)
            eventually(lambda: "picture(s) taken" in log.read_text(), "the moment", 1200)
        finally:
            tracking.send_signal(signal.SIGTERM)
            tracking.wait(30)
        assert "everything is sent" in log.read_text()
        await check_real_time(team, minutes, pattern)


def type_over_a_boundary(desktop: XServer) -> dict[datetime, Batch]:
    """Type in one minute and the next; returns what was typed in which minute."""
    typed: dict[datetime, Batch] = {}
    for batch in (FIRST, SECOND):
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        put_in(desktop, batch)
        assert datetime.now(UTC).minute == minute.minute, "typing ran over the minute's end"
        typed[minute] = batch
        later = minute.timestamp() + 62
        eventually(partial(is_past, later), "the next minute", 70)
    return typed


def is_past(instant: float) -> bool:
    return time.time() > instant


async def check_real_time(team: Team, typed: dict[datetime, Batch], pattern: Image.Image) -> None:
    """If the moment lay before the start, a second slot was waited for: only it has a picture."""
    alice = credentials.load(team.alice)
    async with DiaryClient(team.server.url, alice.token) as client:
        days = {minute.date() for minute in typed} | {datetime.now(UTC).date()}
        segments = [
            s for day in sorted(days) for s in (await client.day(team.contract, day)).segments
        ]
        (picture,) = [picture for segment in segments for picture in segment.pictures]
        webp = await client.picture(team.contract, picture.digest)
    counted = {
        segment.start + timedelta(minutes=index): Batch(
            segment.keystrokes[index], segment.clicks[index], segment.scrolls[index]
        )
        for segment in segments
        for index in range(10)
        if segment.keystrokes[index] or segment.clicks[index] or segment.scrolls[index]
    }
    assert counted == typed
    sampled = [segment for segment in segments if segment.sampled]
    assert [segment.status for segment in sampled] == ["auto"]
    unsampled = [segment for segment in segments if not segment.sampled]
    assert all(s.status == "partial" and s.no_picture == "not sampled" for s in unsampled)
    check_picture(webp, pattern)
    start = min(segment.start for segment in segments)
    by_minute = {round((at - start).total_seconds() / 60): batch for at, batch in typed.items()}
    status = "AUTO" if segments[0].sampled else "PARTIAL"
    await asyncio.to_thread(check_terminal_in_real_time, team, start, by_minute, status)


def check_terminal_in_real_time(
    team: Team, start: datetime, minutes: dict[int, Batch], status: str
) -> None:
    env = {"WORKDIARY_HOME": str(team.alice)}
    with Terminal([*WORKDIARY, "tui"], env, 100, 30) as terminal:
        terminal.expect("acme/website")
        terminal.press("Enter")
        terminal.expect(rf"{start:%H:%M} +{status}.*k +137 +c +12 +s +9")
        terminal.press("g", "Enter")
        terminal.press("m")
        for index, batch in minutes.items():
            at = f"{start + timedelta(minutes=index):%H:%M}"
            terminal.expect(rf"{at} +{batch.keys}\b.* {batch.clicks}\b.* {batch.notches}\b")
