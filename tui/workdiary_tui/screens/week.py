"""A week of a contract: its days by billing status, its limit, its money, its hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.billing import WEEK, week_start
from workdiary.errors import WorkdiaryError
from workdiary.links import Link

from workdiary_tui import week_sheet
from workdiary_tui.look import PLAIN
from workdiary_tui.pieces import Pieces
from workdiary_tui.reader import Reader
from workdiary_tui.ribbon import legend, letters_an_hour, ribbon, week_days
from workdiary_tui.screens.linked import LINKED_KEYS, LinkedScreen
from workdiary_tui.screens.terms import TermsScreen
from workdiary_tui.widgets.export_strip import ExportStrip
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.working import work
from workdiary_tui.zones import described

_DAY = timedelta(days=1)
_UTC = "UTC"
_GAP: Pieces = [("", PLAIN)]


class RibbonView(LinesView):
    """All of the ribbon, or where the window is too low for it, nothing."""

    def show_week(self, days: Sequence[date], known: Mapping[date, api.Day], chosen: date) -> None:
        self.show(lambda width: self._ribbon(days, known, chosen, width))

    def on_resize(self) -> None:
        self.show(self._make)

    def _ribbon(
        self, days: Sequence[date], known: Mapping[date, api.Day], chosen: date, width: int
    ) -> list[Pieces]:
        lines = ribbon(days, known, chosen, width)
        if self.size.height < len(lines):
            return []
        return [*lines, legend(known, letters_an_hour(width))]


class WeekScreen(LinkedScreen):
    """``enter`` leaves it for a day, which ``opened`` then names."""

    HINTS = (
        ("enter", "day"),
        ("h/l", "choose day"),
        ("[ ]", "week"),
        ("t", "this week"),
        ("e", "export"),
        ("T", "terms"),
        ("q", "back"),
        ("y", "copy"),
        ("r", "refresh"),
    )
    KEYS = (
        ("enter", "open the chosen day"),
        ("h l ← →", "choose a day"),
        ("[ ]", "previous, next week"),
        ("t", "this week"),
        ("e", "day, week, month as a file"),
        ("T", "terms and their history"),
        *LINKED_KEYS,
    )
    DEFAULT_CSS = """
    WeekScreen #sheet { height: auto; }
    WeekScreen #ribbon { height: 1fr; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("enter", "open", id="open", show=False),
        Binding("h,left", "choose(-1)", id="move.left", show=False),
        Binding("l,right", "choose(1)", id="move.right", show=False),
        Binding("left_square_bracket", "week(-1)", id="week.prev", show=False),
        Binding("right_square_bracket", "week(1)", id="week.next", show=False),
        Binding("t", "this_week", id="today", show=False),
        Binding("T", "terms", id="terms", show=False),
        Binding("e", "export", id="export.open", show=False),
    ]

    @dataclass
    class Loaded(Message):
        week: api.Week

    @dataclass
    class DayLoaded(Message):
        day: api.Day

    @dataclass
    class Failed(Message):
        monday: datetime
        reason: str

    def __init__(
        self, reader: Reader, contract: api.Contract, monday: datetime, day: date | None = None
    ) -> None:
        super().__init__(reader, contract)
        self.monday = monday
        self.chosen = day or reader.now().date()
        self.opened: date | None = None
        self.week: api.Week | None = None
        self._days: dict[date, api.Day] = {}
        self._keep_chosen_within()

    def compose_body(self) -> Iterator[Widget]:
        yield ExportStrip(self.reader)
        yield LinesView(id="title")
        yield LinesView(id="sheet")
        yield RibbonView(id="ribbon")

    def on_mount(self) -> None:
        self.go(self.monday)

    def link(self) -> Link:
        return Link(self.link_name, week=self.monday.date())

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def go(self, monday: datetime) -> None:
        """Show a week, at once if it is known."""
        self.monday = monday
        self._keep_chosen_within()
        self.week = self.reader.cache.known_week(self.contract.id, monday.date())
        self._days = {}
        for day in week_days(monday):
            known = self.reader.cache.known_day(self.contract.id, day, _UTC)
            if known is not None:
                self._days[day] = known
        self.redraw()
        self.reload()

    def _keep_chosen_within(self) -> None:
        days = week_days(self.monday)
        if self.chosen not in days:
            self.chosen = days[self.chosen.weekday()]

    def reload(self) -> None:
        work(self, "week", partial(self._fetch, self.monday))

    async def _fetch(self, monday: datetime) -> None:
        """The week, its days for the ribbon, and the week before, so that a step is instant."""
        cache, contract = self.reader.cache, self.contract.id
        try:
            self.post_message(self.Loaded(await cache.week(contract, monday.date())))
            for day in self._past_days(monday):
                self.post_message(self.DayLoaded(await cache.day(contract, day, _UTC)))
            await cache.week(contract, (monday - WEEK).date())
        except WorkdiaryError as error:
            self.post_message(self.Failed(monday, str(error)))

    def _past_days(self, monday: datetime) -> list[date]:
        today = self.reader.now().date()
        return [day for day in week_days(monday) if day <= today]

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        if message.week.start == self.monday:
            self.week = message.week
            self._draw_sheet()

    @on(DayLoaded)
    def _day_loaded(self, message: DayLoaded) -> None:
        """The ribbon is drawn once, when its last day is there: each time costs the line."""
        days = week_days(self.monday)
        if message.day.date in days:
            self._days[message.day.date] = message.day
            if all(day in self._days for day in self._past_days(self.monday)):
                self._draw_ribbon()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        if message.monday == self.monday:
            self.say(self.again(message.reason))

    def redraw(self) -> None:
        contract, monday = self.contract, self.monday
        self.query_one("#title", LinesView).show(
            lambda width: [week_sheet.title_line(contract, monday.date(), width)]
        )
        self._draw_sheet()
        self._draw_ribbon()

    def _draw_sheet(self) -> None:
        week, chosen, signs = self.week, self.chosen, self.reader.signs
        if week is None:
            self.query_one("#sheet", LinesView).show(lambda width: [_GAP])
            return
        self.query_one("#sheet", LinesView).show(
            lambda width: [
                *week_sheet.sheet(week, chosen, width),
                _GAP,
                *week_sheet.limit_lines(week, signs, width),
                *week_sheet.money_lines(week, width),
                *week_sheet.state_lines(week, width),
                week_sheet.zone_line(week, width),
                _GAP,
            ]
        )

    def _draw_ribbon(self) -> None:
        days, known = week_days(self.monday), dict(self._days)
        self.query_one(RibbonView).show_week(days, known, self.chosen)

    def action_choose(self, step: int) -> None:
        chosen = self.chosen + step * _DAY
        if chosen in week_days(self.monday):
            self.chosen = chosen
            self._draw_sheet()
            self._draw_ribbon()
        else:
            self.action_week(step)

    def action_week(self, step: int) -> None:
        target = self.monday + step * WEEK
        if target > week_start(self.reader.now()):
            self.say("this is the current week")
        elif target < week_start(self.contract.opened):
            self.say("the contract begins in this week")
        else:
            self.go(target)

    def action_this_week(self) -> None:
        self.chosen = self.reader.now().date()
        self.go(week_start(self.reader.now()))

    def action_open(self) -> None:
        today = self.reader.now().date()
        if self.chosen > today:
            self.say("this day is still to come")
            return
        self.opened = self.chosen
        self.dismiss()

    def action_export(self) -> None:
        strip = self.query_one(ExportStrip)
        strip.open(self.contract, self.chosen, self.monday.date())

    def action_terms(self) -> None:
        self.app.push_screen(TermsScreen(self.reader, self.contract))

    def zone_moved(self) -> None:
        clock = self.reader.clock(self.contract)
        self.say(described(clock, self.contract.freelancer.name, self.monday))
