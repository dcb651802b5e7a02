"""The database: migrations add up to the models, and writes are committed in groups."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest
from workdiary.errors import ConfigError, RefusedError
from workdiary_server.db.connections import Database, connect
from workdiary_server.db.migrations import migrate, migrations
from workdiary_server.db.models import TABLES

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'migration'"


def described(db: apsw.Connection) -> dict[str, object]:
    """Every table's columns, indexes and options, as SQLite itself tells them."""
    found: dict[str, object] = {}
    for (table,) in list(db.execute(_TABLES)):
        columns = list(db.execute(f"PRAGMA table_info({table})"))
        indexes = {
            (unique, tuple(db.execute(f"PRAGMA index_info({name})")))
            for _, name, unique, *_ in list(db.execute(f"PRAGMA index_list({table})"))
        }
        options = list(db.execute("SELECT wr, strict FROM pragma_table_list(?)", (table,)))
        found[table] = (columns, indexes, options)
    return found


def test_the_migrations_add_up_to_the_models(tmp_path: Path) -> None:
    migrated, modelled = connect(tmp_path / "one"), connect(tmp_path / "two")
    migrate(migrated, 0)
    for table in TABLES:
        schema = table._schema  # type: ignore[attr-defined]  # peewee's stubs leave it out
        for made in (schema._create_table(safe=False), *schema._create_indexes(safe=False)):
            modelled.execute(made.query()[0])
    assert described(migrated) == described(modelled)
    migrated.close()
    modelled.close()


def test_a_migration_runs_once_and_is_recorded(tmp_path: Path) -> None:
    db = connect(tmp_path / "db")
    assert migrate(db, 1) == [name for _, name, _ in migrations()]
    assert migrate(db, 2) == []
    assert set(db.execute("SELECT applied FROM migration")) == {(1,)}
    db.close()


def test_a_newer_versions_database_is_refused(tmp_path: Path) -> None:
    db = connect(tmp_path / "db")
    migrate(db, 1)
    db.execute("INSERT INTO migration VALUES (999, '0999_future', 1)")
    with pytest.raises(ConfigError, match="migration 999"):
        migrate(db, 2)
    db.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    db = connect(tmp_path / "db")
    db.execute("CREATE TABLE fruit (name TEXT NOT NULL PRIMARY KEY) STRICT")
    db.close()
    return tmp_path / "db"


async def test_a_write_that_fails_does_not_take_its_group_down(database: Path) -> None:
    db = Database(database)

    def put(name: str, then: Exception | None = None) -> asyncio.Task[object]:
        def statement(connection: apsw.Connection) -> None:
            connection.execute("INSERT INTO fruit VALUES (?)", (name,))
            if then is not None:
                raise then

        return asyncio.create_task(db.write(statement))

    waiting = [put("apple"), put("pear", RefusedError("no pears")), put("plum")]
    await asyncio.sleep(0)  # all three are queued before the writer starts: one group
    db.start()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), RefusedError, type(None)]
    found = await db.read(lambda c: [name for (name,) in c.execute("SELECT name FROM fruit")])
    assert found == ["apple", "plum"]
    await asyncio.to_thread(db.stop)


async def test_what_waits_together_is_committed_together(database: Path) -> None:
    db = Database(database)
    waiting = [
        asyncio.create_task(
            db.write(lambda c, n=n: c.execute("INSERT INTO fruit VALUES (?)", (str(n),)))  # type: ignore[misc]  # mypy cannot infer a lambda's default
        )
        for n in range(200)
    ]
    await asyncio.sleep(0)
    commits = 0

    def count() -> bool:
        nonlocal commits
        commits += 1
        return False

    db._db.set_commit_hook(count)
    db.start()
    await asyncio.gather(*waiting)
    assert commits == 1
    await asyncio.to_thread(db.stop)


async def test_readers_cannot_write(database: Path) -> None:
    db = Database(database)
    db.start()
    with pytest.raises(Exception, match="readonly"):
        await db.read(lambda c: list(c.execute("DELETE FROM fruit")))
    await asyncio.to_thread(db.stop)
