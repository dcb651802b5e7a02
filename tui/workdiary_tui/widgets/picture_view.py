"""A segment's picture, fetched and drawn beside the screen's own work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError

from workdiary_tui import look
from workdiary_tui.drawing import Drawing, DrawingKey, Encoded, draw
from workdiary_tui.pace import Pace
from workdiary_tui.pictures import GRAPHIC, Mode, UndecodableError
from workdiary_tui.pieces import strip_of
from workdiary_tui.reader import Reader
from workdiary_tui.segment_lines import without_picture
from workdiary_tui.widgets.lines import guarded
from workdiary_tui.words import shown
from workdiary_tui.working import work

_RENDITION = "preview"
_STAND_IN = "thumbnail"
_PATIENCE_SECONDS = 0.05
"""How long a picture may take before its thumbnail, if that is known, stands in for it."""
_LOADING = ("loading the picture",)


class PictureView(Widget):
    """Shows one monitor's picture of the segment it was told last; earlier ones never win."""

    DEFAULT_CSS = "PictureView { height: 1fr; width: 1fr; }"

    @dataclass
    class Drawn(Message):
        """A picture is ready; ``lines`` stand in its place if it is not.

        It is no ``final`` one if the picture itself is still on its way.
        """

        key: DrawingKey
        drawing: Drawing | None
        lines: Sequence[str]
        final: bool = True

    def __init__(self, reader: Reader, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._reader = reader
        self._wanted: tuple[str, api.Segment, int] | None = None
        self._key: DrawingKey | None = None
        self._fetching = False
        self._pace = Pace()
        self._strips: Sequence[Strip] = ()
        self._words: Sequence[str] = ()
        self._pixels: tuple[DrawingKey, Encoded] | None = None
        self._placed: tuple[object, ...] = ()

    @property
    def drawn(self) -> bool:
        return bool(self._strips) or self._pixels is not None

    def show(self, contract: str, segment: api.Segment, monitor: int) -> None:
        self._wanted = contract, segment, monitor
        if not segment.pictures:
            self._say(without_picture(segment))
        elif self._reader.mode is Mode.OFF:
            self._say(["pictures are off", "i shows them"])
        elif self.size.width and self.size.height:
            self._show_picture(contract, segment.pictures[monitor])

    def again(self) -> None:
        """Show the same: the terminal may have had to give it up."""
        if self._wanted is not None:
            self.show(*self._wanted)

    def on_resize(self) -> None:
        self.again()

    def _show_picture(self, contract: str, picture: api.Picture) -> None:
        size = self.size.width, self.size.height
        mode = self._reader.mode
        raster = self._reader.sixels.raster if mode is Mode.SIXEL else None
        key = DrawingKey(contract, picture.digest, *size, mode, raster)
        known = self._known(key)
        if self._fetching and key == self._key:
            return
        self._key, self._fetching = key, False
        if known:
            self._place(known, ())
            return
        if self._pixels is not None and self._pixels[0] == key:
            self._place((), (), self._pixels)
            return
        self._fetching = True
        self._pace.step()
        if self._pace.hurried:
            self._place((), _LOADING)
        work(self, "picture", partial(self._fetch, key))

    def _known(self, key: DrawingKey) -> Sequence[Strip] | None:
        """The lines of a picture that cost nothing but themselves."""
        known = self._reader.drawings.get(key)
        return known.strips if known and known.strips else self._reader.graphics.cells(key)

    async def _fetch(self, key: DrawingKey) -> None:
        await self._pace.rest()
        try:
            drawing = self._reader.drawings.get(key) or await self._draw(key)
            if drawing.encoded is not None:
                await self._wait_for_the_line(key)
        except UndecodableError as error:
            lines = ["picture unavailable", shown(str(error))]
            self.post_message(self.Drawn(key, None, lines))
        except WorkdiaryError as error:
            again = self._reader.keymap.sign("reload", "r")
            lines = ["picture unavailable", shown(str(error)), f"{again} tries again"]
            self.post_message(self.Drawn(key, None, lines))
        else:
            self.post_message(self.Drawn(key, drawing, ()))

    async def _draw(self, key: DrawingKey) -> Drawing:
        """Block characters are drawn faster than a disk is read; encoded pictures are kept."""
        reader = self._reader
        if key.mode in GRAPHIC:
            kept = await asyncio.to_thread(reader.payloads.get, key.contract, key.kept_name)
            if kept is not None:
                return Drawing((), Encoded.unpacked(kept))
        content = await self._picture(key)
        drawing = await asyncio.to_thread(draw, reader.decoder, content, key)
        if drawing.encoded is not None:
            packed = drawing.encoded.packed()
            await asyncio.to_thread(reader.payloads.keep, key.contract, key.kept_name, packed)
        return drawing

    async def _picture(self, key: DrawingKey) -> bytes:
        """The picture's file; what was shown before stays for a moment, rather than a blank."""
        asking = asyncio.ensure_future(
            self._reader.cache.picture((key.contract, key.digest, _RENDITION))
        )
        try:
            done, _ = await asyncio.wait({asking}, timeout=_PATIENCE_SECONDS)
            if not done:
                await self._meanwhile(key)
            return await asking
        finally:
            asking.cancel()  # of this waiting alone: what was asked for goes on, and is kept

    async def _meanwhile(self, key: DrawingKey) -> None:
        """Show the thumbnail, where it is known and drawing it is cheap."""
        small = self._reader.cache.known_picture((key.contract, key.digest, _STAND_IN))
        drawing = None
        if small is not None and key.mode not in GRAPHIC:
            with suppress(UndecodableError):  # then the picture itself is waited for
                drawing = await asyncio.to_thread(draw, self._reader.decoder, small, key)
        lines = () if drawing else _LOADING
        self.post_message(self.Drawn(key, drawing, lines, final=False))

    async def _wait_for_the_line(self, key: DrawingKey) -> None:
        """One picture on its way is enough; what follows it is the newest, not the next."""
        reader = self._reader
        line = reader.sixels.arrivals if key.mode is Mode.SIXEL else reader.graphics.arrivals
        if line.busy:
            self.post_message(self.Drawn(key, None, ["waiting for the line"]))
            await line.clear()

    def on_picture_view_drawn(self, message: Drawn) -> None:
        if message.drawing is not None and message.final:
            self._reader.drawings.keep(message.key, message.drawing)
        if message.key == self._key:
            self._fetching = not message.final
            self._show_drawing(message.key, message.drawing, message.lines)

    def _show_drawing(self, key: DrawingKey, drawing: Drawing | None, lines: Sequence[str]) -> None:
        if drawing is None:
            self._place((), lines)
        elif drawing.encoded is None:
            self._place(drawing.strips, ())
        elif key.mode is Mode.SIXEL:
            self._place((), (), (key, drawing.encoded))
        else:
            self._place(self._reader.graphics.show(key, drawing.encoded), ())

    def _say(self, lines: Sequence[str]) -> None:
        self._key, self._fetching = None, False
        self._place((), lines)

    def _place(
        self,
        strips: Sequence[Strip],
        lines: Sequence[str],
        pixels: tuple[DrawingKey, Encoded] | None = None,
    ) -> None:
        """Show strips, words, or sixels over blank cells."""
        box = (pixels[1].columns, pixels[1].lines) if pixels else (0, 0)
        placed = strips, tuple(lines), box
        changed, self._placed = placed != self._placed, placed
        self._strips, self._words, self._pixels = strips, lines, pixels
        if changed:
            self.refresh()
        if pixels is None:
            self._reader.sixels.lift(self)
        else:
            self._reader.sixels.put(self, pixels[1], changed)

    def on_unmount(self) -> None:
        self._reader.sixels.lift(self)

    def render_line(self, y: int) -> Strip:
        return guarded(lambda: self._line(y), self.size.width)

    def _line(self, y: int) -> Strip:
        width, height = self.size
        if not self._strips:
            place = y - (height - len(self._words)) // 2
            text = self._words[place] if 0 <= place < len(self._words) else ""
            style = look.BOLD if place == 0 else look.DIM
            return strip_of([(text.center(width), style)] if text else [], width)
        strips = self._strips
        place = y - (height - len(strips)) // 2
        if not 0 <= place < len(strips):
            return strip_of([], width)
        left = (width - strips[place].cell_length) // 2
        return Strip.join([strip_of([], left), strips[place]]).adjust_cell_length(width, look.PLAIN)
