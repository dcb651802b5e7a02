"""Week, terms and why on the screen; what was deleted, and every kind of news while one reads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from diaries import CONTRACT, PaperDiary, a_segment, a_tombstone, at, some_terms
from screenkit import (
    Page,
    everything,
    open_day,
    open_segment,
    press,
    reading,
    said,
    shown_on,
    until,
)
from workdiary import api
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.screens.terms import TermsScreen
from workdiary_tui.screens.week import RibbonView, WeekScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.why_strip import WhyStrip

MONDAY = date(2026, 11, 2)
SIZES = [(60, 20), (80, 24), (140, 45), (200, 60)]


async def open_week(page: Page) -> WeekScreen:
    await press(page, "w")
    screen = page.app.screen
    assert isinstance(screen, WeekScreen)
    await until(page, lambda: screen.week is not None)
    await until(page, lambda: set(screen._past_days(screen.monday)) <= set(screen._days))
    await page.pause()
    return screen


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", SIZES)
async def test_the_week_is_whole_at_every_size(
    paper: PaperDiary,
    decoder: Decoder,
    size: tuple[int, int],
    no_color: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    paper.week_changes[MONDAY] = {"pending": 20, "contested": 2}
    async with reading(paper, decoder, size) as page:
        await open_day(page)
        await open_week(page)
        seen = everything(page)
        for word in ("Week 45", ">Fri", "33h50", "0h40 over", "1,530.00 USD", "0h20 late",
                     "! 2 contested", "locks Mon 09 Nov 12:00 UTC", "? help"):  # fmt: skip
            assert word in seen
        assert (">Fri 06" in seen) == (size[1] >= 24)
        for line in seen.split("\n"):
            assert len(line) == size[0]


async def test_keys_walk_days_and_weeks_and_enter_opens_the_day(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        day = await open_day(page)
        week = await open_week(page)
        await press(page, "h", "left")
        assert week.chosen == date(2026, 11, 4)
        await press(page, "l", "right", "l", "l")
        assert week.chosen == date(2026, 11, 8)
        await press(page, "l")
        assert "this is the current week" in said(page)
        await press(page, "enter")
        assert "this day is still to come" in said(page)
        await press(page, "left_square_bracket")
        await until(page, lambda: week.week is not None and week.week.start.day == 26)
        assert week.chosen == date(2026, 11, 1)
        await press(page, "left_square_bracket")
        assert "the contract begins in this week" in said(page)
        await press(page, "t", "h", "h", "enter")
        assert page.app.screen is day
        await until(page, lambda: day.diary is not None and day.diary.date == date(2026, 11, 4))
        await press(page, "w", "q")
        assert page.app.screen is day


async def test_the_week_opens_from_the_contracts_and_its_day_leads_back_there(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        await open_week(page)
        await press(page, "h", "enter")
        day = page.app.screen
        assert isinstance(day, DayScreen)
        assert day.day == date(2026, 11, 5)
        await press(page, "q")
        assert isinstance(page.app.screen, ContractsScreen)


async def test_a_window_too_low_for_the_ribbon_shows_none_of_it(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder, (80, 20)) as page:
        week = await open_week(page)
        assert not shown_on(week.query_one(RibbonView)).strip()
        await page.resize_terminal(80, 24)
        await until(page, lambda: ">Fri 06" in everything(page))


async def test_why_is_told_of_the_segment_under_the_cursor_and_follows_it(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        day = await open_day(page)
        day.query_one(DayList).choose(at(12, 50))
        strip = day.query_one(WhyStrip)
        await press(page, "a")
        await until(page, lambda: "12:50 UTC counts ten minutes" in shown_on(strip))
        assert "Why 12:50 is AUTO" in shown_on(strip)
        await press(page, "j")
        await until(page, lambda: "13:00 UTC counts ten minutes" in shown_on(strip))
        await press(page, "q")
        assert not strip.display
        assert page.app.screen is day
        await press(page, "enter", "a")
        segment = page.app.screen
        assert isinstance(segment, SegmentScreen)
        told = segment.query_one(WhyStrip)
        await until(page, lambda: "13:00 UTC counts ten minutes" in shown_on(told))
        await press(page, "n")
        await until(page, lambda: "13:10 UTC counts ten minutes" in shown_on(told))
        await press(page, "a")
        assert not told.display


async def test_a_long_why_is_read_page_by_page_with_one_key(
    paper: PaperDiary, decoder: Decoder
) -> None:
    contest = api.Contest(by="Alice", at=at(9, 12, day=10), reason="word " * 90 + "the end")
    paper.write(a_segment(at(18, 30), contested=contest, sessions=("s2",)))
    async with reading(paper, decoder) as page:
        day = await open_day(page)
        strip = day.query_one(WhyStrip)
        await press(page, "a")
        await until(page, lambda: "a more (1/2)" in shown_on(strip))
        assert "the end" not in shown_on(strip)
        await press(page, "a")
        assert "the end" in shown_on(strip)
        assert "a closes" in shown_on(strip)
        await press(page, "a")
        assert not strip.display


async def test_a_why_that_cannot_be_had_says_so(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder) as page:
        day = await open_day(page)
        paper.away = True
        await press(page, "a")
        await until(page, lambda: "connection refused" in shown_on(day.query_one(WhyStrip)))


async def test_a_deleted_segment_is_a_row_that_can_be_chosen_and_not_opened(
    paper: PaperDiary, decoder: Decoder
) -> None:
    paper.deleted[CONTRACT] = [a_tombstone(at(14, 30))]
    async with reading(paper, decoder) as page:
        day = await open_day(page)
        days = day.query_one(DayList)
        days.choose(at(13, 50))
        await press(page, "j")
        assert ">14:30   DELETED  deleted by Jane D., 6 min" in everything(page)
        await press(page, "enter")
        assert page.app.screen is day
        assert "deleted by Jane D.: nothing is left to open" in said(page)
        await press(page, "a")
        strip = day.query_one(WhyStrip)
        await until(page, lambda: "Why 14:30 is deleted" in shown_on(strip))
        assert "uses no limit" in shown_on(strip)
        await press(page, "q", "n")
        assert days.segment is not None
        assert days.segment.segment.start == at(15)


async def test_a_segment_deleted_while_it_is_open_closes_and_its_picture_is_forgotten(
    paper: PaperDiary, decoder: Decoder
) -> None:
    paper.write(a_segment(at(12, 50), pictures=paper.paint(at(12, 50), 999), sessions=("s1",)))
    async with reading(paper, decoder) as page:
        screen = await open_segment(page, 12, 50)
        digest = screen.segment.pictures[0].digest
        cache = screen.reader.cache
        await until(page, lambda: cache.known_picture((CONTRACT, digest, "preview")))
        paper.delete(a_tombstone(at(12, 50)))
        await until(page, lambda: isinstance(page.app.screen, DayScreen), seconds=2)
        await until(page, lambda: ">12:50   DELETED  deleted by Jane D." in everything(page))
        assert "deleted by Jane D., 6 min" in said(page)
        assert cache.known_picture((CONTRACT, digest, "preview")) is None


async def test_the_cursor_stays_where_a_segment_was_deleted_under_it(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        day = await open_day(page)
        day.query_one(DayList).choose(at(15, 30))
        await page.pause()
        paper.delete(a_tombstone(at(15, 30)))
        await until(page, lambda: ">15:30   DELETED" in everything(page))
        await press(page, "j")
        assert ">15:40" in everything(page)


@pytest.mark.parametrize(
    "kind",
    ["memo.edited", "segment.manual", "segment.deleted", "segment.contested",
     "adjustment.accepted", "adjustment.declined", "contract.changed", "week.closed"],
)  # fmt: skip
async def test_every_kind_of_entry_refreshes_the_day_and_the_week(
    paper: PaperDiary, decoder: Decoder, kind: str
) -> None:
    async with reading(paper, decoder) as page:
        day = await open_day(page)
        paper.write(a_segment(at(8), memo="Another memo", sessions=("s0",)))
        paper.announce(kind)
        await until(page, lambda: day.diary and day.diary.segments[0].memo == "Another memo")
        week = await open_week(page)
        paper.week_changes[MONDAY] = {"state": "closed", "closed": at(12, day=9), "pending": 30}
        paper.announce(kind)
        await until(page, lambda: week.week is not None and week.week.state == "closed")
        await page.pause()
        assert "closed Mon 09 Nov 12:00 UTC" in everything(page)
        assert "0h30 late, not decided" in everything(page)


async def test_new_terms_are_told_in_contracts_and_day_and_listed_whole(
    paper: PaperDiary, decoder: Decoder
) -> None:
    changed = some_terms(at(9, 30, day=4), index=7, weekly_limit=3000, changed=("weekly_limit",))
    paper.history[CONTRACT] = (*paper.history[CONTRACT], changed)
    paper.found = (msgspec.structs.replace(paper.found[0], terms_changed=7), *paper.found[1:])
    news = "limit 40h → 50h by Grace, from Mon 02 Nov"
    async with reading(paper, decoder) as page:
        await until(page, lambda: f"acme/website: {news}" in everything(page))
        await open_day(page)
        await until(page, lambda: news in everything(page))
        await press(page, "T")
        assert isinstance(page.app.screen, TermsScreen)
        await until(page, lambda: "the contract was opened" in everything(page))
        for words in ("from Wed 04 Nov 2026 09:30 UTC, by Grace (entry 7 of the log)",
                      "holds from Mon 02 Nov 00:00 UTC", "rate 45.00 USD an hour"):  # fmt: skip
            assert words in everything(page)
        await press(page, "G", "q")
        assert isinstance(page.app.screen, DayScreen)
        paused = some_terms(at(10), index=9, paused=True, changed=("paused",), by="Olga")
        paper.history[CONTRACT] = (*paper.history[CONTRACT], paused)
        paper.announce("contract.changed")
        await until(page, lambda: "contract paused by Olga" in everything(page))


async def test_a_failed_policy_is_loud_in_contracts_day_and_week(
    paper: PaperDiary, decoder: Decoder
) -> None:
    why = "policy failed: caps: it did not answer within 2 s"
    nothing = api.Minutes(tracked=0, billable=0, by_status={})
    broken = msgspec.structs.replace(paper.found[0], week=nothing, today=nothing, week_error=why)
    paper.found = (broken, *paper.found[1:])
    paper.week_changes[MONDAY] = {"policy_error": why, "amount": 0, "totals": nothing}
    loud = "policy failed; nothing is billed: caps: it did not answer"
    async with reading(paper, decoder) as page:
        await until(page, lambda: loud in everything(page))
        assert "NO BILL" in everything(page)
        await open_day(page)
        assert loud in everything(page)
        assert "not billed" in everything(page).split("\n")[0]
        await open_week(page)
        assert loud in everything(page)
        assert "0h00" not in everything(page)


async def test_a_reader_has_no_key_that_changes_anything(
    paper: PaperDiary, decoder: Decoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # "e" and then "c" take a file out
    async with reading(paper, decoder, (200, 60)) as page:
        await open_day(page)
        before = dict(paper.segments[CONTRACT])
        await press(page, *"EADecdfoSu")
        await press(page, "question_mark")
        seen = everything(page)
        for word in ("edit ", "delete ", "add ", "contest "):
            assert word not in seen
        assert paper.segments[CONTRACT] == before


async def test_the_weeks_totals_on_the_screen_are_the_servers_in_every_zone(
    paper: PaperDiary, decoder: Decoder
) -> None:
    totals = api.Minutes(tracked=2531, billable=2401, by_status={"auto": 2401, "over_limit": 130})
    start = datetime(2026, 11, 2, tzinfo=UTC)
    days = tuple(
        api.WeekDay(date=(start + timedelta(days=n)).date(), totals=totals, amount=12345)
        for n in range(7)
    )
    paper.week_changes[MONDAY] = {"totals": totals, "days": days, "amount": 180075}
    async with reading(paper, decoder) as page:
        await open_day(page)
        for _ in range(3):
            await press(page, "z")
            await open_week(page)
            seen = everything(page)
            assert seen.count("42h11") == 8
            assert seen.count("123.45") == 7
            assert "1,800.75" in seen
            await press(page, "z", "z", "q")
