"""A spot of a picture in characters or pixels, with a small map of where in the picture it lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from workdiary_tui.pictures import sixel
from workdiary_tui.pictures.blocks import half_blocks, quadrants, sextants
from workdiary_tui.pictures.decoding import Decoder
from workdiary_tui.pictures.fitting import fit
from workdiary_tui.pictures.loupe import Loupe, Size
from workdiary_tui.pictures.modes import Mode
from workdiary_tui.pictures.sixel import Raster

if TYPE_CHECKING:
    from PIL import Image

Draw = Callable[["Image.Image", int, int], list[Strip]]

_FINEST: dict[Mode, tuple[Draw, Size]] = {
    Mode.SEXTANT: (sextants, (2, 3)),
    Mode.QUADRANT: (quadrants, (2, 2)),
}
"""How a cell is drawn, and its pixels. Half blocks show no text at any size."""
_MAP_CELLS = (18, 5)
_MAP_IN = (60, 12)
"""A view that is smaller has no room for a map."""
_MAP_DARK = 0.35
_EDGE = Segment(" ", Style())
_MAP_PIXELS = (160, 120)
_MAP_IN_PIXELS = (400, 200)
_MAP_EDGE = "#4c9ed9"


def finest(mode: Mode) -> Mode:
    """The mode in which the loupe draws where pictures are drawn in ``mode``."""
    if mode is Mode.KITTY:
        return Mode.SEXTANT  # such a terminal draws them itself
    return mode if mode in _FINEST or mode is Mode.SIXEL else Mode.QUADRANT


def view_of(cells: Size, mode: Mode, raster: Raster | None = None) -> Size:
    """How many pixels of the terminal some cells have; of a ``raster`` where these are real."""
    if mode is Mode.SIXEL and raster is not None:
        columns, lines = raster.box(*cells)
        return columns * raster.cell[0], lines * raster.cell[1]
    across, down = _FINEST[finest(mode)][1]
    return cells[0] * across, cells[1] * down


def draw_spot(decoder: Decoder, webp: bytes, loupe: Loupe, mode: Mode) -> tuple[Strip, ...]:
    """What is under the loupe, a strip a line; slow enough to want a thread.

    :raises UndecodableError: the bytes are no picture, or one that is too large
    """
    draw, (across, down) = _FINEST[finest(mode)]
    columns = _cells(loupe.part[0] * loupe.zoom, across, loupe.view[0])
    lines = _cells(loupe.part[1] * loupe.zoom, down, loupe.view[1])
    image = decoder.decode_spot(webp, loupe.box, (columns * across, lines * down))
    strips = draw(image, columns, lines)
    if loupe.whole or columns < _MAP_IN[0] or lines < _MAP_IN[1]:
        return tuple(strips)
    across, down = fit(loupe.picture, _MAP_CELLS)
    small = _map(decoder, webp, loupe, (across, down * 2))
    return tuple(_inset(strips, half_blocks(small, across, down)))


def spot_in_sixels(
    decoder: Decoder, webp: bytes, loupe: Loupe, raster: Raster
) -> tuple[bytes, int, int]:
    """The same as pixels of the terminal, and how many columns and lines they fill.

    :raises UndecodableError: the bytes are no picture, or one that is too large
    """
    from PIL import ImageOps

    across, down = raster.cell
    columns = _cells(loupe.part[0] * loupe.zoom, across, loupe.view[0])
    lines = _cells(loupe.part[1] * loupe.zoom, down, loupe.view[1])
    image = decoder.decode_spot(webp, loupe.box, (columns * across, lines * down))
    if not loupe.whole and image.width >= _MAP_IN_PIXELS[0] and image.height >= _MAP_IN_PIXELS[1]:
        small = _map(decoder, webp, loupe, fit(loupe.picture, _MAP_PIXELS, cell_aspect=1))
        framed = ImageOps.expand(small, 2, _MAP_EDGE)
        image.paste(framed, (image.width - framed.width, image.height - framed.height))
    return sixel.encode(image, columns, lines, raster, sharp=True), columns, lines


def _cells(hundredths: int, pixels: int, seen: int) -> int:
    """As many cells as a part of the picture fills, within the view."""
    return max(1, min(round(hundredths / 100 / pixels), seen // pixels))


def _map(decoder: Decoder, webp: bytes, loupe: Loupe, size: Size) -> Image.Image:
    """The whole picture, dark but for what is under the loupe."""
    width, height = size
    bright = decoder.decode_spot(webp, (0, 0, *loupe.picture), (width, height))
    shown = bright.point(lambda light: round(light * _MAP_DARK))
    across, down = width / loupe.picture[0], height / loupe.picture[1]
    left, top, right, bottom = loupe.box
    corner = min(int(left * across), width - 1), min(int(top * down), height - 1)
    end = max(corner[0] + 1, round(right * across)), max(corner[1] + 1, round(bottom * down))
    shown.paste(bright.crop((*corner, *end)), corner)
    return shown


def _inset(strips: Sequence[Strip], small: Sequence[Strip]) -> list[Strip]:
    """``small`` in the lower right corner, with an edge of a cell around it."""
    width = small[0].cell_length
    edge = Strip([Segment(" " * (width + 1), Style())])
    corner = [edge, *(Strip.join([Strip([_EDGE]), line]) for line in small)]
    covered = len(strips) - len(corner)
    return [
        *strips[:covered],
        *(
            Strip.join([strip.crop(0, strip.cell_length - width - 1), line])
            for strip, line in zip(strips[covered:], corner, strict=True)
        ),
    ]
