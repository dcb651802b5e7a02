"""A widget of a few lines, drawn again only where they changed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from workdiary_tui import look
from workdiary_tui.pieces import Pieces, strip_of

_log = logging.getLogger(__name__)

Lines = Callable[[int], Sequence[Pieces]]
"""The lines for a width."""


def guarded(draw: Callable[[], Strip], width: int) -> Strip:
    """``draw()``, or a line that says it could not be drawn: one bad value ends no session.

    Textual ends the app on an error while drawing, and prints the local variables: memos.
    """
    try:
        return draw()
    except Exception as error:
        _log.warning("a line cannot be shown: %s", type(error).__name__)
        return strip_of([(f"  this line cannot be shown: {type(error).__name__}", look.DIM)], width)


class LinesView(Widget):
    """Lines made by ``show(lines)``, where ``lines(width)`` returns their pieces."""

    DEFAULT_CSS = "LinesView { height: auto; width: 1fr; }"

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._make: Lines = lambda width: ()
        self._lines: list[Pieces] = []
        self._width = 0

    def show(self, lines: Lines) -> None:
        self._make = lines
        if self._width:
            self._draw()
        else:
            self.refresh(layout=self.styles.is_auto_height)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._make(width))

    def render_line(self, y: int) -> Strip:
        if self.size.width != self._width:
            self._width, self._lines = self.size.width, list(self._make(self.size.width))
        line = self._lines[y] if y < len(self._lines) else []
        return guarded(lambda: strip_of(line, self.size.width), self.size.width)

    def _draw(self) -> None:
        """Lines of another width are made when they are drawn: a hidden widget has none."""
        before, self._lines = self._lines, list(self._make(self._width))
        if len(before) != len(self._lines):
            self.refresh(layout=self.styles.is_auto_height)
            return
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if list(old) != list(new):
                self.refresh(Region(0, y, self.size.width, 1))
