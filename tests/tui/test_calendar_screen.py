"""The calendar by keys: the hours of each day, the way to a day, and what a range comes to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from diaries import PaperDiary, a_contract, a_segment, at
from rich.style import Style
from screenkit import Page, everything, open_day, press, reading, said, until
from workdiary_tui.look import ASCII
from workdiary_tui.month_lines import Chosen, month_lines, moved
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.calendar import CalendarScreen
from workdiary_tui.screens.day import DayScreen

SIZES = [(60, 20), (80, 24), (120, 40), (140, 45), (200, 60)]


def a_month() -> PaperDiary:
    """The second to the sixth, an hour each; the last two segments are over the limit."""
    paper = PaperDiary(a_contract(opened=at(0, day=1) - timedelta(days=40)))
    for day in range(2, 7):
        for number in range(6):
            start = at(22, day=day) + timedelta(minutes=10 * number)
            over = day == 6 and number > 3
            paper.write(
                a_segment(
                    start, status="over_limit" if over else "auto", billable=0 if over else 10
                )
            )
    return paper


async def open_calendar(page: Page) -> CalendarScreen:
    await open_day(page)
    await press(page, "c")
    screen = page.app.screen
    assert isinstance(screen, CalendarScreen)
    await until(page, lambda: "month: 5h00 tracked" in everything(page))
    return screen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("no_colour", [False, True])
async def test_each_day_has_its_hours_and_what_is_over(
    decoder: Decoder, size: tuple[int, int], no_colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    async with reading(a_month(), decoder, size, signs=ASCII) as page:
        await open_calendar(page)
        text = everything(page)
        assert "November 2026" in text
        assert "Mon" in text
        assert "06=1h00" in text
        assert "*0h20" in text
        assert "Fri 06 Nov 2026: 1h00 tracked, 0h40 billable, 0h20 over" in text
        assert text.isascii()


async def test_the_arrows_lead_to_a_day_and_enter_opens_it(decoder: Decoder) -> None:
    async with reading(a_month(), decoder) as page:
        await open_calendar(page)
        await press(page, "h", "left", "enter")
        day = page.app.screen
        assert isinstance(day, DayScreen)
        assert day.day == date(2026, 11, 4)
        await press(page, "c", "k", "l", "enter")
        assert day.day == date(2026, 10, 29)


async def test_nobody_walks_out_of_the_contract_or_past_today(decoder: Decoder) -> None:
    async with reading(a_month(), decoder) as page:
        await open_calendar(page)
        await press(page, "l")
        assert "this is today" in said(page)
        for _ in range(3):
            await press(page, "left_square_bracket")
        assert "22 Sep" in everything(page)
        await press(page, "h")
        assert "the contract begins here" in said(page)
        await press(page, "t")
        assert "Fri 06 Nov 2026" in everything(page)


async def test_a_range_is_marked_and_added_up_by_the_server(decoder: Decoder) -> None:
    async with reading(a_month(), decoder) as page:
        screen = await open_calendar(page)
        await press(page, "space", "h", "h")
        assert "Wed 04 Nov 2026 - Fri 06 Nov 2026: 3 days" in everything(page)
        await press(page, "enter")
        await until(page, lambda: "3h00 tracked, 2h40 billable" in everything(page))
        assert "it may still change" in everything(page)
        await press(page, "escape")
        assert "2h40 billable" not in everything(page)
        await press(page, "escape")
        assert page.app.screen is screen
        assert "3 days" not in everything(page)
        await press(page, "escape")
        assert isinstance(page.app.screen, DayScreen)


async def test_days_are_those_of_the_clock_and_the_sums_stay(decoder: Decoder) -> None:
    paper = a_month()
    paper.found = (a_contract(opened=at(0, day=1), zone="Asia/Manila"),)
    async with reading(paper, decoder) as page:
        await open_calendar(page)
        await press(page, "z", "z")
        await until(page, lambda: "days in Asia/Manila" in everything(page))
        await until(page, lambda: "month: 5h00 tracked" in everything(page))
        assert "02  ." in everything(page)


def test_the_cells_of_a_week_stand_below_each_other() -> None:
    lines = month_lines(date(2026, 11, 1), {}, Chosen(date(2026, 11, 6)), date(2026, 11, 6), 79)
    widths = {tuple(len(text) for text, _ in line) for line in lines}
    assert len(widths) == 1
    assert all(isinstance(style, Style) for line in lines for _, style in line)


@pytest.mark.parametrize(
    ("day", "months", "there"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 5), 1, date(2027, 1, 5)),
        (date(2026, 1, 5), -1, date(2025, 12, 5)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int, there: date) -> None:
    assert moved(day, months=months) == there
