"""The lines of an OpenSSH ``authorized_keys`` file that let one person in, for one command.

A line is workdiary's when its comment begins with ``workdiary:`` and the person's id; every other
line is foreign, and kept byte by byte. What the owner adds to our options (``from=``) stays too.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from workdiary.public_keys import PublicKey

_OURS = re.compile(
    r'(?P<options>(?:[^\s"]|"[^"]*")+) +(?P<kind>\S+) +(?P<blob>[A-Za-z0-9+/]+=*)'
    r" +workdiary:(?P<person>[0-9a-f]{32})(?: (?P<name>.*?))?\s*"
)
_OPTION = re.compile(r'(?:[^,"]|"[^"]*")+')
_MOMENTS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key of one person, and what sshd holds it to."""

    key: PublicKey
    person: str
    name: str
    options: tuple[str, ...] = ("restrict", "pty")

    @property
    def text(self) -> str:
        options = ",".join(self.options)
        return f"{options} {self.key.kind} {self.key.blob} workdiary:{self.person} {self.name}"

    @property
    def command(self) -> tuple[str, ...]:
        """The words that sshd has the shell run, whatever was asked for."""
        return tuple(shlex.split(self._value("command")))

    @property
    def ends(self) -> datetime | None:
        """The moment from which sshd refuses the key; None where it never does."""
        value = self._value("expiry-time")
        if not value:
            return None
        digits = value.removesuffix("Z")
        form = _MOMENTS[len(digits)]
        if digits != value:
            return datetime.strptime(digits, form).replace(tzinfo=UTC)
        return datetime.strptime(digits, form).astimezone()

    @property
    def last_day(self) -> date | None:
        ends = self.ends
        return (ends - timedelta(seconds=1)).date() if ends else None

    def is_over(self, now: datetime) -> bool:
        ends = self.ends
        return ends is not None and ends <= now

    def held_to(self, command: Iterable[str], last_day: date | None) -> KeyLine:
        """The same line with another command and last day; all other options stay."""
        ours = ("command=", "expiry-time=")
        options = [option for option in self.options if not option.startswith(ours)]
        if last_day is not None:
            options.append(f'expiry-time="{last_day + timedelta(days=1):%Y%m%d}"')
        options.append(f'command="{shlex.join(command)}"')
        return replace(self, options=tuple(options))

    def _value(self, option: str) -> str:
        found = [o for o in self.options if o.startswith(f"{option}=")]
        return found[0].partition("=")[2].strip('"') if found else ""


def our_line(line: str) -> KeyLine | None:
    """What a line of the file says, if it is workdiary's and in an order that sshd takes."""
    found = _OURS.fullmatch(line)
    if found is None:
        return None
    options = tuple(_OPTION.findall(found["options"]))
    key = PublicKey(found["kind"], found["blob"])
    read = KeyLine(key, found["person"], found["name"] or "", options)
    return read if _is_sound(read) else None


def _is_sound(line: KeyLine) -> bool:
    try:
        _ = line.ends
        return bool(line.command)
    except (KeyError, ValueError):
        return False


def folder_of(line: KeyLine) -> Path | None:
    """The folder whose credentials the line's command reads with."""
    words = line.command
    return Path(words[words.index("--as") + 1]) if "--as" in words[:-1] else None
