"""The folder that backups are kept in.

``backups/STAMP`` has a database without keys, and the signed manifest; ``keys/STAMP`` its keys;
``blobs`` the sealed pictures of them all. A backup is there once its manifest is: each is made
under a name of its own and renamed when it is whole, so that a killed run costs nothing.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workdiary.errors import ConfigError

PART = ".part"
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Target:
    """A folder of backups."""

    path: Path

    @property
    def blobs(self) -> Path:
        return self.path / "blobs"

    @property
    def backups(self) -> Path:
        return self.path / "backups"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    def make(self) -> None:
        """Make the folder, and remove what a killed run left behind.

        :raises ConfigError: it cannot be made, or holds something else
        """
        try:
            if self.path.is_dir() and set(os.listdir(self.path)) - {"blobs", "backups", "keys"}:
                raise ConfigError(f"{self.path} holds other files: name a folder for backups alone")
            for folder in (self.path, self.blobs, self.backups, self.keys):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for left in (*self.backups.glob(f"*{PART}"), *self.keys.glob(f"*{PART}")):
                shutil.rmtree(left)
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be used: {error.strerror}") from error

    def stamps(self) -> list[str]:
        """The backups that are whole, oldest first."""
        if not self.backups.is_dir():
            return []
        return sorted(one.name for one in self.backups.iterdir() if one.suffix != PART)

    def free_stamp(self, now: int) -> str:
        """The name of a backup made at ``now``; a second later where that is taken."""
        taken = {one.name for folder in (self.backups, self.keys) for one in folder.iterdir()}
        while (stamp := datetime.fromtimestamp(now, UTC).strftime(_STAMP)) in taken:
            now += 1
        return stamp


def stamp_time(stamp: str) -> float:
    """When a backup was made, in seconds since 1970."""
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC).timestamp()


def sync(path: Path) -> None:
    """Make a file, or what a folder lists, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durable(path: Path, content: bytes) -> None:
    """Write a file under a name of its own, and give it its name when it is durable."""
    part = path.with_name(path.name + PART)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    sync(path.parent)
