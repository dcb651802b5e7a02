"""What a frame of Textual's writes, and how to make it write less.

Textual has no name for its frames that others may use: they are known by their form, and one of
an unknown form counts as a frame that writes everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Protocol, runtime_checkable

from rich.console import RenderableType
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip


@runtime_checkable
class SomeLines(Protocol):
    """``spans`` are line, first column and the one after the last; ``chops`` the strips of every
    line by their column, None if there is nothing to write, and ``chop_ends`` where they end."""

    spans: Sequence[tuple[int, int, int]]
    chops: Sequence[dict[int, Strip | None]]
    chop_ends: Sequence[Sequence[int]]


@runtime_checkable
class AllLines(Protocol):
    """The strips of every line of the screen, from left to right."""

    strips: list[Iterable[Strip]]
    region: Region


def written_lines(frame: RenderableType, region: Region) -> set[int]:
    """The screen's lines on which a frame writes cells of a region."""
    if isinstance(frame, SomeLines):
        return {y for y, x1, x2 in frame.spans if x1 < region.right and x2 > region.x}
    return set(region.line_range)


def leave_out(frame: RenderableType, region: Region, lines: Set[int]) -> Set[int]:
    """Write no cells of a region on some lines; on which of them that was possible."""
    if isinstance(frame, SomeLines):
        for y in lines:
            chops = frame.chops[y]
            for x, end in zip(list(chops), frame.chop_ends[y], strict=False):
                if region.x <= x and end <= region.right:
                    chops[x] = None
    elif isinstance(frame, AllLines):
        for y in lines:
            place = y - frame.region.y
            frame.strips[place] = list(_stepping(frame.strips[place], frame.region.x, region))
    else:
        return set()
    return lines


def _stepping(strips: Iterable[Strip], x: int, region: Region) -> Iterator[Strip]:
    """Where a strip is left out, the cursor steps over its cells."""
    for strip in strips:
        end = x + strip.cell_length
        if x < end and region.x <= x and end <= region.right:
            yield Strip([Segment(f"\x1b[{end - x}C")])
        else:
            yield strip
        x = end
