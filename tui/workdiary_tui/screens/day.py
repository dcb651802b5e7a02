"""The day of a contract: its segments line by line, and a picture beside them where it fits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError

from workdiary_tui import look
from workdiary_tui.diary_lines import empty_day, row_line, title_line, utc_line, week_line
from workdiary_tui.diary_rows import Row, SegmentRow, rows_of
from workdiary_tui.drawing import next_mode
from workdiary_tui.minute_lines import minute_table
from workdiary_tui.pieces import Pieces
from workdiary_tui.reader import Reader
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.picture_view import PictureView
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.words import day_name
from workdiary_tui.working import work
from workdiary_tui.zones import Clock, described

_DAY = timedelta(days=1)
_REST_SECONDS = 0.15
_RENDITION = "preview"


class DayList(RowList[Row]):
    """A day's rows; the cursor walks over its segments."""

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(id="day")
        self._reader, self._contract = reader, contract

    def line(self, row: Row, width: int) -> Pieces:
        return row_line(row, self._reader.clock(self._contract), self._reader.signs, width)

    def identity(self, row: Row) -> object | None:
        return row.segment.start if isinstance(row, SegmentRow) else None


class DayScreen(DiaryScreen):
    """One day; ``[`` and ``]`` walk on to the next ones."""

    HINTS = (
        ("enter", "view"),
        ("n/p", "segment"),
        ("N/P", "set"),
        ("[ ]", "day"),
        ("{ }", "week"),
        ("t", "today"),
        ("m", "minutes"),
        ("z", "zone"),
        ("q", "back"),
        ("i", "pictures"),
        ("r", "refresh"),
    )
    KEYS = (
        ("enter", "open the segment"),
        ("j k ↓ ↑", "move"),
        ("g G", "first, last segment"),
        ("n p", "next, previous in the set"),
        ("N P", "next, previous set"),
        ("[ ]", "previous, next day"),
        ("{ }", "a week back, on"),
        ("t", "today"),
        ("m", "minute by minute"),
        ("i", "how pictures are drawn"),
    )
    DEFAULT_CSS = """
    DayScreen #week { min-height: 1; }
    DayScreen #empty { display: none; height: 1fr; }
    DayScreen.-empty #empty { display: block; }
    DayScreen.-empty #day { display: none; }
    DayScreen #pane { display: none; width: 3fr; max-width: 100; min-width: 46; padding-left: 1; }
    DayScreen #day { width: 4fr; }
    DayScreen.-wide #pane { display: block; }
    DayScreen.-wide.-empty #pane { display: none; }
    DayScreen #pane-minutes { height: auto; margin-top: 1; }
    DayScreen #minutes { display: none; dock: bottom; margin-bottom: 1; }
    DayScreen.-minutes #minutes { display: block; }
    DayScreen.-wide #minutes { display: none; }
    DayScreen.-wide.-no-minutes #pane-minutes { display: none; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        ("n", "walk(1)"),
        ("p", "walk(-1)"),
        ("N", "set(1)"),
        ("P", "set(-1)"),
        ("left_square_bracket", "day(-1)"),
        ("right_square_bracket", "day(1)"),
        ("left_curly_bracket", "day(-7)"),
        ("right_curly_bracket", "day(7)"),
        ("t", "today"),
        ("m", "minutes"),
        ("i", "mode"),
    ]

    @dataclass
    class Loaded(Message):
        day: date
        zone: str
        diary: api.Day

    @dataclass
    class Failed(Message):
        day: date
        reason: str

    @dataclass
    class Rested(Message):
        """The cursor stayed on a segment for a moment."""

        start: datetime

    def __init__(self, reader: Reader, contract: api.Contract, at: datetime | None = None) -> None:
        super().__init__(reader)
        self.contract = contract
        self._at = at or self._newest()
        self.day = self._clock.day(self._at)
        self.diary: api.Day | None = None

    @property
    def _clock(self) -> Clock:
        return self.reader.clock(self.contract)

    def _newest(self) -> datetime:
        """The last segment of the diary; now, where there is none yet."""
        return self.contract.last_segment or self.reader.now()

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        yield LinesView(id="week")
        with Horizontal():
            yield DayList(self.reader, self.contract)
            yield LinesView(id="empty")
            with Vertical(id="pane"):
                yield LinesView(id="pane-title")
                yield PictureView(self.reader)
                yield LinesView(id="pane-minutes")
        yield LinesView(id="minutes")

    def on_mount(self) -> None:
        self.query_one(DayList).focus()
        self.go(self.day)

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def go(self, day: date, choose: datetime | None = None) -> None:
        """Show a day, at once if it is known; ``choose`` is where the cursor goes."""
        self.day, self._at = day, choose or self._at
        known = self.reader.cache.known_day(self.contract.id, day, self._clock.name)
        if known is not None:
            self._show(known)
        elif self.diary is None:
            self._show_title(None)
        self.reload()

    def reload(self) -> None:
        fetch = partial(self._fetch, self.day, self._clock.name)
        work(self, "day", fetch)

    async def _fetch(self, day: date, zone: str) -> None:
        """The day, and then its neighbours, so that a step is instant."""
        cache, contract = self.reader.cache, self.contract.id
        try:
            self.post_message(self.Loaded(day, zone, await cache.day(contract, day, zone)))
            for neighbour in (day - _DAY, day + _DAY):
                await cache.day(contract, neighbour, zone)
        except WorkdiaryError as error:
            self.post_message(self.Failed(day, str(error)))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        if (message.day, message.zone) == (self.day, self._clock.name):
            self._show(message.diary)

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        if message.day == self.day:
            self.say(f"{message.reason} (r tries again)")

    def redraw(self) -> None:
        if self.diary is not None:
            self._show(self.diary)

    def _show(self, diary: api.Day) -> None:
        changed = self.diary is None or self.diary.date != diary.date
        self.diary = diary
        self._show_title(diary)
        self.set_class(not diary.segments, "-empty")
        if not diary.segments:
            self._show_empty(diary)
        days = self.query_one(DayList)
        days.show(rows_of(diary), self._at if changed else None)
        if diary.segments and not days.has_focus:
            # An empty day hid the list, and with it went the focus: its keys would be dead.
            self.call_after_refresh(days.focus)

    def _show_title(self, diary: api.Day | None) -> None:
        contract, day, clock, signs = self.contract, self.day, self._clock, self.reader.signs
        self.query_one("#title", LinesView).show(
            lambda width: [title_line(contract, day, clock, diary, width)]
        )
        if diary is None:
            return
        utc = utc_line(diary, clock)
        self.query_one("#week", LinesView).show(
            lambda width: [week_line(diary, signs, width), *([utc] if utc else [])]
        )

    def _show_empty(self, diary: api.Day) -> None:
        last = self.contract.last_segment
        lines = empty_day(diary.date, self._clock.day(last) if last else None)
        self.query_one("#empty", LinesView).show(lambda width: lines)

    @property
    def _chosen(self) -> SegmentRow | None:
        row = self.query_one(DayList).chosen
        return row if isinstance(row, SegmentRow) else None

    @on(RowList.Moved)
    def _moved(self) -> None:
        row = self._chosen
        if row is not None:
            self._at = row.segment.start
            self._show_minutes(row.segment)
            work(self, "rest", partial(self._rest, row.segment))

    async def _rest(self, segment: api.Segment) -> None:
        """What the cursor only passes is not fetched."""
        await asyncio.sleep(_REST_SECONDS)
        self.post_message(self.Rested(segment.start))
        try:
            for picture in segment.pictures[:1]:
                await self.reader.cache.picture((self.contract.id, picture.digest, _RENDITION))
        except WorkdiaryError:
            return  # the screen that shows the picture says so

    @on(Rested)
    def _rested(self, message: Rested) -> None:
        row = self._chosen
        if row is not None and row.segment.start == message.start and self.wide:
            self._show_pane(row)

    def _show_pane(self, row: SegmentRow) -> None:
        segment, clock, signs = row.segment, self._clock, self.reader.signs
        badge = look.badge(segment.status)
        place = f"  {row.place} of {row.of} in set {row.set_number}"
        self.query_one("#pane-title", LinesView).show(
            lambda width: [
                [
                    (f"{clock.time(segment.start)} ", look.BOLD),
                    (f" {badge.word} ", badge.style),
                    (f" {segment.meter}/10{place}", look.DIM),
                ]
            ]
        )
        self.query_one(PictureView).show(self.contract.id, segment, 0)
        self.query_one("#pane-minutes", LinesView).show(
            lambda width: minute_table(segment, clock, signs, width)
        )

    def _show_minutes(self, segment: api.Segment) -> None:
        clock, signs = self._clock, self.reader.signs
        self.query_one("#minutes", LinesView).show(
            lambda width: minute_table(segment, clock, signs, width)
        )

    def action_walk(self, step: int) -> None:
        """Next or previous segment; the set's edge stops it and says so."""
        row = self._chosen
        if row is None:
            return
        if row.place == (row.of if step > 0 else 1):
            self.say(self._edge(row.set_number, step))
        else:
            self.query_one(DayList).action_move(step)

    def _edge(self, number: int, step: int) -> str:
        where = f"{'end' if step > 0 else 'beginning'} of set {number}"
        key, other = ("N", number + 1) if step > 0 else ("P", number - 1)
        if self._set(other) is not None:
            return f"{where}, {key} for set {other}"
        return f"{where}, " + ("] for the next day" if step > 0 else "[ for the day before")

    def _set(self, number: int) -> SegmentRow | None:
        rows = self.query_one(DayList).rows
        found = (r for r in rows if isinstance(r, SegmentRow) and r.set_number == number)
        return next(found, None)

    def action_set(self, step: int) -> None:
        row = self._chosen
        if row is None:
            return
        other = self._set(row.set_number + step)
        if other is not None:
            self.query_one(DayList).choose(other.segment.start)
        else:
            self.say(
                "no later set on this day, ] for the next day"
                if step > 0
                else "no earlier set on this day, [ for the day before"
            )

    def action_day(self, days: int) -> None:
        today = self._clock.day(self.reader.now())
        target = self.day + timedelta(days=days)
        if target > today and self.day >= today:
            self.say("this is today")
            return
        first = self._clock.day(self.contract.opened)
        if target < first and self.day <= first:
            self.say(f"the contract begins on {day_name(first)}")
            return
        self.go(max(first, min(target, today)))

    def action_today(self) -> None:
        self.go(self._clock.day(self.reader.now()), self.reader.now())

    def action_zone(self) -> None:
        """Read the times on another clock; the cursor stays on its segment."""
        self.reader.whose = self.reader.whose.next()
        clock = self._clock
        self.diary = None
        self.go(clock.day(self._at), self._at)
        self.say(described(clock, self.contract.freelancer.name, self._at))

    def action_minutes(self) -> None:
        self.toggle_class("-no-minutes" if self.wide else "-minutes")

    def action_mode(self) -> None:
        self.reader.mode = next_mode(self.reader.mode)
        self.say(f"pictures: {self.reader.mode.value}")
        if self._chosen is not None and self.wide:
            self._show_pane(self._chosen)

    @on(RowList.Opened)
    def _opened(self) -> None:
        row = self._chosen
        if row is not None and self.diary is not None:
            screen = SegmentScreen(self.reader, self.contract, self.diary.segments, row.segment)
            self.app.push_screen(screen, lambda _: self.come_back_to(screen.segment.start))

    def come_back_to(self, start: datetime) -> None:
        """The reader walked on while the segment was open."""
        day = self._clock.day(start)
        if day == self.day:
            self.query_one(DayList).choose(start)
        else:
            self.go(day, start)
