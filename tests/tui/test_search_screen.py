"""Searching, filtering and jumping by keys: what is on the screen, and where one lands."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from diaries import OTHER, PaperDiary, a_contract, a_segment, at
from screenkit import Page, everything, open_day, press, reading, said, until
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.search import BarList, SearchScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.widgets.day_list import DayList

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


def a_diary() -> PaperDiary:
    """Two days: invoices on both, and over the limit at the end."""
    paper = PaperDiary(a_contract(), a_contract(OTHER, name="acme/mobile"))
    for day in (5, 6):
        for number in range(12):
            start = at(9, day=day) + timedelta(minutes=10 * number)
            memo = "Fix invoice rounding" if number < 3 else "Write tests"
            status = "over_limit" if (day, number) > (6, 9) else "auto"
            paper.write(a_segment(start, memo=memo, status=status, sessions=(f"s{day}",)))
    return paper


async def search_for(page: Page, *typed: str) -> SearchScreen:
    await press(page, "slash", *typed, "enter")
    screen = page.app.screen
    assert isinstance(screen, SearchScreen)
    return screen


@pytest.mark.parametrize("size", SIZES)
async def test_bars_are_found_and_n_steps_through_them_over_days(
    decoder: Decoder, size: tuple[int, int]
) -> None:
    async with reading(a_diary(), decoder, size) as page:
        await open_day(page)
        screen = await search_for(page, *"invoice")
        bars = screen.query_one(BarList)
        await until(page, lambda: len(bars.rows) == 2)
        assert "6 segments in 2 bars, 1h00" in everything(page)
        await press(page, "enter")
        day = page.app.screen
        assert isinstance(day, DayScreen)
        await until(page, lambda: day.diary is not None)
        assert (day.day.day, day.query_one(DayList).start) == (5, at(9, day=5))
        await until(page, lambda: "hit 1 of 2" in said(page))
        await press(page, "n")
        await until(page, lambda: day.query_one(DayList).start == at(9))
        assert "hit 2 of 2" in said(page)
        await press(page, "n")
        assert "last hit" in said(page)
        await press(page, "N")
        await until(page, lambda: day.query_one(DayList).start == at(9, day=5))
        await press(page, "escape", "n")
        assert "hit" not in said(page)
        assert day.query_one(DayList).start == at(9, 10, day=5)
        await press(page, "escape")
        assert page.app.screen is screen
        await press(page, "q")
        assert isinstance(page.app.screen, DayScreen)


async def test_a_wrong_condition_is_said_and_what_was_typed_stays(decoder: Decoder) -> None:
    async with reading(a_diary(), decoder, (120, 30)) as page:
        await open_day(page)
        await search_for(page, *"is", "colon", *"red")
        assert "is:red is no condition: write is:auto" in said(page)
        assert "is:red" in everything(page)
        await press(page, *4 * ["backspace"], "colon", *"over", "enter")
        await until(page, lambda: "2 segments in 1 bar," in everything(page))


async def test_nothing_found_is_said(decoder: Decoder) -> None:
    async with reading(a_diary(), decoder) as page:
        await open_day(page)
        await search_for(page, *"zebra")
        await until(page, lambda: "nothing was found" in said(page))


def a_long_diary() -> PaperDiary:
    """450 bars, which come in three pages."""
    paper = PaperDiary(a_contract())
    for number in range(450):
        start = at(0, day=1) + timedelta(minutes=20 * number)
        paper.write(a_segment(start - timedelta(days=20), memo="invoice"))
    return paper


async def test_every_page_comes(decoder: Decoder) -> None:
    async with reading(a_long_diary(), decoder) as page:
        await press(page, "enter")
        screen = await search_for(page, *"invoice")
        await until(page, lambda: len(screen.query_one(BarList).rows) == 450)
        assert "450 segments in 450 bars" in everything(page)


async def test_esc_stops_a_search_and_keeps_the_first_pages(decoder: Decoder) -> None:
    paper = a_long_diary()
    paper.pages = asyncio.Semaphore(1)
    async with reading(paper, decoder) as page:
        await press(page, "enter")
        screen = await search_for(page, *"invoice")
        bars = screen.query_one(BarList)
        await until(page, lambda: len(bars.rows) == 200)
        await until(page, lambda: [one[0] for one in paper.asked].count("search") == 2)
        await press(page, "escape")
        assert "stopped: these are the first ones" in said(page)
        assert page.app.screen is screen
        asked = list(paper.asked)
        for _ in range(5):
            paper.pages.release()
        await page.pause(0.2)
        assert (len(bars.rows), paper.asked) == (200, asked)
        await press(page, "escape")
        assert isinstance(page.app.screen, DayScreen)


async def test_esc_stops_a_search_that_has_found_nothing_yet(decoder: Decoder) -> None:
    paper = a_long_diary()
    paper.pages = asyncio.Semaphore(0)
    async with reading(paper, decoder) as page:
        await press(page, "enter")
        screen = await search_for(page, *"invoice")
        await until(page, lambda: paper.asked[-1][0] == "search")
        assert "searching" in everything(page)
        await press(page, "escape")
        assert page.app.screen is screen
        assert "stopped" in said(page)
        assert "searching" not in everything(page)
        asked = list(paper.asked)
        for _ in range(5):
            paper.pages.release()
        await page.pause(0.2)
        assert (len(screen.query_one(BarList).rows), paper.asked) == (0, asked)
        await press(page, "slash", *5 * ["backspace"], *"invoice", "enter")
        await until(page, lambda: "450 segments" in everything(page))


@pytest.mark.parametrize("size", SIZES)
async def test_the_filter_shows_one_kind_and_says_how_much_is_hidden(
    decoder: Decoder, size: tuple[int, int]
) -> None:
    async with reading(a_diary(), decoder, size) as page:
        day = await open_day(page)
        title = everything(page).splitlines()[0]
        await press(page, "f", "f", "f")
        assert "only OVER: 2 of 12" in said(page)
        rows = everything(page)
        assert rows.count(" OVER ") >= 2
        assert "10:30" not in rows
        assert rows.splitlines()[0] == title, "totals never change"
        await press(page, "n")
        assert day.query_one(DayList).start in (at(10, 40), at(10, 50))
        await press(page, "escape")
        assert "only" not in said(page)
        assert "10:30" in everything(page)
        assert page.app.screen is day


async def jump(page: Page, typed: str) -> None:
    names = {" ": "space", ":": "colon", "-": "minus", "/": "slash"}
    await press(page, "colon", *(names.get(key, key) for key in typed), "enter")


@pytest.mark.parametrize("size", SIZES)
async def test_a_jump_leads_to_a_day_a_segment_a_week_and_another_contract(
    decoder: Decoder, size: tuple[int, int]
) -> None:
    async with reading(a_diary(), decoder, size) as page:
        day = await open_day(page)
        await jump(page, "2026-11-05")
        await until(page, lambda: day.day.day == 5)
        await jump(page, "09:24")
        await until(page, lambda: isinstance(page.app.screen, SegmentScreen))
        assert "Thu 05 Nov 09:20" in everything(page)
        await press(page, "q")
        await jump(page, "week 45")
        await until(page, lambda: isinstance(page.app.screen, WeekScreen))
        await jump(page, "mobile")
        await until(page, lambda: isinstance(page.app.screen, ContractsScreen | DayScreen))
        await until(page, lambda: "acme/mobile" in everything(page).splitlines()[0])
        await press(page, "q")
        assert isinstance(page.app.screen, ContractsScreen)


async def test_a_jump_to_nowhere_says_why_and_leaves_the_line_open(decoder: Decoder) -> None:
    async with reading(a_diary(), decoder) as page:
        day = await open_day(page)
        await jump(page, "nowhere")
        await until(page, lambda: "there is no 'nowhere'" in everything(page))
        await press(page, "escape", "j")
        assert page.app.screen is day
        assert "nowhere" not in everything(page)


async def test_the_list_of_contracts_is_narrowed_as_one_types(decoder: Decoder) -> None:
    async with reading(a_diary(), decoder) as page:
        await press(page, "slash", *"mob")
        assert "acme/website" not in everything(page)
        assert "acme/mobile" in everything(page)
        await press(page, "enter")
        assert "1 of 2 contracts" in said(page)
        await press(page, "slash", *"zz", "enter")
        assert "no contract has that" in everything(page)
        await press(page, "escape")
        assert "acme/website" in everything(page)
        assert "of 2 contracts" not in said(page)


@pytest.mark.parametrize("size", SIZES)
async def test_a_key_is_found_by_a_word_of_what_it_does(
    decoder: Decoder, size: tuple[int, int]
) -> None:
    async with reading(a_diary(), decoder, size) as page:
        await open_day(page)
        await press(page, "ctrl+p", *"limit", "space", *"money")
        assert ">w" in everything(page)
        await press(page, "enter")
        await until(page, lambda: isinstance(page.app.screen, WeekScreen))
        await press(page, "q", "ctrl+p", *"zzz", "enter", "escape", "j")
        assert isinstance(page.app.screen, DayScreen)
        assert "nothing here" not in everything(page)


async def test_the_palette_offers_a_client_nothing_that_writes(decoder: Decoder) -> None:
    async with reading(a_diary(), decoder) as page:
        await open_day(page)
        for word in ("delete", "manual time", "screenshot", "theme"):
            keys = (key if key != " " else "space" for key in word)
            await press(page, "ctrl+p", *keys)
            assert "nothing here is called so" in everything(page), word
            await press(page, "escape")
