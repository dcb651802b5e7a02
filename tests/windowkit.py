"""Programs in real terminals under a real X server: keys go in, the window's pixels come out."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageStat
from workdiary_capture_x11.pixels import get_image
from xserver import XServer, opened

WORKDIARY = str(Path(sys.executable).with_name("workdiary"))
FRAME = (255, 0, 255)
"""A colour that no screen of ours has: what it surrounds is found in the window by it."""
_DEADLINE = 40.0
_LEFT_OUT = {"COLORTERM", "NO_COLOR", "SSH_CONNECTION", "TMUX", "KITTY_WINDOW_ID"}


def framed(picture: Image.Image) -> Image.Image:
    """The picture, with a border of ``FRAME``."""
    width, height = picture.size
    edge = width // 30
    bordered = Image.new("RGB", picture.size, FRAME)
    bordered.paste(picture.crop((edge, edge, width - edge, height - edge)), (edge, edge))
    return bordered


@dataclass
class Window:
    """A terminal's window that fills the desktop."""

    desktop: XServer
    folder: Path

    def press(self, *keys: str) -> None:
        for key in keys:
            self.desktop.xdotool("key", key)

    def pixels(self) -> Image.Image:
        with opened(self.desktop.display) as display:
            desk = display.screen().root.get_geometry()
            return get_image(display, 0, 0, desk.width, desk.height)

    def framed_box(self) -> tuple[int, int, int, int] | None:
        """Where the border's colour begins and ends in the window."""
        red, green, blue = self.pixels().split()
        near = ImageChops.multiply(red.point(_bright), blue.point(_bright))
        return ImageChops.multiply(near, green.point(_dark)).getbbox()

    def difference(self, source: Image.Image) -> float:
        """How far what stands in the frame is from ``source``: mean of channels, of 255."""
        box = self.framed_box()
        if box is None:
            return 255.0
        shown = self.pixels().crop(box)
        fitted = source.resize(shown.size, Image.Resampling.LANCZOS)
        return sum(ImageStat.Stat(ImageChops.difference(shown, fitted)).mean) / 3

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(_DEADLINE):
                while not condition():
                    await asyncio.sleep(0.2)
        except TimeoutError:
            seen = self.folder / "window.png"
            self.pixels().save(seen)
            raise AssertionError(f"not within {_DEADLINE} s: {what}; see {seen}") from None


def _bright(value: int) -> int:
    return 255 if value > 200 else 0


def _dark(value: int) -> int:
    return 255 if value < 60 else 0


@asynccontextmanager
async def a_window(terminal: list[str], command: list[str], home: Path) -> AsyncIterator[Window]:
    """Run ``command`` in a ``terminal`` whose arguments it follows, on a desktop of its own."""
    with XServer("1100x800x24") as desktop:
        kept = {name: text for name, text in desktop.env.items() if name not in _LEFT_OUT}
        kept |= {"HOME": str(home), "LIBGL_ALWAYS_SOFTWARE": "1", "WORKDIARY_TOKEN": "reader"}
        kept |= {"LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(home)}
        process = subprocess.Popen(
            [*terminal, *command], env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            window = Window(desktop, home)
            await window.until(lambda: window.pixels().getextrema() != ((0, 0),) * 3, "a window")
            desktop.xdotool("mousemove", "200", "200")
            yield window
        finally:
            process.terminate()
            process.wait(10)


def version_of(program: str) -> tuple[int, ...]:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.findall(r"\d+", told)))[:3]


def in_tmux(socket: str, folder: Path) -> list[str]:
    """The command line to put before a program, for a tmux that lets pictures through."""
    settings = folder / "tmux.conf"
    settings.write_text("set -g allow-passthrough on\nset -g default-terminal tmux-256color\n")
    return ["tmux", "-L", socket, "-f", str(settings), "new"]


def end_tmux(socket: str) -> None:
    subprocess.run(["tmux", "-L", socket, "kill-server"], check=False, capture_output=True)


def unique(name: str) -> str:
    return f"{name}-{os.getpid()}"
