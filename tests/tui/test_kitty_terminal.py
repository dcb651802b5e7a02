"""The command in a terminal that shows pictures: what it sends, when, and what is then seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from desktops import a_diary
from diaries import PaperDiary, a_contract
from kittyterminal import KittyTerminal, a_kitty
from paperserver import PaperServer
from PIL import Image, ImageChops, ImageStat


@asynccontextmanager
async def at_the_first(cache: Path) -> AsyncIterator[tuple[KittyTerminal, list[Image.Image]]]:
    """The first segment of the set, on the screen."""
    paper, screenshots = a_diary()
    server = PaperServer(paper)
    await server.start()
    try:
        async with a_kitty() as terminal:
            await terminal.start("--server", server.url, XDG_CACHE_HOME=str(cache))
            await terminal.until(lambda: "acme/website" in terminal.screen.text())
            await terminal.press("\r")
            await terminal.press("g\r")
            await terminal.until(lambda: terminal.screen.pictures)
            yield terminal, screenshots
    finally:
        paper.go_away()
        await server.stop()


def difference(terminal: KittyTerminal, screenshot: Image.Image) -> float:
    """How far what is shown is from a screenshot: the mean of all channels, of 255."""
    window, box = terminal.screen.image()
    assert box[2] > box[0], "no picture is shown"
    shown = window.crop(box)
    source = screenshot.resize(shown.size, Image.Resampling.LANCZOS)
    return sum(ImageStat.Stat(ImageChops.difference(shown, source)).mean) / 3


async def test_walking_shows_each_segment_s_own_picture_within_its_bytes(tmp_path: Path) -> None:
    async with at_the_first(tmp_path) as (terminal, screenshots):
        assert difference(terminal, screenshots[0]) < 12 < difference(terminal, screenshots[1])
        for number in (1, 2, 3):
            assert await terminal.press("n") <= 40 * 1024
            own, others = screenshots[number], screenshots[number - 1]
            assert difference(terminal, own) < 12 < difference(terminal, others)
        assert terminal.screen.sent == 4
        for number in (2, 1, 0):
            assert 0 < await terminal.press("p") <= 8 * 1024
            assert difference(terminal, screenshots[number]) < 12
        assert await terminal.press("?") <= 8 * 1024
        assert terminal.screen.image()[1][1] == 16
        assert await terminal.press("?") <= 8 * 1024
        assert await terminal.press("") == 0
        assert terminal.screen.sent == 4
        terminal.type("Q")
        assert await terminal.ended() == 0
        assert not terminal.screen.pictures, "the terminal still holds pictures"


async def test_pictures_are_drawn_otherwise_by_a_key_and_come_back(tmp_path: Path) -> None:
    async with at_the_first(tmp_path) as (terminal, screenshots):
        for mode in ("sextant", "quadrant", "half", "off", "kitty"):
            await terminal.press("i")
            assert mode in terminal.screen.text()
        assert difference(terminal, screenshots[0]) < 12
        assert terminal.screen.sent == 1


async def test_ten_quick_next_send_at_most_two_pictures(tmp_path: Path) -> None:
    """One is on its way on a slow line; of those behind it, only the newest is wanted."""
    async with at_the_first(tmp_path) as (terminal, screenshots):
        terminal.answers = 0
        before = terminal.screen.sent
        for _ in range(10):
            terminal.type("n")
            await terminal.press("")
        assert terminal.screen.sent == before + 1
        assert terminal.unanswered == 1
        assert "waiting for the line" in terminal.screen.text()
        terminal.answer()
        await terminal.until(lambda: terminal.screen.sent == before + 2)
        assert difference(terminal, screenshots[10]) < 12


async def test_the_next_session_needs_no_decoding(tmp_path: Path) -> None:
    async with at_the_first(tmp_path) as (terminal, _):
        await terminal.press("n")
    kept = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert len(kept) == 2
    async with at_the_first(tmp_path) as (terminal, screenshots):
        assert difference(terminal, screenshots[0]) < 12
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == kept


async def test_kitty_without_colours_is_refused_in_words(tmp_path: Path) -> None:
    paper = PaperDiary(a_contract())
    server = PaperServer(paper)
    await server.start()
    async with a_kitty() as terminal:
        await terminal.start("--server", server.url, "--images", "kitty", NO_COLOR="1")
        assert await terminal.ended() == 2
        await terminal.press("")
        assert "unset NO_COLOR" in terminal.screen.text()
    paper.go_away()
    await server.stop()


async def test_the_contact_sheet_sends_each_thumbnail_once_and_moving_sends_none(
    tmp_path: Path,
) -> None:
    async with at_the_first(tmp_path) as (terminal, screenshots):
        await terminal.press("q")
        cells = len(screenshots)
        begun = terminal.screen.sent
        sheet = await terminal.press("v")
        sheet += await terminal.until(lambda: terminal.screen.sent == begun + cells)
        assert sheet <= cells * 116 * 1024 // 42 + 4 * 1024, "42 of them within 120 KB"
        for key in ("l", "l", "h", "j", "k"):
            assert 0 < await terminal.press(key) <= 1024
        assert terminal.screen.sent == begun + cells
        back = await terminal.press("v") + await terminal.press("v")
        assert terminal.screen.sent == begun + cells
        assert back <= 24 * 1024
