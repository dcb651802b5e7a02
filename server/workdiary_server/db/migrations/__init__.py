"""The schema's history: numbered SQL files, each run once, in order, under a lock, and recorded."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import apsw
from workdiary.errors import ConfigError

_RECORD = """
CREATE TABLE IF NOT EXISTS migration (
    number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied INTEGER NOT NULL
) STRICT
"""


def migrations() -> Iterator[tuple[int, str, str]]:
    """Each migration's number, name and SQL, in order."""
    found = (file for file in files(__package__).iterdir() if file.name.endswith(".sql"))
    for file in sorted(found, key=lambda file: file.name):
        name = file.name.removesuffix(".sql")
        yield int(name.partition("_")[0]), name, file.read_text()


def migrate(db: apsw.Connection, now: int) -> list[str]:
    """Bring a database up to this version's schema; the names of what was run.

    :raises ConfigError: the database was made by a newer version
    """
    db.execute("BEGIN EXCLUSIVE")
    try:
        done = _run(db, now)
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
    return done


def pending(db: apsw.Connection) -> list[str]:
    """The migrations that this database still lacks."""
    applied = {number for (number,) in db.execute("SELECT number FROM migration")}
    return [name for number, name, _ in migrations() if number not in applied]


def _run(db: apsw.Connection, now: int) -> list[str]:
    db.execute(_RECORD)
    applied = {number for (number,) in db.execute("SELECT number FROM migration")}
    known = list(migrations())
    unknown = applied - {number for number, _, _ in known}
    if unknown:
        raise ConfigError(
            f"the database has migration {max(unknown)}, which this version does not know: "
            "run the version that made it, or a newer one"
        )
    done = []
    for number, name, sql in known:
        if number not in applied:
            db.execute(sql)
            db.execute("INSERT INTO migration VALUES (?, ?, ?)", (number, name, now))
            done.append(name)
    return done
