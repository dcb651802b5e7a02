"""Pictures as sixels: columns of six pixels a character, colour by colour over bands of six rows.

The format is that of DEC's manual of the VT330 and VT340 (EK-VT3XX-GP, chapter 14). A pixel keeps
the colour that it was given last: each band is filled with one colour first, the one that would
cost most, and is painted over with the others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workdiary_tui.pictures.palette import in_few_colours

if TYPE_CHECKING:
    from PIL import Image

Size = tuple[int, int]

BAND = 6
"""Rows of pixels that a line of sixels has."""
BEGIN, END = "\x1bP0;1q", "\x1b\\"
_NOTHING, _NEXT_COLOUR, _NEXT_BAND = b"?", b"$", b"-"
_SIXELS = bytes(min(63 + bits, 126) for bits in range(256))
_RUN = re.compile(rb"([?-~])\1{3,}")
_HEAD = re.compile(rb'"1;1;(\d+);(\d+)')
_BYTES_A_CELL = 26
_COLOURS = 16, 8
_COARSER = 2, 3, 4, 6


@dataclass(frozen=True, slots=True)
class Raster:
    """What a terminal draws sixels with: a cell's pixels, how many colours, the longest side.

    The numbers given are those of xterm as a VT340; more is for terminals that said so.
    """

    cell: Size = (8, 16)
    colours: int = 16
    longest: int = 1000

    @property
    def name(self) -> str:
        return f"{self.cell[0]}x{self.cell[1]} {self.colours} {self.longest}"

    @property
    def aspect(self) -> float:
        """How much higher than wide a cell is."""
        return self.cell[1] / self.cell[0]

    def box(self, columns: int, lines: int) -> Size:
        """As much of a box of cells as a picture can fill."""
        across, down = self.cell
        return min(columns, self.longest // across), min(lines, self.longest // down)

    @property
    def lines_of_bands(self) -> int:
        """After so many lines of cells a band ends where a cell does."""
        return BAND // math.gcd(BAND, self.cell[1])


def encode(
    image: Image.Image, columns: int, lines: int, raster: Raster, *, sharp: bool = False
) -> bytes:
    """An image as sixels that fill a box of cells exactly.

    A photograph that would cost more than a screen gets fewer colours, then, unless it must stay
    ``sharp``, larger pixels.
    """
    from PIL import Image

    size = columns * raster.cell[0], lines * raster.cell[1]
    most = columns * lines * _BYTES_A_CELL
    fitted = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    content = b""
    for reduced in _ever_cheaper(fitted, raster.colours, () if sharp else _COARSER):
        content = sixels(reduced)
        if len(content) <= most:
            break
    return content


def _ever_cheaper(
    image: Image.Image, colours: int, coarser: Sequence[int]
) -> Iterator[Image.Image]:
    from PIL import Image

    for fewer in (colours, *(one for one in _COLOURS if one < colours)):
        yield in_few_colours(image, fewer)
    for times in coarser:
        small = image.resize((image.width // times, image.height // times), Image.Resampling.BOX)
        reduced = in_few_colours(small, _COLOURS[-1])
        yield reduced.resize(image.size, Image.Resampling.NEAREST)


def sixels(image: Image.Image) -> bytes:
    """The sixels of an image with a palette, as they stand inside of their control string."""
    width, height = image.size
    numbers, palette = _numbered(image)
    planes = _planes(image.tobytes().translate(numbers), width, height, len(palette))
    colours = b"".join(b"#%d;2;%d;%d;%d" % (n, *rgb) for n, rgb in enumerate(palette))
    bands = [
        _band([plane[at * width : (at + 1) * width] for plane in planes], height - at * BAND)
        for at in range(-(-height // BAND))
    ]
    return b'"1;1;%d;%d' % (width, height) + colours + _NEXT_BAND.join(bands)


def part(content: bytes, first: int, after: int) -> bytes:
    """Of a picture's bands those from ``first`` to before ``after``, as a picture of its own."""
    bands = content.split(_NEXT_BAND)
    head, paint = _split(bands[0])
    found = _HEAD.match(head)
    assert found is not None  # noqa: S101 - our own encoder writes it
    width, height = int(found[1]), int(found[2])
    rows = min(height, after * BAND) - first * BAND
    colours = head[found.end() :]
    bands[0] = paint
    return b'"1;1;%d;%d' % (width, rows) + colours + _NEXT_BAND.join(bands[first:after])


def at_place(content: bytes, column: int, line: int) -> str:
    """What draws a picture from a cell on, and leaves the cursor where it was."""
    place = f"\x1b[{line + 1};{column + 1}H"
    return f"\x1b7{place}{BEGIN}{content.decode()}{END}\x1b8"


def _split(first_band: bytes) -> tuple[bytes, bytes]:
    """Size and colours, and what is painted: a colour that is chosen has no semicolon."""
    begins = re.search(rb"#\d+(?![\d;])", first_band)
    at = begins.start() if begins else len(first_band)
    return first_band[:at], first_band[at:]


def _numbered(image: Image.Image) -> tuple[bytes, list[tuple[int, ...]]]:
    """Numbers without gaps for the colours in use, and these in per cent, as sixels have them."""
    levels = image.getpalette() or []
    numbers, palette = bytearray(256), []
    for number, index in enumerate(sorted(set(image.tobytes()))):
        numbers[index] = number
        rgb = levels[3 * index : 3 * index + 3]
        palette.append(tuple(round(level * 100 / 255) for level in rgb))
    return bytes(numbers), palette


def _planes(numbers: bytes, width: int, height: int, colours: int) -> list[bytes]:
    """For each colour the sixels of all bands, one after the other.

    The six rows of all bands are or-ed as long numbers: a loop over pixels would take a second.
    """
    numbers += b"\xff" * (-height % BAND * width)
    rows = [
        b"".join(numbers[at : at + width] for at in range(row * width, len(numbers), BAND * width))
        for row in range(BAND)
    ]
    planes = []
    for colour in range(colours):
        bits = 0
        for row, pixels in enumerate(rows):
            of_this = bytearray(256)
            of_this[colour] = 1 << row
            bits |= int.from_bytes(pixels.translate(of_this), "little")
        planes.append(bits.to_bytes(len(rows[0]), "little").translate(_SIXELS))
    return planes


def _band(planes: list[bytes], rows: int) -> bytes:
    """One band: the colour that would cost most fills it, the others are painted over it."""
    strokes = {
        colour: _short(painted)
        for colour, plane in enumerate(planes)
        if (painted := plane.rstrip(_NOTHING))
    }
    ground = max(strokes, key=lambda colour: len(strokes[colour]))
    full = _SIXELS[(1 << min(rows, BAND)) - 1]
    strokes[ground] = b"!%d%c" % (len(planes[0]), full)
    order = sorted(strokes, key=lambda colour: colour != ground)
    return _NEXT_COLOUR.join(b"#%d%s" % (colour, strokes[colour]) for colour in order)


def _short(plane: bytes) -> bytes:
    return _RUN.sub(lambda run: b"!%d%s" % (len(run[0]), run[1]), plane)
