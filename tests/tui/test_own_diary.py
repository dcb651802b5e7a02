"""Freelancers change their own diary in the TUI: what it costs, a typed number, a signed entry."""

from __future__ import annotations

from pathlib import Path

import pytest
from billkit import TEN, WEDNESDAY
from ownkit import LOCKED, a_home, at_home, costs, flat, form, refusal, type_in
from screenkit import Page, everything, press, said, until
from textual.widgets import Input
from workdiary import forgetting
from workdiary.addresses import Address
from workdiary.bodies import DeletedBody, ManualBody, MemoBody
from workdiary.entries import EntryKind
from workdiary.errors import DeniedError
from workdiary.segments import from_epoch
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.own_actions import OwnActions
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.deed_strip import DeedStrip
from workdiary_tui.widgets.lines import LinesView

FIRST = from_epoch(WEDNESDAY)


def closed(page: Page) -> bool:
    return not page.app.screen.query(DeedStrip)


async def test_deleting_says_what_it_costs_takes_the_number_and_tells_the_spool(
    tmp_path: Path,
) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.ada) as page:
        strip = await form(page, "D")
        words = await costs(page, strip, "billed becomes")
        assert "You lose 1 segment (0h10), 1 picture, 0h10 billed, 5.00 USD." in words
        assert "Week 40: 0h30 tracked becomes 0h20; 0h30 billed becomes 0h20." in words
        await press(page, "1", "enter")
        await until(page, lambda: "type 10, its minutes" in refusal(strip))
        assert len((await home.day()).segments) == 3
        await press(page, "0", "enter")
        await until(page, lambda: closed(page))
        await until(
            page,
            lambda: "deleted 1 segment, 0h10; week 40: 0h20, billed 0h20, 10.00 USD" in said(page),
        )
        day = await home.day()
        assert [one.start for one in day.deleted] == [FIRST]
        assert day.week.totals.billable == 20
        ((_, told),) = forgetting.noted(home.folder)
        assert (told.contract, told.starts) == (home.contract, (WEDNESDAY,))
        await until(page, lambda: "deleted by Ada" in everything(page))


async def test_what_the_form_foresees_of_a_week_over_its_limit_brackets_what_comes(
    tmp_path: Path,
) -> None:
    async with (
        a_home(tmp_path, weekly_limit=20) as home,
        at_home(home, home.ada) as page,
    ):
        strip = await form(page, "D")
        words = await costs(page, strip, "billed becomes")
        assert "0h30 tracked becomes 0h20; 0h20 billed becomes 0h10 to 0h20" in words
        await press(page, "1", "0", "enter")
        await until(page, lambda: closed(page))
        assert (await home.day()).week.totals.billable == 20


async def test_one_memo_goes_to_the_whole_memo_bar(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.ada) as page:
        strip = await form(page, "E")
        await press(page, "down")
        words = await costs(page, strip, "2 segments")
        assert "no minute and no money is lost" in words
        assert strip.query_one("#deed-to", Input).value == "09:20"
        await type_in(page, strip, memo="primer, first coat")
        await press(page, "enter", "2", "0", "enter")
        await until(page, lambda: closed(page))
        day = await home.day()
        assert [one.memo for one in day.segments] == ["primer, first coat"] * 2 + ["papering"]
        assert [one.edited is not None for one in day.segments] == [True, True, False]
        assert page.app.screen.query_one(DayList).has_focus


async def test_a_range_is_typed_over_what_is_offered(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.ada) as page:
        strip = await form(page, "D")
        await type_in(page, strip, to="09:30")
        await costs(page, strip, "3 segments (0h30), 3 pictures")
        await type_in(page, strip, start="12:00", to="13:00")
        await costs(page, strip, "there is no segment from")
        await type_in(page, strip, confirm="30")
        await press(page, "enter")
        assert "there is no segment" in refusal(strip)
        await press(page, "escape")
        await until(page, lambda: closed(page))
        assert len((await home.day()).segments) == 3


async def test_manual_time_that_is_refused_stays_typed_and_can_be_mended(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.ada) as page:
        strip = await form(page, "A")
        fields = {"memo": "planning", "reason": "whiteboard"}
        await type_in(page, strip, start="9:20", to="9:45", **fields)
        await costs(page, strip, "09:45 is not on a mark")
        await type_in(page, strip, to="09:50")
        words = await costs(page, strip, "0h30 by hand")
        assert "Week 40: 0h30 tracked becomes 1h00; 0h30 billed becomes up to 1h00." in words
        await type_in(page, strip, confirm="30")
        await press(page, "enter")
        await until(page, lambda: "has a segment already, on this contract" in refusal(strip))
        assert strip.query_one("#deed-memo", Input).value == "planning"
        await type_in(page, strip, start="10:00", to="10:30", confirm="30")
        await press(page, "enter")
        await until(page, lambda: closed(page))
        added = (await home.day()).segments[3:]
        assert [one.kind for one in added] == ["manual"] * 3
        assert {(one.memo, one.why_manual) for one in added} == {("planning", "whiteboard")}


async def test_manual_time_can_be_added_to_an_empty_day(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.ada) as page:
        await press(page, "right_square_bracket")
        await until(page, lambda: "Nothing was tracked" in everything(page))
        strip = await form(page, "A")
        assert "2026-10-01" in everything(page)
        await type_in(page, strip, start="0:10", to="0:20", memo="night shift", reason="none")
        await costs(page, strip, "0h10 by hand")
        await type_in(page, strip, confirm="10")
        await press(page, "enter")
        await until(page, lambda: closed(page))
        await until(page, lambda: "night shift" in everything(page))
        await press(page, "j")
        assert page.app.screen.query_one(DayList).has_focus


async def test_a_form_that_lost_the_keys_to_a_click_gets_them_back_or_is_closed_by_escape(
    tmp_path: Path,
) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.ada) as page:
        strip = await form(page, "E")
        await type_in(page, strip, memo="typed before")
        day = page.app.screen
        day.query_one(DayList).focus()
        await press(page, "E", "exclamation_mark")
        assert "!" in strip.query_one("#deed-memo", Input).value
        day.query_one(DayList).focus()
        await press(page, "escape")
        await until(page, lambda: closed(page))
        assert page.app.screen is day


async def test_a_contract_without_manual_time_says_so(tmp_path: Path) -> None:
    async with a_home(tmp_path, manual=False) as home, at_home(home, home.ada) as page:
        await press(page, "A")
        assert "does not allow manual time" in said(page)
        assert closed(page)


async def test_a_locked_week_says_so_beforehand_and_the_server_refuses(tmp_path: Path) -> None:
    async with a_home(tmp_path, now=LOCKED) as home, at_home(home, home.ada) as page:
        strip = await form(page, "D")
        await costs(page, strip, "nothing in it can be changed")
        await press(page, "1", "0", "enter")
        await until(page, lambda: "is locked since" in refusal(strip))
        assert len((await home.day()).segments) == 3
        assert not list(forgetting.noted(home.folder))


async def test_a_server_that_is_away_is_said_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.ada) as page:
        strip = await form(page, "E")
        await costs(page, strip, "1 segment")
        await type_in(page, strip, memo="varnish", confirm="10")
        home.ada.client.address = Address.read("http://127.0.0.1:9")
        await press(page, "enter")
        await until(page, lambda: "127.0.0.1:9" in refusal(strip))
        assert strip.query_one("#deed-memo", Input).value == "varnish"


async def test_a_segment_is_deleted_from_its_own_screen(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.ada) as page:
        await press(page, "enter")
        assert isinstance(page.app.screen, SegmentScreen)
        strip = await form(page, "D")
        await costs(page, strip, "You lose 1 segment")
        await press(page, "1", "0", "enter")
        await until(page, lambda: isinstance(page.app.screen, DayScreen))
        await until(page, lambda: "deleted by Ada" in everything(page))
        assert len((await home.day()).segments) == 2


async def test_a_freelancer_who_only_reads_here_is_told_where_to_write(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.ada, hand=False) as page:
        assert "E memo" not in everything(page)
        await press(page, "E")
        assert "invite of scope tracker" in said(page)


async def test_no_key_of_the_freelancer_exists_for_a_client(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home, at_home(home, home.grace) as page:
        for _ in range(2):  # the day, then the segment
            screen = page.app.screen
            assert isinstance(screen, OwnActions)
            keys = screen.active_bindings
            assert not {"E", "A", "D", "V"} & set(keys)
            assert "W" in keys
            before = everything(page)
            await press(page, "E", "A", "D", "V")
            assert everything(page) == before
            assert closed(page)
            await press(page, "question_mark")
            shown = everything(page)
            for word in ("memo, of a memo bar", "manual time", "delete,", "as the client"):
                assert word not in shown
            await press(page, "escape", "enter")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (EntryKind.MEMO_EDITED, MemoBody(segments=(WEDNESDAY,), memo="forged")),
        (EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,))),
        (
            EntryKind.SEGMENT_MANUAL,
            ManualBody(segments=(WEDNESDAY + 6 * TEN,), memo="forged", reason="none"),
        ),
    ],
)
async def test_the_server_refuses_a_call_forged_with_a_clients_token(
    tmp_path: Path, kind: EntryKind, body: MemoBody | DeletedBody | ManualBody
) -> None:
    async with a_home(tmp_path) as home:
        before = await home.day()
        with pytest.raises(DeniedError):
            await home.pen(home.grace).write(home.contract, kind, body)
        assert (await home.day()).segments == before.segments


async def test_as_the_client_sees_it_is_what_the_client_sees(tmp_path: Path) -> None:
    async with a_home(tmp_path) as home:
        await home.pen(home.ada).write(
            home.contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,))
        )
        async with at_home(home, home.grace) as page:
            theirs = everything(page).split("\n")
        async with at_home(home, home.ada) as page:
            assert "E memo" in everything(page)
            await press(page, "V")
            mine = everything(page).split("\n")
            assert mine[0].split() == ["as", "the", "client", "sees", "it", "V", "returns"]
            assert (mine[1:-1], mine[-1]) == (theirs[:-2], theirs[-1])
            await press(page, "question_mark")
            assert "manual time" not in everything(page)
            await press(page, "escape", "E", "A", "D")
            assert closed(page)
            await press(page, "enter")
            assert "as the client sees it" in everything(page)
            await press(page, "V")
            assert "as the client sees it" not in everything(page)
            await press(page, "q")
            assert "E memo" in everything(page)


async def test_the_times_of_a_form_are_those_of_the_screen(tmp_path: Path) -> None:
    async with a_home(tmp_path, zone="Asia/Manila") as home, at_home(home, home.ada) as page:
        await press(page, "z", "z")
        await until(page, lambda: "17:00" in everything(page))
        strip = await form(page, "E")
        assert strip.query_one("#deed-from", Input).value == "17:00"
        assert "Asia/Manila" in flat(strip.query_one("#deed-title", LinesView))
        await costs(page, strip, "1 segment")
