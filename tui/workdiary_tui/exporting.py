"""A week's timesheet as a file: its name, where it goes, and the command for those who come by SSH.

A reader on their own machine finds the file in the folder they are in. Over SSH that folder would
be the server's: nothing is written there, and the command to type at home is shown instead.
"""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from workdiary_tui.words import shown

SUFFIX = {"text": "txt", "csv": "csv", "json": "json", "pdf": "pdf"}
_KEPT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_MOST = 100


@dataclass(frozen=True, slots=True)
class Host:
    """The machine that a reader is logged in to by SSH, as their own machine names it."""

    user: str
    address: str
    port: int

    @property
    def login(self) -> str:
        port = "" if self.port == 22 else f"-p {self.port} "
        return f"{port}{self.user}@{self.address}"


def host_of(environment: Mapping[str, str]) -> Host | None:
    """By SSH_CONNECTION: client address and port, server address and port."""
    parts = environment.get("SSH_CONNECTION", "").split()
    if len(parts) != 4 or not parts[3].isdecimal():
        return None
    return Host(getpass.getuser(), parts[2], int(parts[3]))


def week_word(monday: date) -> str:
    """ISO 8601: ``2026-W45``."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def file_name(contract: str, monday: date, form: str) -> str:
    """``acme-website-2026-W45.csv``: nothing of a foreign name leads to another folder."""
    plain = "".join(character if character in _KEPT else "-" for character in contract)
    return f"{plain[:_MOST].strip('.-') or 'contract'}-{week_word(monday)}.{SUFFIX[form]}"


def export_command(host: Host, contract: str, monday: date, form: str) -> str:
    """What to type at home."""
    name = shlex.quote(shown(contract))
    remote = shlex.quote(f"export {name} --week {week_word(monday)} --format {form}")
    return f"ssh {host.login} {remote} > {file_name(contract, monday, form)}"


def save(folder: Path, name: str, content: bytes) -> Path:
    """Write a new file; one that is there already is left, and a number is added.

    :raises OSError: it cannot be written
    """
    stem, _, suffix = name.rpartition(".")
    for number in range(1, _MOST):
        path = folder / (name if number == 1 else f"{stem}-{number}.{suffix}")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"there are {_MOST - 1} files named {stem} in {folder} already")
