"""How a picture fills a box of cells: whole with its aspect kept, or one spot of it at 1:1."""

from __future__ import annotations

from PIL import Image

CELL_ASPECT = 2.0
"""A terminal's cell is about twice as high as it is wide."""


def fit(
    size: tuple[int, int], cells: tuple[int, int], cell_aspect: float = CELL_ASPECT
) -> tuple[int, int]:
    """The largest box of (columns, lines) within ``cells`` that keeps the picture's aspect."""
    (width, height), (columns, lines) = size, cells
    if min(width, height, columns, lines) <= 0:
        return 0, 0
    by_width = columns * height / (width * cell_aspect)
    if by_width <= lines:
        return columns, max(1, round(by_width))
    return max(1, min(columns, round(lines * cell_aspect * width / height))), lines


def crop(
    image: Image.Image, centre: tuple[float, float], zoom: float, pixels: tuple[int, int]
) -> Image.Image:
    """The loupe: ``pixels`` of terminal, each showing 1/``zoom`` pixels of the picture.

    ``centre`` is in parts of the picture, 0 to 1; the part shown stays inside the picture.
    """
    width = min(image.width, max(1, round(pixels[0] / zoom)))
    height = min(image.height, max(1, round(pixels[1] / zoom)))
    left = min(max(0, round(centre[0] * image.width - width / 2)), image.width - width)
    top = min(max(0, round(centre[1] * image.height - height / 2)), image.height - height)
    return image.crop((left, top, left + width, top + height))
