"""What others wrote, and errors of our own, cost a line at most and bring nothing else."""

from __future__ import annotations

import os

import msgspec
import pytest
from diaries import PaperDiary, a_contract, a_segment, at
from screenkit import everything, open_day, press, reading, until
from workdiary import api
from workdiary_tui.pictures import Decoder
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.key_line import KeyLine


async def test_a_value_that_cannot_be_drawn_costs_its_line_alone(
    paper: PaperDiary, decoder: Decoder
) -> None:
    broken = msgspec.structs.replace(a_segment(at(12, 50), sessions=("s1",)), keystrokes=None)
    paper.write(broken)
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.query_one(DayList).choose(at(12, 40))
        await page.pause()
        assert "this line cannot be shown: TypeError" in everything(page)
        assert "13:00" in everything(page)


async def test_hostile_memos_do_not_reach_the_screen(decoder: Decoder) -> None:
    hostile = "\x1b]52;c;aGk=\x07[@click=app.quit]x[/] [/b]\x9b2J\u202e"
    paper = PaperDiary(a_contract(name=hostile, freelancer=api.Person(id="1" * 32, name=hostile)))
    paper.write(a_segment(at(18, 30), memo=hostile, reason=hostile, no_picture=hostile))
    async with reading(paper, decoder) as page:
        seen = everything(page)
        await open_day(page)
        seen += everything(page)
        await press(page, "z", "enter")
        seen += everything(page)
        assert "[@click=app.quit]x[/]" in seen
        assert not set(seen) & set("\x1b\x07\x9b\u202e")
        page.app.screen.query_one(KeyLine).say("[red]\x1b")
        assert page.app.is_running


async def test_an_error_of_ours_prints_one_line_without_what_was_shown(
    paper: PaperDiary, decoder: Decoder, capsys: pytest.CaptureFixture[str]
) -> None:
    class BreaksError(Exception):
        pass

    async def breaks() -> None:
        memo = "a memo that nobody may see"
        raise BreaksError(memo)

    async def break_it() -> None:
        async with reading(paper, decoder) as page:
            page.app.call_later(breaks)
            await until(page, lambda: not page.app.is_running)

    with pytest.raises(BreaksError):
        await break_it()
    printed = "".join(capsys.readouterr())
    assert "the screen stopped on BreaksError" in printed
    assert "nobody may see" not in printed
    assert "TEXTUAL_DRIVER" not in os.environ
