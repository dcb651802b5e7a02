"""Pictures in the windows of real terminals: what stands there is the source, and stays it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from diaries import PaperDiary, a_contract, a_picture, a_segment, at
from needs import require_program
from paperserver import PaperServer
from PIL import Image
from windowkit import WORKDIARY, Window, a_window, end_tmux, framed, in_tmux, unique, version_of
from workdiary_capture_demo.desktop import draw_desktop

FONT = "DejaVu Sans Mono"
XTERM = ["xterm", "-fa", FONT, "-fs", "10", "-geometry", "100x30", "-b", "0", "-e"]
MLTERM = ["mlterm", "-g", "100x30", "-e"]
KITTY = ["kitty", "-o", "remember_window_size=no", "-o", "initial_window_width=100c"]
KITTY += ["-o", "initial_window_height=30c", "-o", "linux_display_server=x11"]
PACKAGES = {name: f"apt-get install {name}" for name in ("xterm", "mlterm", "kitty", "tmux")}
# Blocks of two colours a cell are coarse; pixels are nearly the source.
COARSE, FINE = 16.0, 5.0


def pictures_of_a_set() -> tuple[PaperDiary, list[Image.Image]]:
    paper, sources = PaperDiary(a_contract()), []
    for number, kind in enumerate(("editor", "spreadsheet", "browser")):
        start = at(9) + timedelta(minutes=10 * number)
        drawn = draw_desktop(kind, start, 1, (1920, 1080))
        sources.append(framed(drawn.resize((960, 540), Image.Resampling.LANCZOS)))
        file = io.BytesIO()
        sources[-1].save(file, "WEBP", lossless=True)
        picture = a_picture(start, file.getvalue())
        paper.files[picture.digest] = file.getvalue()
        paper.write(a_segment(start, pictures=(picture,), sessions=("s",)))
    return paper, sources


@asynccontextmanager
async def the_first_segment(
    terminal: list[str], folder: Path, before: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Window, list[Image.Image]]]:
    """A reviewer's screen with the first picture of the set on it."""
    for program in (terminal[0], *before[:1]):
        require_program(program, PACKAGES[program])
    paper, sources = pictures_of_a_set()
    server = PaperServer(paper)
    await server.start()
    command = [*before, WORKDIARY, "tui", "--server", server.url]
    try:
        async with a_window(terminal, command, folder) as window:

            def shown() -> bool:
                window.press("g", "Return")  # to the first segment, from wherever this is
                return window.framed_box() is not None

            await window.until(shown, "a picture in the window")
            yield window, sources
    finally:
        paper.go_away()
        await server.stop()


async def walk_and_compare(window: Window, sources: list[Image.Image], most: float) -> None:
    """Next, Previous and help: each time the window shows this picture and no other."""

    async def shows(number: int, when: str) -> None:
        await window.until(lambda: window.difference(sources[number]) < most, when)
        others = [window.difference(source) for source in sources if source is not sources[number]]
        assert min(others) > window.difference(sources[number]) + 5
        left, top, right, bottom = window.framed_box() or (0, 0, 1, 1)
        assert abs((right - left) / (bottom - top) - 16 / 9) < 0.15, "its aspect is kept"

    await shows(0, "the first picture")
    window.press("n")
    await shows(1, "the second picture, after Next")
    window.press("question")
    await window.until(lambda: window.difference(sources[1]) > 30, "help over the picture")
    window.press("question")
    await shows(1, "the second picture, when help is gone")
    window.press("p")
    await shows(0, "the first picture, after Previous")


def expected_of(terminal: list[str]) -> float:
    """Kitty has placeholders since 0.28; an older one says that it shows pictures, and is wrong."""
    shows_pixels = terminal is KITTY and version_of("kitty") >= (0, 28)
    return FINE if shows_pixels else COARSE


@pytest.mark.parametrize("terminal", [XTERM, MLTERM, KITTY], ids=lambda value: value[0])
async def test_the_window_shows_the_picture_of_the_segment(
    terminal: list[str], tmp_path: Path
) -> None:
    async with the_first_segment(terminal, tmp_path) as (window, sources):
        await walk_and_compare(window, sources, expected_of(terminal))


@pytest.mark.parametrize("terminal", [XTERM, KITTY], ids=lambda value: value[0])
async def test_the_same_inside_tmux(terminal: list[str], tmp_path: Path) -> None:
    socket = unique("window")
    before = tuple(in_tmux(socket, tmp_path))
    try:
        async with the_first_segment(terminal, tmp_path, before) as (window, sources):
            await walk_and_compare(window, sources, expected_of(terminal))
    finally:
        end_tmux(socket)
