"""The reviewer's app: one reader, a stack of screens, and the live link to the server."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.events import CursorPosition
from textual.messages import TerminalSupportsSynchronizedOutput
from textual.screen import Screen
from workdiary import api
from workdiary.entries import EntryKind

from workdiary_tui.jumping import EXAMPLES
from workdiary_tui.live import DiaryChanged, Events, LinkLost, LinkUp, follow
from workdiary_tui.news import news
from workdiary_tui.opening import Opening, day_of, jump
from workdiary_tui.reader import Reader
from workdiary_tui.screens.calendar import CalendarScreen
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.screens.linked import LinkedScreen
from workdiary_tui.screens.search import SearchScreen
from workdiary_tui.terminal.driver import SwitchedMouse
from workdiary_tui.terminal.last_frame import LastFrame
from workdiary_tui.watching import LogLookedAt, Watch
from workdiary_tui.widgets.prompt import Prompt
from workdiary_tui.working import work


class DiaryApp(App[None]):
    """Contracts, a day, a segment: all of it to read; only a freelancer's own can be changed."""

    TITLE = "workdiary"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS = "Screen { background: ansi_default; color: ansi_default; overflow: hidden; }"

    def __init__(
        self,
        reader: Reader,
        events: Events,
        contracts: Sequence[api.Contract],
        opening: Opening | None = None,
        greeting: str = "",
        watch: Watch | None = None,
    ) -> None:
        """
        :param greeting: what to tell the reader first, on the line of keys
        :param watch: holds the logs to this machine's mirror, if it has one
        """
        super().__init__(ansi_color=True)
        self.animation_level = "none"
        self.reader = reader
        self._events = events
        self._contracts = reader.contracts = tuple(contracts)
        self._opening = opening
        self._greeting = greeting
        self._watch = watch
        self._away = False
        self._last_frame = LastFrame()
        self.set_keymap(reader.keymap.for_textual())

    def get_default_screen(self) -> Screen[None]:
        return ContractsScreen(self.reader, self._contracts)

    def on_mount(self) -> None:
        self.theme = "ansi-dark"
        self.reader.graphics.write_with(self._write)
        self.reader.sixels.write_with(self._write)
        if self._opening is not None:
            self._opening.push(self)
        self.run_worker(follow(self._events, self.post_message), group="live", exclusive=True)
        if self._watch is not None:
            self.run_worker(self._watch.run(self.post_message), group="watch", exclusive=True)
        if self._greeting:
            self.call_after_refresh(self._diary_screens()[-1].say, self._greeting)

    def exit(
        self, result: None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        self.reader.graphics.forget_all()  # later is too late: the other screen has its own
        super().exit(result, return_code, message)

    def _write(self, text: str) -> None:
        self._last_frame.forget()
        if self._driver is not None:
            self._driver.write(text)

    def on_resize(self) -> None:
        self._last_frame.forget()

    @on(TerminalSupportsSynchronizedOutput)
    def _terminal_answered(self) -> None:
        self.reader.graphics.arrivals.answered()

    @on(CursorPosition)
    def _terminal_said_where(self) -> None:
        self.reader.sixels.arrived(self.screen)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Textual's frames and the pictures over them go out in turn."""
        if isinstance(screen, DiaryScreen) and not screen.is_due(renderable):
            return
        if self._last_frame.repeats(renderable):
            return
        if renderable is not None:
            self.reader.sixels.before_frame(screen, renderable)
        super()._display(screen, renderable)
        self.reader.sixels.after_frame(screen)

    def _diary_screens(self) -> list[DiaryScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, DiaryScreen)]

    @on(DiaryChanged)
    def _changed(self, message: DiaryChanged) -> None:
        self.reader.cache.forget(message.contract)
        if message.kind == EntryKind.SEGMENT_DELETED:
            self.reader.forget_pictures(message.contract)
        for screen in self._diary_screens():
            if screen.concerns(message.contract):
                screen.reload()
        self._tell(message)
        self._look_at([one for one in self._contracts if one.id == message.contract])

    def _look_at(self, contracts: Sequence[api.Contract]) -> None:
        if self._watch is not None:
            self._watch.ask(contracts)

    @on(LogLookedAt)
    def _looked_at(self, message: LogLookedAt) -> None:
        """A log in doubt is shown on every screen of its contract until a look finds it well."""
        known = self.reader.doubts.pop(message.contract, "")
        if message.doubt:
            self.reader.doubts[message.contract] = message.doubt
        if known != message.doubt:
            for screen in self._diary_screens():
                screen.show_banner()

    def _tell(self, message: DiaryChanged) -> None:
        """What is shown changes under the reader's eyes: say why."""
        words = news(message.kind)
        here = self._diary_screens()[-1]
        if words and here.concerns(message.contract) and not here.knows(message.kind):
            here.say(words)

    @on(LinkUp)
    def _up(self) -> None:
        self.reader.cache.forget_all()
        for screen in self._diary_screens():
            screen.server_away(None)
            screen.reload()
        if self._away:
            self._away = False
            self._diary_screens()[-1].say("the server is back")
        self._look_at(self._contracts)

    @on(LinkLost)
    def _lost(self, message: LinkLost) -> None:
        self._away = True
        again = "" if message.seconds is None else "; trying again"
        for screen in self._diary_screens():
            screen.server_away(f"{message.reason}{again}")

    def action_search(self) -> None:
        """Search the contract that is on the screen."""
        if isinstance(self.screen, LinkedScreen):
            self.push_screen(SearchScreen(self.reader, self.screen.contract))

    def action_calendar(self) -> None:
        """The month of what is on the screen; from it one returns to a day."""
        screen = self.screen
        if isinstance(screen, LinkedScreen) and not isinstance(screen, CalendarScreen):
            day = day_of(screen, self.reader)
            calendar = CalendarScreen(self.reader, screen.contract, day)
            self.push_screen(calendar, lambda _: self._come_from(calendar))

    def _come_from(self, calendar: CalendarScreen) -> None:
        day = calendar.opened
        if day is None:
            return
        if isinstance(self.screen, DayScreen):
            self.screen.go(day)
        else:
            self.push_screen(DayScreen(self.reader, calendar.contract, day))

    def action_jump(self) -> None:
        self.screen.query_one(Prompt).ask(":", f"Jump to: {EXAMPLES}")

    @on(Prompt.Entered)  # of the one behind ":"; others are stopped by the screen that asked
    def _jump(self, message: Prompt.Entered) -> None:
        work(self, "jump", partial(jump, self, self.reader, message.text, message.prompt))

    def action_mouse(self) -> None:
        """Over SSH it is off at first: a terminal selects and copies without it."""
        if isinstance(self._driver, SwitchedMouse):
            on = self._driver.switch_mouse()
            told = "on" if on else "off: the terminal selects and copies"
            self._diary_screens()[-1].say(f"mouse {told}")

    def action_settings(self) -> None:
        from workdiary_tui.key_ids import (
            FREELANCERS,
            all_keys,
        )  # all screens: few sessions ever need them
        from workdiary_tui.screens.settings import SettingsScreen

        hidden = frozenset() if any(map(self.reader.owns, self._contracts)) else FREELANCERS
        keys = [key for key in all_keys(self.reader.keymap) if key.id not in hidden]
        if not isinstance(self.screen, SettingsScreen):
            self.push_screen(SettingsScreen(self.reader, keys))

    def action_help_quit(self) -> None:
        """What Ctrl-C says."""
        self._diary_screens()[-1].say(f"{self.reader.keymap.sign('quit', 'Q')} quits")

    def _fatal_error(self) -> None:
        """Say where it broke and nothing of what was shown: locals hold memos and tokens."""
        error = self._exception
        frames = traceback.extract_tb(error.__traceback__) if error else []
        where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        name = type(error).__name__ if error else "an error"
        self._exit_renderables.append(
            Text(f"workdiary: the screen stopped on {name}{where}; the diary itself is unharmed")
        )
        self._close_messages_no_wait()
