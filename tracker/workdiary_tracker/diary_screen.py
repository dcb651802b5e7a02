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
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from workdiary import api, edits
from workdiary.days import local_day, zone_named
from workdiary.errors import WorkdiaryError
from workdiary.pen import Pen
from workdiary.text import harmless

from workdiary_tracker.day_lines import (
    day_line,
    day_rows,
    hours,
    segment_line,
    tombstone_line,
    week_line,
    zone_words,
)
from workdiary_tracker.edit_dialogs import ConfirmDelete, EditMemo, NewManual

_KEYS = "e memo  a manual time  d delete  space select  [ ] day  Esc back"
_COLOURS = {"auto": "green", "manual": "bright_green", "over_limit": "red"}


class DiaryScreen(Screen[None]):
    """One day of one contract, a line a segment. Space selects, so that several change at once."""

    CSS = """
    DiaryScreen { layout: vertical; }
    #title { height: 1; padding: 0 1; text-style: bold; background: $panel; }
    #segments { height: 1fr; border: none; text-wrap: nowrap; text-overflow: ellipsis; }
    #day, #week, #keys { height: 1; padding: 0 1; }
    #keys { background: $panel; }
    #said { height: 2; padding: 0 1; color: $warning; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select", "Select"),
        Binding("e", "edit", "Memo"),
        Binding("a", "add", "Manual time"),
        Binding("d", "delete", "Delete"),
        Binding("left_square_bracket", "go(-1)", "Day before"),
        Binding("right_square_bracket", "go(1)", "Day after"),
        Binding("escape,f4", "leave", "Back"),
    ]

    def __init__(
        self,
        pen: Pen,
        contract: api.Contract,
        now: datetime,
        forget: Callable[[str, Sequence[datetime]], None] = lambda contract, starts: None,
    ) -> None:
        """``forget`` hears what was deleted: (the contract's id, starts)."""
        super().__init__()
        self._forget = forget
        self._pen = pen
        self._contract = contract
        self._zone = zone_named(contract.zone)
        self._date = local_day(now, self._zone)
        self._rows: list[api.Segment | api.Tombstone] = []
        self._selected: set[int] = set()
        self._policy_error = ""

    def compose(self) -> ComposeResult:
        yield Static(id="title")
        yield OptionList(id="segments")
        yield Static(id="said")
        yield Static(id="day")
        yield Static(id="week")
        yield Static(_KEYS, id="keys")

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
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
        self._rows, self._selected = day_rows(day), set()
        self._policy_error = day.week.policy_error
        name = harmless(self._contract.name)
        zone = zone_words(day, self._zone)
        title = f"{name}  {day.date:%a %d %b %Y}, times in {zone}"
        self.query_one("#title", Static).update(Text(title))
        lines = self.query_one(OptionList)
        at = lines.highlighted
        lines.clear_options()
        lines.add_options([Option(self._line(number)) for number in range(len(self._rows))])
        if self._rows:
            lines.highlighted = min(at or 0, len(self._rows) - 1)
        else:
            self.say("nothing was recorded on this day")
        self.query_one("#day", Static).update(Text(day_line(day)))
        self.query_one("#week", Static).update(Text(week_line(day.week)))

    def _line(self, number: int) -> Text:
        row, mark = self._rows[number], "* " if number in self._selected else "  "
        if isinstance(row, api.Tombstone):
            return Text(mark + tombstone_line(row, self._zone), style="dim")
        line = segment_line(row, self._zone)
        return Text(mark + line, style=_COLOURS.get(row.status, ""), no_wrap=True)

    def _chosen(self) -> list[api.Segment]:
        """What is selected; where nothing is, the line that the cursor is on."""
        at = self.query_one(OptionList).highlighted
        wanted = self._selected or ({at} if at is not None else set())
        found = [row for number, row in enumerate(self._rows) if number in wanted]
        return [row for row in found if isinstance(row, api.Segment)]

    def action_select(self) -> None:
        """Mark the line under the cursor, or unmark it, and go on to the next."""
        lines = self.query_one(OptionList)
        at = lines.highlighted
        if at is None or isinstance(self._rows[at], api.Tombstone):
            return
        self._selected ^= {at}
        lines.replace_option_prompt_at_index(at, self._line(at))
        lines.action_cursor_down()

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
        added = await edits.add_manual(*place, begins, ends, memo, reason, self._zone)
        self._done(f"{added * 10} minutes added by hand")

    def action_delete(self) -> None:
        chosen = self._chosen()
        if not chosen:
            self.say("there is no segment here")
            return
        self.ask_to_delete(chosen)

    @work(exclusive=True, group="delete")
    async def ask_to_delete(self, chosen: Sequence[api.Segment]) -> None:
        """Say first what would go, in the server's own numbers."""
        try:
            loss = await edits.loss_of(self._pen.client, self._contract, chosen)
        except WorkdiaryError as error:
            self.say(str(error))
            return
        words = edits.loss_words(loss, hours, self._policy_error)
        self.app.push_screen(ConfirmDelete(words, self._deleted(chosen)))

    def _deleted(self, chosen: Sequence[api.Segment]) -> Callable[[], Awaitable[None]]:
        async def delete() -> None:
            starts = [segment.start for segment in chosen]
            await edits.delete_segments(self._pen, self._contract.id, starts)
            self._forget(self._contract.id, starts)
            self._done("deleted; the tombstone stays")

        return delete

    def _done(self, text: str) -> None:
        self.say(text)
        self.fetch()

    def action_go(self, days: int) -> None:
        self._date = _moved(self._date, days)
        self.say("")
        self.fetch()

    def action_leave(self) -> None:
        self.dismiss()


def _moved(day: date, days: int) -> date:
    return day + timedelta(days=days)
