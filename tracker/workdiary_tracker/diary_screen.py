"""The freelancer's day in the tracker: look at it, mend memos, add manual time, delete segments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, SelectionList, Static
from textual.widgets.selection_list import Selection
from workdiary import api
from workdiary.days import local_day, zone_named
from workdiary.errors import WorkdiaryError
from workdiary.pen import Pen
from workdiary.text import harmless

from workdiary_tracker import edits
from workdiary_tracker.day_lines import (
    day_line,
    day_rows,
    loss,
    segment_line,
    tombstone_line,
    week_line,
)
from workdiary_tracker.edit_dialogs import ConfirmDelete, EditMemo, NewManual

_COLOURS = {"auto": "green", "manual": "bright_green", "over_limit": "red"}


class DiaryScreen(Screen[None]):
    """One day of one contract, a line a segment. Space selects, so that several change at once."""

    CSS = """
    DiaryScreen { layout: vertical; }
    #title { height: 1; padding: 0 1; text-style: bold; background: $panel; }
    #segments { height: 1fr; border: none; }
    #day, #week { height: 1; padding: 0 1; }
    #said { height: 2; padding: 0 1; color: $warning; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Memo"),
        Binding("a", "add", "Add manual time"),
        Binding("d", "delete", "Delete"),
        Binding("left_square_bracket", "go(-1)", "Day before", key_display="["),
        Binding("right_square_bracket", "go(1)", "after", key_display="]"),
        Binding("escape,f4", "leave", "Back", key_display="Esc"),
    ]

    def __init__(self, pen: Pen, contract: api.Contract, now: datetime) -> None:
        super().__init__()
        self._pen = pen
        self._contract = contract
        self._zone = zone_named(contract.zone)
        self._date = local_day(now, self._zone)
        self._shown: api.Day | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="title")
        yield SelectionList[int](id="segments")
        yield Static(id="said")
        yield Static(id="day")
        yield Static(id="week")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(SelectionList).focus()
        self.fetch()

    @work(exclusive=True, group="fetch")
    async def fetch(self) -> None:
        """Ask the server for the day; without an answer what was shown stays, and it says why."""
        try:
            day = await self._pen.client.day(self._contract.id, self._date, self._contract.zone)
        except WorkdiaryError as error:
            self.say(str(error))
            return
        self._show(day)

    def say(self, text: str) -> None:
        self.query_one("#said", Static).update(Text(harmless(text)))

    def _show(self, day: api.Day) -> None:
        self._shown = day
        name = harmless(self._contract.name)
        title = f"{name}  {day.date:%a %d %b %Y}, times in {day.zone}"
        self.query_one("#title", Static).update(Text(title))
        rows = self.query_one(SelectionList)
        at = rows.highlighted
        rows.clear_options()
        rows.add_options([self._row(number, row) for number, row in enumerate(day_rows(day))])
        if day.segments or day.deleted:
            rows.highlighted = min(at or 0, rows.option_count - 1)
        else:
            self.say("nothing was recorded on this day")
        self.query_one("#day", Static).update(Text(day_line(day)))
        self.query_one("#week", Static).update(Text(week_line(day.week)))

    def _row(self, number: int, row: api.Segment | api.Tombstone) -> Selection[int]:
        if isinstance(row, api.Tombstone):
            text = Text(tombstone_line(row, self._zone), style="dim")
            return Selection(text, number, disabled=True)
        line = segment_line(row, self._zone)
        return Selection(Text(line, style=_COLOURS.get(row.status, "")), number)

    def _chosen(self) -> list[api.Segment]:
        """What is selected; where nothing is, the line that the cursor is on."""
        rows = self.query_one(SelectionList)
        if self._shown is None:
            return []
        wanted = list(rows.selected) or ([] if rows.highlighted is None else [rows.highlighted])
        found = [row for number, row in enumerate(day_rows(self._shown)) if number in wanted]
        return [row for row in found if isinstance(row, api.Segment)]

    def action_edit(self) -> None:
        chosen = self._chosen()
        if not chosen:
            self.say("there is no segment here")
            return
        self.app.push_screen(EditMemo(chosen[0].memo, len(chosen), self._edited(chosen)))

    def _edited(self, chosen: Sequence[api.Segment]) -> Callable[[str], Awaitable[None]]:
        async def edit(memo: str) -> None:
            starts = [segment.start for segment in chosen]
            await edits.edit_memo(self._pen, self._contract.id, starts, memo)
            self._done(f"{len(chosen)} memos changed" if len(chosen) > 1 else "memo changed")

        return edit

    def action_add(self) -> None:
        if not self._contract.manual:
            self.say("this contract does not allow manual time")
            return
        self.app.push_screen(NewManual(self._date, self._zone, self._added))

    async def _added(self, begins: datetime, ends: datetime, memo: str, reason: str) -> None:
        place = (self._pen, self._contract.id)
        added = await edits.add_manual(*place, begins, ends, memo, reason)
        self._done(f"{added * 10} minutes added by hand")

    def action_delete(self) -> None:
        chosen = self._chosen()
        if not chosen:
            self.say("there is no segment here")
            return
        self.app.push_screen(ConfirmDelete(loss(chosen), self._deleted(chosen)))

    def _deleted(self, chosen: Sequence[api.Segment]) -> Callable[[], Awaitable[None]]:
        async def delete() -> None:
            starts = [segment.start for segment in chosen]
            await edits.delete_segments(self._pen, self._contract.id, starts)
            self._done("deleted; the tombstone stays")

        return delete

    def _done(self, text: str) -> None:
        self.query_one(SelectionList).deselect_all()
        self.say(text)
        self.fetch()

    def action_go(self, days: int) -> None:
        self._date = _moved(self._date, days)
        self.query_one(SelectionList).deselect_all()
        self.say("")
        self.fetch()

    def action_leave(self) -> None:
        self.dismiss()


def _moved(day: date, days: int) -> date:
    return day + timedelta(days=days)
