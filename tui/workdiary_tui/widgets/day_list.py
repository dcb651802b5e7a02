"""The rows of a day, with a cursor that walks over its segments and over what was deleted."""

from __future__ import annotations

from datetime import datetime

from workdiary import api

from workdiary_tui.diary_lines import row_line
from workdiary_tui.diary_rows import Row, SegmentRow, TombstoneRow, rows_of
from workdiary_tui.filtering import Filter, filter_words, filtered
from workdiary_tui.pieces import Pieces
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.row_list import RowList


class DayList(RowList[Row]):
    """A segment is known by its start, a tombstone by its entry of the log as well."""

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(id="day")
        self._reader, self._contract = reader, contract
        self._all: tuple[Row, ...] = ()
        self.filter = Filter.ALL

    def show_day(self, diary: api.Day) -> None:
        """Show what the filter leaves of a day."""
        self._all = rows_of(diary)
        self.show(filtered(self._all, self.filter))

    def show_filtered(self, chosen: Filter) -> None:
        """Show the same day through another filter."""
        self.filter = chosen
        sign = self._reader.keymap.sign
        ways = f"{sign('day.filter', 'f')} for the next filter, {sign('back', 'esc')} for all"
        self.nothing = f"nothing on this day is {chosen.value}: {ways}"
        self.refresh()
        self.show(filtered(self._all, chosen))

    @property
    def empty_day(self) -> bool:
        """Whether the day has nothing, filtered or not."""
        return not self._all

    @property
    def filter_words(self) -> str:
        return filter_words(self._all, self.rows, self.filter)

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

    def _members(self, set_number: int) -> list[SegmentRow]:
        """What is shown of a set."""
        segments = (row for row in self.rows if isinstance(row, SegmentRow))
        return [row for row in segments if row.set_number == set_number]

    def _neighbour(self, number: int, step: int) -> int | None:
        """The next or previous set of which anything is shown."""
        numbers = sorted({row.set_number for row in self.rows if isinstance(row, SegmentRow)})
        ahead = [other for other in numbers if (other - number) * step > 0]
        return min(ahead, key=lambda other: abs(other - number), default=None)

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
        members = self._members(row.set_number)
        place = members.index(row) + step
        if not 0 <= place < len(members):
            return self._edge(row.set_number, step)
        self.choose(members[place].segment.start)
        return ""

    def walk_sets(self, step: int) -> str:
        """Go to the first segment of the next or previous set; say so where there is none."""
        row = self.segment
        if row is None:
            self.action_move(step)
            return ""
        other = self._neighbour(row.set_number, step)
        if other is None:
            return f"no {'later' if step > 0 else 'earlier'} set on this day, {self._on(step)}"
        self.choose(self._members(other)[0].segment.start)
        return ""

    def _edge(self, number: int, step: int) -> str:
        where = f"{'end' if step > 0 else 'beginning'} of set {number}"
        other = self._neighbour(number, step)
        if other is None:
            return f"{where}, {self._on(step)}"
        sign = self._reader.keymap.sign
        key = sign("set.next", "N") if step > 0 else sign("set.prev", "P")
        return f"{where}, {key} for set {other}"

    def _on(self, step: int) -> str:
        """The key that leads to the next or previous day."""
        sign = self._reader.keymap.sign
        if step > 0:
            return f"{sign('day.next', ']')} for the next day"
        return f"{sign('day.prev', '[')} for the day before"
