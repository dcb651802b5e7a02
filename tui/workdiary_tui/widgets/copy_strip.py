"""Offers what of a screen can be copied; a digit copies one of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from workdiary_tui.copying import Copy, copy_lines
from workdiary_tui.widgets.key_strip import KeyStrip

_MOST = 9


class CopyStrip(KeyStrip):
    """It stays open: where a terminal takes no copies, the text is selected by hand."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(digit), f"copy({digit - 1})", id=f"copy.{digit}", show=False)
            for digit in range(1, _MOST + 1)
        ),
        Binding("y,Y", "close", id="copy.close", show=False),
    ]

    def __init__(self) -> None:
        super().__init__("copy")
        self._choice: tuple[Copy, ...] = ()

    def offer(self, choice: Sequence[Copy], told: str = "") -> None:
        self._choice = tuple(choice)[:_MOST]
        self._tell(told)
        self.open_up()

    def action_copy(self, place: int) -> None:
        if place < len(self._choice):
            self.app.copy_to_clipboard(self._choice[place].text)
            self._tell(self._choice[place].what)

    def _tell(self, told: str) -> None:
        choice = self._choice
        self.show(lambda width: copy_lines(choice, told, width))
