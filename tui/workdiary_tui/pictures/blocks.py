"""Pictures as block characters: half blocks, quadrants and sextants, two colours a cell.

Quadrants and sextants part a cell's pixels at their mean lightness, and give each side its mean
colour. Colours keep six bits a channel: the eye sees no difference, runs of equal cells grow
longer, and fewer bytes go over the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from PIL import Image

_KEPT_BITS = 0xFC
_STEP = 4
_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"


def _sextant_characters() -> str:
    """U+1FB00 on, in the order of their bits; the four that exist elsewhere are left out there."""
    elsewhere = {0: " ", 21: "▌", 42: "▐", 63: "█"}
    following = iter(range(0x1FB00, 0x1FB3C))
    return "".join(elsewhere.get(bits) or chr(next(following)) for bits in range(64))


_SEXTANTS = _sextant_characters()


def _inverses() -> dict[str, str]:
    """For each character the one that covers the rest of its cell: colours change places."""
    pairs = {"▀": "▄"}
    for glyphs in (_QUADRANTS, _SEXTANTS):
        pairs |= dict(zip(glyphs, reversed(glyphs), strict=True))
    return pairs


_INVERSE = _inverses()

Cell = tuple[str, int, int]
"""A character with its colour and the one behind it, as 0xRRGGBB."""


def half_blocks(image: Image.Image, columns: int, lines: int) -> list[Strip]:
    """One upper half block a cell: the upper pixel is its colour, the lower one what is behind."""
    from PIL import Image

    pixels = _colours(image.resize((columns, lines * 2), Image.Resampling.BOX))
    strips = []
    for line in range(lines):
        upper = pixels[2 * line * columns : (2 * line + 1) * columns]
        lower = pixels[(2 * line + 1) * columns : (2 * line + 2) * columns]
        strips.append(
            _strip(("▀" if a != b else " ", a, b) for a, b in zip(upper, lower, strict=True))
        )
    return strips


def quadrants(image: Image.Image, columns: int, lines: int) -> list[Strip]:
    """Two by two pixels a cell."""
    return _parted(image, columns, lines, 2, _QUADRANTS)


def sextants(image: Image.Image, columns: int, lines: int) -> list[Strip]:
    """Two by three pixels a cell: text at 1:1 can be read, where the font has the characters."""
    return _parted(image, columns, lines, 3, _SEXTANTS)


def _parted(image: Image.Image, columns: int, lines: int, rows: int, glyphs: str) -> list[Strip]:
    from PIL import Image, ImageChops

    fine = image.resize((columns * 2, lines * rows), Image.Resampling.BOX).convert("RGB")
    grey = fine.convert("L")
    means = grey.resize((columns, lines), Image.Resampling.BOX)
    spread = means.resize(grey.size, Image.Resampling.NEAREST)
    light = ImageChops.subtract(grey, spread).point(lambda over: 255 if over else 0)
    bits = _bits(light.tobytes(), columns, lines, rows)
    front = _side(fine, light, columns, lines)
    back = _side(fine, ImageChops.invert(light), columns, lines)
    cells = [
        (glyphs[bit], fore if bit else behind, behind)
        for bit, fore, behind in zip(bits, front, back, strict=True)
    ]
    return [_strip(cells[at : at + columns]) for at in range(0, len(cells), columns)]


def _bits(light: bytes, columns: int, lines: int, rows: int) -> list[int]:
    """Each cell's light pixels as a number, the upper left one in bit 0."""
    width, found = columns * 2, [0] * (columns * lines)
    for line in range(lines):
        for row in range(rows):
            start = (line * rows + row) * width
            left, right = 1 << row * 2, 2 << row * 2
            pixels = light[start : start + width]
            for column in range(columns):
                if pixels[column * 2]:
                    found[line * columns + column] |= left
                if pixels[column * 2 + 1]:
                    found[line * columns + column] |= right
    return found


def _side(fine: Image.Image, mask: Image.Image, columns: int, lines: int) -> list[int]:
    """The mean colour of each cell's masked pixels: the masked mean over the masked share."""
    from PIL import Image

    masked = Image.composite(fine, Image.new("RGB", fine.size), mask)
    sums = masked.resize((columns, lines), Image.Resampling.BOX).tobytes()
    shares = mask.resize((columns, lines), Image.Resampling.BOX).tobytes()
    colours = []
    for cell, share in enumerate(shares):
        red, green, blue = sums[cell * 3 : cell * 3 + 3]
        if share and share < 255:
            red, green, blue = (whole * 255 // share for whole in (red, green, blue))
        colours.append(_packed(red, green, blue))
    return colours


def _colours(image: Image.Image) -> Sequence[int]:
    raw = image.convert("RGB").tobytes()
    return list(map(_packed, raw[::3], raw[1::3], raw[2::3]))


def _packed(red: int, green: int, blue: int) -> int:
    """Rounded to the nearest kept value; a mean of means may lie a little over 255."""
    red, green, blue = min(red + 2, 255), min(green + 2, 255), min(blue + 2, 255)
    return (red & _KEPT_BITS) << 16 | (green & _KEPT_BITS) << 8 | blue & _KEPT_BITS


def _strip(cells: Iterable[Cell]) -> Strip:
    """Join neighbours into one segment as long as its two colours can draw them."""
    segments: list[Segment] = []
    text, colours = "", (-1, -1)
    for character, *own in cells:
        pair = (own[1], own[1]) if character == " " else (own[0], own[1])
        drawn = character if pair == colours else text and _redrawn(character, pair, colours)
        if drawn:
            text += drawn
            continue
        if text:
            segments.append(Segment(text, _style(*colours)))
        text, colours = character, pair
    if text:
        segments.append(Segment(text, _style(*colours)))
    return Strip(segments)


def _redrawn(character: str, pair: tuple[int, int], colours: tuple[int, int]) -> str:
    """The character that shows a cell of ``pair`` in nearly equal ``colours``, or "".

    A cell of one colour wants exactly that: a wide plain area in two shades would show streaks.
    """
    if character == " ":
        flat = pair[1]
        return " " if flat == colours[1] else "█" if flat == colours[0] else ""
    if _near(pair[1], colours[1]) and _near(pair[0], colours[0]):
        return character
    if _near(pair[1], colours[0]) and _near(pair[0], colours[1]):
        return _INVERSE[character]
    return ""


def _near(one: int, other: int) -> bool:
    """Whether two colours differ by one step at most in each channel: nobody can tell."""
    return (
        abs((one >> 16) - (other >> 16)) <= _STEP
        and abs((one >> 8 & 0xFF) - (other >> 8 & 0xFF)) <= _STEP
        and abs((one & 0xFF) - (other & 0xFF)) <= _STEP
    )


@lru_cache(maxsize=16_384)
def _style(fore: int, behind: int) -> Style:
    return Style.from_color(_colour(fore), _colour(behind))


@lru_cache(maxsize=16_384)
def _colour(packed: int) -> Color:
    return Color.from_rgb(packed >> 16, packed >> 8 & 0xFF, packed & 0xFF)
