"""What is printed in plain lines is what the screen shows, number by number, in every zone."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from diaries import PaperDiary, at
from screenkit import everything, open_day, open_segment, press, reading, shown_on, until
from workdiary.plain import days, segments, weeks
from workdiary_tui import look
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.lines import LinesView

ROOM = (200, 90)
ZONES = {"UTC": 0, "Europe/Paris": 1, "Asia/Manila": 2}
ROW = re.compile(r"(\d\d:\d\d)\s+([A-Z]+) .*?(\d+)/10\s+k\s*(\d+) c\s*(\d+) s\s*(\d+)")
PLAIN = re.compile(
    r"(\d\d:\d\d)(?: \(.*?\))? (\w+), (\d+) of 10 .*?(\d+) keys?, (\d+) clicks?, (\d+) scrolls?"
)


@pytest.mark.parametrize("zone", ZONES)
async def test_the_day_is_the_same_on_the_screen_and_in_lines(
    paper: PaperDiary, decoder: Decoder, zone: str
) -> None:
    async with reading(paper, decoder, ROOM, Mode.OFF) as page:
        screen = await open_day(page)
        for _ in range(ZONES[zone]):
            await press(page, "z")
        await until(page, lambda: screen.diary is not None and screen.diary.zone == zone)
        day = screen.diary
        assert day is not None
        printed = [*days.day_lines(screen.contract, day, ZoneInfo(zone))]
        listed = [ROW.search(line) for line in shown_on(screen.query_one(DayList)).split("\n")]
        plain = [PLAIN.match(line) for line in printed]
        rows = [one.groups() for one in listed if one]
        assert len(rows) == sum(segment.kind == "auto" for segment in day.segments) > 10
        assert rows == [
            (time, look.badge(status).word, *numbers)
            for time, status, *numbers in (one.groups() for one in plain if one)
        ]
        title, week = (shown_on(screen.query_one(name, LinesView)) for name in ("#title", "#week"))
        tracked, billable, _ = re.split(", ", printed[2])
        assert tracked.split()[1] + " tracked" in title
        assert billable.split()[1] + " billable" in title
        (said,) = (line for line in printed if line.startswith("week "))
        for amount in re.findall(r"(?:tracked|limit) (\d+h\d*)|([\d,.]+ USD)", said):
            assert "".join(amount) in week


@pytest.mark.parametrize("zone", ZONES)
async def test_the_segment_is_the_same_on_the_screen_and_in_lines(
    paper: PaperDiary, decoder: Decoder, zone: str
) -> None:
    async with reading(paper, decoder, (200, 60), Mode.OFF) as page:
        screen = await open_segment(page, 12, 50)
        for _ in range(ZONES[zone]):
            await press(page, "z")
        await until(page, lambda: screen.reader.clock(screen.contract).name == zone)
        shown = everything(page)
        where = ZoneInfo(zone)
        printed = "\n".join(segments.segment_lines(screen.contract, screen.segment, where))
        counted = re.search(r"(\d+) keys, (\d+) clicks, (\d+) scrolls", printed)
        assert counted
        assert "k {}  c {}  s {}".format(*counted.groups()) in shown
        taken = re.search(r"taken (\d\d:\d\d:\d\d)", printed)
        assert taken
        assert taken[0] in shown
        assert re.findall(r"sha256 (\w{8})", printed) == re.findall(r"sha256 (\w{8})", shown)
        table = re.findall(r"(\d\d:\d\d) +(\d+) .*? (\d+) .*? (\d+) .*?(active|quiet)", shown)
        minutes = "\n".join(segments.minute_lines(screen.contract, screen.segment, where))
        lines = re.findall(
            r"(\d\d:\d\d).*? (active|quiet), (\d+) keys?, (\d+) clicks?, (\d+) scrolls?", minutes
        )
        assert len(table) == 10
        assert table == [(time, *numbers, word) for time, word, *numbers in lines]


@pytest.mark.parametrize("zone", ZONES)
async def test_the_week_is_the_same_on_the_screen_and_in_lines(
    paper: PaperDiary, decoder: Decoder, zone: str
) -> None:
    async with reading(paper, decoder, ROOM, Mode.OFF) as page:
        await open_day(page)
        await press(page, "w")
        screen = page.app.screen
        assert isinstance(screen, WeekScreen)
        for _ in range(ZONES[zone]):
            await press(page, "z")
        await until(page, lambda: screen.week is not None)
        week = screen.week
        assert week is not None
        assert week.start == at(0, day=2)
        sheet = shown_on(screen.query_one("#sheet", LinesView)).split("\n")
        printed = [*weeks.week_lines(screen.contract, week)]
        daily = [re.search(r": tracked (\S+),.* ([\d,.]+) USD$", line) for line in printed]
        totals = [one[1] if one else "0h00" for one in daily[-7:]]
        amounts = [one[2] if one else "0.00" for one in daily[-7:]]
        (total,) = (line.split() for line in sheet if line.startswith(" total"))
        (money,) = (line.split() for line in sheet if line.startswith(" USD"))
        sums = re.search(r"tracked (\S+), billable (\S+), ([\d,.]+) USD", "\n".join(printed))
        assert sums
        assert total == ["total", *totals, sums[1]]
        assert money == ["USD", *amounts, sums[3]]
        (bill,) = (line for line in printed if " x " in line)
        assert bill in "\n".join(sheet)
