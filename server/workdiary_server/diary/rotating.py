"""A new master key, and the end of all keys: what only the folder's owner does, server stopped.

The master key wraps one key a contract, so that a new one is brought in by one short transaction;
no picture or entry is touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import apsw
from workdiary import sealing
from workdiary.errors import ConfigError
from workdiary.storage import CorruptError

from workdiary_server.db.connections import connect
from workdiary_server.folder import Folder, read_key, write_private
from workdiary_server.vault.keyring import SERVER

_SUBJECTS = "SELECT subject, wrapped FROM subject_key"
_REWRAP = "UPDATE subject_key SET wrapped = ? WHERE subject = ?"
_SINCE = "INSERT OR REPLACE INTO meta (key, value) VALUES ('master key since', ?)"
_SINCE_WHEN = "SELECT value FROM meta WHERE key = 'master key since'"
_MADE = "SELECT min(created) FROM person"
_COUNTS = (
    "SELECT (SELECT count(*) FROM subject_key), (SELECT count(*) FROM content_key), "
    "(SELECT count(*) FROM contract), (SELECT count(*) FROM entry), "
    "(SELECT count(*) FROM picture)"
)
_SERVER_KEY = "SELECT wrapped FROM subject_key WHERE subject = ?"
_ALL_KEYS = ("DELETE FROM subject_key", "DELETE FROM content_key")


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """How many keys there are, and since when (seconds since 1970) the master key is in use."""

    provider: str
    fits: bool
    since: int
    subjects: int
    contents: int
    contracts: int
    entries: int
    pictures: int


def key_status(folder: Folder, provider: str, master: bytes | None) -> KeyStatus:
    with _opened(folder) as db:
        (made,) = next(iter(db.execute(_MADE)))
        since = db.execute(_SINCE_WHEN).fetchone()
        counts = next(iter(db.execute(_COUNTS)))
        fits = master is not None and _fits(db, master)
        return KeyStatus(provider, fits, int(since[0]) if since else made or 0, *counts)


def rotate_file(folder: Folder, now: int) -> int:
    """Bring in a new ``master.key``; how many keys it wraps. A run that was killed is finished.

    The new key is durable before anything is wrapped with it, and takes the old one's place after.

    :raises ConfigError: neither key is the one that this diary was sealed with
    """
    coming = folder.master_key.with_name("master.key.new")
    if not coming.exists():
        write_private(coming, os.urandom(sealing.KEY_BYTES).hex())
    new = read_key(coming, "the new master key")
    rewrap(folder, read_key(folder.master_key, "the master key"), new, now)
    coming.replace(folder.master_key)
    descriptor = os.open(folder.path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    with _opened(folder) as db:
        return next(iter(db.execute(_COUNTS)))[0]  # type: ignore[no-any-return]  # SQLite's row


def rewrap(folder: Folder, old: bytes, new: bytes, now: int) -> int:
    """Wrap every subject's key with ``new``: all of them, or none, where that was done before.

    :raises ConfigError: ``old`` is not the key that this diary was sealed with
    """
    with _opened(folder) as db, db:
        if _fits(db, new):
            return 0
        rows = list(db.execute(_SUBJECTS))
        try:
            wrapped = [
                (sealing.wrap_key(sealing.unwrap_key(one, old), new), subject)
                for subject, one in rows
            ]
        except CorruptError as error:
            raise ConfigError(
                "the master key is not the one that this diary was sealed with"
            ) from error
        db.executemany(_REWRAP, wrapped)
        db.execute(_SINCE, (str(now),))
    with _opened(folder) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(rows)


def destroy_all(folder: Folder) -> None:
    """Destroy every key of the diary: nothing in it can be read again."""
    with _opened(folder) as db:
        with db:
            for statement in _ALL_KEYS:
                db.execute(statement)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in (folder.master_key, folder.master_key.with_name("master.key.new")):
        if path.exists():
            with path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()


def _fits(db: apsw.Connection, master: bytes) -> bool:
    row = db.execute(_SERVER_KEY, (SERVER,)).fetchone()
    try:
        sealing.unwrap_key(row[0] if row else b"", master)
    except CorruptError:
        return False
    return True


@contextmanager
def _opened(folder: Folder) -> Iterator[apsw.Connection]:
    try:
        with closing(connect(folder.database)) as db:
            yield db
    except apsw.Error as error:
        raise ConfigError(f"{folder.database} is not a diary: {error}") from error
