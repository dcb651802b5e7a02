"""A screen that a deep link leads to: ``y`` copies the link, ``Y`` offers what else there is."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from workdiary import api
from workdiary.links import Link

from workdiary_tui.copying import copies, link_name
from workdiary_tui.reader import Reader
from workdiary_tui.screens.of_contract import OfContract
from workdiary_tui.widgets.copy_strip import CopyStrip
from workdiary_tui.widgets.key_line import Hint

LINKED_KEYS: tuple[Hint, ...] = (
    ("/", "search memos, statuses, low activity"),
    ("c", "calendar, and sums of a range"),
    ("y Y", "copy the link; more to copy"),
)
_BESIDE = 16
"""Cells of the key line that are not the link: ``copied:`` and the help."""


class LinkedScreen(OfContract):
    """A place in a contract's diary."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy_link", id="link.copy", show=False),
        Binding("Y", "copies", id="link.copies", show=False),
        Binding("slash", "app.search", id="search.open", show=False),
        Binding("c", "app.calendar", id="calendar.open", show=False),
    ]

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(reader)
        self.contract = contract

    def link(self) -> Link:
        """Where this is."""
        raise NotImplementedError

    def seen_segment(self) -> tuple[api.Segment | None, int]:
        """The segment that is looked at, and the place of the picture that is."""
        return None, 0

    @property
    def link_name(self) -> str:
        return link_name(self.contract, self.reader.contracts)

    def compose(self) -> ComposeResult:
        yield CopyStrip()  # first: whoever comes after one that appears is drawn anew
        yield from super().compose()

    def action_copy_link(self) -> None:
        text = str(self.link())
        self.app.copy_to_clipboard(text)
        if len(text) + _BESIDE <= self.size.width:
            self.say(f"copied: {text}")
        else:
            self._offer("link")

    def action_copies(self) -> None:
        self._offer()

    def _offer(self, told: str = "") -> None:
        segment, monitor = self.seen_segment()
        choice = copies(self.link(), self.reader.host, segment, monitor)
        self.query_one(CopyStrip).offer(choice, told)
