"""The day of a contract: its segments line by line, and a picture beside them where it fits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from textual import on
from textual.binding import Binding
from workdiary import api
from workdiary.billing import week_start

from workdiary_tui.drawing import next_mode
from workdiary_tui.filtering import Filter
from workdiary_tui.marks import LEGEND, deleted_words
from workdiary_tui.screens.linked import LINKED_KEYS
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.screens.sheet import SheetScreen
from workdiary_tui.screens.shown_day import ShownDay
from workdiary_tui.screens.terms import TermsScreen
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.searching import Hits
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.day_pane import DayPane
from workdiary_tui.widgets.export_strip import ExportStrip
from workdiary_tui.widgets.live_line import LiveLine
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.widgets.why_strip import WhyStrip
from workdiary_tui.words import day_name
from workdiary_tui.zones import described


class DayScreen(ShownDay):
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
