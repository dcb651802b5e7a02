"""What this machine's pen wrote in the last fourteen days, to heal a server that lost it.

A file of its own for each body, sealed with what only the device's key can make.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from pathlib import Path

from workdiary.notes import SigningKey
from workdiary.sealing import seal, unseal
from workdiary.storage import CorruptError

KEEP_SECONDS = 14 * 86_400
_FOLDER = "written"
_LABEL = b"workdiary outbox\n"


class Outbox:
    """One device's bodies below ``folder``, each by the id of its entry."""

    def __init__(self, folder: Path, key: SigningKey) -> None:
        self._folder = folder / _FOLDER
        self._key = key

    def keep(self, entry: str, body: bytes) -> None:
        """Keep a body, durably, before it is sent; forget those that are old."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        before = time.time() - KEEP_SECONDS
        for old in self._folder.iterdir():
            if old.stat().st_mtime < before:
                old.unlink(missing_ok=True)
        part = self._folder / f"{entry}.new"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(seal(body, self._secret, (entry,), secrets.token_bytes))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / entry)

    def body(self, entry: str) -> bytes | None:
        """The body of the entry of this id, if it was written here not long ago."""
        try:
            return unseal((self._folder / entry).read_bytes(), self._secret, (entry,))
        except (OSError, CorruptError):
            return None

    @property
    def _secret(self) -> bytes:
        """Ed25519 signs one text with one signature: nobody else can make it."""
        return hashlib.sha256(self._key.sign(_LABEL)).digest()
