"""Pictures fitted to a box of cells, as lines or encoded for the terminal, and the last drawn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.strip import Strip

from workdiary_tui.pictures import (
    Decoder,
    Mode,
    fit,
    half_blocks,
    kitty,
    quadrants,
    sextants,
    sixel,
)
from workdiary_tui.pictures.sixel import Raster

if TYPE_CHECKING:
    from PIL import Image

_KEPT = 24
_PIXELS_A_CELL = (2, 3)

Renderer = Callable[["Image.Image", int, int], list[Strip]]

RENDERERS: dict[Mode, Renderer] = {
    Mode.HALF: half_blocks,
    Mode.QUADRANT: quadrants,
    Mode.SEXTANT: sextants,
}


@dataclass(frozen=True, slots=True)
class DrawingKey:
    """A picture in a box of ``width`` x ``height`` cells; of a ``raster`` where pixels count."""

    contract: str
    digest: str
    width: int
    height: int
    mode: Mode
    raster: Raster | None = None

    @property
    def kept_name(self) -> str:
        """What the cache calls it; the number grows when pictures are encoded otherwise."""
        raster = f" {self.raster.name}" if self.raster else ""
        return f"1 {self.mode.value} {self.width}x{self.height} {self.digest}{raster}"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as the terminal is given it, for ``columns`` x ``lines`` cells."""

    content: bytes
    columns: int
    lines: int

    def packed(self) -> bytes:
        """As the cache keeps it."""
        return self.columns.to_bytes(2, "big") + self.lines.to_bytes(2, "big") + self.content

    @classmethod
    def unpacked(cls, kept: bytes) -> Encoded:
        columns, lines = (int.from_bytes(kept[at : at + 2], "big") for at in (0, 2))
        return cls(kept[4:], columns, lines)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture's lines, or what to send instead; they may fill less than their box."""

    strips: tuple[Strip, ...]
    encoded: Encoded | None = None


class Drawings:
    """The drawings seen last: going back to one costs no decoding."""

    def __init__(self) -> None:
        self._drawings: OrderedDict[DrawingKey, Drawing] = OrderedDict()

    def get(self, key: DrawingKey) -> Drawing | None:
        return self._drawings.get(key)

    def keep(self, key: DrawingKey, drawing: Drawing) -> None:
        self._drawings[key] = drawing
        self._drawings.move_to_end(key)
        while len(self._drawings) > _KEPT:
            self._drawings.popitem(last=False)

    def forget(self, contract: str) -> None:
        """Drop the drawings of a contract's pictures."""
        for key in [key for key in self._drawings if key.contract == contract]:
            del self._drawings[key]


def draw(decoder: Decoder, webp: bytes, key: DrawingKey) -> Drawing:
    """Decode a picture and draw it, its aspect kept; slow enough to want a thread.

    :raises UndecodableError: the bytes are no picture, or one that is too large
    """
    if key.mode is Mode.KITTY:
        return Drawing((), _for_kitty(decoder, webp, key))
    if key.raster is not None:
        return Drawing((), _in_sixels(decoder, webp, key, key.raster))
    across, down = _PIXELS_A_CELL
    image = decoder.decode(webp, (key.width * across * 2, key.height * down * 2))
    columns, lines = fit(image.size, (key.width, key.height))
    return Drawing(tuple(RENDERERS[key.mode](image, columns, lines)))


def _for_kitty(decoder: Decoder, webp: bytes, key: DrawingKey) -> Encoded:
    box = min(key.width, kitty.FARTHEST), min(key.height, kitty.FARTHEST)
    across, down = kitty.CELL
    image = decoder.decode(webp, (box[0] * across * 2, box[1] * down * 2))
    columns, lines = fit(image.size, box)
    return Encoded(kitty.encode(image, columns, lines), columns, lines)


def _in_sixels(decoder: Decoder, webp: bytes, key: DrawingKey, raster: Raster) -> Encoded:
    box, (across, down) = raster.box(key.width, key.height), raster.cell
    image = decoder.decode(webp, (box[0] * across * 2, box[1] * down * 2))
    columns, lines = fit(image.size, box, raster.aspect)
    return Encoded(sixel.encode(image, columns, lines, raster), columns, lines)


def next_mode(mode: Mode, modes: Sequence[Mode]) -> Mode:
    """What ``i`` turns to, of the ``modes`` that this terminal can draw."""
    return modes[(modes.index(mode) + 1) % len(modes)] if mode in modes else modes[0]
