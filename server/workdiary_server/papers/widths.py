"""How many cells of a terminal a text takes, and lines of at most so many.

The ranges are written down here, because Python's own tables differ from version to version and a
frozen timesheet must not.
"""

from __future__ import annotations

from unicodedata import ucd_3_2_0 as unicode_3

_WIDE = (
    (0x1100, 0x115F),
    (0x231A, 0x231B),
    (0x2E80, 0x303E),
    (0x3041, 0xA4CF),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE6F),
    (0xFF01, 0xFF60),
    (0xFFE0, 0xFFE6),
    (0x1F300, 0x1F64F),
    (0x1F680, 0x1F6FF),
    (0x1F7E0, 0x1F7EB),
    (0x1F900, 0x1F9FF),
    (0x1FA70, 0x1FAFF),
    (0x20000, 0x3FFFD),
)
_EMPTY = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF), (0x1F3FB, 0x1F3FF))
"""Variation selectors and skin tones, which alter the character before them."""


def width(text: str) -> int:
    """The cells of ``text``: wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def padded(text: str, cells: int, right: bool = False) -> str:
    space = " " * (cells - width(text))
    return space + text if right else text + space


def wrapped(text: str, cells: int) -> list[str]:
    """``text`` in lines of at most ``cells``, broken at spaces, and inside what is longer."""
    lines: list[str] = [""]
    for word in text.split(" "):
        for piece in _pieces(word, cells):
            joined = f"{lines[-1]} {piece}" if lines[-1] else piece
            if width(joined) <= cells:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines


def _pieces(word: str, cells: int) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and width(pieces[-1]) + _cells(character) > cells:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _cells(character: str) -> int:
    code = ord(character)
    if _within(code, _EMPTY) or unicode_3.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if _within(code, _WIDE) else 1


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)
