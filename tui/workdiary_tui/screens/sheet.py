"""The contact sheet of a day: its screenshots side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError
from workdiary.links import Link

from workdiary_tui.day_header import title_line
from workdiary_tui.drawing import next_mode
from workdiary_tui.reader import Reader
from workdiary_tui.screens.linked import LINKED_KEYS, LinkedScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.sheet_cells import cells_of
from workdiary_tui.widgets.contact_sheet import ContactSheet
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.working import work
from workdiary_tui.zones import Clock, described


class SheetScreen(LinkedScreen):
    """``v`` and ``esc`` lead back to the day's list, to the segment that was chosen here."""

    HINTS = (
        ("enter", "view"),
        ("arrows", "move"),
        ("v", "list"),
        ("i", "pictures"),
        ("q", "back"),
        ("z", "zone"),
        ("/", "search"),
    )
    KEYS = (
        ("enter", "open the segment"),
        ("h l ← →", "the segment before, after"),
        ("j k ↓ ↑", "a line down, up"),
        ("g G", "first, last segment"),
        ("v", "the day as a list"),
        ("i", "how pictures are drawn"),
        *LINKED_KEYS,
    )
    WITH_KEYS = (ContactSheet,)
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("v", "back", id="day.sheet", show=False),
        Binding("i", "mode", id="images", show=False),
    ]

    @dataclass
    class Loaded(Message):
        diary: api.Day

    @dataclass
    class Failed(Message):
        reason: str

    def __init__(
        self, reader: Reader, contract: api.Contract, diary: api.Day, at: datetime
    ) -> None:
        super().__init__(reader, contract)
        self._diary, self.left_at = diary, at

    @property
    def _clock(self) -> Clock:
        return self.reader.clock(self.contract)

    @property
    def at(self) -> datetime:
        """The start of what is under the cursor."""
        chosen = self.query_one(ContactSheet).chosen
        return self.left_at if chosen is None else chosen.start

    def link(self) -> Link:
        return Link(self.link_name, self.at.astimezone(UTC).date(), self.at)

    def seen_segment(self) -> tuple[api.Segment | None, int]:
        chosen = self.query_one(ContactSheet).chosen
        return (chosen if isinstance(chosen, api.Segment) else None), 0

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        yield ContactSheet(self.reader, self.contract)

    def on_mount(self) -> None:
        self.query_one(ContactSheet).focus()
        self._show(self.left_at)

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def _show(self, at: datetime | None = None) -> None:
        self.redraw()
        self.query_one(ContactSheet).show(cells_of(self._diary), at)

    def redraw(self) -> None:
        contract, clock, diary = self.contract, self._clock, self._diary
        self.query_one("#title", LinesView).show(
            lambda width: [title_line(contract, diary.date, clock, diary, width)]
        )

    def reload(self) -> None:
        work(self, "day", partial(self._fetch, self._clock.day(self.at), self._clock.name))

    async def _fetch(self, day: date, zone: str) -> None:
        try:
            self.post_message(self.Loaded(await self.reader.cache.day(self.contract.id, day, zone)))
        except WorkdiaryError as error:
            self.post_message(self.Failed(str(error)))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        self._diary = message.diary
        self._show()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.say(self.again(message.reason))

    @on(ContactSheet.Opened)
    def _opened(self) -> None:
        chosen = self.query_one(ContactSheet).chosen
        if isinstance(chosen, api.Tombstone):
            self.say(f"deleted by {chosen.by}: nothing is left to open")
        elif chosen is not None:
            screen = SegmentScreen(self.reader, self.contract, self._diary.segments, chosen)
            self.app.push_screen(screen, lambda _: self._come_back(screen))

    def _come_back(self, screen: SegmentScreen) -> None:
        """The reader walked on meanwhile, to another day even."""
        start = screen.segment.start
        self.query_one(ContactSheet).choose(start)
        if self._clock.day(start) != self._diary.date:
            work(self, "day", partial(self._fetch, self._clock.day(start), self._clock.name))

    def action_back(self) -> None:
        """``left_at`` is where the day's list goes on."""
        self.left_at = self.at
        super().action_back()

    def action_mode(self) -> None:
        self.reader.mode = next_mode(self.reader.mode, self.reader.modes)
        self.say(f"pictures: {self.reader.mode.value}")
        self._show()

    def zone_moved(self) -> None:
        at = self.at
        self.reload()
        self.say(described(self._clock, self.contract.freelancer.name, at))
