"""Finds what a screen can do by a word of it, and does it: a line to type into, and the matches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input

from workdiary_tui import look
from workdiary_tui.keymap import keys_in
from workdiary_tui.pieces import Pieces, fit
from workdiary_tui.widgets.key_line import Hint
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.prompt import TypedLine

_SHOWN = 8
_KEY_CELLS = 12


def matching(typed: str, hints: Sequence[Hint]) -> list[Hint]:
    """The hints that have every typed word, in their words or as a key; all where none is typed."""
    words = typed.casefold().split()
    return [
        (keys, what)
        for keys, what in hints
        if all(word in what.casefold() or word in keys.casefold().split() for word in words)
    ]


def key_of(hint: Hint) -> str:
    """The first key of a hint, by Textual's name for it."""
    first = hint[0].split()[0]
    return next(iter(keys_in(first)), first)


def match_lines(found: Sequence[Hint], chosen: int, width: int) -> list[Pieces]:
    """The matches around the chosen one."""
    if not found:
        return [[(fit(" nothing here is called so", width), look.DIM)]]
    first = max(0, min(chosen - _SHOWN + 1, len(found) - _SHOWN))
    lines: list[Pieces] = []
    for place, (keys, what) in enumerate(found[first : first + _SHOWN], start=first):
        under = look.CURSOR if place == chosen else look.PLAIN
        marker = ">" if place == chosen else " "
        key = (fit(f"{marker}{keys}", _KEY_CELLS), look.KEY if place != chosen else under)
        lines.append([key, (fit(what, width - _KEY_CELLS), under)])
    return lines


class Palette(Vertical):
    """Hidden until it is opened; then it has the keys until something is chosen, or esc."""

    DEFAULT_CSS = """
    Palette { display: none; layer: overlay; dock: bottom; height: auto; margin-bottom: 1; }
    Palette Horizontal { height: 1; }
    Palette #finding { width: 7; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "close", id="palette.close", show=False),
        Binding("up", "move(-1)", id="palette.up", show=False),
        Binding("down", "move(1)", id="palette.down", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._before: Widget | None = None
        self._hints: Sequence[Hint] = ()
        self._found: list[Hint] = []
        self._chosen = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            sign = LinesView(id="finding")
            sign.show(lambda width: [[(" find: ", look.KEY)]])
            yield sign
            typed = TypedLine()
            typed.can_focus = False  # what is hidden must not be the first to have the keys
            yield typed
        yield LinesView(id="matches")

    def open(self, hints: Sequence[Hint]) -> None:
        self._before, self._hints = self.screen.focused, tuple(hints)
        typed = self.query_one(TypedLine)
        typed.value = ""
        self.display = typed.can_focus = True
        self._find("")
        self.call_after_refresh(typed.focus)

    def action_close(self) -> None:
        self.display = self.query_one(TypedLine).can_focus = False
        self.screen.set_focus(self._before)

    def action_move(self, step: int) -> None:
        self._chosen = max(0, min(self._chosen + step, len(self._found) - 1))
        self._show()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if self.display:
            self._find(message.value)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        """Do it as its key would, once the keys are the screen's again."""
        message.stop()
        if self._found:
            key = key_of(self._found[self._chosen])
            self.action_close()
            self.call_after_refresh(self.app.simulate_key, key)

    def _find(self, typed: str) -> None:
        self._found, self._chosen = matching(typed, self._hints), 0
        self._show()

    def _show(self) -> None:
        found, chosen = self._found, self._chosen
        self.query_one("#matches", LinesView).show(lambda width: match_lines(found, chosen, width))
