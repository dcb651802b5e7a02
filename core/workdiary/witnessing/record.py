"""What a witness remembers: the logs it follows and the last head of each that it cosigned.

One SQLite file and one key in a folder. A head is durable before it is cosigned, and both happen
in the transaction that compared it with the head before. A record that was lost is a witness that
could cosign another history: nothing makes one but ``create``, and never beside a key.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workdiary.checkpoints import Head, open_head, read_head
from workdiary.errors import (
    ConfigError,
    DeniedError,
    InconsistentError,
    InvalidError,
    NotFoundError,
    RefusedError,
)
from workdiary.merkle import EMPTY_ROOT
from workdiary.notes import SigningKey, VerifyingKey, check_name, split_note
from workdiary.tlog.cosignatures import cosign, cosigner_text
from workdiary.tlog.proofs import verify_consistency
from workdiary.witnessing.submissions import Submission

DATABASE = "witness.sqlite"
KEY = "witness.key"
_SCHEMA = """
CREATE TABLE log(
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL,
    checkpoint TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE log_key(
    origin TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (origin, key)) STRICT, WITHOUT ROWID;
CREATE TABLE evidence(
    id INTEGER PRIMARY KEY, origin TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL,
    submission TEXT NOT NULL) STRICT;
PRAGMA user_version = 1;
"""
_SET_HEAD = "UPDATE log SET size = ?, root = ?, at = ?, checkpoint = ? WHERE origin = ?"
_ACCUSE = (
    "INSERT INTO evidence (origin, at, text, submission) SELECT ?1, ?2, ?3, ?4 "
    "WHERE (SELECT count(*) FROM evidence WHERE origin = ?1) < ?5"
)
_EVIDENCE_MOST = 100
"""Of one log: a hundred signed contradictions say what more would."""


class OtherSizeError(RefusedError):
    """The head goes on from another size than the one cosigned last, which is ``size``."""

    code = "size"

    def __init__(self, size: int) -> None:
        super().__init__(f"the last head cosigned here has {size} entries")
        self.size = size


@dataclass(frozen=True, slots=True)
class Followed:
    """A log that is followed: its last head, cosigned at second ``at`` (0: none yet)."""

    origin: str
    size: int
    root: bytes
    at: int
    refused: int


def create(folder: Path, name: str, secret: bytes) -> str:
    """Make a witness's key and its empty record; its key as C2SP writes a cosigner's.

    :raises ConfigError: there is a witness already, or the name is none
    """
    try:
        check_name(name)
    except InvalidError as error:
        raise ConfigError(str(error)) from error
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder / KEY, folder / DATABASE):
        if path.exists():
            raise ConfigError(f"{path} is there already: a witness is made once")
    with _opened(folder / DATABASE) as db:
        db.executescript(_SCHEMA)
    descriptor = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{name}\n{secret.hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    return cosigner_text(SigningKey(name, secret).public)


class Record:
    """An open record; used by any thread, one at a time."""

    def __init__(self, folder: Path) -> None:
        """:raises ConfigError: there is no witness in ``folder``, or only half of one"""
        self.key = _read_key(folder / KEY)
        if not (folder / DATABASE).exists():
            raise ConfigError(
                f"{folder / DATABASE} is gone: without what it cosigned this witness must not go "
                "on; make another, under another name, in an empty folder"
            )
        self._lock = threading.Lock()
        self._db = _connect(folder / DATABASE)

    def close(self) -> None:
        self._db.close()

    @property
    def public(self) -> str:
        """The witness's key as C2SP writes a cosigner's."""
        return cosigner_text(self.key.public)

    def follow(self, key: VerifyingKey) -> None:
        """Trust ``key`` for the log that it is named after; a second one after a rotation too."""
        with self._writing() as db:
            empty = (key.name, 0, EMPTY_ROOT, 0, "")
            db.execute("INSERT OR IGNORE INTO log VALUES (?, ?, ?, ?, ?)", empty)
            db.execute("INSERT OR IGNORE INTO log_key VALUES (?, ?)", (key.name, key.text))

    def followed(self) -> list[Followed]:
        rows = self._db.execute(
            "SELECT origin, size, root, at, "
            "(SELECT count(*) FROM evidence WHERE evidence.origin = log.origin) "
            "FROM log ORDER BY origin"
        )
        return [Followed(*row) for row in rows]

    def cosign(self, submission: Submission, at: int) -> str:
        """Cosign a head that continues the last one; the signature's line, once it is durable.

        :param at: seconds since 1970
        :raises InvalidError: code ``note``, ``checkpoint`` or ``size``
        :raises NotFoundError: this log is not followed here
        :raises DeniedError: no key of that log has signed the head
        :raises OtherSizeError: it goes on from another size, or is another head of this size
        :raises InconsistentError: the proof does not show that; it is kept as evidence
        """
        told = _unverified(submission.checkpoint)
        with self._writing() as db:
            head = _signed(submission.checkpoint, told.origin, _keys(db, told.origin))
            if submission.old > head.size:
                raise InvalidError(f"{submission.old} is more than the head's {head.size}", "size")
            size, root = _last(db, head.origin)
            if submission.old != size:
                raise OtherSizeError(size)
            broken = _broken(submission, head, root)
            if broken is None:
                place = (head.size, head.root, at, submission.checkpoint, head.origin)
                db.execute(_SET_HEAD, place)
            else:
                shown = (head.origin, at, str(broken), submission.text)
                db.execute(_ACCUSE, (*shown, _EVIDENCE_MOST))
        if broken is not None:
            raise OtherSizeError(size) if head.size == size else broken
        return cosign(head, self.key, at).line

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _broken(submission: Submission, head: Head, root: bytes) -> InconsistentError | None:
    """Why a head does not continue the last one, whose root is ``root``."""
    try:
        if head.size == 0 and head.root != EMPTY_ROOT:
            raise InvalidError("a log without entries has one root", "proof")
        verify_consistency(submission.path, submission.old, root, head.size, head.root)
    except InvalidError as error:
        return InconsistentError(str(error), "forked")
    return None


def _unverified(checkpoint: str) -> Head:
    text, _ = split_note(checkpoint.encode())
    return read_head(text)


def _signed(checkpoint: str, origin: str, keys: list[VerifyingKey]) -> Head:
    for key in keys:
        try:
            return open_head(checkpoint, key)
        except InvalidError as error:
            if error.code != "signature":
                raise
    raise DeniedError(f"no key that is known for {origin} has signed this head")


def _keys(db: sqlite3.Connection, origin: str) -> list[VerifyingKey]:
    rows = db.execute("SELECT key FROM log_key WHERE origin = ? ORDER BY key", (origin,))
    found = [VerifyingKey.read(text) for (text,) in rows]
    if not found:
        raise NotFoundError("this log is not followed here")
    return found


def _last(db: sqlite3.Connection, origin: str) -> tuple[int, bytes]:
    row = db.execute("SELECT size, root FROM log WHERE origin = ?", (origin,)).fetchone()
    return row[0], row[1]


def _read_key(path: Path) -> SigningKey:
    try:
        name, secret = path.read_text().splitlines()
        return SigningKey(name, bytes.fromhex(secret))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no witness in {path.parent}: run 'workdiary witness init NAME'"
        ) from None
    except (OSError, ValueError, InvalidError) as error:
        raise ConfigError(f"{path} is no witness's key: {error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    return db


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    db = _connect(path)
    try:
        yield db
    finally:
        db.close()
