"""A contract's log: the rules an entry is held to, and the transaction that appends it.

The rules are asked twice: before a picture is read, and again inside the transaction, where nothing
can have come between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apsw
from workdiary.bodies import Body
from workdiary.entries import BODY_OF, NO_ENTRY, Entry, EntryKind, check_chain, leaf, note_id
from workdiary.errors import NotFoundError, RecoveringError, RefusedError
from workdiary.merkle import Tree, leaf_hash
from workdiary.tlog.proofs import inclusion_proof

from workdiary_server.diary.tree import keep, nodes
from workdiary_server.vault.keyring import Keyring

_STATE = "SELECT size, edge, received FROM contract WHERE id = ?"
_RECOVERING = "SELECT 1 FROM recovery WHERE contract = ?"
_RECOVERING_SECONDS = 30.0
_SET_STATE = "UPDATE contract SET size = ?, edge = ?, received = ? WHERE id = ?"
_LAST_OF_CHAIN = (
    "SELECT seq, id FROM entry WHERE contract = ? AND device = ? ORDER BY seq DESC LIMIT 1"
)
_BY_ID = "SELECT idx, received FROM entry WHERE contract = ? AND id = ?"
_APPEND = (
    "INSERT INTO entry (contract, idx, id, device, seq, kind, start, received, note) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_APPEND_BODY = "INSERT INTO body (arrival, sealed) VALUES (?, ?)"
_SLOT = (
    "SELECT entry.id, idx, received, note, body.sealed, device, kind "
    "FROM entry JOIN body USING (arrival) WHERE contract = ? AND start = ? ORDER BY idx"
)
_MARK = "INSERT OR IGNORE INTO mark (contract, start, idx, kind) VALUES (?, ?, ?, ?)"
_MARKED = (
    "SELECT entry.id, entry.idx, entry.received, entry.note, body.sealed, entry.device, mark.kind "
    "FROM mark JOIN entry ON entry.contract = mark.contract AND entry.idx = mark.idx "
    "JOIN body USING (arrival) WHERE mark.contract = ? AND mark.start >= ? AND mark.start < ? "
)
_ENTRY = (
    "SELECT entry.id, idx, received, note, body.sealed, device, kind "
    "FROM entry LEFT JOIN body USING (arrival) WHERE contract = ? AND idx = ?"
)
_BODIES = (
    "SELECT id, body.sealed FROM entry LEFT JOIN body USING (arrival) "
    "WHERE contract = ? AND idx >= ? AND idx < ? ORDER BY idx"
)
_NAMED = "SELECT start FROM mark WHERE contract = ? AND idx = ?"
_PERSON = "SELECT person FROM device WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Submission:
    """An entry that was read strictly, with its note and body as they were sent."""

    note: bytes
    entry: Entry
    raw_body: bytes
    body: Body

    @property
    def id(self) -> str:
        return note_id(self.note)

    @property
    def contract(self) -> bytes:
        return bytes.fromhex(self.entry.contract)


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an entry stands in its log; ``tree`` is the log's state to sign once it is durable.

    ``path`` is the proof that the entry is in that tree.
    """

    id: str
    index: int
    received: int
    tree: Tree
    path: tuple[bytes, ...]
    new: bool


def state(db: apsw.Connection, contract: bytes) -> tuple[Tree, int]:
    """A log's tree and the second of its last receipt."""
    row = db.execute(_STATE, (contract,)).fetchone()
    if row is None:
        raise NotFoundError("there is no such contract")
    size, edge, received = row
    return Tree.unpacked(size, edge), received


def chain(db: apsw.Connection, contract: bytes, device: bytes) -> tuple[int, str]:
    """The last seq and id of a device's chain: -1 and NO_ENTRY before its first entry."""
    row = db.execute(_LAST_OF_CHAIN, (contract, device)).fetchone()
    return (row[0], row[1].hex()) if row else (-1, NO_ENTRY)


def find(db: apsw.Connection, contract: bytes, entry_id: str) -> Appended | None:
    """The entry of this id, if the log holds it."""
    row = db.execute(_BY_ID, (contract, bytes.fromhex(entry_id))).fetchone()
    if row is None:
        return None
    tree, _ = state(db, contract)
    path = inclusion_proof(row[0], tree.size, nodes(db, contract, tree.size))
    return Appended(entry_id, row[0], row[1], tree, path, new=False)


def check_place(db: apsw.Connection, entry: Entry) -> None:
    """Hold an entry to its device's chain and to the head that it claims to have seen.

    :raises RefusedError: code ``chain`` or ``seen``
    """
    contract = bytes.fromhex(entry.contract)
    check_chain(entry, *chain(db, contract, bytes.fromhex(entry.device)))
    tree, _ = state(db, contract)
    if entry.seen.size > tree.size:
        raise RefusedError(
            f"the entry has seen {entry.seen.size} entries; this log has {tree.size}", "seen"
        )
    if entry.seen.size == tree.size and entry.seen.root != tree.root.hex():
        raise RefusedError("the entry has seen a log that is not this one", "seen")


def append(db: apsw.Connection, keyring: Keyring, submission: Submission, now: int) -> Appended:
    """Append to log and bodies, inside the writer's transaction. Receipt never goes back.

    :raises RecoveringError: the log was restored, and waits for what it lost
    """
    entry, contract = submission.entry, submission.contract
    if db.execute(_RECOVERING, (contract,)).fetchone():
        raise still_recovering()
    _, last = state(db, contract)
    sealed = seal_body(db, keyring, submission)
    appended, arrival = append_note(db, contract, entry, submission.note, max(now, last))
    db.execute(_APPEND_BODY, (arrival, sealed))
    return appended


def append_note(
    db: apsw.Connection, contract: bytes, entry: Entry, note: bytes, received: int
) -> tuple[Appended, int]:
    """Append an entry without its body; its place, and its arrival number."""
    tree, _ = state(db, contract)
    hashed = leaf_hash(leaf(received, note))
    grown = tree.grow(hashed)
    key = note_id(note)
    place = (contract, tree.size, bytes.fromhex(key), bytes.fromhex(entry.device), entry.seq)
    db.execute(_APPEND, (*place, entry.kind, entry.start, received, note))
    arrival = db.last_insert_rowid()
    keep(db, contract, tree.size, hashed)
    db.execute(_SET_STATE, (grown.size, grown.packed(), received, contract))
    return Appended(key, tree.size, received, grown, tree.last_path, new=True), arrival


def seal_body(db: apsw.Connection, keyring: Keyring, submission: Submission) -> bytes:
    place = bytes.fromhex(submission.id)[:16]
    bound = ("body", submission.entry.contract, submission.id)
    return keyring.seal(db, submission.contract, place, submission.raw_body, bound)


def still_recovering() -> RecoveringError:
    return RecoveringError(
        "this diary was restored from a backup and waits for what its parties' machines hold of "
        "it; nothing that was recorded is lost",
        _RECOVERING_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as the log holds it; ``sealed`` is its body, and empty once that is destroyed."""

    id: str
    index: int
    received: int
    note: bytes
    sealed: bytes
    device: bytes
    kind: str


def slot(db: apsw.Connection, contract: bytes, start: int) -> list[Stored]:
    """The tracked parts of a slot that are still there, by index."""
    return [_stored(row) for row in db.execute(_SLOT, (contract, start))]


def mark(
    db: apsw.Connection, contract: bytes, starts: Iterable[int], index: int, kind: str
) -> None:
    """Remember which slots an entry names in its body."""
    db.executemany(_MARK, [(contract, start, index, kind) for start in starts])


def marked(db: apsw.Connection, contract: bytes, begins: int, ends: int) -> list[Stored]:
    """The entries that name slots between two times, each once, by index."""
    found = {row[1]: row for row in db.execute(_MARKED, (contract, begins, ends))}
    return [_stored(found[index]) for index in sorted(found)]


def named(db: apsw.Connection, contract: bytes, index: int) -> list[int]:
    """The slots that an entry names."""
    return [start for (start,) in db.execute(_NAMED, (contract, index))]


def entry_at(db: apsw.Connection, contract: bytes, index: int) -> Stored:
    row = db.execute(_ENTRY, (contract, index)).fetchone()
    if row is None:
        raise NotFoundError(f"this log has no entry {index}")
    return _stored(row)


def bodies(
    db: apsw.Connection, contract: bytes, begins: int, ends: int
) -> list[tuple[str, bytes | None]]:
    """The ids of the entries between two indices, each with its sealed body if it has one."""
    return [(key.hex(), sealed) for key, sealed in db.execute(_BODIES, (contract, begins, ends))]


def person_of(db: apsw.Connection, device: bytes) -> bytes:
    """Whose device it is; the server's own is nobody's, and gives 16 zeros."""
    row = db.execute(_PERSON, (device,)).fetchone()
    person: bytes = bytes(16) if row is None else row[0]
    return person


def _stored(row: tuple[Any, ...]) -> Stored:
    key, index, received, note, sealed, device, kind = row
    return Stored(key.hex(), index, received, note, sealed or b"", device, kind)


def unseal_body(
    db: apsw.Connection, keyring: Keyring, contract: bytes, entry_id: str, sealed: bytes
) -> bytes:
    """:raises CorruptError: the body was altered, or destroyed"""
    place = bytes.fromhex(entry_id)[:16]
    bound = ("body", contract.hex(), entry_id)
    return keyring.unseal(db, contract, place, sealed, bound)


def body_kind(kind: EntryKind) -> type[Body]:
    found: type[Body] = BODY_OF[kind]
    return found
