"""How a reader wants to see the diary, and who said so: a flag, the environment, ``tui.toml``.

The file lies beside the credentials. It is changed line by line: comments, and whatever else the
reader wrote, stay as they are; where that is not possible it is not changed at all.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workdiary.days import zone_named
from workdiary.errors import ConfigError, InvalidError
from workdiary.nearest import nearest

FILE = "tui.toml"
KEYMAP = "keymap"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Kind:
    """A setting: what may be chosen (a zone: any), what it is otherwise, and what it does."""

    name: str
    choices: tuple[str, ...]
    own: str
    what: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("theme", ("auto", "dark", "light"), "auto", "colours for the terminal's background"),
        Kind("zone", (), "", "your time zone, if it is not this machine's"),
        Kind(
            "images",
            ("auto", "kitty", "sixel", "sextant", "quadrant", "half", "off"),
            "auto",
            "how pictures are drawn",
        ),
        Kind("ascii", ("off", "on"), "off", "ASCII characters alone"),
        Kind("mouse", ("auto", "on", "off"), "auto", "auto: on, but off over SSH"),
    )
}
_SWITCH = "ascii"
"""``true`` or ``false`` in the file."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it comes from: ``--theme``, ``WORKDIARY_THEME``, ``tui.toml``, default."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file says; ``keys`` are those of ``[keymap]``, as they were written."""

    values: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds, and the ``path`` of the file that keeps it for the next time."""

    path: Path
    found: tuple[Setting, ...]
    keys: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return next(one.value for one in self.found if one.name == name)

    def __iter__(self) -> Iterator[Setting]:
        return iter(self.found)

    @property
    def asked_zone(self) -> str:
        """The zone of what is printed: a script's output must not hang on what a person keeps."""
        zone = next(one for one in self.found if one.name == "zone")
        return zone.value if zone.origin != FILE else ""

    @property
    def ascii_only(self) -> bool:
        return self["ascii"] == "on"

    @property
    def pictures(self) -> str:
        """Pictures are no ASCII: they are drawn only if they were asked for by name."""
        images = self["images"]
        return "off" if self.ascii_only and images == "auto" else images

    def mouse(self, *, over_ssh: bool) -> bool:
        """Over SSH a terminal selects and copies only without it."""
        return not over_ssh if self["mouse"] == "auto" else self["mouse"] == "on"


def resolved(path: Path, given: Sequence[Setting] = (), kept: Kept | None = None) -> Settings:
    """What holds: what was ``given`` by a flag or a variable, else the file's, else our own.

    :raises ConfigError: names the file (or the variable), the key, and what would be right
    """
    kept = kept or load(path)
    before = {one.name: one for one in given}
    found: list[Setting] = []
    for name, kind in KINDS.items():
        if name in before:
            _check(kind, before[name].value, before[name].origin)
            found.append(before[name])
        elif name in kept.values:
            found.append(Setting(name, kept.values[name], FILE))
        else:
            found.append(Setting(name, kind.own, DEFAULT))
    return Settings(path, tuple(found), kept.keys)


def load(path: Path) -> Kept:
    """:raises ConfigError: names the file, the key, and what would be right"""
    text = _text(path)
    return _kept(text, path) if text else Kept()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()  # line ends as they are
    except FileNotFoundError:
        return ""
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _kept(text: str, path: Path) -> Kept:
    import tomllib  # most readers keep nothing, and each session of theirs costs the host

    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    keys = tables.pop(KEYMAP, {})
    if not isinstance(keys, dict):
        raise ConfigError(f"{path}: {KEYMAP} is a section: write [{KEYMAP}]")
    for name in tables:
        if name not in KINDS:
            raise ConfigError(f"{path}: unknown key {name!r}{nearest(name, [*KINDS, KEYMAP])}")
    values = {name: _value(KINDS[name], found, path) for name, found in tables.items()}
    return Kept(values, dict(_flat(keys, path)))


def _value(kind: Kind, found: Any, path: Path) -> str:
    where = f"{path}: {kind.name}"
    if kind.name == _SWITCH:
        if not isinstance(found, bool):
            raise ConfigError(f"{where} = {found!r}: write true or false")
        return "on" if found else "off"
    if not isinstance(found, str):
        raise ConfigError(f"{where} = {found!r}: write a text, in quotes")
    _check(kind, found, where)
    return found


def _check(kind: Kind, value: str, where: str) -> None:
    if kind.choices and value not in kind.choices:
        raise ConfigError(f"{where} = {value!r}: write one of {', '.join(kind.choices)}")
    if not kind.choices and value:
        try:
            zone_named(value)
        except InvalidError as error:
            raise ConfigError(f"{where}: {error}") from error


def _flat(keys: Mapping[str, Any], path: Path, before: str = "") -> Iterator[tuple[str, str]]:
    """``segment.next`` is one id, in quotes or not: without them TOML makes tables of it."""
    for name, found in keys.items():
        if isinstance(found, dict):
            yield from _flat(found, path, f"{before}{name}.")
        elif isinstance(found, str):
            yield f"{before}{name}", found
        else:
            where = f"{path}: [{KEYMAP}] {before}{name}"
            raise ConfigError(f'{where} = {found!r}: write keys in quotes, such as "n,ctrl+n"')


def keep(path: Path, name: str, value: str | None) -> None:
    """Write one setting into the file, or with None take it out; all else in it stays.

    :raises ConfigError: the value is none, or the file is not such that this can be done
    """
    kind = KINDS[name]
    if value is not None:
        _check(kind, value, name)
    text = _text(path)
    before = _kept(text, path)
    values = dict(before.values)
    values.pop(name, None)
    if value is not None:
        values[name] = value
    changed = _changed(text, name, None if value is None else _toml(kind, value))
    try:
        right = _kept(changed, path) == Kept(values, before.keys)
    except ConfigError:
        right = False
    if not right:
        raise ConfigError(f"{name} is written over several lines in {path}: change it there")
    if changed != text:
        _write(path, changed)


def _toml(kind: Kind, value: str) -> str:
    if kind.name == _SWITCH:
        return "true" if value == "on" else "false"
    return json.dumps(value, ensure_ascii=False)


def _changed(text: str, name: str, value: str | None) -> str:
    """The text with the line of ``name`` changed, added above the first section, or taken out."""
    lines = text.splitlines(keepends=True)
    section = next((at for at, line in enumerate(lines) if line.lstrip().startswith("[")), None)
    end = len(lines) if section is None else section
    for at in range(end):
        found = re.match(rf"""(\s*{name}\s*=\s*)("[^"]*"|'[^']*'|\w+)(.*)""", lines[at], re.DOTALL)
        if found is not None:
            new = "" if value is None else f"{found[1]}{value}{found[3]}"
            return "".join([*lines[:at], new, *lines[at + 1 :]])
    if value is None:
        return text
    if end and not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    gap = "\n" if section is not None else ""
    while section is not None and end and not lines[end - 1].strip():
        end, gap = end - 1, ""  # the blank line above the section stays above it
    return "".join([*lines[:end], f"{name} = {value}\n{gap}", *lines[end:]])


def _write(path: Path, text: str) -> None:
    """The file whole or not at all; where it is a link, what the link leads to."""
    try:
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f"{path.name}.new")
        temporary.unlink(missing_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
