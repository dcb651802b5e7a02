"""The data folder: its private files, made once, and the lock that keeps a second server out."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workdiary.credentials import ADDRESS, OWNER_TOKEN
from workdiary.entries import device_key_name, server_device_id
from workdiary.errors import ConfigError
from workdiary.notes import SigningKey
from workdiary.sealing import KEY_BYTES

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder's files by name; ``blobs`` is where ``storage_local`` keeps pictures."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "diary.sqlite"

    @property
    def master_key(self) -> Path:
        return self.path / "master.key"

    @property
    def owner_key(self) -> Path:
        return self.path / "owner.key"

    @property
    def log_key(self) -> Path:
        return self.path / "log.key"

    @property
    def certificate(self) -> Path:
        return self.path / "tls.crt"

    @property
    def certificate_key(self) -> Path:
        return self.path / "tls.key"

    @property
    def owner_token(self) -> Path:
        return self.path / OWNER_TOKEN

    @property
    def heads(self) -> Path:
        """How far each log was: a database that is behind was rolled back."""
        return self.path / "heads.json"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def address(self) -> Path:
        """Holds the URL of the running server, for the owner's commands."""
        return self.path / ADDRESS

    def make(self) -> None:
        """Make the folder, private to its owner."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be made: {error.strerror}") from error


def write_private(path: Path, text: str) -> None:
    """Write a new file of mode 0600, durably; one that exists is left and refused.

    :raises ConfigError: the file is there already, or cannot be written
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def replace_private(path: Path, content: bytes) -> None:
    """Replace a file of mode 0600: after a crash it is the old one or the new one."""
    part = path.with_name(f"{path.name}.new")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_key(path: Path, what: str) -> bytes:
    """32 bytes of key, as 64 hex digits in a file that nobody else can read.

    :raises ConfigError: the file is missing, damaged, or open to others
    """
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path} can be read by others: run chmod 600 {path}")
        text = path.read_text()
    except FileNotFoundError:
        raise ConfigError(
            f"{path}, {what}, is not there: restore it, or run 'workdiary init' for a new diary"
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}, {what}, cannot be read: {error}") from error
    return parse_key(text, f"{path}, {what},")


def parse_key(text: str, what: str) -> bytes:
    """:raises ConfigError: it is not 64 hex digits"""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{what} does not hold 64 hex digits")
    return key


def owner_device(secret: bytes) -> tuple[str, SigningKey]:
    """The owner's device id, which its public key gives, and the key that signs under it."""
    public = SigningKey("owner", secret).public.public
    device = hashlib.sha256(b"owner device\n" + public).hexdigest()[:32]
    return device, SigningKey(device_key_name(device), secret)


def server_device(secret: bytes) -> tuple[str, SigningKey]:
    """The id under which the server itself writes to a log, and the key, which is the log's own."""
    public = SigningKey("server", secret).public.public
    device = server_device_id(public)
    return device, SigningKey(device_key_name(device), secret)


class LockedError(ConfigError):
    """A server runs on the folder."""


class Lock:
    """One server a folder: the lock is the kernel's, and goes with the process."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._file = open(folder.lock, "a")  # noqa: SIM115 - held for the server's life
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise LockedError(
                f"another server is running on {folder.path}; stop it first"
            ) from None

    def release(self) -> None:
        self._file.close()
