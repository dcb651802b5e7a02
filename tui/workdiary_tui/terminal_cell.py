"""How many pixels a cell of this terminal has, as far as its window tells."""

from __future__ import annotations

import struct

_SCREEN = 2
"""Textual writes to stderr."""


def measured_cell() -> tuple[int, int] | None:
    """Width and height of a cell; ssh passes the window's pixels on, some terminals tell none.

    They may include the window's border, some pixels that do not make a cell larger.
    """
    try:
        import fcntl
        import termios

        told = fcntl.ioctl(_SCREEN, termios.TIOCGWINSZ, bytes(8))
    except (ImportError, OSError):
        return None
    lines, columns, across, down = struct.unpack("HHHH", told)
    cell = across // max(1, columns), down // max(1, lines)
    return cell if all(cell) else None
