"""The list of contracts in a wide window: seven days, the rate, and today's sets beside it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from diaries import NOW, OTHER, PaperDiary, a_contract, a_segment, at
from rich.cells import cell_len
from screenkit import everything, press, reading, until
from workdiary_tui.look import ASCII, UNICODE
from workdiary_tui.pictures import Decoder
from workdiary_tui.today_lines import bars, last_days

TEN = timedelta(minutes=10)


@pytest.fixture
def paper() -> PaperDiary:
    paper = PaperDiary(a_contract(), a_contract(OTHER, name="acme/mobile", rate=3850))
    for day, slots in ((4, 24), (5, 48), (6, 6)):
        paper.write(*(a_segment(at(9, day=day) + TEN * n) for n in range(slots)))
    paper.write(a_segment(at(1, day=6)), a_segment(at(16, 10, day=6), memo="after their midnight"))
    return paper


async def test_the_bars_are_those_of_the_week_s_days(paper: PaperDiary) -> None:
    week = await paper.week("c" * 32, date(2026, 11, 2))
    days = last_days([week], NOW.date())
    assert days == (0, 0, 0, 0, 240, 480, 80)
    assert bars(days, UNICODE) == "····▄█▂"
    assert bars(days, ASCII) == "....592"
    assert bars((1, 479, 5000), ASCII) == "189"


@pytest.mark.parametrize(
    ("width", "rate", "sets"), [(119, False, False), (120, True, False), (160, True, True)]
)
async def test_a_wider_window_shows_more(
    paper: PaperDiary, decoder: Decoder, width: int, rate: bool, sets: bool
) -> None:
    async with reading(paper, decoder, (width, 40)) as page:
        await until(page, lambda: not rate or "····▄█▂" in everything(page))
        await until(page, lambda: not sets or "Today in Asia/Manila" in everything(page))
        text = everything(page)
        assert ("38.50 USD" in text) == rate
        assert ("Today in" in text) == sets
        lines = text.split("\n")
        assert {cell_len(line) for line in lines} == {width}
        heading, first = lines[1], lines[2]
        assert heading.index("LIMIT") + 5 == first.index("40h") + 3
        if rate:
            assert heading.index("RATE") == first.index("45.00 USD")
            assert heading.index("7 DAYS") == first.index("····▄█▂")


async def test_beside_the_list_stand_the_sets_of_the_freelancer_s_day(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder, (160, 40)) as page:
        await until(page, lambda: "16:10-16:20" in everything(page))
        text = everything(page)
        assert "after their midnight" in text
        assert "09:00-10:00" not in text, "in Manila that was yesterday"
        assert "0h10 tracked, 0h10 billable" in text
        await press(page, "j")
        await until(page, lambda: "nothing tracked yet" in everything(page))
