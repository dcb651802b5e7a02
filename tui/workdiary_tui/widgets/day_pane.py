"""The pane beside a wide day: the picture and the minutes of the segment under the cursor."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from workdiary import api

from workdiary_tui import look
from workdiary_tui.diary_rows import SegmentRow
from workdiary_tui.marks import mark_lines
from workdiary_tui.minute_lines import minute_table
from workdiary_tui.pieces import Pieces
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.picture_view import PictureView
from workdiary_tui.zones import Clock


class DayPane(Vertical):
    """Told what to show once the cursor rests."""

    DEFAULT_CSS = """
    DayPane { display: none; width: 3fr; max-width: 100; min-width: 46; padding-left: 1; }
    DayPane #pane-minutes { height: auto; margin-top: 1; }
    """

    def __init__(self, reader: Reader) -> None:
        super().__init__(id="pane")
        self._reader = reader

    def compose(self) -> ComposeResult:
        yield LinesView(id="pane-title")
        yield PictureView(self._reader)
        yield LinesView(id="pane-minutes")

    def show(self, contract: api.Contract, row: SegmentRow) -> None:
        segment, clock, signs = row.segment, self._reader.clock(contract), self._reader.signs
        self.query_one("#pane-title", LinesView).show(
            lambda width: [pane_title(row, clock), *mark_lines(segment, width)]
        )
        self.query_one(PictureView).show(contract.id, segment, 0)
        self.query_one("#pane-minutes", LinesView).show(
            lambda width: minute_table(segment, clock, signs, width)
        )


def pane_title(row: SegmentRow, clock: Clock) -> Pieces:
    badge = look.badge(row.segment.status)
    place = f"  {row.place} of {row.of} in set {row.set_number}"
    return [
        (f"{clock.time(row.segment.start)} ", look.BOLD),
        (f" {badge.word} ", badge.style),
        (f" {row.segment.meter}/10{place}", look.DIM),
    ]
