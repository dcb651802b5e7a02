"""What happens to a reader on a long day: windows change size, terms change, memos are strange."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from diaries import PaperDiary, a_contract, a_segment, a_tombstone, at
from rich.cells import cell_len
from screenkit import (
    Page,
    everything,
    open_day,
    press,
    reading,
    said,
    shown_on,
    until,
)
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.lines import LinesView

STORM = [(200, 60), (40, 12), (80, 24), (61, 17), (120, 40), (49, 30), (119, 15), (80, 24)]


def the_cursor(page: Page) -> datetime | None:
    return page.app.screen.query_one(DayList).start


async def test_a_storm_of_window_sizes_keeps_the_place(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.query_one(DayList).choose(at(12, 50))
        for width, height in STORM:
            await page.resize_terminal(width, height)
            await page.pause()
            small = width < 50 or height < 14
            assert ("workdiary needs" in everything(page)) == small
            assert {cell_len(line) for line in everything(page).split("\n")} == {width}
            assert the_cursor(page) == at(12, 50)
        await press(page, "enter", "x")
        for width, height in STORM:
            await page.resize_terminal(width, height)
            await page.pause()
        await press(page, "q", "q")
        assert isinstance(page.app.screen, DayScreen)
        assert the_cursor(page) == at(12, 50)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("contract.changed", "the terms changed"),
        ("memo.edited", "a memo was edited"),
        ("segment.manual", "manual time was added"),
        ("week.closed", "a week was closed"),
    ],
)
async def test_what_changes_under_the_readers_eyes_is_said_and_the_cursor_stays(
    paper: PaperDiary, decoder: Decoder, kind: str, words: str
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.query_one(DayList).choose(at(12, 50))
        paper.announce(kind)
        await until(page, lambda: words in said(page))
        assert the_cursor(page) == at(12, 50)


async def test_a_deletion_is_said_and_totals_follow(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.query_one(DayList).choose(at(12, 50))
        before = shown_on(screen.query_one("#title", LinesView))
        paper.delete(a_tombstone(at(12, 40)))
        await until(page, lambda: shown_on(screen.query_one("#title", LinesView)) != before)
        assert "deleted" in said(page)
        assert the_cursor(page) == at(12, 50)


async def test_tracked_time_that_comes_in_is_seen_and_not_talked_of(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        paper.tell(a_segment(at(19), sessions=("s2",)))
        await until(page, lambda: any("19:00" in line for line in everything(page).split("\n")))
        assert "enter view" in said(page)
        assert screen.query_one(DayList).rows


@pytest.mark.parametrize(
    "memo",
    [
        "修正発票的四捨五入 " * 40,
        "emoji 👩‍👩‍👧 ☎️ 🇵🇭 " * 30,
        "e\u0301" * 400,
        "x" * 10_000,
        "a\tb\nc",
    ],
)
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (140, 45)])
async def test_strange_memos_move_no_column(
    decoder: Decoder, memo: str, size: tuple[int, int]
) -> None:
    paper = PaperDiary(a_contract(last_segment=at(10)))
    for slot in range(7):
        paper.write(a_segment(at(9) + timedelta(minutes=10 * slot), memo=memo if slot % 2 else ""))
    async with reading(paper, decoder, size) as page:
        screen = await open_day(page)
        days = screen.query_one(DayList)
        lines = [days.render_line(y) for y in range(days.size.height)]
        assert {line.cell_length for line in lines} == {days.size.width}
        assert len({line.text.index("8/10") for line in lines if "8/10" in line.text}) == 1
        await press(page, "enter")
        assert {cell_len(line) for line in everything(page).split("\n")} == {size[0]}


def in_its_zone(screen: DayScreen) -> bool:
    return (
        screen.diary is not None and screen.diary.zone == screen.reader.clock(screen.contract).name
    )


async def test_a_zone_across_a_change_of_clocks_moves_segments_and_no_total(
    decoder: Decoder,
) -> None:
    """Paris goes back at 01:00 UTC on 25 October: 02:30 comes twice, a total once."""
    start = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)
    starts = [start + timedelta(minutes=10 * slot) for slot in range(30)]
    paper = PaperDiary(a_contract(last_segment=starts[-1], opened=start - timedelta(days=9)))
    paper.write(*(a_segment(one, sessions=("night",)) for one in starts))
    async with reading(paper, decoder, (100, 60)) as page:
        screen = await open_day(page)
        shown = set()
        for _ in range(3):
            days = screen.query_one(DayList)
            shown.add("\n".join(days.render_line(y).text for y in range(days.size.height)))
            assert screen.diary is not None
            assert screen.diary.week.totals.tracked == 300
            await press(page, "z")
            await until(page, lambda: in_its_zone(screen))
        assert len(shown) == 3
