"""The contact sheet by keys: thumbnails of the day, the cursor among them, and the way back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from diaries import CONTRACT, PaperDiary, a_contract, a_segment, a_tombstone, at
from screenkit import Page, everything, open_day, press, reading, said, until
from workdiary_tui.look import ASCII, UNICODE
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.screens.sheet import SheetScreen
from workdiary_tui.widgets.contact_sheet import ContactSheet
from workdiary_tui.widgets.day_list import DayList

SIZES = [(60, 20), (80, 24), (120, 40), (140, 45), (200, 60)]


def a_day() -> PaperDiary:
    """Two hours of pictures; one has none, one is not there, one is no picture, one is deleted."""
    paper = PaperDiary(a_contract())
    for number in range(12):
        start = at(9) + timedelta(minutes=10 * number)
        pictures = () if number == 1 else paper.paint(start, seed=number)
        why = "locked" if number == 1 else ""
        paper.write(a_segment(start, pictures=pictures, no_picture=why))
    missing, broken = (paper.segments[CONTRACT][at(9, minute)].pictures[0] for minute in (20, 30))
    del paper.files[missing.digest]
    paper.files[broken.digest] = b"no picture at all"
    paper.write(a_segment(at(11)))
    paper.delete(a_tombstone(at(11)))
    return paper


async def open_sheet(page: Page) -> ContactSheet:
    await open_day(page)
    await press(page, "g", "v")
    assert isinstance(page.app.screen, SheetScreen)
    return page.app.screen.query_one(ContactSheet)


def blocks(page: Page) -> int:
    return sum(everything(page).count(sign) for sign in "▀▄█")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("no_colour", [False, True])
async def test_the_day_stands_side_by_side_and_what_fails_says_so(
    decoder: Decoder, size: tuple[int, int], no_colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    async with reading(a_day(), decoder, size) as page:
        await open_sheet(page)
        await until(page, lambda: blocks(page) > 60)
        await until(page, lambda: "loading" not in everything(page))
        text = everything(page)
        assert ">09:00 AUTO" in text
        assert "the screen was" in text
        if size[0] >= 80:
            assert "picture" in text
            assert "unavailable" in text
        await press(page, "G")
        assert "11:00 deleted" in everything(page)
        await press(page, "enter")
        assert "nothing is left to open" in said(page)


async def test_the_cursor_moves_opens_and_leads_back_to_the_list(decoder: Decoder) -> None:
    async with reading(a_day(), decoder) as page:
        sheet = await open_sheet(page)
        await press(page, "l", "j", "h")
        assert sheet.chosen is not None
        assert sheet.chosen.start == at(9, 40)
        await press(page, "enter")
        assert isinstance(page.app.screen, SegmentScreen)
        await press(page, "n", "q")
        assert sheet.chosen.start == at(9, 50)
        await press(page, "v")
        day = page.app.screen
        assert isinstance(day, DayScreen)
        assert day.query_one(DayList).start == at(9, 50)


async def test_only_thumbnails_are_asked_for_and_only_those_in_view(decoder: Decoder) -> None:
    paper = PaperDiary(a_contract())
    for number in range(60):
        start = at(8) + timedelta(minutes=10 * number)
        paper.write(a_segment(start, pictures=paper.paint(start, seed=number)))
    async with reading(paper, decoder) as page:
        await open_day(page)
        await press(page, "g")
        paper.asked.clear()
        await press(page, "v")
        sheet = page.app.screen.query_one(ContactSheet)
        await until(page, lambda: "loading" not in everything(page))
        asked = [one for one in paper.asked if one[0] == "picture"]
        assert {one[3] for one in asked} <= {"thumbnail"}
        assert len(asked) <= 4 * 4
        await press(page, "G")
        await until(page, lambda: "loading" not in everything(page))
        assert sheet.chosen is not None
        assert sheet.chosen.start == at(17, 50)
        assert ">17:50" in everything(page)


@pytest.mark.parametrize("signs", [UNICODE, ASCII], ids=["unicode", "ascii"])
async def test_without_pictures_the_sheet_is_a_grid_of_words(
    decoder: Decoder, signs: object
) -> None:
    chosen = ASCII if signs is ASCII else UNICODE
    async with reading(a_day(), decoder, mode=Mode.OFF, signs=chosen) as page:
        await open_sheet(page)
        assert "pictures are off" in everything(page)
        assert everything(page).isascii() or chosen is UNICODE
        await press(page, "i")
        assert "pictures: " in said(page)


async def test_an_empty_day_has_no_sheet(decoder: Decoder) -> None:
    async with reading(PaperDiary(a_contract()), decoder) as page:
        await press(page, "enter")
        await until(page, lambda: getattr(page.app.screen, "diary", None) is not None)
        await press(page, "v")
        assert "nothing on this day" in said(page)
