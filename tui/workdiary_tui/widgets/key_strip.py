"""A docked strip that has the keys while it is shown, and gives them back when it is closed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from workdiary_tui.widgets.lines import LinesView


class KeyStrip(LinesView):
    """Hidden until ``open_up``; it can have the focus only while it is shown."""

    DEFAULT_CSS = """
    KeyStrip { display: none; layer: overlay; dock: bottom; height: auto; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", id="strip.close", show=False)
    ]

    def __init__(self, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._before: Widget | None = None

    def open_up(self) -> None:
        self._before = self.screen.focused
        self.display = self.can_focus = True
        self.screen.set_focus(self)

    def action_close(self) -> None:
        """What is hidden loses the keys: they go back to whoever had them."""
        self.display = self.can_focus = False
        self.screen.set_focus(self._before)
