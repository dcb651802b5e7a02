"""The day of a contract: its segments line by line, and a picture beside them where it fits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.billing import week_start
from workdiary.errors import WorkdiaryError
from workdiary.links import Link

from workdiary_tui.day_header import empty_day, title_line, week_lines
from workdiary_tui.drawing import next_mode
from workdiary_tui.filtering import Filter
from workdiary_tui.marks import LEGEND, deleted_words
from workdiary_tui.minute_lines import minute_table
from workdiary_tui.reader import Reader
from workdiary_tui.screens.linked import LINKED_KEYS
from workdiary_tui.screens.own_actions import OwnActions
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.screens.sheet import SheetScreen
from workdiary_tui.screens.terms import TermsScreen
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.searching import Hits
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.day_pane import DayPane
from workdiary_tui.widgets.export_strip import ExportStrip
from workdiary_tui.widgets.key_line import KeyLine
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.live_line import LiveLine
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.widgets.why_strip import WhyStrip
from workdiary_tui.words import day_name
from workdiary_tui.working import work
from workdiary_tui.zones import Clock, described

_DAY = timedelta(days=1)
_REST_SECONDS = 0.15
_AHEAD = "thumbnail"
"""What is fetched before anybody looks: a preview would be written down as a look."""


class DayScreen(OwnActions):
    """One day; ``[`` and ``]`` walk on to the next ones."""

    HINTS = (
        ("enter", "view"),
        ("n/p", "segment"),
        ("N/P", "set"),
        ("[ ]", "day"),
        ("w", "week"),
        ("a", "why"),
        ("m", "minutes"),
        ("v", "sheet"),
        ("f", "filter"),
        ("/", "search"),
        ("t", "today"),
        ("q", "back"),
        ("z", "zone"),
        ("L", "live"),
        ("e", "export"),
        ("T", "terms"),
        ("{ }", "7 days"),
        ("i", "pictures"),
        ("y", "copy"),
        ("r", "refresh"),
    )
    KEYS = (
        ("enter", "open the segment"),
        ("j k ↓ ↑", "move"),
        ("g G", "first, last segment"),
        ("n p", "next, previous in the set"),
        ("N P", "next, previous set"),
        ("[ ]", "previous, next day"),
        ("{ }", "a week back, on"),
        ("v", "contact sheet: all its pictures"),
        ("f", "only AUTO, MANUAL, OVER, low ..."),
        ("t", "today"),
        ("L", "live: stay with what is tracked"),
        ("w", "the week: days, limit, money"),
        ("a", "why it is billed so"),
        ("e", "day, week, month as a file"),
        ("T", "terms and their history"),
        ("m", "minute by minute"),
        ("i", "how pictures are drawn"),
        *LINKED_KEYS,
        LEGEND,
    )
    WITH_KEYS = (DayList,)
    DEFAULT_CSS = """
    DayScreen #week { min-height: 2; }
    DayScreen #empty { display: none; height: 1fr; }
    DayScreen.-empty #empty { display: block; }
    DayScreen.-empty #day { display: none; }
    DayScreen #day { width: 4fr; }
    DayScreen.-wide #pane { display: block; }
    DayScreen.-wide.-empty #pane { display: none; }
    DayScreen #minutes { display: none; dock: bottom; margin-bottom: 1; }
    DayScreen.-minutes #minutes { display: block; }
    DayScreen.-wide #minutes { display: none; }
    DayScreen.-wide.-no-minutes #pane-minutes { display: none; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape", "leave", id="back", show=False),  # with q, which goes all the way
        Binding("f", "filter", id="day.filter", show=False),
        Binding("v", "sheet", id="day.sheet", show=False),
        Binding("L", "live", id="live", show=False),
        Binding("n", "walk(1)", id="segment.next", show=False),
        Binding("p", "walk(-1)", id="segment.prev", show=False),
        Binding("N", "set(1)", id="set.next", show=False),
        Binding("P", "set(-1)", id="set.prev", show=False),
        Binding("left_square_bracket", "day(-1)", id="day.prev", show=False),
        Binding("right_square_bracket", "day(1)", id="day.next", show=False),
        Binding("left_curly_bracket", "day(-7)", id="day.week_back", show=False),
        Binding("right_curly_bracket", "day(7)", id="day.week_on", show=False),
        Binding("t", "today", id="today", show=False),
        Binding("w", "week", id="week.open", show=False),
        Binding("a", "why", id="why", show=False),
        Binding("T", "terms", id="terms", show=False),
        Binding("e", "export", id="export.open", show=False),
        Binding("m", "minutes", id="minutes", show=False),
        Binding("i", "mode", id="images", show=False),
    ]

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

    def action_why(self) -> None:
        if self.query_one(WhyStrip).press():
            self._ask_why()

    def action_walk(self, step: int) -> None:
        """Next or previous segment; the set's edge stops it and says so."""
        if step > 0 and self._hits is not None:
            self._step(self._hits, 1)
            return
        self._say_if(self.query_one(DayList).walk(step))

    def action_set(self, step: int) -> None:
        if step > 0 and self._hits is not None:
            self._step(self._hits, -1)
            return
        self._say_if(self.query_one(DayList).walk_sets(step))

    def _say_if(self, text: str) -> None:
        if text:
            self.say(text)

    def _step(self, hits: Hits, step: int) -> None:
        """``n`` and ``N`` after a search: to the next hit or the one before, on whatever day."""
        if hits.step(step):
            self.go(self._clock.day(hits.start), hits.start)
            self._show_mode()
        else:
            sign = self.reader.keymap.sign
            keys = f"{sign('segment.next', 'n')} and {sign('set.next', 'N')}"
            which = "last" if step > 0 else "first"
            self.say(f"{which} hit; {sign('back', 'esc')} ends the search's {keys}")

    def _show_mode(self) -> None:
        """What n and N do now, and what the filter left, in front of the keys."""
        days, hits = self.query_one(DayList), self._hits
        sign = self.reader.keymap.sign
        ways = (sign("segment.next", "n"), sign("set.next", "N"), sign("back", "esc"))
        words = [f"{hits.words}, {' '.join(ways)}"] if hits is not None else []
        words += [days.filter_words] if days.filter_words else []
        self.query_one(KeyLine).show_mode("; ".join(words))

    def action_filter(self) -> None:
        days = self.query_one(DayList)
        days.show_filtered(days.filter.next())
        self._show_mode()

    def action_leave(self) -> None:
        """What esc ends, the innermost first: a strip, a search, live, a filter, the screen."""
        days = self.query_one(DayList)
        if any(strip.display for strip in self.query(".strip")):
            self.action_back()
        elif self._hits is not None:
            self._hits = None
            self._show_mode()
        elif self.query_one(LiveLine).on:
            self.query_one(LiveLine).stop()
        elif days.filter is not Filter.ALL:
            days.show_filtered(Filter.ALL)
            self._show_mode()
        else:
            self.action_back()

    def action_day(self, days: int) -> None:
        today = self._clock.day(self.reader.now())
        target = self.day + timedelta(days=days)
        if target > today and self.day >= today:
            self.say("this is today")
            return
        first = self._clock.day(self.contract.opened)
        if target < first and self.day <= first:
            self.say(f"the contract begins on {day_name(first)}")
            return
        self.go(max(first, min(target, today)))

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

    def action_today(self) -> None:
        self.go(self._clock.day(self.reader.now()), self.reader.now())

    def zone_moved(self) -> None:
        """Read the times on another clock; the cursor stays on its segment."""
        clock = self._clock
        self.diary = None
        self.go(clock.day(self._at), self._at)
        self.say(described(clock, self.contract.freelancer.name, self._at))

    def action_minutes(self) -> None:
        self.toggle_class("-no-minutes" if self.wide else "-minutes")

    def action_mode(self) -> None:
        self.reader.mode = next_mode(self.reader.mode, self.reader.modes)
        self.say(f"pictures: {self.reader.mode.value}")
        row = self.query_one(DayList).segment
        if row is not None and self.wide:
            self.query_one(DayPane).show(self.contract, row)

    def action_week(self) -> None:
        begins = self.diary.begins if self.diary is not None else self._at
        week = WeekScreen(self.reader, self.contract, week_start(begins), begins.date())
        self.app.push_screen(week, lambda _: self._come_from(week))

    def _come_from(self, week: WeekScreen) -> None:
        if week.opened is not None and week.opened != self.day:
            self.go(week.opened)

    def action_sheet(self) -> None:
        if self.diary is None or not (self.diary.segments or self.diary.deleted):
            self.say("there is nothing on this day")
            return
        sheet = SheetScreen(self.reader, self.contract, self.diary, self._at)
        self.app.push_screen(sheet, lambda _: self._look_at(sheet.left_at))

    def _look_at(self, start: datetime) -> None:
        """Go on with what was chosen on the contact sheet, on another day even."""
        if self._clock.day(start) == self.day:
            self.query_one(DayList).choose_start(start)
        else:
            self.go(self._clock.day(start), start)

    def action_export(self) -> None:
        if self.diary is not None:
            monday = self.diary.week.start.date()
            self.query_one(ExportStrip).open(self.contract, self.day, monday)

    def action_terms(self) -> None:
        self.app.push_screen(TermsScreen(self.reader, self.contract))

    @on(RowList.Opened)
    def _opened(self) -> None:
        days = self.query_one(DayList)
        if days.tombstone is not None:
            self.say(f"deleted by {days.tombstone.by}: nothing is left to open")
        elif days.segment is not None and self.diary is not None:
            self.open_segment(days.segment.segment, self.diary.segments)

    def open_segment(
        self, segment: api.Segment, segments: Sequence[api.Segment], monitor: int = 0
    ) -> None:
        screen = SegmentScreen(self.reader, self.contract, segments, segment, monitor)
        self.app.push_screen(screen, lambda _: self._come_back(screen))

    def _come_back(self, screen: SegmentScreen) -> None:
        """The reader walked on while the segment was open, or it was deleted meanwhile."""
        self._look_at(screen.segment.start)
        if screen.gone is not None:
            self.say(deleted_words(screen.gone))
