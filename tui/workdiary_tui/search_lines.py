"""The lines of the search: what was asked, how much was found, and a line for each memo bar."""

from __future__ import annotations

from workdiary import api

from workdiary_tui import look
from workdiary_tui.day_header import ROOMY
from workdiary_tui.pieces import Piece, Pieces, fit, spread
from workdiary_tui.searching import CONDITIONS, Bar, Query
from workdiary_tui.words import hours, shown, wrapped
from workdiary_tui.zones import Clock


def search_title(contract: api.Contract, clock: Clock, width: int) -> Pieces:
    left = [(f" {shown(contract.name)}", look.TITLE), (" > Search", look.TITLE_REST)]
    return spread(left, [(f"times: {clock.name} ", look.TITLE_REST)], width, look.TITLE_REST)


def teaching_lines(width: int) -> list[Pieces]:
    """What may be typed, before anything was."""
    text = f"Words of the memo, in any case; and conditions: {CONDITIONS}"
    rest = "Without from: it is the last year. All that is typed must hold."
    lines = [*wrapped(text, max(10, width - 2)), *wrapped(rest, max(10, width - 2))]
    return [[(fit(f" {line}", width), look.DIM)] for line in lines]


def found_line(
    query: Query, totals: api.FoundTotals | None, bars: int, more: bool, width: int
) -> Pieces:
    """How much was found; while more is on its way, that it is."""
    days = f" {query.first}..{query.last} UTC"
    if totals is None:
        return [(fit(f"{days}  searching ...", width), look.DIM)]
    plural = "" if totals.segments == 1 else "s"
    left: list[Piece] = [(f" {totals.segments} segment{plural}", look.BOLD)]
    if totals.segments:
        lines = f"{bars}{'+' if more else ''} bar{'' if bars == 1 else 's'}"
        left.append((f" in {lines}, {hours(totals.minutes)}", look.PLAIN))
        left.append((f", {hours(totals.billable)} billable", look.PLAIN))
    right = [(f"{days} ", look.DIM)] if width >= ROOMY else []
    return spread(left, right, width)


def bar_line(bar: Bar, clock: Clock, width: int) -> Pieces:
    """``Fri 06 Nov 2026 12:30-13:30  AUTO  1h00  Fix invoice rounding``"""
    badge = look.badge(bar.hits[0].status)
    when = f"{clock.local(bar.start):%a %d %b %Y %H:%M}-{clock.time(bar.end)}  "
    line: list[Piece] = [
        (when, look.PLAIN),
        (f" {fit(badge.word, look.BADGE_CELLS)}", badge.style),
        (f" {hours(bar.minutes):>6}  ", look.PLAIN),
    ]
    if width >= ROOMY:
        line.append((f"{_meters(bar)}  ", look.DIM))
    return [*line, (shown(bar.hits[0].memo), look.PLAIN)]


def _meters(bar: Bar) -> str:
    """The lowest and the highest meter, in five cells: ``2-10``."""
    meters = [hit.meter for hit in bar.hits]
    low, high = min(meters), max(meters)
    return fit(f"{low}" if low == high else f"{low}-{high}", 5)
