"""The last line of every screen: its keys, or for a moment what just happened."""

from __future__ import annotations

from collections.abc import Sequence

from textual.timer import Timer

from workdiary_tui import look
from workdiary_tui.pieces import Piece, Pieces, fit, width_of
from workdiary_tui.widgets.lines import LinesView

Hint = tuple[str, str]
"""A key and, in a word or two, what it does."""

_SAID_SECONDS = 6.0


def key_line(hints: Sequence[Hint], width: int, mode: str = "", help_key: str = "?") -> Pieces:
    """The mode, then as many hints as fit, in their order; help always stands at the end."""
    line: list[Piece] = [(f" {mode} ", look.TITLE)] if mode else []
    end = _help(help_key)
    room = width - width_of(end) - width_of(line)
    for key, what in hints:
        hint: Pieces = [(f" {key}", look.KEY), (f" {what}", look.DIM)]
        if width_of(hint) > room:
            break
        line += hint
        room -= width_of(hint)
    return [*line, (" " * max(0, room), look.PLAIN), *end]


def said_line(text: str, width: int, help_key: str = "?") -> Pieces:
    end = _help(help_key)
    return [(fit(f" {text}", width - width_of(end)), look.BOLD), *end]


def _help(key: str) -> Pieces:
    return [(f" {key}", look.KEY), (" help ", look.DIM)]


class KeyLine(LinesView):
    """The keys of a screen; ``say`` puts a message in their place for some seconds."""

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; }"

    def __init__(self, hints: Sequence[Hint], help_key: str = "?") -> None:
        super().__init__()
        self._help_key = help_key
        self._hints = tuple(hints)
        self._mode = ""
        self._timer: Timer | None = None
        self.show(self._keys)

    def change(self, hints: Sequence[Hint]) -> None:
        """The keys are others now; a message that stands in their place stays."""
        self._hints = tuple(hints)
        if self._timer is None:
            self.show(self._keys)

    def say(self, text: str) -> None:
        self.show(lambda width: [said_line(text, width, self._help_key)])
        self._stop_timer()
        self._timer = self.set_timer(_SAID_SECONDS, self.show_keys)

    def show_mode(self, mode: str) -> None:
        """Put before the keys what some of them do now, until it is called with nothing."""
        if mode != self._mode:
            self._mode = mode
            self.show_keys()

    def show_keys(self) -> None:
        self._stop_timer()
        self.show(self._keys)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _keys(self, width: int) -> Sequence[Pieces]:
        return [key_line(self._hints, width, self._mode, self._help_key)]
