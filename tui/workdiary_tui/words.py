"""Minutes, days and foreign text in the few characters that a line of the diary has."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime

from workdiary.text import harmless

_WIDTHLESS = {"Cf", "Me"}
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def hours(minutes: int) -> str:
    return f"{minutes // 60}h{minutes % 60:02d}"


def limit_hours(limit: int | None) -> str:
    """A weekly limit: ``40h``, ``7h30``, or ``no limit``."""
    if limit is None:
        return "no limit"
    return f"{limit // 60}h" if limit % 60 == 0 else hours(limit)


def day_name(day: date) -> str:
    return f"{day:%a %d %b %Y}"


def week_name(start: datetime) -> str:
    return f"week {start.isocalendar().week}"


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
