"""A list of rows drawn line by line, with a cursor that stays on its row when the rows change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from workdiary_tui import look
from workdiary_tui.pieces import Pieces, strip_of
from workdiary_tui.widgets.lines import guarded

R = TypeVar("R")


class RowList(ScrollView, Generic[R], can_focus=True):
    """Rows of one line each; some can be chosen, and the cursor walks over those.

    ``nothing`` is what to say where there are none.
    """

    DEFAULT_CSS = "RowList { height: 1fr; width: 1fr; scrollbar-size: 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", id="move.up", show=False),
        Binding("down,j", "move(1)", id="move.down", show=False),
        Binding("pageup", "page(-1)", id="page.up", show=False),
        Binding("pagedown", "page(1)", id="page.down", show=False),
        Binding("space", "page(1)", id="page.on", show=False),
        Binding("home,g", "end(-1)", id="move.first", show=False),
        Binding("end,G", "end(1)", id="move.last", show=False),
        Binding("enter", "open", id="open", show=False),
    ]

    @dataclass
    class Moved(Message):
        """The cursor came to rest on another row."""

    @dataclass
    class Opened(Message):
        """The row under the cursor was chosen."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.rows: tuple[R, ...] = ()
        self.nothing = ""
        self.cursor: int | None = None

    def line(self, row: R, width: int) -> Pieces:
        """What a row shows right of the cursor's two cells."""
        raise NotImplementedError

    def identity(self, row: R) -> object | None:
        """What a row is known by when the rows change; None if it cannot be chosen."""
        raise NotImplementedError

    @property
    def chosen(self) -> R | None:
        return None if self.cursor is None else self.rows[self.cursor]

    def show(self, rows: Sequence[R], choose: object | None = None) -> None:
        """Show ``rows``, the cursor on the one known by ``choose``, else on where it was."""
        wanted = choose
        if wanted is None and self.chosen is not None:
            wanted = self.identity(self.chosen)
        if tuple(rows) == self.rows and choose is None:
            return
        at_end = self._end_in_view()
        self.rows = tuple(rows)
        self.cursor = self._nearest(wanted)
        self.virtual_size = Size(0, len(self.rows))
        if not self._keep_in_view() and at_end:
            self._follow_end()
        self.refresh()
        self.post_message(self.Moved())

    def choose(self, identity: object) -> bool:
        """Put the cursor on the row known by ``identity``, if there is one."""
        for index, row in enumerate(self.rows):
            if self.identity(row) == identity:
                self._go(index)
                return True
        return False

    def action_move(self, step: int) -> None:
        places = self._places()
        if self.cursor is not None:
            at = places.index(self.cursor) + step
            self._go(places[max(0, min(at, len(places) - 1))])

    def action_page(self, step: int) -> None:
        """A screenful, on to the nearest row that can be chosen."""
        places = self._places()
        if self.cursor is None:
            return
        target = self.cursor + step * max(1, self.size.height - 2)
        ahead = [place for place in places if (place - target) * step >= 0]
        end = places[-1 if step > 0 else 0]
        self._go(min(ahead, key=lambda place: abs(place - target)) if ahead else end)

    def action_end(self, step: int) -> None:
        places = self._places()
        if places:
            self._go(places[-1 if step > 0 else 0])

    def action_open(self) -> None:
        if self.cursor is not None:
            self.post_message(self.Opened())

    def on_resize(self) -> None:
        self._keep_in_view()

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        width = self.size.width
        return guarded(lambda: self._line(index, width), width)

    def _line(self, index: int, width: int) -> Strip:
        if index >= len(self.rows):
            words = "" if self.rows or index != 1 else self.nothing
            return strip_of([(f"  {words}", look.DIM)], width)
        row, under_cursor = self.rows[index], index == self.cursor
        marker = " >" if under_cursor else "  " if self.identity(row) is not None else " "
        pieces = [(marker, look.PLAIN), *self.line(row, width - len(marker))]
        return strip_of(pieces, width, look.CURSOR if under_cursor else None)

    def _places(self) -> list[int]:
        return [i for i, row in enumerate(self.rows) if self.identity(row) is not None]

    def _nearest(self, wanted: object | None) -> int | None:
        """The row known by ``wanted``; without it the first that can be chosen, or none."""
        places = self._places()
        for place in places:
            if wanted is not None and self.identity(self.rows[place]) == wanted:
                return place
        return places[0] if places else None

    def _go(self, index: int) -> None:
        before, self.cursor = self.cursor, index
        if before == index:
            return
        if not self._keep_in_view():
            for place in (before, index):
                if place is not None:
                    top = place - self.scroll_offset.y
                    self.refresh(Region(0, top, self.size.width, 1))
        self.post_message(self.Moved())

    def _end_in_view(self) -> bool:
        return bool(self.rows) and self.scroll_offset.y + self.size.height >= len(self.rows)

    def _follow_end(self) -> None:
        """What is added below comes into view, as long as the cursor stays in it."""
        end = len(self.rows) - self.size.height
        if self.cursor is not None and self.scroll_offset.y < end <= self.cursor:
            self.scroll_to(y=end, animate=False, force=True, immediate=True)

    def _keep_in_view(self) -> bool:
        """Scroll to the cursor if it is out of view; whether that was so.

        It scrolls a third of a screen further: each scroll sends the whole list over the line.
        The first row brings the headings above it.
        """
        if self.cursor is None or not self.size.height:
            return False
        top, height = self.scroll_offset.y, self.size.height
        first = 0 if self.cursor == self._places()[0] else self.cursor
        spare = height // 3
        if first < top:
            target = max(0, first - spare)
        elif self.cursor >= top + height:
            target = min(self.cursor - height + 1 + spare, len(self.rows) - height)
        else:
            return False
        self.scroll_to(y=target, animate=False, force=True, immediate=True)
        self.refresh()
        return True
