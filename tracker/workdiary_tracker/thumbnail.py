"""A small picture in a terminal: two pixels a cell, by the upper half block."""

from __future__ import annotations

import io

from rich.color import Color
from rich.style import Style
from rich.text import Text


def render(webp: bytes, columns: int, rows: int) -> Text:
    """A WebP file as text of at most ``columns`` x ``rows`` cells, its shape kept."""
    from PIL import Image

    with Image.open(io.BytesIO(webp)) as opened:
        image = opened.convert("RGB")
    image.thumbnail((columns, rows * 2), Image.Resampling.LANCZOS)
    pixels = image.load()
    text = Text(no_wrap=True)
    if pixels is None:
        return text
    for y in range(0, image.height - 1, 2):
        for x in range(image.width):
            style = Style(color=_colour(pixels[x, y]), bgcolor=_colour(pixels[x, y + 1]))
            text.append("▀", style)
        text.append("\n")
    return text


def _colour(pixel: object) -> Color:
    if not isinstance(pixel, tuple):
        raise TypeError("an RGB image has three numbers a pixel")
    return Color.from_rgb(*pixel[:3])
