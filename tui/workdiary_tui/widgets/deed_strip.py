"""The form of a freelancer's deed: what it costs, what must be typed, and what the server said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input
from workdiary.billing import week_start
from workdiary.errors import WorkdiaryError
from workdiary.text import MEMO_LONGEST, harmless

from workdiary_tui import deed_words, look
from workdiary_tui.deeds import Deed, Delete, Plan
from workdiary_tui.hand import Hand
from workdiary_tui.pieces import Piece, Pieces, fit, spread
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.words import day_name, shown, wrapped
from workdiary_tui.working import work

_TIMES = {"day": 10, "from": 5, "to": 5}
"""The fields of the first row, and their cells."""
_LONGEST = {"memo": MEMO_LONGEST, "reason": MEMO_LONGEST}
_CONFIRM = "confirm"
_LABELS = {"memo": "what you did", "reason": "why by hand"}
_LABEL_CELLS = 14


class DeedStrip(Vertical):
    """Enter goes to the next field, and from the last one on to the deed; esc leaves all as it was.

    It exists only while it is open. What the server refuses is said in it, and stays typed.
    """

    DEFAULT_CSS = """
    DeedStrip { layer: overlay; dock: bottom; height: auto; margin-bottom: 1; }
    DeedStrip { background: ansi_default; }
    DeedStrip Horizontal { height: 1; }
    DeedStrip Horizontal LinesView { width: auto; height: 1; }
    DeedStrip Horizontal #spans { width: 1fr; }
    DeedStrip Input { width: 1fr; height: 1; }
    DeedStrip Input > .input--cursor {
        background: ansi_default; color: ansi_default; text-style: reverse;
    }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape", "close", id="deed.close", show=False),
        Binding("tab", "field(1)", id="deed.next", show=False),
        Binding("shift+tab", "field(-1)", id="deed.previous", show=False),
        Binding("down", "span(1)", id="deed.wider", show=False),
        Binding("up", "span(-1)", id="deed.narrower", show=False),
    ]

    @dataclass
    class Costed(Message):
        """What a plan costs, or why that is not known."""

        plan: Plan
        lines: Sequence[str]
        known: bool

    @dataclass
    class Refused(Message):
        reason: str

    @dataclass
    class Written(Message):
        """The entry stands in the log; ``text`` says what it did."""

        text: str
        deleted: bool

    def __init__(self, reader: Reader, hand: Hand, deed: Deed) -> None:
        super().__init__(id="deed")
        self._reader, self._hand, self.deed = reader, hand, deed
        self._before: Widget | None = None
        self._typed = deed.before()
        self._plan: Plan | None = None
        self._problem = ""
        self._costed: Plan | None = None
        self._writing = False
        self._span = 0

    def compose(self) -> ComposeResult:
        yield LinesView(id="deed-title")
        with Horizontal():
            for name in self.deed.FIELDS:
                if name in _TIMES:
                    yield from self._field(name, f" {name} ", len(name) + 2)
            yield LinesView(id="spans")
        for name in self.deed.FIELDS:
            if name not in _TIMES:
                with Horizontal():
                    yield from self._field(name, f" {_LABELS[name]}", _LABEL_CELLS)
        yield LinesView(id="costs")
        with Horizontal():
            yield from self._field(_CONFIRM, " confirm", _LABEL_CELLS)
        yield LinesView(id="refused")

    def _field(self, name: str, label: str, cells: int) -> Iterator[Widget]:
        words = LinesView(id=f"{name}-label")
        words.styles.width = cells
        words.show(lambda width: [[(fit(label, width), look.KEY)]])
        yield words
        field = Input(
            harmless(self._typed.get(name, "")),
            name=name,
            id=f"deed-{name}",
            compact=True,
            select_on_focus=False,
            max_length=_LONGEST.get(name, 10),
            placeholder="its minutes: nothing is written without" if name == _CONFIRM else "",
        )
        field.cursor_blink = False
        if name in _TIMES:
            field.styles.width = _TIMES[name] + 1
        yield field

    def on_mount(self) -> None:
        self._before = self.screen.focused
        self.query_one("#deed-title", LinesView).show(self._title)
        self.query_one("#spans", LinesView).show(self._spans)
        self.resume()
        self._plan_again()

    def _title(self, width: int) -> list[Pieces]:
        what = f"  {day_name(self.deed.day)}  {shown(self.deed.contract.name)}"
        left = [(f" {self.deed.VERB}", look.TITLE), (what, look.TITLE_REST)]
        right = [(f"{self.deed.clock.name}  esc cancels ", look.TITLE_REST)]
        return [spread(left, right, width, look.TITLE_REST)]

    def _spans(self, width: int) -> list[Pieces]:
        """The stretches that are offered, the chosen one marked by more than a colour."""
        if len(self.deed.spans) < 2:
            return [[("", look.PLAIN)]]
        line: list[Piece] = [(" up/down", look.KEY)]
        for number, span in enumerate(self.deed.spans):
            chosen = number == self._span
            style = look.BOLD if chosen else look.DIM
            line.append((f" [{span.name}]" if chosen else f"  {span.name} ", style))
        return [line]

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if harmless(event.value) != event.value:
            event.input.value = harmless(event.value)  # what is pasted may command a terminal
            return
        self._typed[event.input.name or ""] = event.value
        if event.input.name != _CONFIRM:
            self._plan_again()

    def _plan_again(self) -> None:
        """Ask what it costs, if that may have changed."""
        before = self._plan
        try:
            self._plan, self._problem = self.deed.plan(self._typed), ""
        except WorkdiaryError as error:
            self._plan, self._problem, self._costed = None, str(error), None
            self._show_costs([self._problem])
            return
        if before is None or before.starts != self._plan.starts:
            self._costed = None
            self._show_costs(["asking what it costs ..."])
            work(self, "costs", partial(self._ask_costs, self._plan))

    async def _ask_costs(self, plan: Plan) -> None:
        try:
            lines = await self.deed.costs(plan, self._reader.cache)
        except WorkdiaryError as error:
            self.post_message(self.Costed(plan, [f"what it costs is unknown: {error}"], False))
        else:
            self.post_message(self.Costed(plan, lines, True))

    def on_deed_strip_costed(self, message: Costed) -> None:
        if self._plan is not None and message.plan.starts == self._plan.starts:
            self._costed = message.plan if message.known else None
            self._show_costs(message.lines)
            minutes = str(message.plan.minutes)
            self.query_one("#confirm-label", LinesView).show(
                lambda width: [[(fit(f" type {minutes}", width), look.KEY)]]
            )

    def _show_costs(self, lines: Sequence[str]) -> None:
        self.query_one("#costs", LinesView).show(
            lambda width: _paragraphs(lines, look.PLAIN, width)
        )

    def _say(self, text: str) -> None:
        lines = [text] if text else []
        self.query_one("#refused", LinesView).show(
            lambda width: _paragraphs(lines, look.WARNING, width)
        )

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.name == _CONFIRM:
            self._confirm(event.value.strip())
        else:
            self.action_field(1)

    def _confirm(self, typed: str) -> None:
        plan = self._plan
        if self._writing:
            return
        if plan is None:
            self._say(self._problem)
        elif self._costed is None:
            self._say("what it costs is not known yet: nothing is written before you could read it")
            work(self, "costs", partial(self._ask_costs, plan))
        elif typed != str(plan.minutes):
            self._say(f"type {plan.minutes}, its minutes, to confirm; esc leaves all as it was")
        else:
            self._writing = True
            self._say("writing it ...")
            work(self, "write", partial(self._write, plan))

    async def _write(self, plan: Plan) -> None:
        cache, contract = self._reader.cache, self.deed.contract.id
        try:
            # A screen that goes away ends its workers: half of a deletion would be worse than all.
            text = await asyncio.shield(self.deed.write(plan, self._hand))
        except WorkdiaryError as error:
            self.post_message(self.Refused(str(error)))
            return
        cache.forget(contract)
        try:
            week = await cache.week(contract, week_start(plan.begins).date())
            text = f"{text}; {deed_words.week_now(week)}"
        except WorkdiaryError:
            pass  # it is written: the screen's own question will say what is wrong
        self.post_message(self.Written(text, isinstance(self.deed, Delete)))

    def on_deed_strip_refused(self, message: Refused) -> None:
        self._writing = False
        self._say(message.reason)

    def action_field(self, step: int) -> None:
        """To the next field, round and round: the screen's own tab means something else."""
        fields = list(self.query(Input))
        here = next((i for i, field in enumerate(fields) if field.has_focus), 0)
        fields[(here + step) % len(fields)].focus()

    def action_span(self, step: int) -> None:
        if self.deed.spans:
            self._span = (self._span + step) % len(self.deed.spans)
            span, clock = self.deed.spans[self._span], self.deed.clock
            self.query_one("#deed-from", Input).value = clock.time(span.begins)
            self.query_one("#deed-to", Input).value = clock.time(span.ends)
            self.query_one("#spans", LinesView).show(self._spans)

    def action_close(self) -> None:
        if self._writing:
            self._say("it is being written: wait for the server's answer")
        else:
            self.leave()

    def resume(self) -> None:
        """Give it the keys again, which a click elsewhere took."""
        self.query_one(f"#deed-{self.deed.FIRST}", Input).focus()

    def leave(self) -> None:
        """The keys go back to whoever had them."""
        screen, before = self.screen, self._before
        self.remove()
        screen.set_focus(before)


def _paragraphs(texts: Sequence[str], style: Style, width: int) -> list[Pieces]:
    lines = [line for text in texts for line in wrapped(shown(text), max(10, width - 2))]
    return [[(f" {line}", style)] for line in lines]
