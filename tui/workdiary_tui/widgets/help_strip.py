"""The keys of a screen in full, docked above its last line; the diary stays in view."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from workdiary_tui import look
from workdiary_tui.pieces import Piece, Pieces, fit
from workdiary_tui.widgets.key_line import Hint
from workdiary_tui.widgets.lines import LinesView

_KEY_CELLS, _MOST_KEY_CELLS = 9, 14
_COLUMN_CELLS = 30


def help_lines(keys: Sequence[Hint], width: int) -> list[Pieces]:
    """The keys in as many columns as fit, read downwards."""
    columns = max(1, min(3, width // _COLUMN_CELLS))
    cells = width // columns
    rows = -(-len(keys) // columns)
    widest = max((cell_len(key) for key, _ in keys), default=0)
    beside = max(_KEY_CELLS, min(_MOST_KEY_CELLS, widest + 2))
    lines: list[Pieces] = [[(fit(" Keys of this screen", width), look.TITLE)]]
    for row in range(rows):
        line: list[Piece] = []
        for key, what in keys[row::rows]:
            line.append((fit(f" {key}", beside), look.KEY))
            line.append((fit(what, cells - beside), look.PLAIN))
        lines.append(line)
    return lines


class HelpStrip(LinesView):
    """Hidden until it is asked for."""

    DEFAULT_CSS = """
    HelpStrip { display: none; layer: overlay; dock: bottom; height: auto; margin-bottom: 1; }
    """

    def __init__(self, keys: Sequence[Hint]) -> None:
        super().__init__()
        self.add_class("strip")
        self.change(keys)

    def change(self, keys: Sequence[Hint]) -> None:
        self.show(lambda width: help_lines(keys, width))
