"""A day on the screen: what is fetched, shown, and follows the cursor and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from textual import on
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError
from workdiary.links import Link

from workdiary_tui.day_header import empty_day, title_line, week_lines
from workdiary_tui.minute_lines import minute_table
from workdiary_tui.reader import Reader
from workdiary_tui.screens.own_actions import OwnActions
from workdiary_tui.searching import Hits
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.day_pane import DayPane
from workdiary_tui.widgets.export_strip import ExportStrip
from workdiary_tui.widgets.key_line import KeyLine
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.live_line import LiveLine
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.widgets.why_strip import WhyStrip
from workdiary_tui.working import work
from workdiary_tui.zones import Clock

_DAY = timedelta(days=1)
_REST_SECONDS = 0.15
_AHEAD = "thumbnail"
"""What is fetched before anybody looks: a preview would be written down as a look."""


class ShownDay(OwnActions):
    """A day of a contract: fetched, shown, and kept as it is; its keys are the day screen's."""

    DEFAULT_CSS = """
    ShownDay #week { min-height: 2; }
    ShownDay #empty { display: none; height: 1fr; }
    ShownDay.-empty #empty { display: block; }
    ShownDay.-empty #day { display: none; }
    ShownDay #day { width: 4fr; }
    ShownDay.-wide #pane { display: block; }
    ShownDay.-wide.-empty #pane { display: none; }
    ShownDay #minutes { display: none; dock: bottom; margin-bottom: 1; }
    ShownDay.-minutes #minutes { display: block; }
    ShownDay.-wide #minutes { display: none; }
    ShownDay.-wide.-no-minutes #pane-minutes { display: none; }
    """

    @dataclass
    class Loaded(Message):
        day: date
        zone: str
        diary: api.Day
        news: str

    @dataclass
    class Failed(Message):
        day: date
        reason: str

    @dataclass
    class Rested(Message):
        """The cursor stayed on a segment for a moment."""

        start: datetime

    def __init__(
        self,
        reader: Reader,
        contract: api.Contract,
        day: date | None = None,
        at: datetime | None = None,
        hits: Hits | None = None,
        live: bool = False,
    ) -> None:
        super().__init__(reader, contract)
        self._live = live
        self._hits = hits
        self._at = at or self._newest()
        self.day = day or self._clock.day(self._at)
        self.diary: api.Day | None = None
        self._news = ""

    @property
    def _clock(self) -> Clock:
        return self.reader.clock(self.contract)

    def _newest(self) -> datetime:
        """The last segment of the diary; now, where there is none yet."""
        return self.contract.last_segment or self.reader.now()

    def compose_body(self) -> Iterator[Widget]:
        yield ExportStrip(self.reader)
        yield LinesView(id="title")
        yield LinesView(id="week")
        with Horizontal():
            yield DayList(self.reader, self.contract)
            yield LinesView(id="empty")
            yield DayPane(self.reader)
        yield LinesView(id="minutes")
        yield LiveLine(self.reader, self.contract)
        yield WhyStrip(self.reader)

    def on_mount(self) -> None:
        self.query_one(DayList).focus()
        if self._live:
            self.action_live()
        else:
            self.go(self.day)

    def own_day(self) -> date:
        return self.day

    def own_segments(self) -> Sequence[api.Segment]:
        return self.diary.segments if self.diary is not None else ()

    def link(self) -> Link:
        """In UTC: on another clock the day of what the cursor is on."""
        utc = self._clock.name == "UTC"
        return Link(self.link_name, self.day if utc else self._at.astimezone(UTC).date())

    def seen_segment(self) -> tuple[api.Segment | None, int]:
        row = self.query_one(DayList).segment
        return (row.segment if row is not None else None), 0

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def go(self, day: date, choose: datetime | None = None) -> None:
        """Show a day, at once if it is known; ``choose`` is where the cursor goes."""
        self.day, self._at = day, choose or self._at
        if day != self._clock.day(self.reader.now()):
            self.query_one(LiveLine).stop()
        known = self.reader.cache.known_day(self.contract.id, day, self._clock.name)
        if known is not None:
            self._show(known)
        elif self.diary is None:
            self._show_title(None)
        self.reload()

    def reload(self) -> None:
        fetch = partial(self._fetch, self.day, self._clock.name)
        work(self, "day", fetch)

    async def _fetch(self, day: date, zone: str) -> None:
        """The day with news of its terms, then its neighbours and week: a step is instant."""
        cache, contract = self.reader.cache, self.contract.id
        try:
            diary, news = await asyncio.gather(
                cache.day(contract, day, zone), self.reader.news(contract)
            )
            self.post_message(self.Loaded(day, zone, diary, news))
            for neighbour in (day - _DAY, day + _DAY):
                await cache.day(contract, neighbour, zone)
            await cache.week(contract, diary.week.start.date())
        except WorkdiaryError as error:
            self.post_message(self.Failed(day, str(error)))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        if (message.day, message.zone) == (self.day, self._clock.name):
            self._news = message.news
            self._show(message.diary)

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        if message.day == self.day:
            self.say(self.again(message.reason))

    def redraw(self) -> None:
        if self.diary is not None:
            self._show(self.diary)

    def _show(self, diary: api.Day) -> None:
        days = self.query_one(DayList)
        if self.query_one(LiveLine).on:
            self._go_along(diary)
        self.diary = diary
        self._show_title(diary)
        days.show_day(diary)
        self.set_class(days.empty_day, "-empty")
        if days.empty_day:
            self._show_empty(diary)
        self._show_mode()
        if days.start != self._at:
            days.choose_start(self._at)
        self._ask_why()
        if not days.empty_day and self.focused is None:
            # An empty day hid the list, and with it went the focus: its keys would be dead.
            self.call_after_refresh(days.focus)

    def action_live(self) -> None:
        """Follow today's diary, or no more."""
        line = self.query_one(LiveLine)
        if line.on:
            line.stop()
            return
        line.start()
        now = self.reader.now()
        self.go(self._clock.day(now), now)

    @on(LiveLine.NextDay)
    def _next_day(self, message: LiveLine.NextDay) -> None:
        self.go(message.day, self.reader.now())

    def _go_along(self, diary: api.Day) -> None:
        """Tell the live line; a cursor that stood on the newest segment goes on to a newer one."""
        line = self.query_one(LiveLine)
        if diary.segments and (line.newest is None or self._at >= line.newest):
            self._at = diary.segments[-1].start
        line.tell(diary.segments)

    def _show_title(self, diary: api.Day | None) -> None:
        contract, day, clock, signs = self.contract, self.day, self._clock, self.reader.signs
        news = self._news
        self.query_one("#title", LinesView).show(
            lambda width: [title_line(contract, day, clock, diary, width)]
        )
        if diary is None:
            return
        self.query_one("#week", LinesView).show(
            lambda width: week_lines(diary, news, signs, clock, width)
        )

    def _show_empty(self, diary: api.Day) -> None:
        last = self.contract.last_segment
        lines = empty_day(diary.date, self._clock.day(last) if last else None)
        self.query_one("#empty", LinesView).show(lambda width: lines)

    @on(RowList.Moved)
    def _moved(self) -> None:
        days = self.query_one(DayList)
        row, tombstone = days.segment, days.tombstone
        if row is not None:
            self._at = row.segment.start
            self._show_minutes(row.segment)
            work(self, "rest", partial(self._rest, row.segment))
        elif tombstone is not None:
            self._at = tombstone.start
            self._ask_why()

    async def _rest(self, segment: api.Segment) -> None:
        """What the cursor only passes is not fetched."""
        await asyncio.sleep(_REST_SECONDS)
        self.post_message(self.Rested(segment.start))
        try:
            for picture in segment.pictures[:1]:
                await self.reader.cache.picture((self.contract.id, picture.digest, _AHEAD))
        except WorkdiaryError:
            return  # the screen that shows the picture says so

    @on(Rested)
    def _rested(self, message: Rested) -> None:
        row = self.query_one(DayList).segment
        if row is not None and row.segment.start == message.start:
            self._ask_why()
            if self.wide:
                self.query_one(DayPane).show(self.contract, row)

    def _show_minutes(self, segment: api.Segment) -> None:
        clock, signs = self._clock, self.reader.signs
        self.query_one("#minutes", LinesView).show(
            lambda width: minute_table(segment, clock, signs, width)
        )

    def _ask_why(self) -> None:
        strip, days = self.query_one(WhyStrip), self.query_one(DayList)
        if not strip.display:
            return
        if days.segment is not None:
            strip.ask(self.contract.id, days.segment.segment, self._clock)
        elif days.tombstone is not None:
            strip.tell_deleted(days.tombstone, self._clock)
        else:
            strip.display = False

    def _show_mode(self) -> None:
        """What n and N do now, and what the filter left, in front of the keys."""
        days, hits = self.query_one(DayList), self._hits
        sign = self.reader.keymap.sign
        ways = (sign("segment.next", "n"), sign("set.next", "N"), sign("back", "esc"))
        words = [f"{hits.words}, {' '.join(ways)}"] if hits is not None else []
        words += [days.filter_words] if days.filter_words else []
        self.query_one(KeyLine).show_mode("; ".join(words))
