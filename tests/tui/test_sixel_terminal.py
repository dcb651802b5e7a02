"""Sixels in real terminals, against the real server: what stands in the window is looked at."""

from __future__ import annotations

import asyncio
import hashlib
import io
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from needs import require_program
from PIL import Image, ImageChops, ImageGrab, ImageStat
from serverkit import (
    WORKDIARY,
    a_freelancer,
    a_person,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.bodies import PictureClaim, Rendition
from workdiary_capture_demo.desktop import draw_desktop
from workdiary_tui.pictures import fit
from Xlib import X
from xserver import XServer, eventually, opened

KINDS = ("terminal", "editor", "browser")
COUNT = len(KINDS)
MORE_THAN_XTERM_KEEPS = 17
NEAR = 8
"""Of 255: sixteen colours and a terminal's rounding are nearer to their own picture than that."""
XTERM = ("xterm", "-ti", "vt340", "-bg", "white", "-b", "12", "-geometry", "80x24+0+0", "-e")
BORDERS = {"xterm": 12, "mlterm": 2}
MLTERM = ("mlterm", "--sbmod=none", "-b", "white", "--geometry=80x24+0+0", "-e")


def a_webp(image: Image.Image, width: int) -> bytes:
    file = io.BytesIO()
    image.resize((width, width * 9 // 16)).save(file, "WEBP", quality=85)
    return file.getvalue()


def a_claim(image: Image.Image, start: int) -> tuple[PictureClaim, bytes, bytes, bytes]:
    files = a_webp(image, 960), a_webp(image, 960), a_webp(image, 320)
    original, preview, thumbnail = (
        Rendition(digest=hashlib.sha256(file).hexdigest(), size=len(file)) for file in files
    )
    claim = PictureClaim(
        monitor=0, taken_at=start + 300, width=960, height=540,
        original=original, preview=preview, thumbnail=thumbnail,
    )  # fmt: skip
    return claim, *files


@asynccontextmanager
async def a_diary(folder: Path) -> AsyncIterator[tuple[str, str, list[Image.Image]]]:
    """A server with a set of desktops: its address, a reader's token, and the desktops."""
    newest = an_earlier_slot()
    starts = [newest - 600 * back for back in range(COUNT)][::-1]
    desktops = [
        draw_desktop(kind, datetime.fromtimestamp(at, UTC), 1, (960, 540))
        for kind, at in zip(KINDS, starts, strict=True)
    ]
    async with running_server(folder) as server, a_freelancer(server, "Ada") as device:
        alice = await a_person(server, "Alice")
        contract = await open_contract(server, device.person, [alice.id], name="acme/site")
        await enter_log(device, contract)
        for start, desktop in zip(starts, desktops, strict=True):
            entry = tracked_entry(device, contract, start, pictures=[a_claim(desktop, start)])
            await send(device, contract, entry)
        wanted = api.NewToken(person=alice.id, scope="read", label="a reviewer")
        token = await server.owner.add_token(wanted)
        yield server.url, token.secret or "", desktops


@dataclass(slots=True)
class Window:
    """A terminal's window in the corner of a black screen; ``border`` pixels are no cells."""

    desktop: XServer
    process: subprocess.Popen[bytes]
    border: int
    columns: int = 80
    lines: int = 24

    def key(self, *names: str) -> None:
        self.desktop.xdotool("key", *names)

    def look(self) -> Image.Image:
        return ImageGrab.grab(xdisplay=self.desktop.display)

    def cells(self, shot: Image.Image) -> tuple[int, int, int, int]:
        """Left and top of the first cell, and a cell's size."""
        left, top, right, bottom = shot.getbbox() or (0, 0, 0, 0)
        across = (right - left - 2 * self.border) // self.columns
        down = (bottom - top - 2 * self.border) // self.lines
        return left + self.border, top + self.border, max(0, across), max(0, down)

    def row(self, line: int) -> Image.Image:
        shot = self.look()
        left, top, across, down = self.cells(shot)
        y = top + line * down
        return shot.crop((left, y, left + self.columns * across, y + down))

    def difference(self, source: Image.Image, part: float = 1.0) -> float:
        """How far the upper part of what stands where the picture should be is from it."""
        shot = self.look()
        left, top, across, down = self.cells(shot)
        if not across * down:
            return 255.0
        room = min(self.columns, 1000 // across), min(self.lines - 4, 1000 // down)
        columns, lines = fit(source.size, room, down / across)
        x = left + (self.columns - columns) // 2 * across
        y = top + (1 + (self.lines - 4 - lines) // 2) * down
        shown = shot.crop((x, y, x + columns * across, y + lines * down))
        expected = source.resize(shown.size, Image.Resampling.LANCZOS)
        upper = (0, 0, shown.width, int(shown.height * part))
        apart = ImageChops.difference(shown.crop(upper), expected.crop(upper))
        return sum(ImageStat.Stat(apart).mean) / 3

    def resize(self, columns: int, lines: int) -> None:
        _, _, across, down = self.cells(self.look())
        self.columns, self.lines = columns, lines
        with opened(self.desktop.display) as display:
            windows = display.screen().root.query_tree().children
            seen = next(one for one in windows if one.get_attributes().map_state == X.IsViewable)
            spare = 2 * self.border
            seen.configure(width=columns * across + spare, height=lines * down + spare)
            display.sync()


@contextmanager
def a_window(terminal: Sequence[str], url: str, token: str, cache: Path) -> Iterator[Window]:
    require_program(terminal[0], f"apt-get install {terminal[0]}")
    with XServer("1100x700x24") as desktop:
        environment = {k: v for k, v in desktop.env.items() if k not in {"NO_COLOR", "COLORTERM"}}
        environment |= {"WORKDIARY_TOKEN": token, "XDG_CACHE_HOME": str(cache), "LANG": "C.UTF-8"}
        command = (WORKDIARY, "tui", "--server", url)
        process = subprocess.Popen(
            [*terminal, *command], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            desktop.xdotool("mousemove", "200", "200")
            yield Window(desktop, process, BORDERS[terminal[0]])
        finally:
            process.kill()
            process.wait()


def walk(window: Window, desktops: list[Image.Image]) -> None:
    """Start, help, Next, another size; the picture is the right one and the screen stays whole."""

    def shown(number: int, part: float = 1.0) -> bool:
        near = [window.difference(desktop, part) < NEAR for desktop in desktops]
        return near == [other == number for other in range(COUNT)]

    def opened() -> bool:
        """Contracts, the day, its last segment; there the key does nothing."""
        if not shown(COUNT - 1):
            window.key("Return")
        return shown(COUNT - 1)

    def ends() -> tuple[bytes, bytes]:
        """The beginnings of the first line and of the last: no picture scrolled them away."""
        title, keys = window.row(0), window.row(window.lines - 1)
        return title.crop((0, 0, 6, title.height)).tobytes(), keys.crop((0, 0, 90, 15)).tobytes()

    eventually(opened, "the picture at start", seconds=30)
    first = ends()
    window.key("p")
    eventually(lambda: shown(COUNT - 2), "the picture before")
    assert ends() == first
    window.key("question")
    eventually(lambda: not shown(COUNT - 2), "help over the picture")
    eventually(lambda: shown(COUNT - 2, part=0.5), "the picture above the help")
    window.key("question")
    eventually(lambda: shown(COUNT - 2), "the picture where help was")
    assert ends() == first
    for _ in range(MORE_THAN_XTERM_KEEPS):
        window.key("question")
        eventually(lambda: not shown(COUNT - 2), "help again")
        window.key("question")
        eventually(lambda: shown(COUNT - 2), "the picture where help was")
    window.resize(96, 30)
    eventually(lambda: shown(COUNT - 2), "the picture in a larger window")
    assert ends() == first
    window.key("n")
    eventually(lambda: shown(COUNT - 1), "the next picture")
    assert ends() == first
    window.key("Q")
    assert window.process.wait(20) == 0


@pytest.mark.parametrize("terminal", [XTERM, MLTERM], ids=lambda terminal: str(terminal[0]))
async def test_the_picture_stands_in_the_window_and_moves_nothing(
    terminal: Sequence[str], tmp_path: Path
) -> None:
    async with a_diary(tmp_path / "diary") as (url, token, desktops):
        with a_window(terminal, url, token, tmp_path / "cache") as window:
            await asyncio.to_thread(walk, window, desktops)
