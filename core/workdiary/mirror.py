"""A party's own copy of its contracts' logs: what a server has shown once, it cannot take back.

One SQLite file in the user's folder, shared by tracker and TUI. What is taken is durable when
``take`` returns (WAL, FULL); what contradicts it is refused, named, and kept as evidence.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from workdiary.checkpoints import Head, open_head
from workdiary.entries import (
    NO_ENTRY,
    Entry,
    EntryKind,
    check_chain,
    note_id,
    read_entry,
    read_leaf,
)
from workdiary.errors import InconsistentError, InvalidError, RefusedError, WorkdiaryError
from workdiary.merkle import Tree, leaf_hash
from workdiary.notes import VerifyingKey
from workdiary.segments import from_epoch
from workdiary.tlog.proofs import tree_root
from workdiary.tlog.tiles import WIDTH, Tile, grown, tile_nodes

FILE = "mirror.sqlite"
LOSS = "loss"
_BUSY_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE log(
    contract TEXT PRIMARY KEY, key TEXT NOT NULL, size INTEGER NOT NULL, edge BLOB NOT NULL,
    received INTEGER NOT NULL, checkpoint TEXT NOT NULL, cosigned INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE TABLE leaf(
    contract TEXT NOT NULL, idx INTEGER NOT NULL, leaf BLOB NOT NULL,
    PRIMARY KEY (contract, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE tree_hash(
    contract TEXT NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (contract, level, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE chain(
    contract TEXT NOT NULL, device TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (contract, device)) STRICT, WITHOUT ROWID;
CREATE TABLE complaint(
    id INTEGER PRIMARY KEY, contract TEXT NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL,
    text TEXT NOT NULL, evidence TEXT NOT NULL) STRICT;
PRAGMA user_version = 1;
"""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What was inconsistent of which log, when, and the head that was refused."""

    contract: str
    at: int
    code: str
    text: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a log: the key that it is signed with, its head, the last size cosigned."""

    key: str
    tree: Tree
    received: int
    checkpoint: str
    cosigned: int


_NOTHING = Held("", Tree(), 0, "", 0)


class MirrorError(WorkdiaryError):
    """The file cannot be read or written; nothing of the failed step is kept."""

    code = "mirror"


class Mirror:
    """One step at a time, whichever thread takes it; other processes may have it open too.

    Every method may raise MirrorError.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._lock = threading.RLock()
        with self._named():
            self._db = _open(self.path)

    def close(self) -> None:
        """Waits for a step that is being taken."""
        with self._lock:
            self._db.close()

    def held(self, contract: str) -> Held:
        """What is held of a log; an empty tree where nothing is."""
        for key, size, edge, *rest in self._rows(
            "SELECT key, size, edge, received, checkpoint, cosigned FROM log WHERE contract = ?",
            contract,
        ):
            return Held(key, Tree.unpacked(size, edge), *rest)
        return _NOTHING

    def take(
        self, contract: str, key: VerifyingKey, checkpoint: str, since: int, leaves: Sequence[bytes]
    ) -> Head:
        """Take a signed head with the entries that lead up to it.

        ``since`` is the size that was held before the head was asked for: another process may
        have taken a newer one meanwhile. ``leaves`` begin with its last bundle; what is held
        already must be the same. The first key that a log is taken with is its key from then on.

        :raises InconsistentError: it is not the log that is held; nothing was taken
        :raises InvalidError: it is no head of that key's
        """
        with self._transaction():
            held = self.held(contract)
            if held.key not in ("", key.text):
                raise InconsistentError(f"the log is signed by another key: {key.text}", "key")
            head = open_head(checkpoint, key)
            if not head.origin.endswith(f"/contract/{contract}"):
                raise InvalidError(f"{head.origin} is another contract's log", "checkpoint")
            if head.size < since:
                raise InconsistentError(
                    f"{since - head.size} of {since} entries are gone from the server's log",
                    "shrunk",
                )
            first = since // WIDTH * WIDTH
            known = max(held.tree.size - first, 0)
            for index, leaf in enumerate(leaves[:known], first):
                self.compare(contract, index, leaf)
            tree, received = self._add(contract, held, leaves[known:])
            if tree.size < head.size or self.root_at(contract, head.size) != head.root:
                raise InconsistentError(
                    f"the server signed a log of {head.size} entries that is not the one "
                    f"it shows and this machine holds {held.tree.size} of",
                    "forked",
                )
            if tree.size == head.size:
                row = (contract, key.text, tree.size, tree.packed(), received, checkpoint)
                self._db.execute(
                    "INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, held.cosigned)
                )
        return head

    def give_up(self, contract: str, begins: int) -> int:
        """Forget the entries from ``begins`` on, which the server lost; how many there were.

        The last head that covered them stays, with the complaint that says so.
        """
        with self._transaction():
            held = self.held(contract)
            leaves = self.leaves(contract, 0, begins)
            for table in ("leaf", "tree_hash", "chain"):
                self._db.execute(f"DELETE FROM {table} WHERE contract = ?", (contract,))  # noqa: S608
            tree, received = self._add(contract, _NOTHING, leaves)
            self._db.execute(
                "UPDATE log SET size = ?, edge = ?, received = ?, checkpoint = '', "
                "cosigned = min(cosigned, ?) WHERE contract = ?",
                (tree.size, tree.packed(), received, tree.size, contract),
            )
            lost = held.tree.size - begins
            text = f"{lost} entries that this machine held were lost by the server"
            self._complain(contract, (LOSS, text, held.checkpoint), received)
        return lost

    def losses(self, contract: str) -> list[str]:
        """What a server lost of this log and its owner accepted, in one line each, for ever."""
        return [c.text for c in self.complaints() if (c.contract, c.code) == (contract, LOSS)]

    def compare(self, contract: str, index: int, leaf: bytes) -> None:
        """:raises InconsistentError: code ``altered``; another entry is held at this index"""
        if not self.covers(contract, index, leaf):
            raise InconsistentError(f"entry {index} is not the one it was", "altered")

    def covers(self, contract: str, index: int, leaf: bytes) -> bool:
        """Whether this very entry is held at this index of a contract's log."""
        rows = self._rows("SELECT leaf FROM leaf WHERE contract = ? AND idx = ?", contract, index)
        return rows == [(leaf,)]

    def leaves(self, contract: str, begins: int, ends: int) -> list[bytes]:
        """The entries that are held from ``begins`` to before ``ends``."""
        rows = self._rows(
            "SELECT leaf FROM leaf WHERE contract = ? AND idx >= ? AND idx < ? ORDER BY idx",
            contract,
            begins,
            ends,
        )
        return [leaf for (leaf,) in rows]

    def root_at(self, contract: str, size: int) -> bytes:
        """The root of the first ``size`` entries, of which all are held."""
        return tree_root(size, tile_nodes(partial(self._tile, contract), size))

    def cosigned(self, contract: str, size: int) -> None:
        """Remember that the head of this size was cosigned."""
        with self._transaction():
            self._db.execute(
                "UPDATE log SET cosigned = max(cosigned, ?) WHERE contract = ?", (size, contract)
            )

    def complain(self, contract: str, error: InconsistentError, evidence: str, at: int) -> None:
        """Keep what was inconsistent, once, with the head or note that shows it."""
        with self._transaction():
            self._complain(contract, (error.code, str(error), evidence), at)

    def _complain(self, contract: str, said: tuple[str, str, str], at: int) -> None:
        row = (contract, *said)
        self._db.execute(
            "INSERT INTO complaint(contract, code, text, evidence, at) SELECT ?, ?, ?, ?, ? "
            "WHERE NOT EXISTS (SELECT 1 FROM complaint WHERE contract = ? AND code = ? "
            "AND text = ? AND evidence = ?)",
            (*row, at, *row),
        )

    def complaints(self) -> list[Complaint]:
        """All that was ever inconsistent, oldest first."""
        rows = self._rows("SELECT contract, at, code, text, evidence FROM complaint ORDER BY id")
        return [Complaint(*row) for row in rows]

    def _add(self, contract: str, held: Held, leaves: Sequence[bytes]) -> tuple[Tree, int]:
        tree, received = held.tree, held.received
        for leaf in leaves:
            received, note, entry = _read(contract, tree.size, leaf, received)
            self._chain(tree.size, note, entry)
            if entry.kind is EntryKind.LOG_FORKED:
                text = (
                    f"the server lost what came after entry {entry.seen.size - 1}, and its owner "
                    f"accepted that on {from_epoch(received):%Y-%m-%d %H:%M} UTC"
                )
                self._complain(contract, (LOSS, text, note.decode()), received)
            hashed = leaf_hash(leaf)
            for level, index, one in grown(tree.size, hashed, partial(self._tile, contract)):
                self._db.execute(
                    "INSERT INTO tree_hash VALUES (?, ?, ?, ?)", (contract, level, index, one)
                )
            self._db.execute("INSERT INTO leaf VALUES (?, ?, ?)", (contract, tree.size, leaf))
            tree = tree.grow(hashed)
        return tree, received

    def _chain(self, index: int, note: bytes, entry: Entry) -> None:
        """Hold a new entry to its device's chain, and move the chain on.

        :raises InconsistentError: code ``gap``
        """
        place = (entry.contract, entry.device)
        known = self._rows("SELECT seq, id FROM chain WHERE contract = ? AND device = ?", *place)
        try:
            check_chain(entry, *(known[0] if known else (-1, NO_ENTRY)))
        except RefusedError as error:
            raise InconsistentError(
                f"entry {index} does not follow the one that its device made before it", "gap"
            ) from error
        row = (*place, entry.seq, note_id(note))
        self._db.execute("INSERT OR REPLACE INTO chain VALUES (?, ?, ?, ?)", row)

    def _tile(self, contract: str, tile: Tile) -> bytes:
        rows = self._rows(
            "SELECT hash FROM tree_hash WHERE contract = ? AND level = ? AND idx >= ? AND idx < ? "
            "ORDER BY idx",
            contract,
            tile.level,
            tile.first,
            tile.first + tile.width,
        )
        return b"".join(one for (one,) in rows)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, self._named():
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._named():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise MirrorError(f"{self.path}: {error}") from error


def _read(contract: str, index: int, leaf: bytes, last: int) -> tuple[int, bytes, Entry]:
    """A new entry, its note, and its second of receipt, which does not go back.

    :raises InconsistentError: codes ``unreadable`` and ``unordered``
    """
    try:
        received, note = read_leaf(leaf)
        entry = read_entry(note)
    except InvalidError as error:
        raise InconsistentError(f"entry {index} cannot be read: {error}", "unreadable") from error
    if entry.contract != contract:
        raise InconsistentError(f"entry {index} is another contract's", "unreadable")
    if received < last:
        raise InconsistentError(
            f"entry {index} says that it was received before the one before it", "unordered"
        )
    return received, note, entry


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    db = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("BEGIN IMMEDIATE")
    if db.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in _SCHEMA.split(";\n"):
            db.execute(statement)
    db.execute("COMMIT")
    return db
