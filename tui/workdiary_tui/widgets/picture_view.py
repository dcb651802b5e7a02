"""A segment's picture in block characters, fetched and drawn beside the screen's own work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError

from workdiary_tui import look
from workdiary_tui.drawing import Drawing, DrawingKey, draw
from workdiary_tui.pictures import Mode, UndecodableError
from workdiary_tui.pieces import strip_of
from workdiary_tui.reader import Reader
from workdiary_tui.segment_lines import without_picture
from workdiary_tui.widgets.lines import guarded
from workdiary_tui.words import shown
from workdiary_tui.working import work

_RENDITION = "preview"


class PictureView(Widget):
    """Shows one monitor's picture of the segment it was told last; earlier ones never win."""

    DEFAULT_CSS = "PictureView { height: 1fr; width: 1fr; }"

    @dataclass
    class Drawn(Message):
        """A picture is ready; ``lines`` stand in its place if it is not."""

        key: DrawingKey
        drawing: Drawing | None
        lines: Sequence[str]

    def __init__(self, reader: Reader, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._reader = reader
        self._wanted: tuple[str, api.Segment, int] | None = None
        self._key: DrawingKey | None = None
        self._drawing: Drawing | None = None
        self._words: Sequence[str] = ()

    @property
    def drawn(self) -> bool:
        return self._drawing is not None

    def show(self, contract: str, segment: api.Segment, monitor: int) -> None:
        self._wanted = contract, segment, monitor
        if not segment.pictures:
            self._say(without_picture(segment))
        elif self._reader.mode is Mode.OFF:
            self._say(["pictures are off", "i shows them"])
        elif self.size.width and self.size.height:
            self._show_picture(contract, segment.pictures[monitor])

    def on_resize(self) -> None:
        if self._wanted is not None:
            self.show(*self._wanted)

    def _show_picture(self, contract: str, picture: api.Picture) -> None:
        size = self.size.width, self.size.height
        key = DrawingKey(contract, picture.digest, *size, self._reader.mode)
        known = self._reader.drawings.get(key)
        self._key = key
        if known is not None:
            self._place(known, ())
            return
        if self._reader.cache.known_picture((contract, picture.digest, _RENDITION)) is None:
            self._place(None, ["loading the picture"])
        work(self, "picture", partial(self._fetch, key))

    async def _fetch(self, key: DrawingKey) -> None:
        try:
            content = await self._reader.cache.picture((key.contract, key.digest, _RENDITION))
            drawing = await asyncio.to_thread(draw, self._reader.decoder, content, key)
        except UndecodableError as error:
            lines = ["picture unavailable", shown(str(error))]
            self.post_message(self.Drawn(key, None, lines))
        except WorkdiaryError as error:
            lines = ["picture unavailable", shown(str(error)), "r tries again"]
            self.post_message(self.Drawn(key, None, lines))
        else:
            self.post_message(self.Drawn(key, drawing, ()))

    def on_picture_view_drawn(self, message: Drawn) -> None:
        if message.drawing is not None:
            self._reader.drawings.keep(message.key, message.drawing)
        if message.key == self._key:
            self._place(message.drawing, message.lines)

    def _say(self, lines: Sequence[str]) -> None:
        self._key = None
        self._place(None, lines)

    def _place(self, drawing: Drawing | None, lines: Sequence[str]) -> None:
        if (drawing, tuple(lines)) != (self._drawing, tuple(self._words)):
            self._drawing, self._words = drawing, lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return guarded(lambda: self._line(y), self.size.width)

    def _line(self, y: int) -> Strip:
        width, height = self.size
        if self._drawing is None:
            place = y - (height - len(self._words)) // 2
            text = self._words[place] if 0 <= place < len(self._words) else ""
            style = look.BOLD if place == 0 else look.DIM
            return strip_of([(text.center(width), style)] if text else [], width)
        strips = self._drawing.strips
        place = y - (height - len(strips)) // 2
        if not 0 <= place < len(strips):
            return strip_of([], width)
        left = (width - strips[place].cell_length) // 2
        return Strip.join([strip_of([], left), strips[place]]).adjust_cell_length(width, look.PLAIN)
