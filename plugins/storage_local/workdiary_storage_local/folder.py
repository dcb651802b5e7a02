"""Blobs as files below one folder: the blocking core, in which the order of calls is everything.

A blob's path is its key. A put writes a temporary file and syncs it, links it to its name (which
fails if the name is taken), removes the temporary name and syncs the directory: only then is the
blob acknowledged. Every directory is opened by descriptor, part by part, following no link.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from workdiary.storage import (
    BlobExistsError,
    BlobNotFoundError,
    BlobStat,
    CorruptError,
    InvalidKeyError,
    StorageFullError,
    UnavailableError,
    check_key,
    is_key,
)

from workdiary_storage_local.root import FOLDER, NEW_FILE, Root

# O_NONBLOCK: a planted FIFO must not hang a thread; it changes nothing for a file.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Folder:
    """The blobs of an opened root. Any thread may call; raises storage errors and OSError."""

    def __init__(self, root: Root, free_space_floor: int) -> None:
        self._root = root
        self._floor = free_space_floor
        self._durable: set[str] = set()
        """Directories whose own names were synced in this life of the process. One that a crash
        left may be visible and yet not durable, so existing is not enough."""

    def put(self, key: str, blob: bytes) -> BlobStat:
        *parents, name = check_key(key).split("/")
        self._check_room(len(blob))
        with self._directory(parents, key, make=True) as directory:
            temp = self._write_temp(blob)
            try:
                os.link(
                    temp,
                    name,
                    src_dir_fd=self._root.temps,
                    dst_dir_fd=directory,
                    follow_symlinks=False,
                )
            except FileExistsError as error:
                raise self._taken(directory, name, key) from error
            finally:
                os.unlink(temp, dir_fd=self._root.temps)
            _sync_or_withdraw(directory, name)
        return BlobStat(key, len(blob))

    def open(self, key: str) -> int:
        """A descriptor of the blob's file, open for reading; the caller closes it."""
        *parents, name = check_key(key).split("/")
        try:
            with self._directory(parents, key) as directory:
                descriptor = os.open(name, _READ, dir_fd=directory)
        except FileNotFoundError as error:
            raise self._missing(key) from error
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return descriptor
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise self._missing(key)
        raise CorruptError(f"{key}: what stands there is not a file")

    def get(self, key: str, start: int, end: int | None) -> bytes:
        descriptor = self.open(key)
        try:
            size = os.fstat(descriptor).st_size
            return _read_range(descriptor, start, size if end is None else min(end, size))
        finally:
            os.close(descriptor)

    def stat(self, key: str) -> BlobStat:
        descriptor = self.open(key)
        try:
            return BlobStat(key, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)

    def delete(self, key: str) -> None:
        *parents, name = check_key(key).split("/")
        with (
            suppress(FileNotFoundError, IsADirectoryError, BlobNotFoundError),
            self._directory(parents, key) as directory,
        ):
            os.unlink(name, dir_fd=directory)
            os.fsync(directory)

    def list(self, prefix: str, after: str, folder: str = "") -> Iterator[BlobStat]:
        """Blobs in the order of their keys' bytes; holds one directory's names a level."""
        parents = folder.split("/")[:-1]
        with (
            suppress(FileNotFoundError, BlobNotFoundError),
            self._directory(parents, folder) as directory,
        ):
            for name in _wanted_names(directory, folder, prefix, after):
                if name.endswith("/"):
                    yield from self.list(prefix, after, folder + name)
                    continue
                with suppress(FileNotFoundError):
                    status = os.stat(name, dir_fd=directory, follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield BlobStat(folder + name, status.st_size)

    def free(self) -> int:
        """Bytes that the server may still use on this file system."""
        space = os.fstatvfs(self._root.folder)
        return space.f_bavail * space.f_frsize

    def trouble(self) -> str:
        """What keeps blobs from being stored, in one line; "" when nothing does."""
        if not self._root.is_in_place():
            return f"{self._root.path} is gone or was replaced"
        if os.fstatvfs(self._root.folder).f_flag & os.ST_RDONLY:
            return f"{self._root.path} is mounted read-only"
        if self.free() < self._floor:
            return f"{self.free()} bytes are free in {self._root.path}; {self._floor} are kept free"
        return ""

    def _check_room(self, size: int) -> None:
        free = self.free()
        if free - size < self._floor:
            raise StorageFullError(
                f"{free} bytes are free in {self._root.path}; {self._floor} are kept free"
            )

    def _write_temp(self, blob: bytes) -> str:
        """Write and sync a temporary file. After a failed sync it is dropped, never synced again:
        the kernel may have forgotten the bytes and would then call the next sync a success."""
        name = secrets.token_hex(16)
        descriptor = os.open(name, NEW_FILE, 0o600, dir_fd=self._root.temps)
        try:
            rest = memoryview(blob)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except OSError:
            os.unlink(name, dir_fd=self._root.temps)
            raise
        finally:
            os.close(descriptor)
        return name

    @contextmanager
    def _directory(self, parts: Sequence[str], key: str, make: bool = False) -> Iterator[int]:
        """The directory below the root that ``parts`` name, made durable first if asked."""
        descriptor = os.dup(self._root.folder)
        try:
            for depth, part in enumerate(parts, 1):
                path = "/".join(parts[:depth])
                if make and path not in self._durable:
                    self._make(descriptor, part, path)
                below = self._step(descriptor, part, path, key, make)
                os.close(descriptor)
                descriptor = below
            yield descriptor
        finally:
            os.close(descriptor)

    def _make(self, parent: int, part: str, path: str) -> None:
        with suppress(FileExistsError):
            os.mkdir(part, 0o700, dir_fd=parent)
        os.fsync(parent)
        self._durable.add(path)

    def _step(self, parent: int, part: str, path: str, key: str, make: bool) -> int:
        try:
            return os.open(part, FOLDER, dir_fd=parent)
        except FileNotFoundError:
            self._durable.discard(path)
            raise
        except NotADirectoryError as error:
            mode = os.stat(part, dir_fd=parent, follow_symlinks=False).st_mode
            if not stat.S_ISREG(mode):
                raise CorruptError(f"{key}: {path} is neither a folder nor a blob") from error
            if make:
                raise InvalidKeyError(f"{key}: {path} is a blob already") from error
            raise BlobNotFoundError(f"no blob {key}") from error

    def _taken(self, directory: int, name: str, key: str) -> BlobExistsError | InvalidKeyError:
        try:
            mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
        except FileNotFoundError:
            mode = stat.S_IFREG
        if stat.S_ISDIR(mode):
            return InvalidKeyError(f"{key}: other blobs lie below this key already")
        return BlobExistsError(f"{key} is taken; blobs are written once")

    def _missing(self, key: str) -> BlobNotFoundError | UnavailableError:
        """A folder that was moved away or unmounted must not look like one without blobs."""
        if self._root.is_in_place():
            return BlobNotFoundError(f"no blob {key}")
        return UnavailableError(f"{key}: {self._root.path} is gone or was replaced")


def _read_range(descriptor: int, start: int, end: int) -> bytes:
    """The bytes from ``start`` to before ``end``, fewer at the end of the file."""
    pieces = []
    while start < end and (piece := os.pread(descriptor, end - start, start)):
        pieces.append(piece)
        start += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _sync_or_withdraw(directory: int, name: str) -> None:
    """Make a new name durable, or take it back: what is not acknowledged is not to be seen."""
    try:
        os.fsync(directory)
    except OSError:
        with suppress(OSError):
            os.unlink(name, dir_fd=directory)
        raise


def _wanted_names(directory: int, folder: str, prefix: str, after: str) -> list[str]:
    """The names in one directory that a listing needs, in key order.

    A directory counts as its name with a slash, for that is how its keys go on: ``a-b`` and
    ``a.b`` stand before ``a/c``, and ``a0`` behind it.
    """
    with os.scandir(directory) as entries:
        names = [
            entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name
            for entry in entries
            if is_key(folder + entry.name)
        ]
    return sorted(name for name in names if _is_wanted(folder + name, prefix, after))


def _is_wanted(path: str, prefix: str, after: str) -> bool:
    if not path.endswith("/"):
        return path.startswith(prefix) and path > after
    return (path.startswith(prefix) or prefix.startswith(path)) and (
        path > after or after.startswith(path)
    )
