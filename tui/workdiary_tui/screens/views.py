"""Who looked at which picture when, newest first; what is further back is fetched on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from textual import on
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError

from workdiary_tui import look
from workdiary_tui.pieces import Pieces, spread
from workdiary_tui.reader import Reader
from workdiary_tui.screens.of_contract import OfContract
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.views_lines import (
    ALL,
    AS_CLIENT,
    MINE,
    Looked,
    Row,
    nobody,
    row_line,
    rows_of,
    told_lines,
)
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.words import shown
from workdiary_tui.working import work
from workdiary_tui.zones import described

_NEAR_THE_END = 20
"""Rows below the cursor at which the next page is asked for."""


class ViewsList(RowList[Row]):
    """A line is known by who looked at which segment, and when last."""

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(id="views")
        self._reader, self._contract = reader, contract

    def line(self, row: Row, width: int) -> Pieces:
        return row_line(row, self._reader.clock(self._contract), width)

    def identity(self, row: Row) -> object | None:
        return (row.at, row.person, row.start) if isinstance(row, Looked) else None


class ViewsScreen(OfContract):
    """``enter`` opens the segment that was looked at."""

    HINTS = (
        ("enter", "the segment"),
        ("j/k", "move"),
        ("z", "zone"),
        ("r", "refresh"),
        ("q", "back"),
    )
    KEYS = (
        ("enter", "open the segment that was seen"),
        ("j k ↓ ↑", "move"),
        ("g G", "newest, oldest"),
    )
    WITH_KEYS = (ViewsList,)
    DEFAULT_CSS = """
    ViewsScreen #nobody { display: none; height: 1fr; }
    ViewsScreen.-nobody #nobody { display: block; }
    ViewsScreen.-nobody #views { display: none; }
    """

    @dataclass
    class Loaded(Message):
        """A page; ``after`` is the cursor that it was asked for with."""

        after: str | None
        page: api.Views

    @dataclass
    class Found(Message):
        """The day of a segment that was looked at."""

        start: datetime
        day: api.Day

    @dataclass
    class Failed(Message):
        reason: str

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(reader)
        self.contract = contract
        self._views: tuple[api.View, ...] = ()
        self._next: str | None = None
        self._asking = False

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        yield LinesView(id="told")
        yield ViewsList(self.reader, self.contract)
        yield LinesView(id="nobody")

    def on_mount(self) -> None:
        self.query_one(ViewsList).focus()
        self.redraw()
        self.reload()

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def reload(self) -> None:
        self._ask(None)

    def _ask(self, cursor: str | None) -> None:
        self._asking = True
        work(self, "views", partial(self._fetch, cursor))

    async def _fetch(self, cursor: str | None) -> None:
        try:
            page = await self.reader.cache.views(self.contract.id, cursor)
        except WorkdiaryError as error:
            self.post_message(self.Failed(self.again(str(error))))
        else:
            self.post_message(self.Loaded(cursor, page))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        self._asking = False
        before = () if message.after is None else self._views
        self._views = before + message.page.views
        self._next = message.page.cursor
        self.redraw()
        self._on_the_way()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self._asking = False
        self.say(message.reason)

    def redraw(self) -> None:
        clock, contract = self.reader.clock(self.contract), self.contract
        count, more = sum(one.times for one in self._views), self._next is not None
        self.query_one("#title", LinesView).show(
            lambda width: [_title(contract, clock.label(self.reader.now()), count, more, width)]
        )
        owns = self.reader.owns(contract)
        text = f"{AS_CLIENT} {ALL}" if self.as_client else ALL if owns else MINE
        self.query_one("#told", LinesView).show(lambda width: told_lines(text, width))
        self.query_one("#nobody", LinesView).show(lambda width: nobody(owns))
        self.set_class(not self._views and not self._asking, "-nobody")
        self.query_one(ViewsList).show(rows_of(self._views, clock))

    def show_role(self) -> None:
        super().show_role()
        self.redraw()

    @on(RowList.Moved)
    def _on_the_way(self) -> None:
        views = self.query_one(ViewsList)
        below = len(views.rows) - (views.cursor or 0)
        if self._next is not None and not self._asking and below < _NEAR_THE_END:
            self._ask(self._next)

    @on(RowList.Opened)
    def _opened(self) -> None:
        row = self.query_one(ViewsList).chosen
        if isinstance(row, Looked):
            work(self, "segment", partial(self._find, row.start))

    async def _find(self, start: datetime) -> None:
        clock = self.reader.clock(self.contract)
        try:
            day = await self.reader.cache.day(self.contract.id, clock.day(start), clock.name)
        except WorkdiaryError as error:
            self.post_message(self.Failed(str(error)))
        else:
            self.post_message(self.Found(start, day))

    @on(Found)
    def _found(self, message: Found) -> None:
        segment = next((one for one in message.day.segments if one.start == message.start), None)
        if segment is None:
            self.say("deleted since: nothing is left to open")
        elif self.app.screen is self:
            day = message.day.segments
            self.app.push_screen(SegmentScreen(self.reader, self.contract, day, segment))

    def zone_moved(self) -> None:
        self.redraw()
        clock = self.reader.clock(self.contract)
        self.say(described(clock, self.contract.freelancer.name, self.reader.now()))

    def action_views(self) -> None:
        self.action_back()


def _title(contract: api.Contract, zone: str, count: int, more: bool, width: int) -> Pieces:
    left = [
        (f" {shown(contract.name)}", look.TITLE),
        (" > who looked", look.TITLE_REST),
    ]
    looks = f"{count}{'+' if more else ''} look{'' if count == 1 else 's'}"
    return spread(left, [(f"{looks}  {zone} ", look.TITLE_REST)], width, look.TITLE_REST)
