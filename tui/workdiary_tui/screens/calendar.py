"""The calendar of a contract: the hours of each day of a month, and the sums of a range of days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError
from workdiary.links import Link

from workdiary_tui.month_lines import (
    Chosen,
    day_line,
    month_lines,
    month_of,
    month_title,
    moved,
    range_lines,
    sums_line,
)
from workdiary_tui.reader import Reader
from workdiary_tui.screens.linked import LINKED_KEYS, LinkedScreen
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.working import work
from workdiary_tui.zones import Clock, described


class CalendarScreen(LinkedScreen):
    """``enter`` leaves it for a day, which ``opened`` then names."""

    HINTS = (
        ("enter", "day"),
        ("arrows", "choose"),
        ("[ ]", "month"),
        ("space", "mark a range"),
        ("t", "today"),
        ("q", "back"),
        ("z", "zone"),
    )
    KEYS = (
        ("enter", "open the day; add up a range"),
        ("h l ← →", "day before, after"),
        ("j k ↓ ↑", "a week on, back"),
        ("[ ]", "previous, next month"),
        ("space", "mark where a range begins"),
        ("t", "today"),
        *LINKED_KEYS,
    )
    DEFAULT_CSS = """
    CalendarScreen #month { height: 1fr; }
    CalendarScreen #range { display: none; layer: overlay; dock: bottom; margin-bottom: 1; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("h,left", "move(-1)", id="move.left", show=False),
        Binding("l,right", "move(1)", id="move.right", show=False),
        Binding("k,up", "move(-7)", id="move.up", show=False),
        Binding("j,down", "move(7)", id="move.down", show=False),
        Binding("left_square_bracket", "month(-1)", id="month.prev", show=False),
        Binding("pageup", "month(-1)", id="page.up", show=False),
        Binding("right_square_bracket", "month(1)", id="month.next", show=False),
        Binding("pagedown", "month(1)", id="page.down", show=False),
        Binding("t", "today", id="today", show=False),
        Binding("space", "mark", id="calendar.mark", show=False),
        Binding("enter", "open", id="open", show=False),
    ]

    @dataclass
    class Loaded(Message):
        month: date
        zone: str
        found: api.Calendar

    @dataclass
    class AddedUp(Message):
        found: api.RangeTimesheet

    @dataclass
    class Failed(Message):
        reason: str

    def __init__(self, reader: Reader, contract: api.Contract, day: date) -> None:
        super().__init__(reader, contract)
        self.opened: date | None = None
        self._chosen = Chosen(day)
        self._found: api.Calendar | None = None

    @property
    def _clock(self) -> Clock:
        return self.reader.clock(self.contract)

    @property
    def _month(self) -> date:
        return month_of(self._chosen.day)

    def link(self) -> Link:
        return Link(self.link_name, self._chosen.day)

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        yield LinesView(id="month")
        yield LinesView(id="chosen")
        yield LinesView(id="sums")
        added_up = LinesView(id="range")
        added_up.add_class("strip")
        yield added_up

    def on_mount(self) -> None:
        self._go(self._chosen)

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def reload(self) -> None:
        work(self, "month", partial(self._fetch, self._month, self._clock.name))

    async def _fetch(self, month: date, zone: str) -> None:
        """The month, then its neighbours: a step is instant."""
        cache, contract = self.reader.cache, self.contract.id
        try:
            self.post_message(self.Loaded(month, zone, await cache.calendar(contract, month, zone)))
            for months in (-1, 1):
                await cache.calendar(contract, moved(month, months=months), zone)
        except WorkdiaryError as error:
            self.post_message(self.Failed(str(error)))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        if (message.month, message.zone) == (self._month, self._clock.name):
            self._found = message.found
            self.redraw()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.say(self.again(message.reason))

    def redraw(self) -> None:
        contract, clock, chosen, month = self.contract, self._clock, self._chosen, self._month
        found, today = self._found, clock.day(self.reader.now())
        sign = self.reader.keymap.sign
        known = {} if found is None else {day.date: day for day in found.days}
        self.query_one("#title", LinesView).show(
            lambda width: [month_title(contract, month, clock.name, width)]
        )
        self.query_one("#month", LinesView).show(
            lambda width: month_lines(month, known, chosen, today, width)
        )
        self.query_one("#chosen", LinesView).show(
            lambda width: [
                day_line(
                    chosen, known.get(chosen.day), width, sign("open", "enter"), sign("back", "esc")
                )
            ]
        )
        self.query_one("#sums", LinesView).show(
            lambda width: [sums_line(found, width)] if found is not None else [[]]
        )

    def _go(self, chosen: Chosen) -> None:
        """Choose a day; of another month what is known is shown at once."""
        self._chosen = chosen
        known = self.reader.cache.known_calendar(self.contract.id, self._month, self._clock.name)
        self._found = known
        self.redraw()
        if known is None:
            self.reload()

    def _choose(self, day: date) -> None:
        first = self._clock.day(self.contract.opened)
        today = self._clock.day(self.reader.now())
        if day > today > self._chosen.day or day < first < self._chosen.day:
            day = max(first, min(day, today))
        elif day > today or day < first:
            self.say("this is today" if day > today else "the contract begins here")
            return
        self._go(Chosen(day, self._chosen.begins))

    def action_move(self, days: int) -> None:
        self._choose(moved(self._chosen.day, days=days))

    def action_month(self, months: int) -> None:
        self._choose(moved(self._chosen.day, months=months))

    def action_today(self) -> None:
        self._choose(self._clock.day(self.reader.now()))

    def action_mark(self) -> None:
        day, begins = self._chosen.day, self._chosen.begins
        self._go(Chosen(day, day if begins is None else None))

    def action_open(self) -> None:
        marked = self._chosen.range
        if marked is None:
            self.opened = self._chosen.day
            self.dismiss()
        else:
            work(self, "range", partial(self._add_up, *marked))

    async def _add_up(self, first: date, last: date) -> None:
        try:
            found = await self.reader.cache.range_timesheet(self.contract.id, first, last)
        except WorkdiaryError as error:
            self.post_message(self.Failed(str(error)))
        else:
            self.post_message(self.AddedUp(found))

    @on(AddedUp)
    def _added_up(self, message: AddedUp) -> None:
        found, view = message.found, self.query_one("#range", LinesView)
        back = self.reader.keymap.sign("back", "esc")
        view.show(lambda width: range_lines(found, width, back))
        view.display = True

    def action_back(self) -> None:
        """What was added up goes first, then the mark, then the calendar."""
        if self._chosen.begins is not None and not self.query_one("#range").display:
            self.action_mark()
        else:
            super().action_back()

    def zone_moved(self) -> None:
        self._go(self._chosen)
        self.say(described(self._clock, self.contract.freelancer.name, self.reader.now()))
