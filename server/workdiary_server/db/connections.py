"""The connections: one writer thread that commits in groups, and a small pool of readers.

One process owns the file, and one connection in it writes and checkpoints; SQLite is the one that
apsw bundles. A commit is durable on return (WAL, synchronous=FULL).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

import apsw
from workdiary.errors import WorkdiaryError
from workdiary.storage import StorageFullError, UnavailableError

T = TypeVar("T")
GROUP = 256
READERS = 2
_BUSY_MILLISECONDS = 5000
_CHECKPOINT_MILLISECONDS = 100
_log = logging.getLogger(__name__)

Statement = Callable[[apsw.Connection], Any]
_Item = tuple[Statement, "Future[Any]"]


def _empty_log(db: apsw.Connection) -> None:
    """Stands in the writer's queue for a checkpoint, which no transaction may surround."""


def connect(path: Path) -> apsw.Connection:
    """The writing connection; it makes the file where there is none."""
    db = apsw.Connection(str(path))
    db.set_busy_timeout(_BUSY_MILLISECONDS)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")
    return db


class Database:
    """Reads and writes for the event loop; ``write`` returns when the commit is on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._local = threading.local()
        self._open: list[apsw.Connection] = []
        self._writer = threading.Thread(target=self._write_groups, name="writer", daemon=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._judges = ThreadPoolExecutor(READERS, thread_name_prefix="judge")
        self._db = connect(path)

    def start(self) -> None:
        self._writer.start()

    async def write(self, statement: Callable[[apsw.Connection], T]) -> T:
        """Run ``statement`` in the writer's next transaction; on an error nothing of it stays."""
        future: Future[T] = Future()
        self._queue.put((statement, future))
        # a caller who leaves does not take the write back: it may be committed already
        return await asyncio.shield(asyncio.wrap_future(future))

    async def read(self, statement: Callable[[apsw.Connection], T]) -> T:
        """Run ``statement`` on a reader: it sees one state of the database throughout."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._read, statement
        )

    async def judge(self, statement: Callable[[apsw.Connection], T]) -> T:
        """As read, for what may ask a policy: one that stalls holds up no upload and no login."""
        return await asyncio.get_running_loop().run_in_executor(self._judges, self._read, statement)

    async def truncate(self) -> bool:
        """Fold the write-ahead log into the file and empty it; False while readers hold it."""
        future: Future[bool] = Future()
        self._queue.put((_empty_log, future))
        return await asyncio.shield(asyncio.wrap_future(future))

    def stop(self) -> None:
        """Finish what is queued, fold the write-ahead log into the file and close it."""
        self._queue.put(None)
        if self._writer.ident is not None:
            self._writer.join()
        self._readers.shutdown()
        self._judges.shutdown()
        for reader in self._open:
            reader.close()
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()

    def _read(self, statement: Callable[[apsw.Connection], T]) -> T:
        db = self._reader()
        try:
            db.execute("BEGIN")
            try:
                return statement(db)
            finally:
                db.execute("COMMIT")
        except apsw.Error as error:
            raise as_storage_error(error) from error

    def _reader(self) -> apsw.Connection:
        db: apsw.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
            db.set_busy_timeout(_BUSY_MILLISECONDS)
            db.execute("PRAGMA query_only = ON")
            self._local.db = db
            self._open.append(db)
        return db

    def _write_groups(self) -> None:
        while (first := self._queue.get()) is not None:
            group, then = [first], cast("_Item | None", first)
            while len(group) < GROUP and then is not None and then[0] is not _empty_log:
                try:
                    then = self._queue.get_nowait()
                except Empty:
                    break
                group += [then] if then else []
            writes = [item for item in group if item[0] is not _empty_log]
            if writes:
                self._commit(writes)
            if group[-1][0] is _empty_log:
                self._truncate(group[-1][1])
            if then is None:
                return

    def _truncate(self, future: Future[Any]) -> None:
        """Outside of any transaction, as a checkpoint must be. No write waits for readers here."""
        self._db.set_busy_timeout(_CHECKPOINT_MILLISECONDS)
        try:
            busy, *_ = next(iter(self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")))
        except apsw.Error as error:
            future.set_exception(as_storage_error(error))
        else:
            future.set_result(not busy)
        finally:
            self._db.set_busy_timeout(_BUSY_MILLISECONDS)

    def _commit(self, group: list[_Item]) -> None:
        """One transaction for all; each item in a savepoint, so that it fails alone."""
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for statement, future in group:
                outcomes.append((future, *self._run(statement)))
            self._db.execute("COMMIT")
        except apsw.Error as error:
            _log.error("a commit failed: %s", error)
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            outcomes = [(future, None, as_storage_error(error)) for _, future in group]
        for future, result, failure in outcomes:
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(result)

    def _run(self, statement: Statement) -> tuple[Any, BaseException | None]:
        self._db.execute("SAVEPOINT item")
        try:
            result = statement(self._db)
        except WorkdiaryError as error:
            failure: BaseException = error
        except apsw.Error as error:
            if not self._db.in_transaction:  # SQLite gave the whole transaction up
                raise
            _log.exception("a write failed")
            failure = as_storage_error(error)
        except Exception as error:  # the outermost loop of this thread: it must live on
            _log.exception("a write failed")
            failure = error
        else:
            self._db.execute("RELEASE item")
            return result, None
        self._db.execute("ROLLBACK TO item")
        self._db.execute("RELEASE item")
        return None, failure


def as_storage_error(error: apsw.Error) -> StorageFullError | UnavailableError:
    if isinstance(error, apsw.FullError):
        return StorageFullError("the disk that holds the database is full")
    return UnavailableError(f"the database does not answer: {error}")
