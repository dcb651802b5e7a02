"""The command in a terminal that shows sixels: what it sends, when, and what is then seen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from desktops import a_diary
from diaries import PaperDiary, a_contract
from kittyterminal import SixelTerminal, a_kitty, a_sixel_terminal
from paperserver import PaperServer
from PIL import Image, ImageChops, ImageStat
from screenkit import open_day, press, reading, until
from textual.events import Resize
from textual.geometry import Size
from workdiary_tui.app import DiaryApp
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.widgets.picture_view import PictureView

WHOLE = (2, 1, 78, 21)
"""The cells of a picture in a segment's screen."""


@asynccontextmanager
async def at_the_first(cache: Path) -> AsyncIterator[tuple[SixelTerminal, list[Image.Image]]]:
    """The first segment of the set, on the screen."""
    paper, screenshots = a_diary()
    server = PaperServer(paper)
    await server.start()
    try:
        async with a_sixel_terminal() as terminal:
            url, variables = server.url, {"XDG_CACHE_HOME": str(cache)}
            await terminal.start("--server", url, "--images", "sixel", **variables)
            await terminal.until(lambda: "acme/website" in terminal.screen.text())
            await terminal.press("\r")
            await terminal.press("g\r")
            await terminal.until(lambda: terminal.screen.sent)
            yield terminal, screenshots
    finally:
        paper.go_away()
        await server.stop()


def difference(terminal: SixelTerminal, screenshot: Image.Image, lines: int = 20) -> float:
    """How far the upper lines of the picture are from a screenshot's: of 255."""
    across, down = terminal.screen.cell
    left, top, right, bottom = WHOLE
    source = screenshot.resize(((right - left) * across, (bottom - top) * down))
    source = source.crop((0, 0, source.width, lines * down - 5))  # part of a band may be left out
    window = terminal.screen.window
    shown = window.crop((left * across, top * down, right * across, (top + lines) * down - 5))
    return sum(ImageStat.Stat(ImageChops.difference(shown, source)).mean) / 3


async def paint(terminal: SixelTerminal, keys: str) -> int:
    """Type what paints a picture, or a part of one; how many bytes came."""
    before = len(terminal.screen.sent)
    terminal.type(keys)
    return await terminal.until(lambda: len(terminal.screen.sent) > before)


async def test_walking_shows_each_segment_s_own_picture_sent_once(tmp_path: Path) -> None:
    async with at_the_first(tmp_path) as (terminal, screenshots):
        assert terminal.screen.picture() == WHOLE
        assert difference(terminal, screenshots[0]) < 12 < difference(terminal, screenshots[1])
        for number in (1, 2, 3):
            assert await paint(terminal, "n") <= 48 * 1024
            assert terminal.screen.picture() == WHOLE
            own, others = screenshots[number], screenshots[number - 1]
            assert difference(terminal, own) < 12 < difference(terminal, others)
        assert 0 < await terminal.press("z") <= 4096
        assert len(terminal.screen.sent) == 4
        assert await terminal.press("") == 0
        terminal.screen.window.paste((0, 0, 0), (0, 0, *terminal.screen.window.size))
        await paint(terminal, "r")
        assert difference(terminal, screenshots[3]) < 12, "what the terminal lost is sent again"
        assert len(terminal.screen.sent) == 5
        terminal.type("Q")
        assert await terminal.ended() == 0
        kept = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(kept) == 4, "encoded once for all sessions"


async def test_help_cuts_the_picture_and_what_it_covered_comes_back(tmp_path: Path) -> None:
    async with at_the_first(tmp_path) as (terminal, screenshots):
        whole = terminal.screen.sent[0]
        assert await terminal.press("?") <= 4 * 1024, "what is left of the picture is not sent"
        left, top, right, bottom = terminal.screen.picture()
        assert (left, top, right) == WHOLE[:3]
        assert 5 < bottom < WHOLE[3]
        await paint(terminal, "?")
        assert terminal.screen.picture() == WHOLE
        assert difference(terminal, screenshots[0]) < 12
        assert len(terminal.screen.sent) == 2
        assert terminal.screen.sent[1] < 0.9 * whole
        await terminal.press("?")
        await paint(terminal, "n")
        assert terminal.screen.picture() == (left, top, right, bottom)
        assert difference(terminal, screenshots[1], lines=bottom - top) < 12
        await paint(terminal, "\x1b")
        assert terminal.screen.picture() == WHOLE
        assert difference(terminal, screenshots[1]) < 12


async def test_the_picture_goes_and_comes_back_with_its_screen(tmp_path: Path) -> None:
    async with at_the_first(tmp_path) as (terminal, screenshots):
        for keys, back in (("m", "m"), ("q", "\r")):
            before = terminal.screen.window.copy()
            await terminal.press(keys)
            assert terminal.screen.window != before
            assert terminal.screen.picture() == (0, 0, 0, 0), f"after {keys}"
            await paint(terminal, back)
            assert terminal.screen.picture() == WHOLE, f"after {keys} and back"
            assert difference(terminal, screenshots[0]) < 12


async def test_the_loupe_shows_a_spot_pixel_for_pixel(tmp_path: Path) -> None:
    async with at_the_first(tmp_path) as (terminal, screenshots):
        across, down = terminal.screen.cell
        view = 80 * across, 21 * down
        await paint(terminal, "x")
        left, top = (960 - view[0]) // 2, round((540 - view[1]) / 2)
        assert f"100 % at {left},{top} of 960x540" in terminal.screen.text()
        for keys, x, number in (("", left, 0), ("h", 0, 0), ("n", 0, 1)):
            if keys:
                await paint(terminal, keys)
            assert terminal.screen.sent[-1] <= 42 * 1024
            spot = x, top, x + view[0], top + view[1] // 2
            shown = terminal.screen.window.crop((0, down, view[0], down + view[1] // 2))
            apart = ImageChops.difference(shown, screenshots[number].crop(spot))
            assert sum(ImageStat.Stat(apart).mean) / 3 < 6
        await terminal.press("i")
        assert terminal.screen.picture() == (0, 0, 0, 0), "characters, now"
        await paint(terminal, "iiiiq")
        assert terminal.screen.picture() == WHOLE
        assert difference(terminal, screenshots[1]) < 12


async def test_five_quick_next_send_at_most_two_sixel_pictures(tmp_path: Path) -> None:
    """One is on its way on a slow line; of those behind it, only the newest is wanted."""
    async with at_the_first(tmp_path) as (terminal, screenshots):
        terminal.answers = 0
        before = len(terminal.screen.sent)
        for _ in range(5):
            terminal.type("n")
            await terminal.press("")
        assert len(terminal.screen.sent) == before + 1
        assert terminal.unanswered == 1
        assert "waiting for the line" in terminal.screen.text()
        terminal.answer()
        await terminal.until(lambda: len(terminal.screen.sent) == before + 2)
        assert difference(terminal, screenshots[5]) < 12


async def test_sixels_in_tmux_are_refused_in_words() -> None:
    paper = PaperDiary(a_contract())
    server = PaperServer(paper)
    await server.start()
    async with a_kitty() as terminal:
        variables = {"TERM": "tmux-256color"}
        await terminal.start("--server", server.url, "--images", "sixel", **variables)
        assert await terminal.ended() == 2
        await terminal.press("")
        assert "shows nothing in tmux" in terminal.screen.text()
    paper.go_away()
    await server.stop()


async def test_a_picture_never_covers_the_screen_in_front_of_its_own(
    paper: PaperDiary, decoder: Decoder
) -> None:
    written: list[str] = []
    async with reading(paper, decoder, (140, 45), Mode.SIXEL) as page:
        assert isinstance(page.app, DiaryApp)
        page.app.reader.sixels.write_with(written.append)
        day = await open_day(page)
        pane = day.query_one(PictureView)
        await until(page, lambda: pane.drawn and written)
        await press(page, "w")
        page.app.reader.forget_pictures(day.contract.id)
        page.app.reader.sixels.forget_all()
        written.clear()
        pane.again()
        await until(page, lambda: pane.drawn)
        await press(page, "z")
        assert not written
        await press(page, "q")
        await until(page, lambda: written)
        assert len(written) == 1


async def test_in_a_window_of_another_size_only_the_fitting_picture_is_sent(
    paper: PaperDiary, decoder: Decoder
) -> None:
    written: list[str] = []
    async with reading(paper, decoder, (140, 45), Mode.SIXEL) as page:
        assert isinstance(page.app, DiaryApp)
        page.app.reader.sixels.write_with(written.append)
        day = await open_day(page)
        await until(page, lambda: written)
        assert len(written) == 1
        await page.resize_terminal(130, 40)
        await until(page, lambda: len(written) == 2)
        await page.pause(0.3)
        assert len(written) == 2
        assert day.query_one(PictureView).drawn


async def test_another_font_asks_for_another_picture(
    paper: PaperDiary, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window keeps its columns and lines; only their pixels are others."""
    written: list[str] = []
    async with reading(paper, decoder, (140, 45), Mode.SIXEL) as page:
        assert isinstance(page.app, DiaryApp)
        page.app.reader.sixels.write_with(written.append)
        await open_day(page)
        await until(page, lambda: written)
        monkeypatch.setattr("workdiary_tui.sixels.measured_cell", lambda: (9, 18))
        size = Size(140, 45)
        page.app.post_message(Resize(size, size))
        await until(page, lambda: len(written) == 2)
        across = [re.search(r'"1;1;([0-9]+);', one) for one in written]
        widths = [int(found[1]) for found in across if found]
        assert widths[1] * 6 == widths[0] * 9
