"""The first screen: the reader's contracts, this week of each against its limit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.events import Resize
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.billing import WEEK, week_start
from workdiary.days import zone_named
from workdiary.errors import WorkdiaryError

from workdiary_tui.contract_lines import (
    Note,
    contract_line,
    contracts_with,
    heading_line,
    no_contracts,
    note_lines,
    notes,
    sum_line,
    title_line,
)
from workdiary_tui.contract_order import Order, in_order
from workdiary_tui.pieces import Pieces
from workdiary_tui.reader import Reader
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.screens.terms import TermsScreen
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.today_lines import last_days, today_lines
from workdiary_tui.widgets.key_line import KeyLine
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.prompt import Prompt
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.working import work
from workdiary_tui.zones import described

_TODAY_FROM = 160
_TODAY_CELLS = 40
_REST_SECONDS = 0.15


class ContractList(RowList[api.Contract]):
    """One line a contract."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(id="contracts")
        self._reader = reader
        self._days: dict[str, tuple[int, ...]] = {}

    def show_days(self, days: dict[str, tuple[int, ...]]) -> None:
        """What each contract came to on its last seven days."""
        if days != self._days:
            self._days = days
            self.refresh()

    def line(self, row: api.Contract, width: int) -> Pieces:
        reader, days = self._reader, self._days.get(row.id, ())
        return contract_line(row, reader.clock(row), reader.now(), reader.signs, width, days)

    def identity(self, row: api.Contract) -> object:
        return row.id


class ContractsScreen(DiaryScreen):
    """Contracts, and what they come to this week."""

    HINTS = (
        ("enter", "diary"),
        ("w", "week"),
        ("T", "terms"),
        ("/", "filter"),
        ("s", "sort"),
        ("L", "live"),
        ("j k", "move"),
        ("r", "refresh"),
        ("z", "zone"),
        ("q", "quit"),
    )
    KEYS = (
        ("enter", "open the diary"),
        ("w", "the week: days, limit, money"),
        ("T", "terms and their history"),
        ("/", "only some: part of a name"),
        ("s", "sort by name, time, limit ..."),
        ("L", "open the diary, and stay with it"),
        ("j k ↓ ↑", "move"),
        ("g G", "first, last"),
    )
    WITH_KEYS = (ContractList,)
    DEFAULT_CSS = """
    ContractsScreen #empty { display: none; height: 1fr; }
    ContractsScreen.-empty #empty { display: block; }
    ContractsScreen.-empty Horizontal { display: none; }
    ContractsScreen #today { display: none; width: 40; padding-left: 2; }
    ContractsScreen.-widest #today { display: block; }
    ContractsScreen #sum { dock: bottom; margin-bottom: 1; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("w", "week", id="week.open", show=False),
        Binding("T", "terms", id="terms", show=False),
        Binding("slash", "filter", id="contracts.filter", show=False),
        Binding("s", "sort", id="contracts.sort", show=False),
        Binding("L", "live", id="live", show=False),
    ]

    @dataclass
    class Loaded(Message):
        contracts: tuple[api.Contract, ...]

    @dataclass
    class Noted(Message):
        """What is to be told of each contract, and its minutes by day, by the contract's id."""

        notes: dict[str, list[Note]]
        days: dict[str, tuple[int, ...]]

    @dataclass
    class Today(Message):
        """The freelancer's today of the contract under the cursor, as the list counts it."""

        contract: api.Contract
        diary: api.Day

    @dataclass
    class Failed(Message):
        reason: str

    def __init__(self, reader: Reader, contracts: Sequence[api.Contract]) -> None:
        super().__init__(reader)
        self._contracts = tuple(contracts)
        self._notes: dict[str, list[Note]] = {}
        self._part = ""
        self._order = Order.SERVER

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        yield LinesView(id="heading")
        with Horizontal():
            yield ContractList(self.reader)
            yield LinesView(id="today")
        empty = LinesView(id="empty")
        empty.show(lambda width: no_contracts())
        yield empty
        yield LinesView(id="notes")
        yield LinesView(id="sum")

    def on_mount(self) -> None:
        self.query_one("#heading", LinesView).show(
            lambda width: [heading_line(width - (_TODAY_CELLS if width >= _TODAY_FROM else 0))]
        )
        self.redraw()
        self.query_one(ContractList).focus()

    def concerns(self, contract: str) -> bool:
        return True

    def reload(self) -> None:
        work(self, "contracts", self._fetch)

    async def _fetch(self) -> None:
        try:
            self.post_message(self.Loaded(await self.reader.cache.contracts()))
        except WorkdiaryError as error:
            self.post_message(self.Failed(str(error)))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        self._contracts = message.contracts
        self.redraw()
        work(self, "notes", partial(self._note, message.contracts))

    async def _note(self, contracts: Sequence[api.Contract]) -> None:
        """One contract after the other: the list is there already, and each costs the server."""
        reader, monday = self.reader, week_start(self.reader.now())
        today = self.reader.now().astimezone(UTC).date()
        found: dict[str, list[Note]] = {}
        days: dict[str, tuple[int, ...]] = {}
        try:
            for contract in contracts:
                weeks = [
                    await reader.cache.week(contract.id, week.date())
                    for week in (monday, monday - WEEK)
                    if week >= week_start(contract.opened)
                ]
                news = await reader.news(contract.id) if contract.terms_changed else ""
                found[contract.id] = notes(contract, weeks, news)
                days[contract.id] = last_days(weeks, today)
        except WorkdiaryError:
            return  # the list itself says that the server is away, and asks again
        self.post_message(self.Noted(found, days))

    @on(Noted)
    def _noted(self, message: Noted) -> None:
        self.query_one(ContractList).show_days(message.days)
        if message.notes != self._notes:
            self._notes = message.notes
            told = [note for found in message.notes.values() for note in found]
            self.query_one("#notes", LinesView).show(lambda width: note_lines(told, width))

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.say(message.reason)

    def redraw(self) -> None:
        reader, contracts = self.reader, self._contracts
        self.set_class(not contracts, "-empty")
        self._show_contracts()
        self.query_one("#title", LinesView).show(
            lambda width: [title_line(reader.me, reader.clock(), reader.now(), width)]
        )
        self.query_one("#sum", LinesView).show(lambda width: [sum_line(contracts, width)])

    def _show_contracts(self) -> None:
        """Those whose own or freelancer's name has the part that was typed."""
        shown = in_order(contracts_with(self._part, self._contracts), self._order)
        contracts = self.query_one(ContractList)
        back = self.reader.keymap.sign("back", "esc")
        contracts.nothing = f"no contract has that in its name: {back} shows all"
        contracts.show(shown)
        hidden = f"{len(shown)} of {len(self._contracts)} contracts, {back} shows all"
        self.query_one(KeyLine).show_mode(hidden if self._part else "")

    def action_filter(self) -> None:
        told = "Show only contracts with this in their or their freelancer's name; esc shows all"
        self.query_one(Prompt).ask("/", told, self._part)

    @on(Prompt.Typing)
    def _narrow(self, message: Prompt.Typing) -> None:
        if self.query_one(Prompt).sign == "/":
            self._part = message.text.strip()
            self._show_contracts()

    @on(Prompt.Entered)
    def _narrowed(self, message: Prompt.Entered) -> None:
        if message.prompt.sign == "/":
            message.stop()
            message.prompt.close()

    def action_back(self) -> None:
        if self._part and not any(strip.display for strip in self.query(".strip")):
            self._part = ""
            self._show_contracts()
        else:
            super().action_back()

    @property
    def about(self) -> api.Contract | None:
        return self.query_one(ContractList).chosen

    def zone_moved(self) -> None:
        chosen = self.query_one(ContractList).chosen
        self.redraw()
        self.query_one(ContractList).refresh()
        if chosen is not None:
            clock = self.reader.clock(chosen)
            self.say(described(clock, chosen.freelancer.name, self.reader.now()))

    @on(RowList.Opened)
    def _opened(self) -> None:
        chosen = self.query_one(ContractList).chosen
        if chosen is not None:
            self.app.push_screen(DayScreen(self.reader, chosen))

    def on_resize(self, event: Resize) -> None:
        super().on_resize(event)
        self.set_class(event.size.width >= _TODAY_FROM, "-widest")
        self._look_at_today()

    @on(RowList.Moved)
    def _look_at_today(self) -> None:
        chosen = self.query_one(ContractList).chosen
        if chosen is not None and self.size.width >= _TODAY_FROM:
            work(self, "today", partial(self._fetch_today, chosen))

    async def _fetch_today(self, contract: api.Contract) -> None:
        """What the cursor only passes is not fetched."""
        await asyncio.sleep(_REST_SECONDS)
        zone = zone_named(contract.zone)
        today = self.reader.now().astimezone(zone).date()
        try:
            diary = await self.reader.cache.day(contract.id, today, zone.key)
        except WorkdiaryError:
            return  # the list itself says that the server is away
        self.post_message(self.Today(contract, diary))

    @on(Today)
    def _show_today(self, message: Today) -> None:
        clock = self.reader.clock(message.contract)
        self.query_one("#today", LinesView).show(
            lambda width: today_lines(message.contract, message.diary, clock, width)
        )

    def action_sort(self) -> None:
        self._order = self._order.next()
        self._show_contracts()
        self.query_one(ContractList).action_end(-1)
        self.say(f"sorted by {self._order.value}")

    def action_live(self) -> None:
        chosen = self.query_one(ContractList).chosen
        if chosen is not None:
            self.app.push_screen(DayScreen(self.reader, chosen, live=True))

    def action_week(self) -> None:
        chosen = self.query_one(ContractList).chosen
        if chosen is not None:
            self.open_week(chosen, week_start(self.reader.now()))

    def open_week(self, contract: api.Contract, monday: datetime) -> None:
        week = WeekScreen(self.reader, contract, monday)
        self.app.push_screen(week, lambda _: self._come_from(week))

    def choose(self, contract: api.Contract) -> None:
        self.query_one(ContractList).choose(contract.id)

    def _come_from(self, week: WeekScreen) -> None:
        if week.opened is not None:
            self.app.push_screen(DayScreen(self.reader, week.contract, week.opened))

    def action_terms(self) -> None:
        chosen = self.query_one(ContractList).chosen
        if chosen is not None:
            self.app.push_screen(TermsScreen(self.reader, chosen))
