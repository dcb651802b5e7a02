"""Takes a day, a week or a month out of the TUI: to a file here, or by a command for SSH."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from workdiary import api
from workdiary.errors import WorkdiaryError
from workdiary.exporting.periods import Period, day_of, file_name, month_of, week_from

from workdiary_tui import look
from workdiary_tui.exporting import Host, export_command, new_file
from workdiary_tui.pieces import Piece, Pieces, cut, fit, spread
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.key_strip import KeyStrip
from workdiary_tui.words import shown, wrapped
from workdiary_tui.working import work

_FORMS = (
    ("t", "text", "text"),
    ("c", "csv", "CSV"),
    ("j", "json", "JSON"),
    ("p", "pdf", "PDF"),
    ("h", "html", "HTML+pictures"),
)
_PERIODS = (("d", "day "), ("w", "week "), ("r", "range "))
_WEEK = 1
_ROOMY = 74
_TOLD_EVERY = 10


def export_lines(
    periods: Sequence[Period], chosen: int, host: Host | None, told: str, width: int
) -> list[Pieces]:
    """What can be taken out, in which forms, and what became of the last one."""
    title = spread(
        [(f" Take out {periods[chosen]} (UTC)", look.TITLE)],
        [("e closes ", look.TITLE_REST)],
        width,
        look.TITLE,
    )
    which: list[Piece] = []
    for place, ((key, word), period) in enumerate(zip(_PERIODS, periods, strict=True)):
        here = place == chosen
        which += [(">" if here else " ", look.PLAIN), (key, look.KEY)]
        text = f" {word if width >= _ROOMY else ''}{period}  "
        which.append((text, look.BOLD if here else look.PLAIN))
    forms: list[Piece] = []
    for key, _, word in _FORMS:
        forms += [(f" {key}", look.KEY), (f" {word} ", look.PLAIN)]
    where = "shows and copies the command to type at home" if host else "saves it in this folder"
    words = wrapped(told, max(10, width - 2)) or [where]
    lines = [[(fit(f" {line}", width), look.PLAIN)] for line in words]
    return [title, cut(which, width), cut(forms, width), *lines]


class ExportStrip(KeyStrip):
    """A week is offered first: what is billed is a week."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, f"export('{form}')", id=f"export.{form}", show=False)
            for key, form, _ in _FORMS
        ),
        *(
            Binding(key, f"choose({place})", id=f"export.{word.strip()}", show=False)
            for place, (key, word) in enumerate(_PERIODS)
        ),
        Binding("e", "close", id="export.close", show=False),
    ]

    @dataclass
    class Told(Message):
        """Where the file is, how far it is, or why there is none."""

        text: str

    def __init__(self, reader: Reader) -> None:
        super().__init__("export")
        self._reader = reader
        self._contract: api.Contract | None = None
        self._periods: tuple[Period, ...] = ()
        self._chosen = _WEEK
        self._told = ""

    def open(self, contract: api.Contract, day: date, monday: date) -> None:
        self._contract, self._told = contract, ""
        self._periods = (day_of(day), week_from(monday), month_of(day))
        self._chosen = _WEEK
        self._redraw()
        self.open_up()

    def action_choose(self, place: int) -> None:
        self._chosen = place
        self._say("")

    def action_export(self, form: str) -> None:
        contract, host, period = self._contract, self._reader.host, self._periods[self._chosen]
        if contract is None:
            return
        if host is not None:
            command = export_command(host, contract.name, period, form)
            self.app.copy_to_clipboard(command)
            self._say(command)
            return
        self._say("asking for it ...")
        work(self, "export", partial(self._fetch, contract, period, form))

    async def _fetch(self, contract: api.Contract, period: Period, form: str) -> None:
        from workdiary.exporting.archive import write_export  # zip and HTML, which few need

        source, now = self._reader.cache.diary, self._reader.now()
        try:
            with new_file(Path.cwd(), file_name(contract.name, period, form)) as (path, file):
                await write_export(source, contract, period, form, file, now, self._progress)
                kilobytes = -(-file.tell() // 1024)
        except (WorkdiaryError, OSError) as error:
            self.post_message(self.Told(f"not saved: {error}"))
        else:
            self.post_message(self.Told(f"saved {path} ({kilobytes} KB)"))

    def _progress(self, done: int, of: int) -> None:
        """Each line that changes costs the reader's line to the server."""
        if done % _TOLD_EVERY == 0:
            self.post_message(self.Told(f"{done} of {of} pictures ..."))

    def on_export_strip_told(self, message: Told) -> None:
        self._say(message.text)

    def _say(self, text: str) -> None:
        self._told = shown(text)
        self._redraw()

    def _redraw(self) -> None:
        periods, chosen, host, told = self._periods, self._chosen, self._reader.host, self._told
        self.show(lambda width: export_lines(periods, chosen, host, told, width))
