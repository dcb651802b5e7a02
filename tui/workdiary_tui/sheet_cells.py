"""The contact sheet's cells: which there are, and the words where no picture stands."""

from __future__ import annotations

from rich.style import Style
from workdiary import api

from workdiary_tui import look
from workdiary_tui.marks import deleted_words
from workdiary_tui.pieces import Pieces, fit
from workdiary_tui.segment_lines import without_picture
from workdiary_tui.words import wrapped
from workdiary_tui.zones import Clock

WIDTH, PICTURE_LINES = 19, 5
HEIGHT = PICTURE_LINES + 2
"""The picture, a line of time and status, and a blank one."""

Cell = api.Segment | api.Tombstone


def cells_of(diary: api.Day) -> tuple[Cell, ...]:
    """The day's segments and what was deleted, in time's order."""
    found: list[Cell] = [*diary.segments, *diary.deleted]
    return tuple(sorted(found, key=lambda cell: cell.start))


def columns_in(width: int) -> int:
    """How many cells stand side by side, a blank column before each."""
    return max(1, width // (WIDTH + 1))


def caption(cell: Cell, clock: Clock, chosen: bool) -> Pieces:
    """``12:50 AUTO    8/10``, under the cursor with a mark."""
    marker = ">" if chosen else " "
    under = look.CURSOR if chosen else look.PLAIN
    if isinstance(cell, api.Tombstone):
        return [(fit(f"{marker}{clock.time(cell.start)} deleted", WIDTH + 1), look.DIM + under)]
    badge = look.badge(cell.status)
    rest = WIDTH + 1 - 7 - look.BADGE_CELLS
    return [
        (f"{marker}{clock.time(cell.start)} ", under),
        (fit(badge.word, look.BADGE_CELLS), badge.style),
        (fit(f"{cell.meter}/10".rjust(rest), rest), under),
    ]


def words_of(cell: Cell, told: str = "") -> list[str]:
    """What stands where a picture would: why there is none, or what became of it."""
    if isinstance(cell, api.Tombstone):
        return wrapped(deleted_words(cell), WIDTH, PICTURE_LINES)
    if not cell.pictures:
        return wrapped(without_picture(cell)[-1], WIDTH, PICTURE_LINES)
    return wrapped(told, WIDTH, PICTURE_LINES)


def words_line(words: list[str], line: int) -> tuple[str, Style]:
    """One of a cell's lines of words, centred."""
    place = line - (PICTURE_LINES - len(words)) // 2
    text = words[place] if 0 <= place < len(words) else ""
    return fit(f" {text.center(WIDTH)}", WIDTH + 1), look.DIM
