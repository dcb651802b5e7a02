"""The original of a picture under the loupe: fetched once, and only the newest spot is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from textual.events import Resize
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError
from workdiary.webp import HEADER_BYTES, check_picture

from workdiary_tui import look
from workdiary_tui.drawing import Encoded
from workdiary_tui.pace import Pace
from workdiary_tui.pictures import Loupe, Mode, UndecodableError
from workdiary_tui.pictures.sixel import Raster
from workdiary_tui.pictures.spot import draw_spot, spot_in_sixels, view_of
from workdiary_tui.pieces import strip_of
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.lines import guarded
from workdiary_tui.words import shown
from workdiary_tui.working import work

_RENDITION = "original"


@dataclass(frozen=True, slots=True)
class Original:
    """A picture's file, and its size in pixels as the file says."""

    digest: str
    content: bytes
    size: tuple[int, int]


Sight = tuple[Strip, ...] | Encoded
"""A spot as characters, or as sixels."""
Wanted = tuple[Original, Loupe, Mode, Raster | None]


class LoupeView(Widget):
    """A spot of one picture; the next picture is seen at the same place."""

    DEFAULT_CSS = "LoupeView { height: 1fr; width: 1fr; }"

    @dataclass
    class Fetched(Message):
        original: Original

    @dataclass
    class Drawn(Message):
        loupe: Loupe
        sight: Sight

    @dataclass
    class Failed(Message):
        digest: str
        lines: Sequence[str]

    @dataclass
    class Moved(Message):
        """Another spot, or another zoom."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader
        self._digest = ""
        self._pace = Pace()
        self._original: Original | None = None
        self._drawing = False
        self._strips: tuple[Strip, ...] = ()
        self._words: Sequence[str] = ()
        self._pixels: Encoded | None = None
        self.loupe: Loupe | None = None

    @property
    def drawn(self) -> bool:
        return bool(self._strips) or self._pixels is not None

    def show(self, contract: str, picture: api.Picture) -> None:
        """Fetch the picture, if it is not known; called again when it may be gone."""
        if picture.digest != self._digest:
            self._digest, self._original = picture.digest, None
            self._pace.step()
            self._say(["loading the original", f"{-(-picture.size // 1024)} KB"])
        work(self, "original", partial(self._fetch, contract, picture.digest))

    async def _fetch(self, contract: str, digest: str) -> None:
        await self._pace.rest()
        try:
            content = await self._reader.cache.picture((contract, digest, _RENDITION))
            size = check_picture(content[:HEADER_BYTES], len(content))
        except WorkdiaryError as error:
            again = self._reader.keymap.sign("reload", "r")
            lines = ["picture unavailable", shown(str(error)), f"{again} tries again"]
            self.post_message(self.Failed(digest, lines))
        else:
            self.post_message(self.Fetched(Original(digest, content, size)))

    def on_loupe_view_fetched(self, message: Fetched) -> None:
        original = message.original
        if original.digest != self._digest:
            return
        self._original = original
        if self.loupe is None:
            self.loupe = Loupe.over(original.size, self._view())
        self.look(lambda loupe: loupe.on(original.size))

    def look(self, move: Callable[[Loupe], Loupe]) -> None:
        """Move the loupe, or take it nearer or further."""
        if self.loupe is not None:
            self.loupe = move(self.loupe)
            self.post_message(self.Moved())
            self._draw()

    def redraw(self) -> None:
        """In another mode a cell has other pixels."""
        self.look(lambda loupe: loupe.through(self._view()))

    def on_resize(self, event: Resize) -> None:
        self.redraw()

    def _view(self) -> tuple[int, int]:
        width, height = view_of(self.size, self._reader.mode, self._raster)
        return max(1, width), max(1, height)

    @property
    def _raster(self) -> Raster | None:
        return self._reader.sixels.raster if self._reader.mode is Mode.SIXEL else None

    def _draw(self) -> None:
        if self._reader.mode is Mode.OFF:
            self._say(["pictures are off", "i shows them"])
        elif self._original is not None and not self._drawing:
            self._drawing = True
            work(self, "spot", self._draw_newest)

    async def _draw_newest(self) -> None:
        """What the loupe passed while a spot was drawn is left out."""
        done: Wanted | None = None
        try:
            while (wanted := self._wanted()) is not None and wanted != done:
                done = original, loupe, mode, raster = wanted
                sight = await asyncio.to_thread(self._sight, original, loupe, mode, raster)
                if isinstance(sight, Encoded):
                    await self._reader.sixels.arrivals.clear()
                    if self._wanted() != done:
                        continue
                self.post_message(self.Drawn(loupe, sight))
        except UndecodableError as error:
            lines = ["picture unavailable", shown(str(error))]
            self.post_message(self.Failed(original.digest, lines))
        finally:
            self._drawing = False

    def _sight(self, original: Original, loupe: Loupe, mode: Mode, raster: Raster | None) -> Sight:
        decoder = self._reader.decoder
        if raster is None:
            return draw_spot(decoder, original.content, loupe, mode)
        return Encoded(*spot_in_sixels(decoder, original.content, loupe, raster))

    def _wanted(self) -> Wanted | None:
        if self._original is None or self.loupe is None or self._reader.mode is Mode.OFF:
            return None
        return self._original, self.loupe, self._reader.mode, self._raster

    def on_loupe_view_drawn(self, message: Drawn) -> None:
        if self._original is None:
            return
        if isinstance(message.sight, Encoded):
            self._place((), (), message.sight)
        else:
            self._place(message.sight, ())

    def on_loupe_view_failed(self, message: Failed) -> None:
        if message.digest == self._digest:
            self._original = None
            self._say(message.lines)

    def _say(self, lines: Sequence[str]) -> None:
        self._place((), lines)

    def _place(
        self, strips: tuple[Strip, ...], words: Sequence[str], pixels: Encoded | None = None
    ) -> None:
        """Show strips, words, or sixels over blank cells."""
        before, now = self._pixels, pixels
        same = before and now and (before.columns, before.lines) == (now.columns, now.lines)
        changed = not same and (strips, words, None) != (self._strips, self._words, before)
        self._strips, self._words, self._pixels = strips, words, pixels
        if changed:
            self.refresh()
        if pixels is None:
            self._reader.sixels.lift(self)
        else:
            self._reader.sixels.put(self, pixels, changed)

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
        if y >= len(self._strips):
            return strip_of([], width)
        return self._strips[y].adjust_cell_length(width, look.PLAIN)
