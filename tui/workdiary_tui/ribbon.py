"""A week's hours as a ribbon: one line a day, a letter for what a stretch of time is billed as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from workdiary import api
from workdiary.segments import SEGMENT

from workdiary_tui import look
from workdiary_tui.day_header import in_order
from workdiary_tui.look import BOLD, DIM, PLAIN
from workdiary_tui.pieces import Piece, Pieces
from workdiary_tui.words import day_name

_LABEL = 9
_HOURS = 24
_SLOTS = 6
"""Segments of an hour."""
_LETTERS = {"auto": "A", "manual": "M", "over_limit": "O", "policy_error": "?", "partial": "P",
            "late": "L", "overlap": "X", "inactive": "I", "not_hourly": "F",
            "over_daily_cap": "C"}  # fmt: skip


def letters_an_hour(width: int) -> int:
    """Six where every segment has room, else three of twenty minutes, or two of half an hour."""
    return next((n for n in (_SLOTS, 3) if width >= _LABEL + _HOURS * n), 2)


def letter(status: str) -> str:
    """A policy's own status shows the first letter of its name, small."""
    return _LETTERS.get(status) or look.badge(status).word[:1].lower()


def ribbon(
    days: Sequence[date], known: Mapping[date, api.Day], chosen: date, width: int
) -> list[Pieces]:
    """The hours of the day above, and under them a line for each day of the week."""
    cells = letters_an_hour(width)
    step = 2 if cells == 2 else 1
    heads = "".join(f"{hour:02d}".ljust(cells * step) for hour in range(0, _HOURS, step))
    lines: list[Pieces] = [[(" " * _LABEL + heads, DIM)]]
    for day in days:
        mark, style = (">", BOLD) if day == chosen else (" ", PLAIN)
        label = f"{mark}{day_name(day)[:6]}".ljust(_LABEL)
        diary = known.get(day)
        hours: Pieces = [("...", DIM)] if diary is None else _hours(diary, cells)
        lines.append([(label, style), *hours])
    return lines


def legend(known: Mapping[date, api.Day], cells: int) -> Pieces:
    """What the letters stand for, of those that are there."""
    found = {status for diary in known.values() for status in statuses(diary, cells).values()}
    line: list[Piece] = [(" " * _LABEL, PLAIN)]
    for status in in_order(found):
        badge = look.badge(status)
        line += [(letter(status), badge.style), (f" {badge.word.lower()}  ", DIM)]
    return [*line, (f"a letter is {_stretch(cells) // timedelta(minutes=1)} min", DIM)]


def statuses(diary: api.Day, cells: int) -> dict[int, str]:
    """The status of most of each letter's time, the earliest of equals, by the letter's place."""
    held: dict[int, Counter[str]] = {}
    for segment in diary.segments:
        place = (segment.start - diary.begins) // _stretch(cells)
        held.setdefault(place, Counter())[segment.status] += 1
    return {place: counted.most_common(1)[0][0] for place, counted in held.items()}


def _stretch(cells: int) -> timedelta:
    """The time that one letter stands for."""
    return SEGMENT * _SLOTS // cells


def _hours(diary: api.Day, cells: int) -> Pieces:
    shown = statuses(diary, cells)
    line: list[Piece] = []
    for place in range(_HOURS * cells):
        status = shown.get(place)
        if status is None:
            line.append((" ", PLAIN))
        else:
            line.append((letter(status), look.badge(status).style))
    return line


def week_days(monday: datetime) -> tuple[date, ...]:
    return tuple(monday.date() + timedelta(days=day) for day in range(7))
