"""A window on the drawn desktop, and the few strokes that its contents are made of."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

PANEL: Colour = (24, 26, 31)
_TITLE: Colour = (54, 58, 66)
_LIGHTS: tuple[Colour, ...] = ((237, 106, 94), (245, 191, 79), (98, 197, 84))


class Canvas:
    """A window's inside: coordinates run from its own corner, in pixels."""

    def __init__(self, image: Image.Image, box: tuple[int, int, int, int]) -> None:
        self._draw = ImageDraw.Draw(image)
        self._draw.fontmode = "1"
        self._box = box
        self._left, self._top = box[0], box[1] + 32
        self.width = box[2] - box[0]
        self.height = box[3] - box[1] - 32

    def window(self, title: str) -> None:
        left, top, right, bottom = self._box
        self._draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), fill=(10, 12, 16))
        self._draw.rectangle((left, top, right, top + 31), fill=_TITLE)
        for number, light in enumerate(_LIGHTS):
            x = left + 14 + number * 22
            self._draw.ellipse((x, top + 10, x + 12, top + 22), fill=light)
        self._draw.text((left + 92, top + 7), title, font=face(15), fill=(228, 230, 234))

    def fill(self, colour: Colour) -> None:
        self.block(0, 0, self.width, self.height, colour)

    def block(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        """A rectangle, cut to the window."""
        right, bottom = min(x + width, self.width), min(y + height, self.height)
        if right > x and bottom > y:
            left, top = self._left + x, self._top + y
            self._draw.rectangle((left, top, self._left + right, self._top + bottom), fill=colour)

    def text(self, x: int, y: int, text: str, colour: Colour, size: int = 15) -> int:
        """Write a line and return the x after it; what lies below the window is left out."""
        if y + size < self.height:
            place = (self._left + x, self._top + y)
            self._draw.text(place, text, font=face(size), fill=colour)
        return x + round(face(size).getlength(text))


@lru_cache(maxsize=16)
def face(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
