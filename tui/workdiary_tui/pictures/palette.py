"""A palette of few colours for a screen: its backgrounds exactly, its rare bright colours too.

A median cut gives the few pixels of a red button to the greys, and an octree of sixteen colours
loses whole windows. So an octree finds more colours than are wanted, and those are kept that lie
farthest from one another, for the pixels that they have.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


Colour = tuple[int, int, int]

_CANDIDATES_A_COLOUR = 4
_MOST = 256
_WEIGHT = 0.8
"""Of the number of pixels: with 1 a small button loses its colour, with 0 a window does."""


def in_few_colours(image: Image.Image, colours: int) -> Image.Image:
    """An RGB image with a palette of as many colours at most, each pixel in the nearest of them."""
    from PIL import Image

    palette = _chosen(_candidates(image, colours), colours)
    carrier = Image.new("P", (1, 1))
    carrier.putpalette([level for colour in palette for level in colour])
    return image.quantize(palette=carrier, dither=Image.Dither.NONE)


def _candidates(image: Image.Image, colours: int) -> list[tuple[int, Colour]]:
    """How many pixels are of which colour: of each group of an octree the one in the middle."""
    from PIL import Image

    many = min(_MOST, _CANDIDATES_A_COLOUR * colours)
    grouped = image.quantize(many, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    numbers = grouped.tobytes()
    found = []
    for count, number in grouped.getcolors(_MOST) or ():
        only = bytes(255 if other == number else 0 for other in range(256))
        mask = Image.frombytes("L", image.size, numbers.translate(only))
        levels = image.histogram(mask)
        red, green, blue = (_median(levels[at : at + 256], count) for at in (0, 256, 512))
        found.append((count, (red, green, blue)))
    return found


def _median(levels: Sequence[int], count: int) -> int:
    below = 0
    for level, pixels in enumerate(levels):
        below += pixels
        if 2 * below >= count:
            return level
    return 0


def _chosen(candidates: Sequence[tuple[int, Colour]], colours: int) -> list[Colour]:
    """The colour of most pixels, then again and again the one that is missed most."""
    weights = [(count**_WEIGHT, colour) for count, colour in candidates]
    chosen = [max(weights)[1]]
    gaps = [math.inf] * len(weights)
    while len(chosen) < min(colours, len(weights)):
        gaps = [
            min(gap, math.dist(colour, chosen[-1]) ** 2)
            for gap, (_, colour) in zip(gaps, weights, strict=True)
        ]
        missed = [gap * weight for gap, (weight, _) in zip(gaps, weights, strict=True)]
        chosen.append(weights[missed.index(max(missed))][1])
    return chosen
