"""The screens and their keys, on a diary on paper, at every size they promise."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from diaries import (
    CONTRACT,
    PaperDiary,
    a_contract,
    a_picture,
    a_segment,
    at,
)
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
from textual.color import Color
from workdiary_tui.diary_rows import SegmentRow
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.help_strip import HelpStrip
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.picture_view import PictureView

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


def chosen(screen: DayScreen) -> str:
    row = screen.query_one(DayList).chosen
    assert isinstance(row, SegmentRow)
    return f"{row.segment.start:%H:%M}"


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_is_whole_at_every_size(
    paper: PaperDiary,
    decoder: Decoder,
    size: tuple[int, int],
    no_color: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    async with reading(paper, decoder, size) as page:
        assert "acme/website"[:6] in everything(page)
        await open_day(page)
        for word in ("Fri 06 Nov 2026", "AUTO", "OVER", "weekly limit 40h reached at 18:00"):
            assert word in everything(page)
        await press(page, "g")
        for word in ("Set 1", "09:00", "not tracked", "? help"):
            assert word in everything(page)
        await press(page, "enter")
        picture = page.app.screen.query_one(PictureView)
        await until(page, lambda: picture.drawn)
        assert "▀" in shown_on(picture)
        await press(page, "m")
        if size[0] < 120:
            assert "clicks" in everything(page)
        await press(page, "question_mark")
        assert "Keys of this screen" in everything(page)
        for line in everything(page).split("\n"):
            assert len(line) == size[0]
        if no_color:
            assert page.app.no_color
            assert not _colours(page)


def _colours(page: Page) -> set[str]:
    """The colours that reach the terminal."""
    found = set()
    for strip in page.app.screen._compositor.render_strips():
        for segment in strip.apply_filter(page.app._filters[-1], Color.parse("black")):
            for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                if colour is not None and not colour.is_default:
                    found.add(colour.name)
    return found


async def test_too_small_a_window_says_so_and_keeps_its_place(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.query_one(DayList).choose(at(12, 50))
        await page.resize_terminal(40, 12)
        await page.pause()
        assert "workdiary needs 50x14" in everything(page)
        assert "12:50" not in everything(page)
        for size in ((200, 60), (60, 20), (120, 40), (80, 24)):
            await page.resize_terminal(*size)
            await page.pause()
            assert ">12:50" in everything(page)


async def test_the_cursor_walks_and_stops_at_the_edges_of_a_set(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        assert chosen(screen) == "18:30"
        await press(page, "g", "j", "down", "k")
        assert chosen(screen) == "09:10"
        screen.query_one(DayList).choose(at(10, 20))
        await press(page, "n")
        assert chosen(screen) == "10:20"
        assert "end of set 1, N for set 2" in said(page)
        await press(page, "N")
        assert chosen(screen) == "11:00"
        await press(page, "p")
        assert "beginning of set 2, P for set 1" in said(page)
        await press(page, "P", "n")
        assert chosen(screen) == "09:10"
        await press(page, "G", "n")
        assert "end of set 5, ] for the next day" in said(page)
        await press(page, "N")
        assert "no later set" in said(page)
        await press(page, "pageup", "pagedown", "home")
        assert chosen(screen) == "09:00"
        await press(page, "P")
        assert "no earlier set" in said(page)


async def test_days_weeks_and_today(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)

        async def on(day: int, *keys: str) -> None:
            await press(page, *keys)
            await until(page, lambda: screen.diary and screen.diary.date == date(2026, 11, day))

        await on(5, "left_square_bracket")
        assert "Thu 05 Nov 2026" in everything(page)
        await on(6, "right_square_bracket")
        await press(page, "right_square_bracket")
        assert "this is today" in said(page)
        await on(1, "left_curly_bracket")
        assert "Nothing was tracked on Sun 01 Nov 2026" in everything(page)
        await press(page, "left_square_bracket")
        assert "the contract begins on Sun 01 Nov 2026" in said(page)
        await on(6, "t")
        await on(1, "left_curly_bracket")
        await on(6, "right_curly_bracket")


async def test_keys_still_work_after_a_day_on_which_nothing_was_tracked(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        full = screen.day
        await press(page, "left_curly_bracket")
        await until(page, lambda: screen.diary is not None and not screen.diary.segments)
        await press(page, "right_curly_bracket")
        await until(page, lambda: screen.diary is not None and screen.diary.date == full)
        await press(page, "g", "enter")
        await until(page, lambda: isinstance(page.app.screen, SegmentScreen))


async def test_a_step_to_a_neighbouring_day_asks_nobody(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        cache = screen.reader.cache
        await until(page, lambda: cache.known_day(CONTRACT, date(2026, 11, 5), "UTC"))
        asked = len([one for one in paper.asked if one[:3] == ("day", CONTRACT, date(2026, 11, 5))])
        await press(page, "left_square_bracket")
        assert screen.diary is not None
        assert screen.diary.date == date(2026, 11, 5)
        days = [one for one in paper.asked if one[:3] == ("day", CONTRACT, date(2026, 11, 5))]
        assert len(days) == asked


async def test_zones_move_the_times_and_nothing_else(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.query_one(DayList).choose(at(17, 50))
        week = screen.diary.week if screen.diary else None
        await press(page, "z")
        await until(page, lambda: screen.diary and screen.diary.zone == "Europe/Paris")
        assert ">18:50" in everything(page)
        assert "mine, Europe/Paris +01:00" in said(page)
        await press(page, "z")
        await until(page, lambda: screen.diary and screen.diary.zone == "Asia/Manila")
        assert "Sat 07 Nov 2026" in everything(page)
        assert ">01:50" in everything(page)
        assert (
            "Asia/Manila +08:00 this day: Fri 06 Nov 16:00 to Sat 07 Nov 16:00 UTC"
            in everything(page)
        )
        assert "Jane D.'s, Asia/Manila +08:00" in said(page)
        assert screen.diary is not None
        assert screen.diary.week == week
        await press(page, "z")
        await until(page, lambda: screen.diary and screen.diary.zone == "UTC")
        assert ">17:50" in everything(page)


async def test_a_new_segment_appears_within_two_seconds_and_the_cursor_stays(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.query_one(DayList).choose(at(17, 40))
        await page.pause()
        paper.tell(a_segment(at(18, 40), memo="Just now", status="over_limit", sessions=("s2",)))
        await until(page, lambda: "Just now" in shown_on(screen.query_one(DayList)), seconds=2)
        assert chosen(screen) == "17:40"
        paper.tell(a_segment(at(8), memo="Came late", sessions=("s0",)))
        await until(page, lambda: screen.diary and screen.diary.segments[0].memo == "Came late")
        await page.pause()
        assert chosen(screen) == "17:40"
        assert ">17:40" in everything(page)


async def test_a_lost_server_is_a_banner_and_no_lost_place(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.query_one(DayList).choose(at(12, 50))
        paper.go_away()
        await until(page, lambda: "closed the event stream; trying again" in everything(page)
                    or "connection refused; trying again" in everything(page))  # fmt: skip
        assert ">12:50" in everything(page)
        await press(page, "r")
        await until(page, lambda: "r tries again" in said(page))
        paper.away = False
        await until(page, lambda: paper.followers, seconds=10)
        await until(page, lambda: "trying again" not in everything(page))
        assert "the server is back" in said(page)
        assert ">12:50" in everything(page)


async def test_a_revoked_reader_is_told(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder) as page:
        paper.found = ()
        await press(page, "r")
        await until(page, lambda: "There is no contract for you here yet" in everything(page))


async def test_next_and_previous_walk_the_set_and_say_where_it_ends(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_segment(page, 12, 50)
        assert "3 of 9 in its set" in everything(page)
        await press(page, "n", "right", "p")
        assert screen.segment.start == at(13)
        for _ in range(12):
            await press(page, "n")
        assert screen.segment.start == at(13, 50)
        assert "end of this set, N for the next one" in said(page)
        assert "not running at this segment's random moment" in everything(page)
        await press(page, "N")
        assert screen.segment.start == at(15)
        await press(page, "p")
        assert "beginning of this set, P for the previous one" in said(page)
        await press(page, "P", "P")
        assert screen.segment.start == at(12, 20)
        assert "the freelancer added this time" in everything(page)
        await press(page, "escape")
        assert isinstance(page.app.screen, DayScreen)
        await until(page, lambda: ">12:20" in everything(page))


async def test_a_set_runs_over_midnight(decoder: Decoder) -> None:
    paper = PaperDiary(a_contract(last_segment=at(0, 10)))
    paper.write(*(a_segment(at(23, 30, day=5) + timedelta(minutes=10 * n)) for n in range(5)))
    async with reading(paper, decoder) as page:
        screen = await open_segment(page, 0, 0)
        await until(page, lambda: "4 of 5 in its set" in everything(page))
        await press(page, "p")
        assert screen.segment.start == at(23, 50, day=5)
        await press(page, "q")
        await until(page, lambda: "Thu 05 Nov 2026" in everything(page))
        await until(page, lambda: ">23:50" in everything(page))


async def test_tab_switches_monitors_and_i_the_way_pictures_are_drawn(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_segment(page, 9, 30)
        assert "monitor 1 of 2" in everything(page)
        await press(page, "tab")
        assert "monitor 2 of 2" in everything(page)
        picture = screen.query_one(PictureView)
        await until(page, lambda: picture.drawn)
        await press(page, "n", "tab")
        assert "this segment has one picture" in said(page)
        await press(page, "i")
        assert "off" in shown_on(screen.query_one("#title"))
        assert "pictures are off" in shown_on(picture)
        await press(page, "i")
        await until(page, lambda: picture.drawn)
        assert "sextant" in shown_on(screen.query_one("#title"))


async def test_a_missing_and_a_broken_picture_say_so_and_reading_goes_on(
    decoder: Decoder,
) -> None:
    paper = PaperDiary()
    missing, broken = a_picture(at(9), b"gone"), a_picture(at(9, 10), b"RIFF nonsense")
    paper.files[broken.digest] = b"RIFF nonsense"
    good = paper.paint(at(9, 20))
    for minute, pictures in ((0, (missing,)), (10, (broken,)), (20, good)):
        paper.write(a_segment(at(9, minute), pictures=pictures))
    async with reading(paper, decoder) as page:
        await open_segment(page, 9)
        picture = page.app.screen.query_one(PictureView)
        await until(page, lambda: "no such picture in this contract" in shown_on(picture))
        await press(page, "n")
        await until(page, lambda: "no such picture" not in shown_on(picture))
        await until(page, lambda: "picture unavailable" in shown_on(picture))
        await press(page, "n")
        await until(page, lambda: picture.drawn)
        paper.files[missing.digest] = paper.files[good[0].digest]
        await press(page, "p", "p", "r")
        await until(page, lambda: picture.drawn)


async def test_the_minutes_open_under_the_day_and_in_the_segment(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        await press(page, "g", "m")
        minutes = screen.query_one("#minutes", LinesView)
        assert "945 keys" in shown_on(minutes)
        await press(page, "j")
        assert "835 keys" in shown_on(minutes)
        await press(page, "m", "enter", "m")
        assert "835 keys" in everything(page)


async def test_from_120_columns_picture_and_minutes_stand_beside_the_day(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder, (120, 40)) as page:
        screen = await open_day(page)
        picture = screen.query_one(PictureView)
        await until(page, lambda: picture.drawn)
        assert "18:30  OVER" in shown_on(screen.query_one("#pane-title"))
        assert "keys" in shown_on(screen.query_one("#pane-minutes"))
        await press(page, "m")
        assert not screen.query_one("#pane-minutes").display
        await press(page, "i")
        assert "pictures are off" in shown_on(picture)


async def test_only_the_segment_on_which_the_cursor_rests_is_previewed(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder, (120, 40)) as page:
        screen = await open_day(page)
        await until(page, lambda: screen.query_one(PictureView).drawn)
        await press(page, "g")
        before = len([one for one in paper.asked if one[0] == "picture"])
        for _ in range(8):
            screen.query_one(DayList).action_move(1)
        await until(page, lambda: "10:20" in shown_on(screen.query_one("#pane-title")))
        asked = len([one for one in paper.asked if one[0] == "picture"]) - before
        assert asked <= 2


async def test_help_shows_the_keys_of_the_screen_and_q_closes_it_first(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        await open_day(page)
        await press(page, "question_mark")
        strip = page.app.screen.query_one(HelpStrip)
        assert "previous, next day" in shown_on(strip)
        await press(page, "q")
        assert not strip.display
        await press(page, "q")
        assert isinstance(page.app.screen, ContractsScreen)
        await press(page, "ctrl+c")
        assert "Q quits" in said(page)
        await press(page, "Q")
        assert page.app._exit
