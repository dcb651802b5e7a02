"""The search of a contract's diary: a line to type into, and the memo bars that were found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from functools import partial

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input
from workdiary import api
from workdiary.errors import InvalidError, WorkdiaryError
from workdiary.links import Link

from workdiary_tui import look
from workdiary_tui.pieces import Pieces
from workdiary_tui.reader import Reader
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.linked import LinkedScreen
from workdiary_tui.search_lines import bar_line, found_line, search_title, teaching_lines
from workdiary_tui.searching import Bar, Hits, Query, bars_of, parse_query
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.prompt import TypedLine
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.working import work
from workdiary_tui.zones import described


class BarList(RowList[Bar]):
    """One line a memo bar."""

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(id="bars")
        self._reader, self._contract = reader, contract

    def line(self, row: Bar, width: int) -> Pieces:
        return bar_line(row, self._reader.clock(self._contract), width)

    def identity(self, row: Bar) -> object:
        return row.start


class SearchScreen(LinkedScreen):
    """``enter`` in the line asks the server; ``enter`` on a bar opens its day, where n steps on."""

    HINTS = (
        ("enter", "open"),
        ("/", "type"),
        ("j k", "move"),
        ("q", "back"),
        ("z", "zone"),
    )
    KEYS = (
        ("/", "type another search"),
        ("enter", "search; then open the day"),
        ("n N", "there: next, previous hit"),
        ("j k ↓ ↑", "move"),
        ("esc", "stop searching, then back"),
    )
    WITH_KEYS = (BarList,)
    DEFAULT_CSS = """
    SearchScreen #asking { height: 1; }
    SearchScreen #sign { width: 3; }
    SearchScreen #teaching { height: auto; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("slash", "type", id="search.type", show=False),
        Binding("down,tab", "results", id="search.results", show=False),
        Binding("n", "step(1)", id="search.next", show=False),
        Binding("N", "step(-1)", id="search.prev", show=False),
    ]

    @dataclass
    class Found(Message):
        """A page of what ``query`` finds; ``first`` of its pages or a further one."""

        query: Query
        page: api.Found
        first: bool

    @dataclass
    class Failed(Message):
        reason: str

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(reader, contract)
        self._query: Query | None = None
        self._hits: tuple[api.Hit, ...] = ()
        self._totals: api.FoundTotals | None = None
        self._more = False
        self._stepping = Hits("", [])

    def link(self) -> Link:
        """Of the bar under the cursor, else of the contract."""
        bar = self.query_one(BarList).chosen
        if bar is None:
            return Link(self.link_name)
        return Link(self.link_name, bar.start.astimezone(UTC).date(), bar.start)

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        with Horizontal(id="asking"):
            sign = LinesView(id="sign")
            sign.show(lambda width: [[(" /", look.KEY)]])
            yield sign
            yield TypedLine()
        yield LinesView(id="teaching")
        yield LinesView(id="found")
        yield BarList(self.reader, self.contract)

    def on_mount(self) -> None:
        self.query_one("#teaching", LinesView).show(teaching_lines)
        self.redraw()
        self.query_one(TypedLine).focus()

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def redraw(self) -> None:
        contract, clock = self.contract, self.reader.clock(self.contract)
        self.query_one("#title", LinesView).show(
            lambda width: [search_title(contract, clock, width)]
        )
        self.query_one(BarList).refresh()

    def reload(self) -> None:
        """The diary changed: what was asked is asked again."""
        if self._query is not None:
            self._more = True
            work(self, "search", partial(self._search, self._query))

    @on(Input.Submitted)
    def _typed(self, message: Input.Submitted) -> None:
        try:
            query = parse_query(message.value, self.reader.now().date())
        except InvalidError as error:
            self.say(str(error))
            return
        self._query, self._totals = query, None
        self.reload()
        self._show()
        self.query_one(BarList).focus()

    async def _search(self, query: Query) -> None:
        """Page after page: the first ones are on the screen while the others come."""
        cursor: str | None = None
        first = True
        try:
            while first or cursor is not None:
                page = await self.reader.cache.search(self.contract.id, query, cursor)
                self.post_message(self.Found(query, page, first))
                cursor, first = page.cursor, False
        except WorkdiaryError as error:
            self.post_message(self.Failed(str(error)))

    @on(Found)
    def _found(self, message: Found) -> None:
        if message.query != self._query or not self._more:  # esc came before it
            return
        page = message.page
        self._hits = page.hits if message.first else self._hits + page.hits
        self._totals = page.totals or self._totals
        self._more = page.cursor is not None
        self._show()
        if page.policy_error:
            self.say(f"some statuses are unknown: {page.policy_error}")
        elif message.first and not page.hits:
            self.say("nothing was found: / to search for something else")

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self._more = False
        self.say(self.again(message.reason))

    def _show(self) -> None:
        query, totals, more = self._query, self._totals, self._more
        self.query_one("#teaching").display = query is None
        self.query_one("#found").display = query is not None
        bars = () if totals is None else bars_of(self._hits)
        self._stepping.starts[:] = [bar.start for bar in bars]
        self.query_one(BarList).show(bars)
        if query is not None:
            self.query_one("#found", LinesView).show(
                lambda width: [found_line(query, totals, len(bars), more, width)]
            )

    def action_type(self) -> None:
        self.query_one(TypedLine).focus()

    def action_results(self) -> None:
        if self.query_one(BarList).rows:
            self.query_one(BarList).focus()

    def action_step(self, step: int) -> None:
        self.query_one(BarList).action_move(step)

    def action_back(self) -> None:
        """Out of the line first, then out of the search."""
        if self.query_one(TypedLine).has_focus and self.query_one(BarList).rows:
            self.query_one(BarList).focus()
        elif self._more:
            self._stop()
        else:
            super().action_back()

    def _stop(self) -> None:
        """Keep what has come; nothing has, if it was the first page that was waited for."""
        self.workers.cancel_group(self, "search")
        self._more = False
        if self._totals is None:
            self._query = None
            self.query_one(TypedLine).focus()
        self._show()
        came = "these are the first ones" if self._totals else "nothing has come yet"
        self.say(f"stopped: {came}")

    def zone_moved(self) -> None:
        self.redraw()
        now = self.reader.now()
        self.say(described(self.reader.clock(self.contract), self.contract.freelancer.name, now))

    @on(RowList.Opened)
    def _opened(self) -> None:
        bar = self.query_one(BarList).chosen
        if bar is None:
            return
        hits = self._stepping
        hits.query = self.query_one(TypedLine).value
        hits.at = hits.starts.index(bar.start)
        day = self.reader.clock(self.contract).day(bar.start)
        opened = DayScreen(self.reader, self.contract, day, bar.start, hits)
        self.app.push_screen(opened, lambda _: self._come_back())

    def _come_back(self) -> None:
        """The reader stepped on meanwhile."""
        self.query_one(BarList).choose(self._stepping.start)
