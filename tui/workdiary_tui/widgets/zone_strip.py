"""Chooses whose clock the times are read on, and says what that does not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from workdiary import api

from workdiary_tui import look
from workdiary_tui.pieces import Piece, Pieces, fit
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.words import shown
from workdiary_tui.zones import Whose, clock

_PROMISE = "Times move; segments are never split and never re-billed; both dates are shown."


def zone_lines(choices: list[str], chosen: int, width: int) -> list[Pieces]:
    """The three clocks, side by side where there is room, and the promise below."""
    pieces: list[Piece] = [(" Zone ", look.KEY)]
    for place, words in enumerate(choices):
        style = look.CURSOR if place == chosen else look.PLAIN
        marker = ">" if place == chosen else " "
        pieces += [(f"{marker}{place + 1} {words} ", style), (" ", look.PLAIN)]
    if sum(len(text) for text, _ in pieces) <= width:
        return [pieces, [(fit(f" {_PROMISE}", width), look.DIM)]]
    lines: list[Pieces] = [
        [(fit(f" {pieces[place][0]}", width), pieces[place][1])]
        for place in range(1, len(pieces), 2)
    ]
    return [*lines, [(fit(f" {_PROMISE}", width), look.DIM)]]


class ZoneStrip(LinesView):
    """Hidden until it is asked for; it has the keys while it is shown."""

    DEFAULT_CSS = """
    ZoneStrip { display: none; layer: overlay; dock: bottom; height: auto; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h,up,k", "move(-1)", id="zone.prev", show=False),
        Binding("right,l,down,j,z", "move(1)", id="zone.next", show=False),
        *(Binding(str(digit), f"pick({digit - 1})", show=False) for digit in (1, 2, 3)),
        Binding("enter", "pick", id="zone.choose", show=False),
        Binding("escape,q,Z", "close", id="zone.close", show=False),
    ]

    @dataclass
    class Chosen(Message):
        whose: Whose

    def __init__(self, reader: Reader) -> None:
        super().__init__(id="zones")
        self._reader = reader
        self._choices: list[str] = []
        self._place = 0
        self._before: Widget | None = None

    def open(self, contract: api.Contract | None) -> None:
        reader = self._reader
        name = shown(contract.freelancer.name) if contract is not None else "Freelancer"
        theirs = contract.zone if contract is not None else "UTC"
        owners = {Whose.UTC: "", Whose.MINE: "Mine ", Whose.THEIRS: f"{name} "}
        now = reader.now()
        self._choices = [
            f"{owners[whose]}{clock(whose, reader.mine, theirs).label(now)}" for whose in Whose
        ]
        self._place = list(Whose).index(reader.whose)
        self._before = self.screen.focused
        self.display = self.can_focus = True
        self._draw_choices()
        self.call_after_refresh(self.focus)

    def action_close(self) -> None:
        self.display = self.can_focus = False
        self.screen.set_focus(self._before)

    def action_move(self, step: int) -> None:
        self._place = (self._place + step) % len(self._choices)
        self._draw_choices()

    def action_pick(self, place: int | None = None) -> None:
        chosen = list(Whose)[self._place if place is None else place]
        self.action_close()
        self.post_message(self.Chosen(chosen))

    def _draw_choices(self) -> None:
        choices, place = self._choices, self._place
        self.show(lambda width: zone_lines(choices, place, width))
