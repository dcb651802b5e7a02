"""``L``: a diary is followed while it is tracked; and ``s``, the order of contracts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from diaries import OTHER, PaperDiary, a_contract, a_segment, at
from screenkit import everything, open_day, press, reading, said, until
from terminalkit import READER, a_server, a_terminal
from workdiary_tui.live_words import live_words
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.live_line import LiveLine
from workdiary_tui.zones import Whose, clock

UTC_CLOCK = clock(Whose.UTC, "UTC", "UTC")
TEN = timedelta(minutes=10)
SIZES = [(60, 20), (80, 24), (140, 45), (200, 60)]


class Wall:
    """A clock on the wall that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def tracked(paper: PaperDiary, *starts: datetime) -> None:
    paper.write(*(a_segment(start) for start in starts))


def test_the_words_name_the_set_and_the_next_ten_minutes() -> None:
    day = [a_segment(at(9) + TEN * number) for number in (0, 1, 5, 6)]
    assert live_words("Jane D.", day, UTC_CLOCK, at(10, 16)) == (
        "Jane D. tracking since 09:50; next segment closes 10:20 (in 4 min)"
    )
    assert live_words("Jane D.", day, UTC_CLOCK, at(10, 20)).endswith("closes 10:30 (in 10 min)")
    assert live_words("Jane D.", day, UTC_CLOCK, at(11)) == (
        "Jane D. is not tracking; the last segment began 10:00"
    )
    manual = a_segment(at(10, 10), kind="manual", status="manual")
    assert live_words("Jane D.", [manual], UTC_CLOCK, at(10, 16)) == (
        "Jane D. has tracked nothing today"
    )


@pytest.mark.parametrize("size", SIZES)
async def test_the_cursor_goes_along_with_what_is_tracked(
    decoder: Decoder, size: tuple[int, int]
) -> None:
    paper, wall = PaperDiary(a_contract()), Wall(at(10, 16))
    tracked(paper, at(9, 50, day=5), at(9, 50), at(10))
    async with reading(paper, decoder, size, now=wall) as page:
        screen = await open_day(page)
        await press(page, "left_square_bracket")
        await until(page, lambda: screen.query_one(DayList).start == at(9, 50, day=5))
        await press(page, "L")
        days = screen.query_one(DayList)
        await until(page, lambda: days.start == at(10))
        assert "Jane D. tracking since 09:50; next segment" in everything(page)
        wall.now = at(10, 21)
        paper.tell(a_segment(at(10, 10)))
        await until(page, lambda: days.start == at(10, 10))
        await press(page, "k")
        paper.tell(a_segment(at(10, 20)))
        await until(page, lambda: len(screen.own_segments()) == 4)
        assert days.start == at(10), "who looks at something else is left there"
        await press(page, "escape")
        assert "tracking since" not in everything(page)
        assert page.app.screen is screen
        await press(page, "L", "left_square_bracket")
        assert not screen.query_one(LiveLine).on, "another day is not live"


async def test_after_midnight_the_new_day_is_followed(decoder: Decoder) -> None:
    paper, wall = PaperDiary(a_contract()), Wall(at(23, 55))
    tracked(paper, at(23, 40))
    async with reading(paper, decoder, now=wall) as page:
        await press(page, "L")
        screen = page.app.screen
        assert isinstance(screen, DayScreen)
        await until(page, lambda: "tracking since 23:40" in everything(page))
        wall.now = at(0, 2, day=7)
        await until(page, lambda: screen.day.day == 7, seconds=8)
        await until(page, lambda: "has tracked nothing today" in everything(page))


@pytest.mark.long
async def test_an_idle_minute_costs_nothing_and_one_of_following_at_most_300_bytes() -> None:
    now = datetime.now(UTC)
    paper = PaperDiary(a_contract(last_segment=now - TEN, zone="UTC"))
    begun = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0) - TEN
    tracked(paper, begun)
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, **READER)
        await terminal.until("acme/website")
        await terminal.press("\r")
        sent = bytearray()
        terminal.listener = sent.extend
        await asyncio.sleep(66)
        assert sent == b""
        assert b"Live L" in await terminal.press("L")
        sent.clear()
        await asyncio.sleep(66 - datetime.now(UTC).second)
        assert 0 < len(sent) <= 300
        await terminal.press("Q")
        assert await terminal.ended() == 0


@pytest.mark.parametrize("size", SIZES)
async def test_contracts_are_sorted_by_what_one_looks_for(
    decoder: Decoder, size: tuple[int, int]
) -> None:
    paper = PaperDiary(
        a_contract(name="acme/website", weekly_limit=6000),
        a_contract(OTHER, name="acme/mobile", last_segment=at(18, 40)),
    )
    async with reading(paper, decoder, size) as page:

        def first() -> str:
            text = everything(page)
            return min(("acme/website", "acme/mobile"), key=text.index)

        assert first() == "acme/website"
        seen = {}
        for _ in range(5):
            await press(page, "s")
            seen[said(page).split(",")[0].strip()] = first()
        assert seen["sorted by share of the weekly limit"] == "acme/mobile"
        assert seen["sorted by last segment"] == "acme/mobile"
        assert seen["sorted by time this week"] == "acme/website"
        assert len(seen) == 5
