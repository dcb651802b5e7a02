"""Where a file that is taken out goes, and the command for those who come by SSH.

A reader on their own machine finds the file in the folder they are in. Over SSH that folder would
be the server's: nothing is written there, and the command to type at home is shown instead.
"""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from workdiary.exporting.periods import Period, file_name

from workdiary_tui.words import shown

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


def export_command(host: Host, contract: str, period: Period, form: str) -> str:
    """What to type at home."""
    name = shlex.quote(shown(contract))
    remote = shlex.quote(f"export {name} {period.options} --format {form}")
    return f"ssh {host.login} {remote} > {file_name(contract, period, form)}"


@contextmanager
def new_file(folder: Path, name: str) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file to write; one that is there already is left, and a number is added.

    What breaks off leaves none.

    :raises OSError: it cannot be written
    """
    path, file = _opened(folder, name)
    try:
        with file:
            yield path, file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _opened(folder: Path, name: str) -> tuple[Path, BinaryIO]:
    stem, _, suffix = name.rpartition(".")
    for number in range(1, _MOST):
        path = folder / (name if number == 1 else f"{stem}-{number}.{suffix}")
        try:
            return path, path.open("xb")
        except FileExistsError:
            continue
    raise FileExistsError(f"there are {_MOST - 1} files named {stem} in {folder} already")
