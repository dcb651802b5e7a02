"""Taking possession of a storage folder: its marker, its lock, and what a crash left behind.

A storage folder holds a marker file. A folder without one is taken as new only when it is missing
or empty, and only while ``create`` allows it; any other is refused, so that blobs never land in a
foreign folder, and with ``create = false`` never in the bare mount point of an unmounted disk.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from contextlib import ExitStack, suppress
from pathlib import Path

from workdiary.errors import ConfigError

MARKER = ".workdiary-storage"
LOCK = ".lock"
TEMPS = ".tmp"
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_NOT_FOREIGN = frozenset({LOCK, TEMPS, "lost+found"})
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


class Root:
    """An opened storage folder: descriptors of it and of its folder for temporary files."""

    def __init__(self, path: Path, *, create: bool) -> None:
        """:raises ConfigError: the folder cannot be used; the message says what would help"""
        self.path = path
        self._held = ExitStack()
        try:
            with self._held as opening:
                self._open(create)
                self._held = opening.pop_all()
        except OSError as error:
            raise ConfigError(f"storage folder {path}: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the folder and its lock."""
        self._held.close()

    def is_in_place(self) -> bool:
        """Whether the path still leads to this folder, and the folder is still a storage."""
        try:
            here = os.stat(self.path)
            os.stat(MARKER, dir_fd=self.folder, follow_symlinks=False)
        except OSError:
            return False
        return os.path.samestat(here, os.fstat(self.folder))

    def _open(self, create: bool) -> None:
        _check_content(self.path, create)
        _make_durable(self.path)
        # The path's last part may be a link that the operator made; nothing below it may.
        self.folder = self._hold(os.open(self.path, FOLDER & ~os.O_NOFOLLOW))
        self._lock()
        self._mark()
        with suppress(FileExistsError):
            os.mkdir(TEMPS, 0o700, dir_fd=self.folder)
        self.temps = self._hold(os.open(TEMPS, FOLDER, dir_fd=self.folder))
        if os.fstat(self.temps).st_dev != os.fstat(self.folder).st_dev:
            raise ConfigError(f"{self.path / TEMPS} must be on the same file system as its parent")
        for leftover in os.listdir(self.temps):
            os.unlink(leftover, dir_fd=self.temps)
        self._probe_links()

    def _hold(self, descriptor: int) -> int:
        self._held.callback(os.close, descriptor)
        return descriptor

    def _lock(self) -> None:
        """Hold the lock until ``close``; the kernel frees it when the process dies."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = self._hold(os.open(LOCK, flags, 0o600, dir_fd=self.folder))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(
                f"storage folder {self.path} is in use by another server; stop it, or give this "
                "one a path of its own"
            ) from error

    def _mark(self) -> None:
        with suppress(FileExistsError):
            marker = os.open(MARKER, NEW_FILE, 0o600, dir_fd=self.folder)
            try:
                os.write(marker, b"workdiary storage 1\n")
                os.fsync(marker)
            finally:
                os.close(marker)
            os.fsync(self.folder)

    def _probe_links(self) -> None:
        """Blobs are published by hard links: the one step that never overwrites. Try one."""
        first, second = secrets.token_hex(16), secrets.token_hex(16)
        try:
            os.close(os.open(first, NEW_FILE, 0o600, dir_fd=self.temps))
            os.link(first, second, src_dir_fd=self.temps, dst_dir_fd=self.temps)
        except OSError as error:
            if error.errno in _NO_LINKS:
                raise ConfigError(
                    f"storage folder {self.path}: its file system has no hard links; use one that "
                    "has, such as ext4, XFS, Btrfs or ZFS"
                ) from error
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            # A full disk must not keep the server from serving and deleting what it has.
        finally:
            for name in (first, second):
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=self.temps)


def _check_content(path: Path, create: bool) -> None:
    """Refuse, before anything is written, a folder that is not a storage and may not become one."""
    if not path.exists():
        found = "does not exist"
    elif not path.is_dir():
        raise ConfigError(f"storage path {path} is not a folder")
    elif (path / MARKER).is_file():
        return
    elif set(os.listdir(path)) <= _NOT_FOREIGN:
        found = "is empty"
    else:
        raise ConfigError(
            f"folder {path} holds other files and no {MARKER}: it is not a workdiary storage; "
            "name an empty folder, or the one that was used before"
        )
    if not create:
        raise ConfigError(
            f"storage folder {path} {found}: is its disk mounted? "
            "(create = true allows a new storage there)"
        )


def _make_durable(path: Path) -> None:
    """Make the folder and its missing parents, each one synced into its own parent."""
    if path.is_dir():
        return
    _make_durable(path.parent)
    with suppress(FileExistsError):
        path.mkdir(0o700)
    parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
