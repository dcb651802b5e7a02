"""The settings: what holds and who said so, what is kept for the next time, and every key's id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.widget import Widget
from workdiary.errors import ConfigError

from workdiary_tui import look
from workdiary_tui.pieces import Piece, Pieces, cut, fit, spread
from workdiary_tui.reader import Reader
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.tui_settings import FILE, KINDS, Settings, keep, load
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.prompt import Prompt
from workdiary_tui.widgets.row_list import RowList
from workdiary_tui.words import shown
from workdiary_tui.zones import local_zone_name

if TYPE_CHECKING:
    from workdiary_tui.key_ids import Binding as Key

_NAME_CELLS, _VALUE_CELLS, _ORIGIN_CELLS = 8, 14, 18
_ID_CELLS, _KEYS_CELLS = 20, 14
_SIGN = "="


@dataclass(frozen=True, slots=True)
class SettingRow:
    """``kept`` is what the file says, None where it says nothing."""

    name: str
    value: str
    origin: str
    kept: str | None

    @property
    def later(self) -> str:
        """What the file changes, and when: nothing that a flag or a variable sets."""
        if self.kept is None:
            return f"next start: {_worded(self.name, '')}" if self.origin == FILE else ""
        if self.origin not in (FILE, "default"):
            return f"outranked: {_worded(self.name, self.kept)}"
        return "" if self.kept == self.value else f"next start: {_worded(self.name, self.kept)}"


@dataclass(frozen=True, slots=True)
class KeyRow:
    key: Key


Row = SettingRow | KeyRow | str
"""A setting, an id of a key, or a heading."""


def setting_rows(settings: Settings, kept: dict[str, str]) -> list[SettingRow]:
    return [
        SettingRow(one.name, one.value, one.origin, kept.get(one.name)) for one in settings.found
    ]


def row_line(row: Row, width: int) -> Pieces:
    if isinstance(row, str):
        return [(fit(row, width), look.HEADING)]
    if isinstance(row, KeyRow):
        line: list[Piece] = [
            (fit(row.key.id, _ID_CELLS), look.PLAIN),
            (fit(row.key.shown, _KEYS_CELLS) + " ", look.KEY),
            (row.key.what, look.DIM),
        ]
        return cut(line, width)
    line = [
        (fit(row.name, _NAME_CELLS), look.PLAIN),
        (fit(_worded(row.name, row.value), _VALUE_CELLS) + " ", look.BOLD),
        (fit(row.origin, _ORIGIN_CELLS), look.PLAIN),
        (row.later or KINDS[row.name].what, look.BOLD if row.later else look.DIM),
    ]
    return cut(line, width)


def _worded(name: str, value: str) -> str:
    return value or KINDS[name].own or local_zone_name()


class SettingsList(RowList[Row]):
    """The cursor walks over settings and keys."""

    def line(self, row: Row, width: int) -> Pieces:
        return row_line(row, width)

    def identity(self, row: Row) -> object | None:
        if isinstance(row, SettingRow):
            return row.name
        return row.key.id if isinstance(row, KeyRow) else None


class SettingsScreen(DiaryScreen):
    """``enter`` changes a setting and keeps it at once; what is shown now stays until the end."""

    HINTS = (("enter", "change, keep"), ("d", "as it came"), ("j k", "move"), ("q", "back"))
    KEYS = (
        ("enter", "another value, kept in the file"),
        ("d", "out of the file: as it came"),
        ("j k ↓ ↑", "move"),
        ("g G", "first, last"),
    )
    WITH_KEYS = (SettingsList,)
    BINDINGS = [Binding("d", "forget", id="settings.default", show=False)]  # noqa: RUF012

    def __init__(self, reader: Reader, keys: Sequence[Key]) -> None:
        super().__init__(reader)
        self._keys = tuple(keys)

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        yield LinesView(id="told")
        yield SettingsList(id="settings")

    def on_mount(self) -> None:
        self.redraw()
        self.query_one(SettingsList).focus()

    def concerns(self, contract: str) -> bool:
        return False

    def reload(self) -> None:
        """The file may have been changed by hand meanwhile."""
        self.redraw()

    def redraw(self) -> None:
        settings = self.reader.settings
        where = shown(str(settings.path)) if settings is not None else "nothing can be kept here"
        self.query_one("#title", LinesView).show(
            lambda width: [
                spread([(" Settings", look.TITLE)], [("", look.PLAIN)], width, look.TITLE_REST)
            ]
        )
        self.query_one("#told", LinesView).show(
            lambda width: [[(fit(f" {where}", width), look.DIM)]]
        )
        self.query_one(SettingsList).show(self._rows())

    def _rows(self) -> list[Row]:
        rows: list[Row] = []
        settings = self.reader.settings
        if settings is not None:
            rows += ["Settings, and where each comes from", *setting_rows(settings, self._kept())]
        return [*rows, "Keys: ids for [keymap] in the file", *map(KeyRow, self._keys)]

    def _kept(self) -> dict[str, str]:
        settings = self.reader.settings
        if settings is None:
            return {}
        try:
            return dict(load(settings.path).values)
        except ConfigError as error:
            self.say(str(error))
            return {}

    @property
    def _chosen(self) -> SettingRow | None:
        row = self.query_one(SettingsList).chosen
        return row if isinstance(row, SettingRow) else None

    @on(RowList.Opened)
    def _opened(self) -> None:
        row = self._chosen
        if row is None:
            self.say(f"keys are changed in {FILE}, under [keymap]")
        elif row.name == "zone":
            told = "Your time zone, such as Europe/Paris"
            self.query_one(Prompt).ask(_SIGN, told, row.kept or row.value)
        else:
            choices = KINDS[row.name].choices
            now = choices.index(row.kept if row.kept is not None else row.value)
            self._keep(row.name, choices[(now + 1) % len(choices)])

    @on(Prompt.Entered)
    def _entered(self, message: Prompt.Entered) -> None:
        if message.prompt.sign == _SIGN:
            message.stop()
            refused = self._keep("zone", message.text)
            if refused:
                message.prompt.refuse(refused)
            else:
                message.prompt.close()

    def action_forget(self) -> None:
        row = self._chosen
        if row is not None:
            self._keep(row.name, None)

    def _keep(self, name: str, value: str | None) -> str:
        """Write it and say so; what is wrong is said, and returned."""
        settings = self.reader.settings
        if settings is None:
            return ""
        try:
            keep(settings.path, name, value)
        except ConfigError as error:
            self.say(str(error))
            return str(error)
        self.redraw()
        done = f"kept in {FILE}" if value is not None else f"out of {FILE}"
        self.say(f"{name}: {_worded(name, value or '')}, {done}; holds from the next start")
        return ""

    def zone_moved(self) -> None:
        self.say(f"times: {self.reader.clock().label(self.reader.now())}")
