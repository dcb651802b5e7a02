"""The keys: a master key wraps one key a subject, which wraps one key an object.

A subject is a contract's freelancer, or the server itself for the names it keeps. Destroying a
subject's row makes everything sealed under it unreadable, wherever copies of it lie.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import apsw
from workdiary import sealing
from workdiary.errors import ConfigError
from workdiary.plugins import Plugins
from workdiary.storage import CorruptError

from workdiary_server.folder import Folder, read_key

SERVER = bytes(16)
"""The subject of people's, devices' and tokens' names."""

_SUBJECT = "SELECT wrapped FROM subject_key WHERE subject = ?"
_NEW_SUBJECT = "INSERT INTO subject_key (subject, wrapped) VALUES (?, ?)"
_CONTENT = "SELECT wrapped FROM content_key WHERE id = ?"
_NO_CONTENT = "DELETE FROM content_key WHERE id = ?"
_NEW_CONTENT = "INSERT OR REPLACE INTO content_key (id, subject, wrapped) VALUES (?, ?, ?)"


class Keyring:
    """Seals and unseals for the database's rows, on the connection that it is handed.

    What is derived is sealed with randomness of its own, ``aside``: how often it is made again
    shifts no draw that ids and salts come from, and a diary that is lived again stays the same.
    """

    def __init__(
        self,
        master: bytes,
        random: Callable[[int], bytes],
        aside: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._master = master
        self._random = random
        self._aside = aside
        self._unwrapped: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "Keyring()"

    def new_subject(self, db: apsw.Connection, subject: bytes) -> None:
        key = self._random(sealing.KEY_BYTES)
        db.execute(_NEW_SUBJECT, (subject, sealing.wrap_key(key, self._master)))

    def check(self, db: apsw.Connection) -> None:
        """:raises ConfigError: the database was sealed under another master key"""
        try:
            self._subject(db, SERVER)
        except CorruptError as error:
            raise ConfigError(
                "the master key is not the one that this diary was sealed with; if 'workdiary keys "
                "rotate' was cut off, run it again"
            ) from error

    def seal(
        self, db: apsw.Connection, subject: bytes, place: bytes, plain: bytes, bound: Sequence[str]
    ) -> bytes:
        """Seal ``plain`` with a new key, kept under ``place`` (16 bytes) in the key table."""
        return self._seal(db, subject, place, plain, bound, self._random)

    def seal_derived(
        self, db: apsw.Connection, subject: bytes, place: bytes, plain: bytes, bound: Sequence[str]
    ) -> bytes:
        """As ``seal``, for what other rows can make again."""
        return self._seal(db, subject, place, plain, bound, self._aside)

    def _seal(
        self,
        db: apsw.Connection,
        subject: bytes,
        place: bytes,
        plain: bytes,
        bound: Sequence[str],
        random: Callable[[int], bytes],
    ) -> bytes:
        key = random(sealing.KEY_BYTES)
        self.keep(db, subject, place, key)
        return sealing.seal(plain, key, bound, random)

    def unseal(
        self, db: apsw.Connection, subject: bytes, place: bytes, sealed: bytes, bound: Sequence[str]
    ) -> bytes:
        """:raises CorruptError: altered, in another's place, or its key was destroyed"""
        return sealing.unseal(sealed, self.content_key(db, subject, place), bound)

    def keep(self, db: apsw.Connection, subject: bytes, place: bytes, key: bytes) -> None:
        """Keep the key of an object that was sealed elsewhere."""
        db.execute(
            _NEW_CONTENT, (place, subject, sealing.wrap_key(key, self._subject(db, subject)))
        )

    def destroy(self, db: apsw.Connection, place: bytes) -> None:
        """Forget a key: what it sealed cannot be read again, wherever copies of it lie."""
        db.execute(_NO_CONTENT, (place,))

    def content_key(self, db: apsw.Connection, subject: bytes, place: bytes) -> bytes:
        wrapped = _only(db, _CONTENT, place)
        return sealing.unwrap_key(wrapped, self._subject(db, subject))

    def tag(self, db: apsw.Connection, subject: bytes, digest: str) -> bytes:
        """A picture's digest as the database may show it: it confirms no guess."""
        name = b"picture\n" + digest.encode()
        return hmac.digest(self._subject(db, subject), name, hashlib.sha256)[:16]

    def _subject(self, db: apsw.Connection, subject: bytes) -> bytes:
        """The subject's key; what was unwrapped once is remembered by its wrapped form."""
        wrapped = _only(db, _SUBJECT, subject)
        with self._lock:
            key = self._unwrapped.get(wrapped)
            if key is None:
                key = self._unwrapped[wrapped] = sealing.unwrap_key(wrapped, self._master)
            return key


def place_of(*parts: str) -> bytes:
    """The key table's place for an object that has no random id of its own."""
    return hashlib.sha256("\n".join(parts).encode()).digest()[:16]


def master_key(options: Mapping[str, Any], folder: Folder, plugins: Plugins) -> bytes:
    """The master key from ``[keys]``: the folder's own file, or a plugin's provider.

    :raises ConfigError: there is none, or it is not 32 bytes
    """
    provider = options.get("provider", "file")
    if provider == "file":
        return read_key(folder.master_key, "the master key")
    rest = {name: value for name, value in options.items() if name != "provider"}
    key = plugins.key_provider("[keys] provider", str(provider))(rest)()
    if len(key) != sealing.KEY_BYTES:
        raise ConfigError(f"[keys] provider = {provider!r} gave {len(key)} bytes, not 32")
    return key


def _only(db: apsw.Connection, sql: str, key: bytes) -> bytes:
    row = db.execute(sql, (key,)).fetchone()
    if row is None:
        raise CorruptError("the key of these bytes was destroyed")
    wrapped: bytes = row[0]
    return wrapped
