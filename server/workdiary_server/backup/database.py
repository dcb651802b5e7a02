"""A copy of the running server's database, in one state, parted into what it says and its keys.

The copy is SQLite's own: it sees one moment, whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
from workdiary.errors import ConfigError
from workdiary.merkle import Tree
from workdiary.storage import StorageFullError, UnavailableError

from workdiary_server.backup.manifest import LogState
from workdiary_server.backup.target import sync

_PAGES = 512
_KEY_TABLES = ("subject_key", "content_key")
_SCHEMA_OF = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
_NAME = "SELECT value FROM meta WHERE key = 'name'"
_LOGS = "SELECT id, size, edge FROM contract ORDER BY id"
_BLOBS = "SELECT DISTINCT key FROM picture WHERE store = ? ORDER BY key"
_STILL = "SELECT 1 FROM picture WHERE key = ?"

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


def copy_database(source: Path, copy: Path, progress: Progress) -> None:
    """Copy the database as it is at this moment.

    :raises StorageFullError: the target has no room
    """
    try:
        with (
            closing(apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)) as live,
            closing(apsw.Connection(str(copy))) as db,
        ):
            live.execute("BEGIN")  # held to the end: later writes neither show nor start it again
            live.execute("SELECT count(*) FROM sqlite_master").fetchall()
            with db.backup("main", live, "main") as copying:
                while not copying.done:
                    copying.step(_PAGES)
                    done = copying.page_count - copying.remaining
                    progress("database", done, copying.page_count)
            db.execute("PRAGMA journal_mode = DELETE")
    except apsw.FullError as error:
        raise StorageFullError(f"no room for the database in {copy.parent}") from error
    except apsw.Error as error:
        raise UnavailableError(f"{source} cannot be copied: {error}") from error


def part_keys(copy: Path, keys: Path) -> None:
    """Move the tables of keys into a file of their own; no trace of them stays in the copy."""
    with closing(apsw.Connection(str(copy))) as db:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("ATTACH ? AS apart", (str(keys),))
        for table in _KEY_TABLES:
            (made,) = next(iter(db.execute(_SCHEMA_OF, (table,))))
            db.execute(made.replace("CREATE TABLE ", "CREATE TABLE apart.", 1))
            db.execute(f"INSERT INTO apart.{table} SELECT * FROM main.{table}")  # noqa: S608
            db.execute(f"DELETE FROM main.{table}")  # noqa: S608 (names of this module)
        db.execute("DETACH apart")
        db.execute("VACUUM")
    sync(copy)
    sync(keys)


def join_keys(copy: Path, keys: Path) -> None:
    """Give a copy its keys again.

    :raises ConfigError: one of the files is not what it was
    """
    try:
        with closing(apsw.Connection(str(copy))) as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("ATTACH ? AS apart", (str(keys),))
            with db:
                for table in _KEY_TABLES:
                    db.execute(f"INSERT INTO main.{table} SELECT * FROM apart.{table}")  # noqa: S608
    except apsw.Error as error:
        raise ConfigError(f"{keys} does not belong to {copy}: {error}") from error


def described(copy: Path, store: str) -> tuple[str, tuple[LogState, ...], list[str]]:
    """The server's name, each log's state, and the blobs that a copy names in a storage."""
    with closing(apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        (name,) = next(iter(db.execute(_NAME)))
        logs = tuple(
            LogState(key.hex(), size, Tree.unpacked(size, edge).root.hex())
            for key, size, edge in db.execute(_LOGS)
        )
        return name, logs, [key for (key,) in db.execute(_BLOBS, (store,))]


def still_named(source: Path, key: str) -> bool:
    """Whether the diary names a blob at this moment: one may be deleted under a backup."""
    with closing(apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        return db.execute(_STILL, (key,)).fetchone() is not None
