"""One line to type into, docked above the keys: where to jump, which contracts to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from workdiary_tui import look
from workdiary_tui.pieces import Pieces, fit
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.words import shown, wrapped

LONGEST = 200


class TypedLine(Input):
    """A plain line: nothing blinks, and no control character is taken from what is pasted."""

    DEFAULT_CSS = """
    TypedLine, TypedLine:focus {
        border: none; height: 1; padding: 0; width: 1fr;
        background: ansi_default; color: ansi_default;
    }
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text, restrict=r"[^\x00-\x1f\x7f-\x9f]*", max_length=LONGEST, compact=True)
        self.cursor_blink = False


class Prompt(Vertical):
    """Hidden until it asks; then it has the keys until something is entered, or esc."""

    DEFAULT_CSS = """
    Prompt { display: none; layer: overlay; dock: bottom; height: auto; margin-bottom: 1; }
    Prompt Horizontal { height: 1; }
    Prompt #sign { width: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", id="prompt.close", show=False)
    ]

    @dataclass
    class Entered(Message):
        """What was typed; ``refuse`` keeps the line open, ``close`` ends it."""

        prompt: Prompt
        text: str

    @dataclass
    class Typing(Message):
        """What stands there so far."""

        text: str

    def __init__(self) -> None:
        super().__init__()
        self.sign = ""
        self._before: Widget | None = None

    def compose(self) -> ComposeResult:
        yield LinesView(id="told")
        with Horizontal():
            yield LinesView(id="sign")
            typed = TypedLine()
            typed.can_focus = False  # what is hidden must not be the first to have the keys
            yield typed

    def ask(self, sign: str, told: str, begun: str = "") -> None:
        """Open with ``told`` above the line, which has ``sign`` before it."""
        self.sign, self._before = sign, self.screen.focused
        self.query_one("#sign", LinesView).show(lambda width: [[(fit(f" {sign}", 2), look.KEY)]])
        self._tell(told, look.DIM)
        typed = self.query_one(TypedLine)
        typed.value = begun
        self.display = typed.can_focus = True
        self.call_after_refresh(typed.focus)

    def refuse(self, reason: str) -> None:
        """Say what is wrong with what was typed, which stays there to be mended."""
        self._tell(shown(reason), look.BOLD)

    def close(self) -> None:
        self.display = self.query_one(TypedLine).can_focus = False
        self.screen.set_focus(self._before)

    def action_close(self) -> None:
        self.close()
        self.post_message(self.Typing(""))

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if self.display:
            self.post_message(self.Typing(message.value))

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        if message.value.strip():
            self.post_message(self.Entered(self, message.value.strip()))
        else:
            self.action_close()

    def _tell(self, text: str, style: Style) -> None:
        def lines(width: int) -> list[Pieces]:
            told = wrapped(text, max(10, width - 2), 3)
            return [[(fit(f" {line}", width), style)] for line in told]

        self.query_one("#told", LinesView).show(lines)
