"""A day's screenshots side by side, as small as they are told apart, with a cursor among them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from workdiary import api
from workdiary.errors import WorkdiaryError

from workdiary_tui.drawing import Drawing, DrawingKey, draw
from workdiary_tui.pictures import Mode, UndecodableError
from workdiary_tui.pieces import Pieces, strip_of
from workdiary_tui.reader import Reader
from workdiary_tui.sheet_cells import (
    HEIGHT,
    PICTURE_LINES,
    WIDTH,
    Cell,
    caption,
    columns_in,
    words_line,
    words_of,
)
from workdiary_tui.widgets.lines import guarded
from workdiary_tui.working import work

_RENDITION = "thumbnail"
_GATHERED_SECONDS = 0.15


class ContactSheet(ScrollView, can_focus=True):
    """Draws the cells in view alone, and asks for their thumbnails one after the other."""

    DEFAULT_CSS = "ContactSheet { height: 1fr; width: 1fr; scrollbar-size: 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", id="move.left", show=False),
        Binding("right,l", "move(1)", id="move.right", show=False),
        Binding("up,k", "line(-1)", id="move.up", show=False),
        Binding("down,j", "line(1)", id="move.down", show=False),
        Binding("pageup", "page(-1)", id="page.up", show=False),
        Binding("pagedown", "page(1)", id="page.down", show=False),
        Binding("space", "page(1)", id="page.on", show=False),
        Binding("home,g", "end(-1)", id="move.first", show=False),
        Binding("end,G", "end(1)", id="move.last", show=False),
        Binding("enter", "open", id="open", show=False),
    ]

    @dataclass
    class Opened(Message):
        """The cell under the cursor was chosen."""

    @dataclass
    class Drawn(Message):
        """A thumbnail is ready; ``told`` stands in its place if it is not."""

        key: DrawingKey
        drawing: Drawing | None
        told: str

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(id="sheet")
        self._reader, self._contract = reader, contract
        self._cells: tuple[Cell, ...] = ()
        self._cursor = 0
        self._drawings: dict[DrawingKey, Drawing] = {}
        self._told: dict[DrawingKey, str] = {}
        self._arrived: set[DrawingKey] = set()

    @property
    def chosen(self) -> Cell | None:
        return self._cells[self._cursor] if self._cells else None

    def show(self, cells: Sequence[Cell], start: object = None) -> None:
        """Show ``cells``, the cursor on the one that starts then, else on the one it was on."""
        wanted = start or (self.chosen.start if self.chosen is not None else None)
        self._cells = tuple(cells)
        places = (place for place, cell in enumerate(self._cells) if cell.start == wanted)
        self._cursor = next(places, min(self._cursor, max(0, len(self._cells) - 1)))
        self._resize()

    def choose(self, start: object) -> None:
        for place, cell in enumerate(self._cells):
            if cell.start == start:
                self._go(place)

    def on_resize(self) -> None:
        self._resize()

    def _resize(self) -> None:
        rows = -(-len(self._cells) // self._columns)
        self.virtual_size = Size(0, rows * HEIGHT)
        self._keep_in_view()
        self.refresh()
        self._ask()

    @property
    def _columns(self) -> int:
        return columns_in(self.size.width)

    def _key(self, cell: Cell) -> DrawingKey | None:
        """What a cell's picture is known by; None where there is none to show."""
        mode = self._reader.mode
        if mode is Mode.OFF or isinstance(cell, api.Tombstone) or not cell.pictures:
            return None
        if mode is Mode.SIXEL:  # a sheet is scrolled by lines, which sixels do not survive
            mode = Mode.QUADRANT
        digest = cell.pictures[0].digest
        return DrawingKey(self._contract.id, digest, WIDTH, PICTURE_LINES, mode)

    def _in_view(self) -> Sequence[Cell]:
        top = self.scroll_offset.y // HEIGHT
        bottom = -(-(self.scroll_offset.y + self.size.height) // HEIGHT)
        return self._cells[top * self._columns : bottom * self._columns]

    def _ask(self) -> None:
        """Ask for what is in view and not drawn yet; what was scrolled past is given up."""
        keys = filter(None, map(self._key, self._in_view()))
        missing = [key for key in keys if not self._known(key) and key not in self._told]
        work(self, "thumbnails", partial(self._fetch, missing))

    async def _fetch(self, keys: Sequence[DrawingKey]) -> None:
        for key in keys:
            try:
                asked = (key.contract, key.digest, _RENDITION)
                content = await self._reader.cache.picture(asked)
                drawing = await asyncio.to_thread(draw, self._reader.decoder, content, key)
                if self._reader.graphics.arrivals.busy:
                    await self._reader.graphics.arrivals.clear()
            except (WorkdiaryError, UndecodableError) as error:
                self.post_message(self.Drawn(key, None, str(error)))
            else:
                self.post_message(self.Drawn(key, drawing, ""))

    def on_contact_sheet_drawn(self, message: Drawn) -> None:
        if message.drawing is None:
            self._told[message.key] = f"picture unavailable: {message.told}"
        else:
            self._drawings[message.key] = message.drawing
            if message.drawing.encoded is not None:
                self._reader.graphics.show(message.key, message.drawing.encoded)
        self._arrived.add(message.key)
        if len(self._arrived) == 1:
            self.set_timer(_GATHERED_SECONDS, self._show_arrived)

    def _show_arrived(self) -> None:
        """Several at a time: a line that changes anywhere is sent from its beginning."""
        arrived, self._arrived = self._arrived, set()
        for place, cell in enumerate(self._cells):
            if self._key(cell) in arrived:
                self.refresh(self._region(place, 0, PICTURE_LINES))

    def _known(self, key: DrawingKey) -> Sequence[Strip]:
        drawing = self._drawings.get(key)
        if drawing is not None and drawing.strips:
            return drawing.strips
        return self._reader.graphics.cells(key) or ()

    def _region(self, place: int, line: int, lines: int) -> Region:
        row, column = divmod(place, self._columns)
        top = row * HEIGHT + line - self.scroll_offset.y
        return Region(column * (WIDTH + 1), top, WIDTH + 1, lines)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        return guarded(lambda: self._line(y + self.scroll_offset.y, width), width)

    def _line(self, y: int, width: int) -> Strip:
        row, line = divmod(y, HEIGHT)
        first = row * self._columns
        places = range(first, min(first + self._columns, len(self._cells)))
        strips = [self._cell_line(place, line) for place in places]
        return Strip.join([*strips, strip_of([], width - len(strips) * (WIDTH + 1))])

    def _cell_line(self, place: int, line: int) -> Strip:
        cell = self._cells[place]
        if line > PICTURE_LINES:
            return strip_of([], WIDTH + 1)
        if line == PICTURE_LINES:
            clock = self._reader.clock(self._contract)
            return strip_of(caption(cell, clock, place == self._cursor), WIDTH + 1)
        key = self._key(cell)
        strips = self._known(key) if key is not None else ()
        if not strips:
            return strip_of(self._words(cell, key, line), WIDTH + 1)
        return _framed(strips, line)

    def _words(self, cell: Cell, key: DrawingKey | None, line: int) -> Pieces:
        told = "pictures are off" if key is None else self._told.get(key, "loading")
        return [words_line(words_of(cell, told), line)]

    def _go(self, place: int) -> None:
        before, self._cursor = self._cursor, place
        if before == place:
            return
        if self._keep_in_view():
            self.refresh()
            self._ask()
        else:
            for one in (before, place):
                self.refresh(self._region(one, PICTURE_LINES, 1))

    def _keep_in_view(self) -> bool:
        """Scroll to the cursor's row if it is out of view; whether that was so."""
        top = self._cursor // self._columns * HEIGHT
        height, offset = self.size.height, self.scroll_offset.y
        if not height or (offset <= top and top + HEIGHT <= offset + height):
            return False
        target = top if top < offset else top + HEIGHT - height
        self.scroll_to(y=max(0, target), animate=False, force=True, immediate=True)
        return True

    def action_move(self, step: int) -> None:
        if self._cells:
            self._go(max(0, min(self._cursor + step, len(self._cells) - 1)))

    def action_line(self, step: int) -> None:
        place = self._cursor + step * self._columns
        if 0 <= place < len(self._cells):
            self._go(place)
        elif step > 0:
            self.action_end(1)

    def action_page(self, step: int) -> None:
        self.action_move(step * self._columns * max(1, self.size.height // HEIGHT))

    def action_end(self, step: int) -> None:
        if self._cells:
            self._go(len(self._cells) - 1 if step > 0 else 0)

    def action_open(self) -> None:
        if self._cells:
            self.post_message(self.Opened())


def _framed(strips: Sequence[Strip], line: int) -> Strip:
    """One line of a picture in the middle of its cell."""
    place = line - (PICTURE_LINES - len(strips)) // 2
    if not 0 <= place < len(strips):
        return strip_of([], WIDTH + 1)
    strip = strips[place]
    left = 1 + (WIDTH - strip.cell_length) // 2
    right = WIDTH + 1 - left - strip.cell_length
    return Strip.join([strip_of([], left), strip, strip_of([], right)])
