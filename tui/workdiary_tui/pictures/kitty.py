"""Pictures by Kitty's graphics protocol: sent once as a PNG, then placed by characters in cells.

Each cell is a placeholder character whose colour is the picture's number and whose diacritics are
the row and column of the picture that it shows. Cells are text: they scroll, are covered and are
cleared like text, and tmux keeps them. What a cell leaves out, the terminal takes from the cell at
its left; so each row and every eighth column is written, and the others cost half the bytes.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from PIL import Image

CELL = 8, 16
"""The pixels sent for a cell; the terminal scales them to its own."""
FARTHEST = 297
"""Rows and columns that can be named."""
NUMBERS = range(1 << 16, 1 << 24)
"""A colour's 24 bits; low numbers are left to programs that count from one."""
_PLACEHOLDER = "\U0010eeee"
_CHUNK = 4096
_WRITTEN_EVERY = 8
_BYTES_A_CELL = 17
_COLOURS = 64, 56, 52, 48, 40, 32, 16
# Combining characters of class 230 as Unicode 6.0 had them, without those that a font may fuse.
_RANGES = """
305 30d-30e 310 312 33d-33f 346 34a-34c 350-352 357 35b 363-36f 483-487 592-595 597-599
59c-5a1 5a8-5a9 5ab-5ac 5af 5c4 610-617 657-65b 65d-65e 6d6-6dc 6df-6e2 6e4 6e7-6e8 6eb-6ec
730 732-733 735-736 73a 73d 73f-741 743 745 747 749-74a 7eb-7f1 7f3 816-819 81b-823 825-827
829-82d 951 953-954 f82-f83 f86-f87 135d-135f 17dd 193a 1a17 1a75-1a7c 1b6b 1b6d-1b73
1cd0-1cd2 1cda-1cdb 1ce0 1dc0-1dc1 1dc3-1dc9 1dcb-1dcc 1dd1-1de6 1dfe 20d0-20d1 20d4-20d7
20db-20dc 20e1 20e7 20e9 20f0 2cef-2cf1 2de0-2dff a66f a67c-a67d a6f0-a6f1 a8e0-a8f1 aab0
aab2-aab3 aab7-aab8 aabe-aabf aac1 fe20-fe26 10a0f 10a38 1d185-1d189 1d1aa-1d1ad 1d242-1d244
"""


def _diacritics() -> Iterator[str]:
    """The marks for 0, 1, 2 ..., in the protocol's order."""
    for span in _RANGES.split():
        first, _, last = span.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))


_MARKS = tuple(_diacritics())


def encode(image: Image.Image, columns: int, lines: int) -> bytes:
    """A PNG of few colours for a box of cells: a screen looks the same, at a seventh of the bytes.

    A photograph that would still cost more than a screen gets fewer colours, then fewer pixels.
    """
    from PIL import Image

    size = columns * CELL[0], lines * CELL[1]
    most = columns * lines * _BYTES_A_CELL
    fitted = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    for colours in _COLOURS:
        content = _png(fitted, colours)
        if len(content) <= most:
            return content
        if len(content) > 3 * most:
            break  # noise: each try costs a second, and none will do
    return _png(fitted.resize((size[0] // 2, size[1] // 2), Image.Resampling.BOX), _COLOURS[-1])


def _png(image: Image.Image, colours: int) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    # An octree keeps the few pixels of a bright colour; a median cut gives theirs to the greys.
    reduced = image.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    reduced.save(file, "PNG", compress_level=9)
    return file.getvalue()


def transmission(number: int, png: bytes, columns: int, lines: int) -> Iterator[str]:
    """The sequences that give the terminal a picture, shown by cells alone and never answered."""
    text = base64.standard_b64encode(png).decode()
    keys = f"a=T,U=1,f=100,i={number},c={columns},r={lines},"
    for at in range(0, len(text), _CHUNK):
        more = int(at + _CHUNK < len(text))
        yield f"\x1b_G{keys}q=2,m={more};{text[at : at + _CHUNK]}\x1b\\"
        keys = ""


def deletion(number: int) -> str:
    """The sequence that makes the terminal forget a picture."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def through_tmux(sequence: str) -> str:
    """The same for the terminal that tmux runs in, where ``allow-passthrough`` is on."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def cells(number: int, columns: int, lines: int) -> tuple[Strip, ...]:
    """The lines of cells that show the picture."""
    style = Style(color=Color.from_rgb(number >> 16, number >> 8 & 0xFF, number & 0xFF))
    return tuple(Strip([Segment(_row(line, columns), style)], columns) for line in range(lines))


def _row(line: int, columns: int) -> str:
    return "".join(
        _PLACEHOLDER + (_MARKS[line] + _MARKS[column] if column % _WRITTEN_EVERY == 0 else "")
        for column in range(columns)
    )
