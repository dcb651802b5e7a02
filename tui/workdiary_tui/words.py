"""Minutes, days and foreign text in the few characters that a line of the diary has."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

from rich.cells import cell_len, chop_cells, set_cell_size
from workdiary.text import harmless

_WIDTHLESS = {"Cf", "Me"}
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def hours(minutes: int) -> str:
    return f"{minutes // 60}h{minutes % 60:02d}"


def day_name(day: date) -> str:
    return f"{day:%a %d %b %Y}"


def week_name(start: date) -> str:
    return f"week {start.isocalendar().week}"


def when(instant: datetime) -> str:
    """A moment of the lock, a mark or a change: always in UTC, as weeks are."""
    return f"{instant.astimezone(UTC):%a %d %b %H:%M} UTC"


def wrapped(text: str, width: int, most: int = 1000) -> list[str]:
    """``text`` in lines of at most ``width`` cells, broken at spaces; after ``most`` it is cut."""
    lines: list[str] = []
    for word in text.split():
        for piece in chop_cells(word, width):
            if lines and cell_len(lines[-1]) + 1 + cell_len(piece) <= width:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    if len(lines) <= most:
        return lines
    last = set_cell_size(lines[most - 1], min(cell_len(lines[most - 1]), max(0, width - 3)))
    return [*lines[: most - 1], f"{last.rstrip()}..."]


def shown(text: str) -> str:
    """Foreign text for one line of a screen: nothing that commands a terminal or joins cells.

    Joiners and variation selectors go: terminals disagree on the width of what they make, and the
    columns to the right would move.
    """
    return "".join(
        character
        for character in harmless(text)
        if unicodedata.category(character) not in _WIDTHLESS
        and ord(character) not in _VARIATION_SELECTORS
    )
