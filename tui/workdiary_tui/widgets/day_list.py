"""The rows of a day, with a cursor that walks over its segments and over what was deleted."""

from __future__ import annotations

from datetime import datetime

from workdiary import api

from workdiary_tui.diary_lines import row_line
from workdiary_tui.diary_rows import Row, SegmentRow, TombstoneRow
from workdiary_tui.pieces import Pieces
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.row_list import RowList

_EARLIER = ("earlier", "[ for the day before")


class DayList(RowList[Row]):
    """A segment is known by its start, a tombstone by its entry of the log as well."""

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(id="day")
        self._reader, self._contract = reader, contract

    def line(self, row: Row, width: int) -> Pieces:
        return row_line(row, self._reader.clock(self._contract), self._reader.signs, width)

    def identity(self, row: Row) -> object | None:
        match row:
            case SegmentRow():
                return row.segment.start
            case TombstoneRow():
                return row.tombstone.start, row.tombstone.index
        return None

    @property
    def segment(self) -> SegmentRow | None:
        """The segment under the cursor."""
        return self.chosen if isinstance(self.chosen, SegmentRow) else None

    @property
    def tombstone(self) -> api.Tombstone | None:
        return self.chosen.tombstone if isinstance(self.chosen, TombstoneRow) else None

    @property
    def start(self) -> datetime | None:
        """The time of the row under the cursor."""
        if self.segment is not None:
            return self.segment.segment.start
        return None if self.tombstone is None else self.tombstone.start

    def row_at(self, set_number: int, place: int = 1) -> SegmentRow | None:
        """A segment by its set and its place in it."""
        for row in self.rows:
            if isinstance(row, SegmentRow) and (row.set_number, row.place) == (set_number, place):
                return row
        return None

    def choose_start(self, start: datetime) -> bool:
        """The segment that starts then, else what is left of it."""
        if self.choose(start):
            return True
        deleted = (row.tombstone for row in self.rows if isinstance(row, TombstoneRow))
        found = next((one for one in deleted if one.start == start), None)
        return found is not None and self.choose((found.start, found.index))

    def walk(self, step: int) -> str:
        """Go to the next or previous segment of the set; at the set's edge say so instead."""
        row = self.segment
        if row is None:
            self.action_move(step)
            return ""
        other = self.row_at(row.set_number, row.place + step)
        if other is None:
            return self._edge(row.set_number, step)
        self.choose(other.segment.start)
        return ""

    def walk_sets(self, step: int) -> str:
        """Go to the first segment of the next or previous set; say so where there is none."""
        row = self.segment
        if row is None:
            self.action_move(step)
            return ""
        other = self.row_at(row.set_number + step)
        if other is None:
            later, key = ("later", "] for the next day") if step > 0 else _EARLIER
            return f"no {later} set on this day, {key}"
        self.choose(other.segment.start)
        return ""

    def _edge(self, number: int, step: int) -> str:
        where = f"{'end' if step > 0 else 'beginning'} of set {number}"
        key, other = ("N", number + 1) if step > 0 else ("P", number - 1)
        if self.row_at(other) is not None:
            return f"{where}, {key} for set {other}"
        return f"{where}, " + ("] for the next day" if step > 0 else "[ for the day before")
