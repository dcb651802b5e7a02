"""A piece of the drawn desktop, and the few strokes that everything on it is made of.

Scenes measure in points of a desktop 1280 wide; a larger screen shows the same, larger. Edges are
smoothed in five steps alone, so that a picture has few colours and stays small without loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

Box = tuple[int, int, int, int]
Colour = str
"""As CSS has it: ``#rrggbb``."""

_FINER = 4
_STEPS = [min(255, (grey + 32) // 64 * 64) for grey in range(256)]
_CELL = 0.58
"""The width of a typewriter's character, in parts of its size."""


class Canvas:
    """A rectangle of the picture: what leaves it at the right or below is cut off."""

    def __init__(self, image: Image.Image, box: Box, scale: float) -> None:
        self._image = image
        self._draw = ImageDraw.Draw(image)
        self._box = box
        self._scale = scale
        self.width = (box[2] - box[0]) / scale
        self.height = (box[3] - box[1]) / scale

    def part(self, x: float, y: float, width: float, height: float) -> Canvas:
        return Canvas(self._image, self._cut(x, y, width, height), self._scale)

    def fill(self, colour: Colour) -> None:
        self.block(0, 0, self.width, self.height, colour)

    def block(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        left, top, right, bottom = self._cut(x, y, width, height)
        if right > left and bottom > top:
            self._draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def rounded(
        self, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 6
    ) -> None:
        """A block with smooth corners."""
        left, top, right, bottom = self._cut(x, y, width, height)
        size = min(round(radius * self._scale), (right - left) // 2, (bottom - top) // 2)
        if size < 1:
            return
        self._image.paste(colour, (left + size, top, right - size, bottom))
        self._image.paste(colour, (left, top + size, right, bottom - size))
        for turn, (corner_x, corner_y) in enumerate(
            ((left, top), (left, bottom - size), (right - size, bottom - size), (right - size, top))
        ):
            self._image.paste(colour, (corner_x, corner_y), _corner(size, turn))

    def frame(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """The outline of a block, two pixels thick."""
        left, top, right, bottom = self._cut(x, y, width, height)
        if right > left + 1 and bottom > top + 1:
            self._draw.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=2)

    def area(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        self._draw.polygon([self._place(*point) for point in points], fill=colour)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, thick: float = 2) -> None:
        width = max(1, round(thick * self._scale))
        self._draw.line([self._place(*point) for point in points], colour, width, joint="curve")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        colour: Colour,
        size: float = 14,
        *,
        bold: bool = False,
        typed: bool = False,
    ) -> float:
        """Write a line below ``y``, as if ``typed`` with all letters of one width; the x after."""
        pixels = max(6, round(size * self._scale))
        mask = _typed(text, pixels) if typed else _written(text, pixels, bold)
        left, top = self._place(x, y)
        room = self._box[2] - left, self._box[3] - top
        if room[0] > 0 and room[1] > 0:
            whole = mask.width <= room[0] and mask.height <= room[1]
            shown = mask if whole else mask.crop((0, 0, min(mask.width, room[0]), room[1]))
            self._image.paste(colour, (left, top), shown)
        return x + mask.width / self._scale

    def _place(self, x: float, y: float) -> tuple[int, int]:
        return self._box[0] + round(x * self._scale), self._box[1] + round(y * self._scale)

    def _cut(self, x: float, y: float, width: float, height: float) -> Box:
        left, top = self._place(x, y)
        right, bottom = self._place(x + width, y + height)
        return left, top, min(right, self._box[2]), min(bottom, self._box[3])


@lru_cache(maxsize=64)
def _face(size: int) -> ImageFont.FreeTypeFont:
    face = ImageFont.load_default(size)
    assert isinstance(face, ImageFont.FreeTypeFont)  # noqa: S101 (Pillow's wheels have FreeType)
    return face


@lru_cache(maxsize=4096)
def _written(text: str, size: int, bold: bool) -> Image.Image:
    """A line of text as a mask."""
    if bold:
        return _bold(text, size)
    face = _face(size)
    mask = Image.new("L", (round(face.getlength(text)) + 1, round(size * 1.3)))
    ImageDraw.Draw(mask).text((0, size), text, font=face, fill=255, anchor="ls")
    return mask.point(_STEPS)


def _bold(text: str, size: int) -> Image.Image:
    """Each letter drawn again a little to the right, since there is but one face."""
    face, heavier = _face(size), max(1, size // 16)
    widths = [round(face.getlength(letter)) + (heavier + 1) // 2 for letter in text]
    mask = Image.new("L", (sum(widths) + heavier + 1, round(size * 1.3)))
    draw, x = ImageDraw.Draw(mask), 0
    for letter, width in zip(text, widths, strict=True):
        for shift in range(heavier + 1):
            draw.text((x + shift, size), letter, font=face, fill=255, anchor="ls")
        x += width
    return mask.point(_STEPS)


@lru_cache(maxsize=4096)
def _typed(text: str, size: int) -> Image.Image:
    cell = max(1, round(size * _CELL))
    mask = Image.new("L", (cell * len(text) or 1, round(size * 1.3)))
    for number, letter in enumerate(text):
        if letter != " ":
            mask.paste(_letter(letter, size, cell), (number * cell, 0))
    return mask


@lru_cache(maxsize=1024)
def _letter(letter: str, size: int, cell: int) -> Image.Image:
    """One letter in the middle of its cell; one that is too wide is pressed into it."""
    face = _face(size)
    width = max(1, round(face.getlength(letter)))
    glyph = Image.new("L", (width, round(size * 1.3)))
    ImageDraw.Draw(glyph).text((0, size), letter, font=face, fill=255, anchor="ls")
    if width > cell:
        glyph = glyph.resize((cell, glyph.height), Image.Resampling.LANCZOS)
    mask = Image.new("L", (cell, glyph.height))
    mask.paste(glyph, ((cell - glyph.width) // 2, 0))
    return mask.point(_STEPS)


@lru_cache(maxsize=128)
def _corner(size: int, turn: int) -> Image.Image:
    """A quarter of a disc as a mask, turned by so many quarters from the upper left."""
    finer = size * _FINER
    disc = Image.new("L", (finer, finer))
    ImageDraw.Draw(disc).ellipse((0, 0, finer * 2 - 1, finer * 2 - 1), fill=255)
    return disc.resize((size, size), Image.Resampling.BOX).point(_STEPS).rotate(90 * turn)
