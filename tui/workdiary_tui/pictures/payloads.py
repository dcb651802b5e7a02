"""Encoded pictures on disk, for all sessions of one person: a second look costs no decoding.

The server keeps pictures sealed, and so does this cache: each file under a key made of the reader's
token, so that a copy of the disk, or another reader with the same account, finds noise. A contract
has a folder of its own, which goes when the freelancer deletes a segment. What was not looked at
for a week goes too.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from workdiary.sealing import seal, unseal
from workdiary.storage import CorruptError

_BYTES = 64 * 1024 * 1024
_SECONDS = 7 * 24 * 3600
_TRIMMED_EVERY = 32

_log = logging.getLogger(__name__)


class Payloads:
    """Files below ``folder``, or nothing kept at all where it is None; ``secret`` seals them."""

    def __init__(self, folder: Path | None, secret: str = "", most: int = _BYTES) -> None:
        self._folder = folder
        self._secret = hashlib.sha256(b"workdiary pictures\0" + secret.encode()).digest()
        self._most = most
        self._kept = 0

    def get(self, contract: str, name: str) -> bytes | None:
        """What was kept; a file that is damaged, or of another key, is as good as none."""
        if self._folder is None:
            return None
        path = self._path(self._folder, contract, name)
        try:
            content = unseal(path.read_bytes(), self._key(contract, name), (contract, name))
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, CorruptError) as error:
            _log.info("a kept picture cannot be read: %s", type(error).__name__)
            return None
        return content

    def keep(self, contract: str, name: str, content: bytes) -> None:
        """Keep it if the disk lets us: the cache only saves time."""
        if self._folder is None:
            return
        sealed = seal(content, self._key(contract, name), (contract, name), os.urandom)
        try:
            self._write(self._folder, self._path(self._folder, contract, name), sealed)
            if self._kept % _TRIMMED_EVERY == 0:
                self._trim(self._folder)
        except OSError as error:
            _log.info("a picture cannot be kept: %s", error.strerror)
        self._kept += 1

    def forget(self, contract: str) -> None:
        """Remove all that is kept of a contract."""
        if self._folder is not None:
            shutil.rmtree(self._folder / self._named(contract), ignore_errors=True)

    def _path(self, folder: Path, contract: str, name: str) -> Path:
        return folder / self._named(contract) / self._named(contract, name)

    def _named(self, *words: str) -> str:
        """A name that neither tells what is kept nor lets a server choose a path."""
        return self._key(*words).hex()[:32]

    def _key(self, *words: str) -> bytes:
        """Of words that a server chose: their own lengths part them."""
        told = b"".join(len(word.encode()).to_bytes(4, "big") + word.encode() for word in words)
        return hmac.digest(self._secret, told, "sha256")

    def _write(self, folder: Path, path: Path, sealed: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for private in (folder, path.parent):
            private.chmod(0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sealed)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _trim(self, folder: Path) -> None:
        """Remove what is old, and what was looked at longest ago of too much."""
        found = []
        for path in folder.glob("*/*"):
            with suppress(FileNotFoundError):  # another session trims too
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        size, eldest = 0, time.time() - _SECONDS
        for touched, length, path in sorted(found, reverse=True):
            size += length
            if size > self._most or touched < eldest:
                path.unlink(missing_ok=True)


def payloads_for(environment: Mapping[str, str], secret: str) -> Payloads:
    """The cache of one reader; ``WORKDIARY_CACHE=off`` keeps nothing."""
    if environment.get("WORKDIARY_CACHE", "").strip().lower() == "off":
        return Payloads(None)
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".cache"
    return Payloads(base / "workdiary" / "pictures", secret)
