"""A line of a screen as styled pieces, cut and filled to a width in terminal cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from workdiary_tui.look import PLAIN, Ground, on_ground

Piece = tuple[str, Style]
Pieces = Sequence[Piece]

_ground = Ground.DARK


def stand_on(ground: Ground) -> None:
    """Draw for this ground from now on: a process shows one terminal."""
    global _ground
    _ground = ground


def width_of(pieces: Pieces) -> int:
    return sum(cell_len(text) for text, _ in pieces)


def fit(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells: cut, or filled with spaces."""
    return set_cell_size(text, max(0, width))


def spread(left: Pieces, right: Pieces, width: int, style: Style = PLAIN) -> list[Piece]:
    """``left`` and ``right`` at the ends of a line; where both do not fit, the left is cut."""
    kept = cut(left, max(0, width - width_of(right) - (1 if right else 0)))
    gap = width - width_of(kept) - width_of(right)
    return [*kept, (" " * max(0, gap), style), *right]


def cut(pieces: Pieces, width: int) -> list[Piece]:
    """As much of ``pieces`` as ``width`` cells hold."""
    kept: list[Piece] = []
    left = width
    for text, style in pieces:
        if left <= 0:
            break
        size = cell_len(text)
        kept.append((text if size <= left else fit(text, left), style))
        left -= size
    return kept


def strip_of(pieces: Pieces, width: int, under: Style | None = None) -> Strip:
    """A strip of exactly ``width`` cells; ``under`` lies below every piece without a background.

    No piece may be without a style: the filter of NO_COLOR fails on None.
    """
    segments = [Segment(text, _over(style, under)) for text, style in cut(pieces, width) if text]
    missing = width - sum(segment.cell_length for segment in segments)
    if missing > 0:
        segments.append(Segment(" " * missing, under or PLAIN))
    return Strip(_joined(segments), width)


def _over(style: Style, under: Style | None) -> Style:
    """A colour that is read on the terminal's ground need not be on what lies ``under``."""
    if under is None or style.bgcolor is not None:
        return on_ground(style, _ground)
    return under + style.without_color


def _joined(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbours of one style become one segment: each costs its colours on the line."""
    return list(Segment.simplify(segments))
