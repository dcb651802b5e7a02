"""The terms of a contract: every change with who made it and from when it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from textual import on
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError
from workdiary.links import Link

from workdiary_tui import look
from workdiary_tui.pieces import Pieces, spread
from workdiary_tui.screens.linked import LINKED_KEYS, LinkedScreen
from workdiary_tui.terms_words import history_lines
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.words import shown
from workdiary_tui.working import work


@dataclass(frozen=True, slots=True)
class TermsRow:
    """A line of the history; a heading says when and who."""

    place: int
    text: str
    heading: bool


def terms_rows(history: Sequence[api.Terms], arrow: str) -> tuple[TermsRow, ...]:
    rows: list[TermsRow] = []
    for heading, lines in history_lines(history, arrow):
        rows.append(TermsRow(len(rows), heading, True))
        for line in lines:
            rows.append(TermsRow(len(rows), f"  {line}", False))
    return tuple(rows)


class TermsList(RowList[TermsRow]):
    """The cursor walks from change to change."""

    def line(self, row: TermsRow, width: int) -> Pieces:
        return [(row.text, look.HEADING if row.heading else look.PLAIN)]

    def identity(self, row: TermsRow) -> object:
        return row.place


class TermsScreen(LinkedScreen):
    """The whole history, the newest first; nothing in it was ever overwritten."""

    HINTS = (("j k", "move"), ("q", "back"), ("y", "copy"), ("r", "refresh"))
    KEYS = (("j k ↓ ↑", "move"), ("g G", "newest, first terms"), *LINKED_KEYS)

    WITH_KEYS = (TermsList,)

    @dataclass
    class Loaded(Message):
        history: tuple[api.Terms, ...]

    @dataclass
    class Failed(Message):
        reason: str

    def link(self) -> Link:
        return Link(self.link_name, terms=True)

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        yield TermsList(id="terms")

    def on_mount(self) -> None:
        self.query_one(TermsList).focus()
        self.redraw()
        self.reload()

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def reload(self) -> None:
        work(self, "terms", partial(self._fetch, self.contract.id))

    async def _fetch(self, contract: str) -> None:
        try:
            self.post_message(self.Loaded(await self.reader.cache.terms(contract)))
        except WorkdiaryError as error:
            self.post_message(self.Failed(str(error)))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        arrow = self.reader.signs.arrow
        self.query_one(TermsList).show(terms_rows(message.history, arrow))

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.say(self.again(message.reason))

    def redraw(self) -> None:
        name, freelancer = shown(self.contract.name), shown(self.contract.freelancer.name)
        left: Pieces = [
            (f" {name}", look.TITLE),
            (f" > {freelancer} > ", look.TITLE_REST),
            ("Terms", look.TITLE),
        ]
        right: Pieces = [("times in UTC ", look.TITLE_REST)]
        self.query_one("#title", LinesView).show(
            lambda width: [spread(left, right, width, look.TITLE_REST)]
        )

    def action_zone(self) -> None:
        self.say("terms hold from moments in UTC, in every zone")
