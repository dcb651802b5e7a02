"""The loupe: a spot of a picture pixel for pixel, and the same spot in the pictures around it."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.binding import Binding
from textual.widget import Widget
from workdiary import api

from workdiary_tui import segment_lines
from workdiary_tui.drawing import next_mode
from workdiary_tui.pictures.spot import finest
from workdiary_tui.reader import Reader
from workdiary_tui.screens.of_contract import OfContract
from workdiary_tui.sets import Set
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.loupe_view import LoupeView

_NUDGE = 0.25


class LoupeScreen(OfContract):
    """Over one segment; ``segment`` and ``monitor`` say what was looked at last."""

    HINTS = (
        ("hjkl", "move"),
        ("+ -", "zoom"),
        ("1", "1:1"),
        ("n/p", "same spot, next"),
        ("x", "whole picture"),
        ("tab", "monitor"),
        ("i", "pictures"),
    )
    KEYS = (
        ("hjkl ←↓↑→", "move by a quarter of the view"),
        ("HJKL", "move by the view"),
        ("+ -", "nearer, further: 25 to 200 %"),
        ("1", "pixel for pixel"),
        ("0 x", "the whole picture"),
        ("n p", "the same spot, next, previous segment"),
        ("tab", "next monitor"),
        ("i", "how pictures are drawn"),
    )
    DEFAULT_CSS = "LoupeScreen #words { dock: bottom; margin-bottom: 1; }"
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("h,left", "pan(-1, 0)", id="move.left", show=False),
        Binding("l,right", "pan(1, 0)", id="move.right", show=False),
        Binding("k,up", "pan(0, -1)", id="move.up", show=False),
        Binding("j,down", "pan(0, 1)", id="move.down", show=False),
        Binding("H,pageup", "leap(-1, 0)", id="loupe.left", show=False),
        Binding("L,pagedown", "leap(1, 0)", id="loupe.right", show=False),
        Binding("K", "leap(0, -1)", id="loupe.up", show=False),
        Binding("J", "leap(0, 1)", id="loupe.down", show=False),
        Binding("plus,equals_sign", "zoom(1)", id="zoom.in", show=False),
        Binding("minus", "zoom(-1)", id="zoom.out", show=False),
        Binding("1", "one_to_one", id="loupe.pixels", show=False),
        Binding("0,x", "back", id="loupe.close", show=False),
        Binding("n", "walk(1)", id="segment.next", show=False),
        Binding("p", "walk(-1)", id="segment.prev", show=False),
        Binding("tab", "monitor", id="monitor", show=False),
        Binding("i", "mode", id="images", show=False),
    ]

    def __init__(
        self, reader: Reader, contract: api.Contract, members: Set, segment: api.Segment, at: int
    ) -> None:
        """``members`` are the set that n and p walk; ``at`` is the monitor's place."""
        super().__init__(reader)
        self.contract, self.segment, self.monitor = contract, segment, at
        self._members = members

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        yield LoupeView(self.reader)
        yield LinesView(id="words")

    def on_mount(self) -> None:
        self.redraw()
        self.reload()

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def reload(self) -> None:
        """Asked for again, a deleted picture is gone."""
        self.query_one(LoupeView).show(self.contract.id, self.segment.pictures[self.monitor])

    @on(LoupeView.Moved)
    def redraw(self) -> None:
        segment, monitor, reader = self.segment, self.monitor, self.reader
        loupe, clock = self.query_one(LoupeView).loupe, reader.clock(self.contract)
        drawn = finest(reader.mode).value
        self.query_one("#title", LinesView).show(
            lambda width: [segment_lines.loupe_line(segment, loupe, clock, drawn, width)]
        )
        self.query_one("#words", LinesView).show(
            lambda width: [segment_lines.memo_line(segment, monitor, width)]
        )

    def action_pan(self, across: int, down: int) -> None:
        self._move(across * _NUDGE, down * _NUDGE)

    def action_leap(self, across: int, down: int) -> None:
        self._move(across, down)

    def _move(self, across: float, down: float) -> None:
        view = self.query_one(LoupeView)
        before = view.loupe
        view.look(lambda loupe: loupe.panned(across, down))
        if view.loupe is not None and before is not None and view.loupe.box == before.box:
            self.say("the picture's edge")

    def action_zoom(self, step: int) -> None:
        self.query_one(LoupeView).look(lambda loupe: loupe.zoomed(step))

    def action_one_to_one(self) -> None:
        self.query_one(LoupeView).look(lambda loupe: loupe.at(100))

    def action_walk(self, step: int) -> None:
        """The set's edge stops here as everywhere; what has no picture is passed over."""
        starts = [one.start for one in self._members]
        here = starts.index(self.segment.start)
        ahead = self._members[here + 1 :] if step > 0 else self._members[:here][::-1]
        found = next((one for one in ahead if one.pictures), None)
        if found is None:
            self.say(f"no {'later' if step > 0 else 'earlier'} picture in this set")
            return
        self.segment = found
        self.monitor = min(self.monitor, len(found.pictures) - 1)
        self.reload()
        self.redraw()

    def action_monitor(self) -> None:
        count = len(self.segment.pictures)
        if count < 2:
            self.say("this segment has one picture")
            return
        self.monitor = (self.monitor + 1) % count
        self.reload()
        self.redraw()

    def action_mode(self) -> None:
        self.reader.mode = next_mode(self.reader.mode, self.reader.modes)
        self.query_one(LoupeView).redraw()

    def zone_moved(self) -> None:
        self.redraw()
