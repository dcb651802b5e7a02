"""The first screen: the reader's contracts, this week of each against its limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import on
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError

from workdiary_tui.contract_lines import (
    contract_line,
    heading_line,
    no_contracts,
    sum_line,
    title_line,
)
from workdiary_tui.pieces import Pieces
from workdiary_tui.reader import Reader
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.working import work
from workdiary_tui.zones import described


class ContractList(RowList[api.Contract]):
    """One line a contract."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(id="contracts")
        self._reader = reader

    def line(self, row: api.Contract, width: int) -> Pieces:
        reader = self._reader
        return contract_line(row, reader.clock(row), reader.now(), reader.signs, width)

    def identity(self, row: api.Contract) -> object:
        return row.id


class ContractsScreen(DiaryScreen):
    """Contracts, and what they come to this week."""

    HINTS = (("enter", "diary"), ("j k", "move"), ("r", "refresh"), ("z", "zone"), ("q", "quit"))
    KEYS = (
        ("enter", "open the diary"),
        ("j k ↓ ↑", "move"),
        ("g G", "first, last"),
    )
    DEFAULT_CSS = """
    ContractsScreen #empty { display: none; height: 1fr; }
    ContractsScreen.-empty #empty { display: block; }
    ContractsScreen.-empty #contracts { display: none; }
    ContractsScreen #sum { dock: bottom; margin-bottom: 1; }
    """

    @dataclass
    class Loaded(Message):
        contracts: tuple[api.Contract, ...]

    @dataclass
    class Failed(Message):
        reason: str

    def __init__(self, reader: Reader, contracts: Sequence[api.Contract]) -> None:
        super().__init__(reader)
        self._contracts = tuple(contracts)

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        yield LinesView(id="heading")
        yield ContractList(self.reader)
        empty = LinesView(id="empty")
        empty.show(lambda width: no_contracts())
        yield empty
        yield LinesView(id="sum")

    def on_mount(self) -> None:
        self.query_one("#heading", LinesView).show(lambda width: [heading_line(width)])
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

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.say(message.reason)

    def redraw(self) -> None:
        reader, contracts = self.reader, self._contracts
        self.set_class(not contracts, "-empty")
        self.query_one(ContractList).show(contracts)
        self.query_one("#title", LinesView).show(
            lambda width: [title_line(reader.me, reader.clock(), reader.now(), width)]
        )
        self.query_one("#sum", LinesView).show(lambda width: [sum_line(contracts, width)])

    def action_zone(self) -> None:
        chosen = self.query_one(ContractList).chosen
        self.reader.whose = self.reader.whose.next()
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
