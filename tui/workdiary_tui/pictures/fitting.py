"""How a whole picture fills a box of cells, its aspect kept."""

from __future__ import annotations

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
