"""The tracker's face: start, stop, contract, memo, totals, the last picture and its discard."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, Input, Select, Static
from workdiary.errors import WorkdiaryError
from workdiary.text import MEMO_LONGEST, harmless

from workdiary_tracker.day_lines import hours
from workdiary_tracker.diary_screen import DiaryScreen
from workdiary_tracker.thumbnail import render
from workdiary_tracker.tracker import Status, Tracker

_THUMBNAIL = (46, 14)
_NEWS = 3
_REASON = 110


class Face(App[None]):
    """One screen, made for 80x24. Every key is at the bottom; nothing happens unseen."""

    TITLE = "workdiary"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { layout: vertical; }
    #state { height: 1; padding: 0 1; text-style: bold; background: $panel; }
    #state.on { background: $success-darken-2; color: $text; }
    #state.away { background: $warning-darken-2; color: $text; }
    #state.alarm { background: $error; color: $text; }
    #work { height: 3; }
    Select { width: 28; }
    Input { width: 1fr; }
    #middle { height: 1fr; }
    #totals { width: 32; padding: 1 1; }
    #picture { width: 1fr; padding: 0 1; }
    #notice { height: 1; }
    #notice.new { background: $warning; color: $background; text-style: bold; }
    #thumbnail { height: 1fr; }
    #terms { height: auto; max-height: 10; padding: 0 1; display: none; }
    #terms.new { display: block; text-style: bold reverse; }
    #news { height: 3; padding: 0 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "start_or_stop", "Start/stop", key_display="F2"),
        Binding("f3", "focus_memo", "Memo (Enter sets it)", key_display="F3"),
        Binding("f4", "diary", "Diary", key_display="F4"),
        Binding("f7", "private", "Pictures on/off", key_display="F7", show=False),
        Binding("f8", "discard", "Discard picture", key_display="F8"),
        Binding("f9", "acknowledge", "Terms read", key_display="F9", show=False),
        Binding("f10", "leave", "Quit", key_display="F10"),
        Binding("ctrl+q", "leave", "Quit", show=False),
    ]

    def __init__(self, tracker: Tracker, contract: str | None = None, memo: str = "") -> None:
        super().__init__()
        self._tracker = tracker
        self._memo = memo
        self._chosen = contract
        self._news: deque[str] = deque(maxlen=_NEWS)
        self._shown: bytes | None = None

    def compose(self) -> ComposeResult:
        mine = [c for c in self._tracker.contracts.values() if c.role == "freelancer"]
        options = [(harmless(contract.name), contract.id) for contract in mine]
        first = next((i for _, i in options if i == self._chosen), options[0][1] if options else "")
        yield Static(id="state")
        with Horizontal(id="work"):
            if options:
                yield Select(options, value=first, allow_blank=False, id="contract")
            yield Input(
                self._memo,
                placeholder="What are you working on?",
                max_length=MEMO_LONGEST,
                id="memo",
            )
        yield Static(id="terms")
        with Horizontal(id="middle"):
            yield Static(id="totals")
            with Vertical(id="picture"):
                yield Static(id="notice")
                yield Static(id="thumbnail")
        yield Static(id="news")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.keep_tracking()
        self.set_interval(1.0, self.show)
        self.show()

    def say(self, line: str) -> None:
        """Show one event among the last few."""
        self._news.append(harmless(line))

    @work
    async def keep_tracking(self) -> None:
        await self._tracker.run()

    @work(exclusive=True, group="start")
    async def action_start_or_stop(self) -> None:
        """Start a session on the chosen contract, or stop the one that runs."""
        if self._tracker.status().running:
            self._tracker.stop()
        else:
            await self._try_start()
        self.show()

    async def _try_start(self) -> None:
        choice = self.query(Select)
        if not choice:
            self.say("no contract of yours yet: ask the owner to open one")
            return
        memo = self.query_one("#memo", Input).value
        try:
            await self._tracker.start(str(choice.first().value), memo)
        except WorkdiaryError as error:
            self.say(f"not started: {error}")

    def action_focus_memo(self) -> None:
        self.query_one("#memo").focus()

    def action_diary(self) -> None:
        """Open the day of the contract that is tracked, or chosen."""
        status = self._tracker.status("".join(str(each.value) for each in self.query(Select)))
        contract = self._tracker.contracts.get(status.contract or status.chosen)
        if contract is None:
            self.say("no contract of yours yet: ask the owner to open one")
            return
        tracker, now = self._tracker, datetime.now(UTC)
        self.push_screen(DiaryScreen(tracker.pen, contract, now, tracker.forget))

    def action_private(self) -> None:
        """Pictures off, where the contract leaves that to the freelancer; and on again."""
        try:
            self._tracker.set_private(not self._tracker.status().private)
        except WorkdiaryError as error:
            self.say(str(error))
        self.show()

    def action_acknowledge(self) -> None:
        """The news of changed terms has been read."""
        self._tracker.acknowledge()
        self.show()

    def action_discard(self) -> None:
        if not self._tracker.discard():
            self.say("there is no picture that can still be discarded")
        self.show()

    def action_leave(self) -> None:
        """End; what runs is closed and recorded after the screen is gone."""
        self.exit()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the memo sets it for the time from here on, or starts the session with it."""
        if not self._tracker.status().running:
            self.action_start_or_stop()
            return
        try:
            self._tracker.set_memo(event.value)
        except WorkdiaryError as error:
            self.say(str(error))
            return
        self.say(f"memo from now on: {event.value or 'none'}")
        self.show()

    @work(exclusive=True, group="start")
    async def on_select_changed(self, event: Select.Changed) -> None:
        status = self._tracker.status()
        if not status.running or event.value == status.contract:
            return
        try:
            await self._tracker.switch(str(event.value), self.query_one("#memo", Input).value)
        except WorkdiaryError as error:
            self.say(f"not switched: {error}")
            with self.prevent(Select.Changed):
                self.query_one("#contract", Select).value = status.contract

    def show(self) -> None:
        """Bring the screen up to date with the tracker's status."""
        status = self._tracker.status("".join(str(each.value) for each in self.query(Select)))
        text, kind = state_line(status)
        state = self.query_one("#state", Static)
        state.update(text)
        state.set_classes(kind)
        self.query_one("#totals", Static).update(totals(status))
        terms = self.query_one("#terms", Static)
        terms.update(
            Text("\n".join(["New terms – F9 when you have read them", *status.terms_news]))
        )
        terms.set_class(bool(status.terms_news), "new")
        self.query_one("#news", Static).update(Text("\n".join(self._news), no_wrap=True))
        self._show_picture(status)

    def _show_picture(self, status: Status) -> None:
        notice = self.query_one("#notice", Static)
        notice.update(picture_notice(status))
        notice.set_class(bool(status.shot and status.shot.frames and status.discardable), "new")
        webp = status.shot.frames[0].thumbnail if status.shot and status.shot.frames else None
        if status.shot is not None and webp != self._shown:
            self._shown = webp
            self.query_one("#thumbnail", Static).update(render(webp, *_THUMBNAIL) if webp else "")
            if webp:
                self.bell()


def state_line(status: Status) -> tuple[Text, str]:
    """The first line: what the tracker does now, in a word and a sign, and its colour's name."""
    if status.disk_full:
        return Text("✖ NOT RECORDING: the disk is full"), "alarm"
    if status.behind_until is not None:
        return Text("✖ NOT TRACKING: the clock was set back behind recorded time"), "alarm"
    if not status.running:
        return Text("■ stopped – F2 starts"), ""
    if status.locked:
        return Text("‖ locked – not tracked until you are back"), "away"
    seen = "  (input cannot be seen)" if status.down else ""
    seen += "  (no pictures)" if status.private else ""
    text = Text(f"▶ tracking {hours(status.session_minutes)}{seen}")
    return text, "away" if status.down else "on"


def totals(status: Status) -> Text:
    """Session from here; today and week from the server, so that both sides see the same."""
    limit = f" of {hours(status.limit)}" if status.limit is not None else ""
    week = "–" if status.week is None else hours(status.week) + limit
    if status.week_error:
        week = "unknown"
    rows = [
        ("session", hours(status.session_minutes)),
        ("today", _today(status)),
        ("week", week),
        ("billed", "–" if status.billed is None or status.week_error else hours(status.billed)),
        ("", ""),
        ("server", "✖ not connected" if status.trouble else "✔ connected"),
        ("to send", str(status.spool.waiting)),
    ]
    if status.unsafe:
        rows.append(("unsafe", f"{status.unsafe} sent, not yet checked"))
    if status.spool.refused:
        rows.append(("refused", f"{status.spool.refused} (workdiary spool)"))
    text = Text()
    for name, value in rows:
        text.append(f"{name:<9}", "dim")
        text.append(f"{value}\n", "bold" if name in {"session", "today", "week"} else "")
    if status.week_error:
        text.append(f"\n{harmless(status.week_error)[:_REASON]}", "bold")
    if status.alarm:
        text.append(f"\n✖ {harmless(status.alarm)[:_REASON]}", "bold reverse")
    if status.trouble:
        text.append(f"\n{harmless(status.trouble)[:_REASON]}", "italic")
    return text


def _today(status: Status) -> str:
    """Counted minutes; and those billed, where they are fewer and known."""
    if status.today is None:
        return "–"
    same = status.today_billed in (None, status.today) or status.week_error
    return hours(status.today) + ("" if same else f" ({hours(status.today_billed or 0)} billed)")


def picture_notice(status: Status) -> str:
    if status.shot is None:
        return "no picture yet in this session"
    if not status.shot.frames:
        return f"no picture: {harmless(status.shot.no_picture)}"
    monitors = len(status.shot.frames)
    what = "A picture was taken" if monitors == 1 else f"{monitors} pictures were taken"
    return f"{what} – F8 discards it" if status.discardable else f"{what} and recorded"


def run_face(
    folder: Path, contract: str | None, memo: str, private: bool, capture: str | None
) -> None:
    """Show the face until it is left, then record and send what is open."""
    asyncio.run(_run(folder, contract, memo, private, capture))


async def _run(
    folder: Path, contract: str | None, memo: str, private: bool, capture: str | None
) -> None:
    from workdiary_tracker.session import opened

    early: list[str] = []
    say = early.append
    async with opened(folder, capture, lambda line: say(line)) as tracker:
        face = Face(tracker, tracker.choose(contract) if contract else None, memo)
        if private:
            tracker.set_private(True)
        for line in early:
            face.say(line)
        say = face.say
        try:
            await face.run_async()
        finally:
            print("recording and sending what is open …", flush=True)
            await tracker.close()
