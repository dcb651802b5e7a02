"""The minute-by-minute table of a segment: numbers always, and bars on one scale."""

from __future__ import annotations

from datetime import timedelta

from workdiary import api
from workdiary.plain.segments import minute_word
from workdiary.segments import MINUTES, Kind, slot_start

from workdiary_tui import look
from workdiary_tui.diary_lines import totals
from workdiary_tui.look import BOLD, DIM, PLAIN, Signs
from workdiary_tui.marks import late_words, why_manual
from workdiary_tui.pieces import Piece, Pieces, fit
from workdiary_tui.zones import Clock

_FIXED = 38
"""Cells of a line that are not bars: time, three numbers, marks, word, and spaces."""
_STEP = 20


def minute_table(segment: api.Segment, clock: Clock, signs: Signs, width: int) -> list[Pieces]:
    """Ten minutes, their sums, and what a full bar means."""
    if segment.kind == Kind.MANUAL:
        reason = why_manual(segment)
        lines: list[Pieces] = [[("", PLAIN)], [(" Manual time: nothing was counted.", BOLD)]]
        return [*lines, [(f" Added {reason}", PLAIN)]] if reason else lines
    column = max(0, min(20, (width - _FIXED) // 3))
    scale = full_bar(segment)
    heads = ("keys", "clicks", "scrolls")
    heading = " min  " + "".join(fit(f"{head:>7}", 7 + column) for head in heads)
    return [
        [(heading, BOLD)],
        *(_minute(segment, minute, clock, signs, column, scale) for minute in range(MINUTES)),
        [("", PLAIN)],
        *_sums(segment, signs, scale, column),
    ]


def full_bar(segment: api.Segment) -> int:
    """What a full bar stands for: the busiest minute, rounded up to a multiple of 20."""
    busiest = max((*segment.keystrokes, *segment.clicks, *segment.scrolls, 1))
    return -(-busiest // _STEP) * _STEP


def _minute(
    segment: api.Segment, minute: int, clock: Clock, signs: Signs, column: int, scale: int
) -> Pieces:
    line: list[Piece] = [(f" {clock.time(segment.start + timedelta(minutes=minute))}", PLAIN)]
    for counts in (segment.keystrokes, segment.clicks, segment.scrolls):
        line += _count(counts[minute], signs, column, scale)
    taken = minute in _pictured(segment)
    line.append((" P " if taken else "   ", look.PICTURE))
    line.append((minute_word(segment, minute), PLAIN))
    if segment.late & 1 << minute:
        line.append(("+", look.PICTURE))
    return line


def _count(count: int, signs: Signs, column: int, scale: int) -> Pieces:
    bar = signs.bar * -(-count * max(0, column - 1) // scale)
    return [(f"{count:>6} ", PLAIN if count else DIM), (fit(bar, column), look.ACTIVE)]


def _pictured(segment: api.Segment) -> set[int]:
    """The minutes in which a picture was taken."""
    return {
        picture.taken_at.minute % MINUTES
        for picture in segment.pictures
        if slot_start(picture.taken_at) == segment.start
    }


def _sums(segment: api.Segment, signs: Signs, scale: int, column: int) -> list[Pieces]:
    keys, clicks, scrolls = totals(segment)
    lines: list[Pieces] = [
        [(f" {keys} keys  {clicks} clicks  {scrolls} scrolls", BOLD)],
        [(f" {segment.meter} of 10 minutes active, {segment.tracked.bit_count()} tracked", PLAIN)],
    ]
    if segment.late:
        lines.append([(f" + {late_words(segment)}", look.PICTURE)])
    if column:
        lines.append([(f" full bar {scale} a minute   P picture", DIM)])
    return lines
