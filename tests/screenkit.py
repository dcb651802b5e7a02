"""Reading a diary on paper in tests: the app at rest, its keys, and what stands on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from diaries import ME, NOW, PaperDiary, at
from textual.pilot import Pilot
from textual.widget import Widget
from workdiary.links import parse
from workdiary_tui.app import DiaryApp
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.keymap import Keymap
from workdiary_tui.look import UNICODE, Signs
from workdiary_tui.opening import look_up
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.reader import Reader
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.tui_settings import Settings
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.key_line import KeyLine

Page = Pilot[None]


@asynccontextmanager
async def reading(
    paper: PaperDiary,
    decoder: Decoder,
    size: tuple[int, int] = (80, 24),
    mode: Mode = Mode.HALF,
    link: str = "",
    signs: Signs = UNICODE,
    now: Callable[[], datetime] = lambda: NOW,
    keymap: Keymap | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[Page]:
    """The app on ``paper``, at rest; opened at the place that ``link`` names, if there is one."""
    cache = DiaryCache(paper)
    reader = Reader(
        ME,
        cache,
        decoder,
        mine="Europe/Paris",
        signs=signs,
        mode=mode,
        now=now,
        keymap=keymap or Keymap(),
        settings=settings,
    )
    opening = await look_up(cache, paper.found, parse(link)) if link else None
    async with DiaryApp(reader, paper, paper.found, opening).run_test(size=size) as page:
        await until(page, lambda: paper.followers)
        yield page


async def until(page: Page, condition: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it never came to hold"
        await page.pause(0.01)


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.press(key)
    await page.pause()


async def open_day(page: Page) -> DayScreen:
    await press(page, "enter")
    screen = page.app.screen
    assert isinstance(screen, DayScreen)
    await until(page, lambda: screen.diary is not None and screen.query_one(DayList).rows)
    return screen


async def open_segment(page: Page, hour: int, minute: int = 0) -> SegmentScreen:
    day = await open_day(page)
    day.query_one(DayList).choose(at(hour, minute))
    await press(page, "enter")
    screen = page.app.screen
    assert isinstance(screen, SegmentScreen)
    return screen


def shown_on(widget: Widget) -> str:
    """What a widget draws, without its colours."""
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


def everything(page: Page) -> str:
    """The terminal, as text."""
    lines = page.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines)


def said(page: Page) -> str:
    return shown_on(page.app.screen.query_one(KeyLine))
