"""Opening a deep link: the right screen on top, the way back below, and what there is none of."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from diaries import CONTRACT, PaperDiary, a_contract, a_full_day, a_tombstone, at
from screenkit import everything, press, reading, said, until
from terminalkit import READER, a_server, a_terminal
from workdiary.errors import NotFoundError
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.contracts import ContractList, ContractsScreen
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.screens.terms import TermsScreen
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.widgets.day_list import DayList


@pytest.mark.parametrize(
    ("link", "screens"),
    [
        ("diary://acme/website", (ContractsScreen, DayScreen)),
        (f"diary://{CONTRACT}/2026-11-05", (ContractsScreen, DayScreen)),
        ("diary://acme/website/2026-11-06#12:55", (ContractsScreen, DayScreen, SegmentScreen)),
        ("diary://acme/website/2026-W45", (ContractsScreen, WeekScreen)),
        ("diary://ACME/website/terms", (ContractsScreen, TermsScreen)),
    ],
)
async def test_a_link_opens_its_screen_above_the_way_there(
    paper: PaperDiary, decoder: Decoder, link: str, screens: tuple[type[DiaryScreen], ...]
) -> None:
    async with reading(paper, decoder, link=link) as page:
        assert [type(one) for one in page.app.screen_stack] == [*screens]
        for _ in screens[1:]:
            await press(page, "q")
        assert isinstance(page.app.screen, ContractsScreen)
        await press(page, "enter")
        assert isinstance(page.app.screen, DayScreen)


async def test_a_segments_link_leaves_the_day_on_that_segment(
    paper: PaperDiary, decoder: Decoder
) -> None:
    link = "diary://acme/website/2026-11-06#12:50"
    async with reading(paper, decoder, link=link) as page:
        screen = page.app.screen
        assert isinstance(screen, SegmentScreen)
        assert screen.segment.start == at(12, 50)
        await press(page, "n", "q")
        day = page.app.screen
        assert isinstance(day, DayScreen)
        await until(page, lambda: day.query_one(DayList).start == at(13, 0))


async def test_the_second_monitor_can_be_named(paper: PaperDiary, decoder: Decoder) -> None:
    link = "acme/website/2026-11-06#11:30/2"
    async with reading(paper, decoder, (120, 40), link=link) as page:
        await until(page, lambda: "monitor 2 of 2" in everything(page))


async def test_a_weeks_link_leads_on_to_its_day(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder, link="acme/website/2026-W45") as page:
        await press(page, "enter")
        await until(page, lambda: isinstance(page.app.screen, DayScreen))
        day = page.app.screen
        assert isinstance(day, DayScreen)
        assert day.day == date(2026, 11, 6)


async def test_the_contract_is_chosen_below(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder, link="acme/mobile") as page:
        await press(page, "q")
        chosen = page.app.screen.query_one(ContractList).chosen
        assert chosen is not None
        assert chosen.name == "acme/mobile"


async def test_a_segment_that_is_not_there_leaves_the_day_and_says_so(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder, link="acme/website/2026-11-06#03:00") as page:
        assert isinstance(page.app.screen, DayScreen)
        await until(page, lambda: "there is no segment at 03:00 UTC" in said(page))


async def test_a_deleted_segment_says_who_deleted_it(paper: PaperDiary, decoder: Decoder) -> None:
    paper.delete(a_tombstone(at(12, 40)))
    async with reading(paper, decoder, link="acme/website/2026-11-06#12:40") as page:
        await until(page, lambda: "12:40 UTC: deleted by Jane D." in said(page))
        assert page.app.screen.query_one(DayList).start == at(12, 40)


async def test_a_contract_that_is_not_there_is_said_before_the_screen_begins(
    paper: PaperDiary, decoder: Decoder
) -> None:
    with pytest.raises(NotFoundError, match="there is no contract 'acme/secret'"):
        async with reading(paper, decoder, link="acme/secret/2026-11-06"):
            pass


@pytest.mark.parametrize(
    ("arguments", "token", "code", "words"),
    [
        (("acme/website/2026-13-01",), "reader", 2, "2026-13-01 is no day"),
        (("https://acme",), "reader", 2, "begins with diary://"),
        (("acme/website/2026-11-06",), "stranger", 3, "there is no such token"),
        (("acme/secret",), "reader", 1, "there is no contract 'acme/secret'"),
        (("acme/website", "--server", "http://127.0.0.1:9"), "reader", 4, "no answer from"),
    ],
)
async def test_what_cannot_be_opened_is_one_line_and_an_exit_code(
    paper: PaperDiary, arguments: tuple[str, ...], token: str, code: int, words: str
) -> None:
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, *arguments, WORKDIARY_TOKEN=token)
        seen = await terminal.until(words)
        assert await terminal.ended() == code
        assert b"Traceback" not in seen
        assert b"\x1b[?1049h" not in seen


async def the_cost_of_opening_a_day(paper: PaperDiary) -> int:
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, "acme/website/2026-11-06", **READER)
        cost = len(await terminal.until("18:20"))
        await terminal.press("Q")
        assert await terminal.ended() == 0
        return cost


async def test_a_day_opened_at_once_costs_no_more_than_a_day(paper: PaperDiary) -> None:
    assert await the_cost_of_opening_a_day(paper) <= 6 * 1024


async def test_a_busy_machine_paints_it_no_oftener() -> None:
    """Eight start at once: what shapes the screens comes late, and not in one piece."""
    papers = [PaperDiary(a_contract()) for _ in range(8)]
    for one in papers:
        a_full_day(one)
    assert max(await asyncio.gather(*map(the_cost_of_opening_a_day, papers))) <= 6 * 1024
