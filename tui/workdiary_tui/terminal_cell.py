"""How many pixels a cell of this terminal has, as far as its window tells."""

from __future__ import annotations

import struct

_SCREEN = 2
"""Textual writes to stderr."""


_BORDERS = (0, 1, 2)
"""By how many pixels a border may make a cell seem higher."""


def measured_cell() -> tuple[int, int] | None:
    """Width and height of a cell; ssh passes the window's pixels on, some terminals tell none."""
    try:
        import fcntl
        import termios

        told = fcntl.ioctl(_SCREEN, termios.TIOCGWINSZ, bytes(8))
    except (ImportError, OSError):
        return None
    lines, columns, across, down = struct.unpack("HHHH", told)
    return cell_of((columns, lines), (across, down))


def cell_of(cells: tuple[int, int], pixels: tuple[int, int]) -> tuple[int, int] | None:
    """A cell of a window; xterm counts its border, which is as wide at the sides as above.

    Where two sizes would do the smaller is safe: a picture that is too high covers the text.
    """
    (columns, lines), (across, down) = cells, pixels
    if columns > across or lines > down or not columns * lines:
        return None
    width, height = across // columns, down // lines
    for less in _BORDERS:
        if 0 <= across - columns * width == down - lines * (height - less):
            return width, height - less
    return width, height
