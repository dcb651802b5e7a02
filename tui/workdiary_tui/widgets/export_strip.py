"""Takes a week's timesheet out of the TUI: to a file here, or by a command for SSH."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError

from workdiary_tui import look
from workdiary_tui.exporting import Host, export_command, file_name, save, week_word
from workdiary_tui.pieces import Piece, Pieces, fit, spread
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.words import shown, wrapped
from workdiary_tui.working import work

_FORMS = (("t", "text", "text"), ("c", "csv", "CSV"), ("j", "json", "JSON"), ("p", "pdf", "PDF"))


def export_lines(monday: date, host: Host | None, told: str, width: int) -> list[Pieces]:
    """The choice of forms, and what became of the last one."""
    title = spread(
        [(f" Timesheet of {week_word(monday)}", look.TITLE)],
        [("e closes ", look.TITLE_REST)],
        width,
        look.TITLE,
    )
    keys: list[Piece] = []
    for key, _, word in _FORMS:
        keys += [(f" {key}", look.KEY), (f" {word} ", look.PLAIN)]
    where = "shows and copies the command to type at home" if host else "saves it in this folder"
    words = wrapped(told, max(10, width - 2)) or [where]
    return [title, keys, *([(fit(f" {line}", width), look.PLAIN)] for line in words)]


class ExportStrip(LinesView):
    """Hidden until it is asked for; it has the keys while it is shown."""

    DEFAULT_CSS = """
    ExportStrip { display: none; layer: overlay; dock: bottom; height: auto; margin-bottom: 1; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        *((key, f"export('{form}')") for key, form, _ in _FORMS),
        ("e,escape,q", "close"),
    ]

    @dataclass
    class Told(Message):
        """Where the file is, or why there is none."""

        text: str

    def __init__(self, reader: Reader) -> None:
        super().__init__(id="export")
        self._reader = reader
        self._contract: api.Contract | None = None
        self._monday = date.min
        self._told = ""
        self._before: Widget | None = None

    def open(self, contract: api.Contract, monday: date) -> None:
        self._contract, self._monday, self._told = contract, monday, ""
        self._before = self.screen.focused
        self.display = self.can_focus = True
        self._redraw()
        self.call_after_refresh(self.focus)

    def action_close(self) -> None:
        """What is hidden loses the keys: they go back to whoever had them."""
        self.display = self.can_focus = False
        self.screen.set_focus(self._before)

    def action_export(self, form: str) -> None:
        contract, host = self._contract, self._reader.host
        if contract is None:
            return
        if host is not None:
            command = export_command(host, contract.name, self._monday, form)
            self.app.copy_to_clipboard(command)
            self._say(command)
            return
        self._say("asking for it ...")
        work(self, "export", partial(self._fetch, contract, self._monday, form))

    async def _fetch(self, contract: api.Contract, monday: date, form: str) -> None:
        name = file_name(contract.name, monday, form)
        try:
            content = await self._reader.cache.timesheet_file(contract.id, monday, form)
            path = await asyncio.to_thread(save, Path.cwd(), name, content)
        except (WorkdiaryError, OSError) as error:
            self.post_message(self.Told(f"not saved: {error}"))
        else:
            self.post_message(self.Told(f"saved {path} ({-(-len(content) // 1024)} KB)"))

    def on_export_strip_told(self, message: Told) -> None:
        self._say(message.text)

    def _say(self, text: str) -> None:
        self._told = shown(text)
        self._redraw()

    def _redraw(self) -> None:
        monday, host, told = self._monday, self._reader.host, self._told
        self.show(lambda width: export_lines(monday, host, told, width))
