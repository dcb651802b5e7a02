"""Rewriting an ``authorized_keys`` file: whole or not at all, and one command at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workdiary.errors import ConfigError


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the lock of a reviewers' folder, which is made if there is none."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(folder / "lock", "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def read_lines(path: Path) -> list[str]:
    """The file's lines without their ends; bytes that are no UTF-8 survive being written again.

    :raises ConfigError: it is there and cannot be read
    """
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    return text.removesuffix("\n").split("\n") if text else []


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Replace the file, mode 0600: sshd reads the old one or the new one.

    A symbolic link stays one. Its owner stays too, where root writes for an account.

    :raises ConfigError: it cannot be written there
    """
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        kept = path if path.exists() else path.parent
        if os.geteuid() == 0:
            os.fchown(descriptor, kept.stat().st_uid, kept.stat().st_gid)
        file.write(text.encode("utf-8", "surrogateescape"))
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
