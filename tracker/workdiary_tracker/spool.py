"""The spool: one SQLite file that holds what was worked until the server is known to have it.

A part is recorded when chain state, entry, body and sealed pictures are committed together (WAL,
FULL). What was sent stays fourteen days, so that a server restored from a backup can be healed.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from workdiary import forgetting
from workdiary.entries import Seen
from workdiary.errors import RefusedError, WorkdiaryError
from workdiary.sealing import seal, unseal
from workdiary.segments import SEGMENT_SECONDS

from workdiary_tracker import moments
from workdiary_tracker.parts import Chain, Sealed
from workdiary_tracker.segment_clock import OpenPart
from workdiary_tracker.shots import Shot
from workdiary_tracker.spool_items import Items

KEEP_SECONDS = 14 * 86_400
_SCHEMA = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE moment(slot INTEGER PRIMARY KEY, milliseconds INTEGER NOT NULL) STRICT;
CREATE TABLE chain(
    contract TEXT PRIMARY KEY, seq INTEGER NOT NULL, prev TEXT NOT NULL,
    size INTEGER NOT NULL, root TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE open_part(
    id INTEGER PRIMARY KEY AUTOINCREMENT, state BLOB NOT NULL, shot BLOB) STRICT;
CREATE TABLE item(
    id INTEGER PRIMARY KEY AUTOINCREMENT, contract TEXT NOT NULL, start INTEGER,
    note BLOB NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL, due REAL NOT NULL,
    sent INTEGER, reason TEXT NOT NULL DEFAULT '', receipt BLOB) STRICT;
CREATE INDEX item_by_state ON item(state, id);
CREATE INDEX item_by_slot ON item(contract, start);
CREATE TABLE picture(
    item INTEGER NOT NULL, place INTEGER NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (item, place)) STRICT;
CREATE TABLE contract(id TEXT PRIMARY KEY, terms BLOB NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
"""
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC})


class SpoolFullError(WorkdiaryError):
    """The disk took no more; nothing of the failed transaction is kept."""

    code = "spool-full"


class Spool:
    """Opens the file for this process alone; everything it does happens in the caller's thread.

    ``key`` seals what the file must not show; ``random`` gives bytes for nonces and moments.
    ``largest`` limits the file's pages, for hosts that give the spool a quota.
    """

    def __init__(
        self, path: Path, key: bytes, random: Callable[[int], bytes], largest: int | None = None
    ) -> None:
        self.path = path
        self._key = key
        self._random = random
        self._db = _open(path, largest)
        self._unkept: dict[int, int] = {}
        self.items = Items(self)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is kept, or nothing is.

        :raises SpoolFullError: the disk is full; try again later
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            if getattr(error, "sqlite_errorcode", None) in _FULL:
                raise SpoolFullError(f"the disk of {self.path} is full: {error}") from error
            raise
        except BaseException:
            self._undo()
            raise

    @property
    def db(self) -> sqlite3.Connection:
        return self._db

    def sealed(self, plain: bytes, label: str) -> bytes:
        """Seal bytes under a key of their own, bound to their place in the spool."""
        return seal(plain, self._key_of(label), (label,), self._random)

    def opened(self, sealed: bytes, label: str) -> bytes:
        return unseal(sealed, self._key_of(label), (label,))

    def moment(self, slot: int) -> int:
        """The slot's random moment in milliseconds after its start: drawn once, then kept."""
        found = self._db.execute("SELECT milliseconds FROM moment WHERE slot = ?", (slot,))
        row = found.fetchone()
        if row is not None:
            return int(row[0])
        if slot not in self._unkept:
            self._unkept[slot] = moments.draw(self._random)
        drawn = self._unkept[slot]
        with suppress(SpoolFullError):
            with self.transaction() as db:
                db.executemany("INSERT INTO moment VALUES (?, ?)", sorted(self._unkept.items()))
            self._unkept.clear()  # not before the commit, which may be what the disk refuses
        return drawn

    @property
    def claimed(self) -> int:
        """The last minute, since 1970, that any part of this device has; -1 at first."""
        row = self._db.execute("SELECT value FROM meta WHERE name = 'claimed'").fetchone()
        return -1 if row is None else int(row[0])

    def claim(self, minute: int) -> None:
        """Remember the last claimed minute; call it inside a transaction."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('claimed', ?)", (minute,))

    def keep_open(self, number: int | None, part: OpenPart, claimed: int) -> int:
        """Write down a part in the making, so that a crash loses at most the running minute."""
        with self.transaction() as db:
            self.claim(claimed)
            if number is None:
                number = db.execute("INSERT INTO open_part(state) VALUES (x'')").lastrowid or 0
            state = self.sealed(msgspec.json.encode(part), f"open/{number}")
            db.execute("UPDATE open_part SET state = ? WHERE id = ?", (state, number))
        return number

    def keep_shot(self, number: int, shot: Shot) -> None:
        """Keep an open part's picture beside it, or its discarding."""
        sealed = self.sealed(msgspec.msgpack.encode(shot), f"shot/{number}")
        with self.transaction() as db:
            db.execute("UPDATE open_part SET shot = ? WHERE id = ?", (sealed, number))

    def drop_open(self, number: int) -> None:
        with self.transaction() as db:
            db.execute("DELETE FROM open_part WHERE id = ?", (number,))

    def left_open(self) -> Iterator[tuple[int, OpenPart, Shot | None]]:
        """Parts that an earlier run did not come to seal, oldest first, one at a time."""
        numbers = self._db.execute("SELECT id FROM open_part ORDER BY id").fetchall()
        for (number,) in numbers:
            row = self._db.execute("SELECT state, shot FROM open_part WHERE id = ?", (number,))
            state, shot = row.fetchone()
            part = msgspec.json.decode(self.opened(state, f"open/{number}"), type=OpenPart)
            yield number, part, None if shot is None else self._shot(number, shot)

    def chain(self, contract: str) -> Chain | None:
        """This device's chain in a contract's log as far as it was issued; None: not known."""
        row = self._db.execute(
            "SELECT seq, prev, size, root FROM chain WHERE contract = ?", (contract,)
        ).fetchone()
        return None if row is None else Chain(row[0], row[1], Seen(row[2], row[3]))

    def set_chain(self, contract: str, chain: Chain) -> None:
        """Write the chain's state; call it inside a transaction."""
        row = (contract, chain.seq, chain.prev, chain.seen.size, chain.seen.root)
        self._db.execute("INSERT OR REPLACE INTO chain VALUES (?, ?, ?, ?, ?)", row)

    def saw(self, contract: str, seen: Seen) -> None:
        """Remember the newest head known; call it inside a transaction."""
        self._db.execute(
            "UPDATE chain SET size = ?, root = ? WHERE contract = ? AND size < ?",
            (seen.size, seen.root, contract, seen.size),
        )

    def record(
        self, contract: str, due: float, make: Callable[[Chain], Sealed], number: int | None = None
    ) -> int:
        """Seal the next entry of a contract's chain and keep it, all in one transaction.

        ``number`` is the open part that becomes this entry.
        """
        with self.transaction() as db:
            chain = self.chain(contract)
            if chain is None:
                raise RefusedError(f"contract {contract} was never opened on this machine", "chain")
            made = make(chain)
            self.set_chain(contract, chain.after(made.note))
            item = self.items.add(made, due)
            if number is not None:
                db.execute("DELETE FROM open_part WHERE id = ?", (number,))
        return item

    def parts_of(self, contract: str, start: int) -> int:
        """How many parts of a slot this device has made so far."""
        row = self._db.execute(
            "SELECT count(*) FROM item WHERE contract = ? AND start = ?", (contract, start)
        ).fetchone()
        return int(row[0])

    def tidy(self, now: float) -> int:
        """Forget what was sent fourteen days ago, and moments that have long passed."""
        before = int(now) - KEEP_SECONDS
        self.forget_deleted(now)
        with self.transaction() as db:
            db.execute("DELETE FROM moment WHERE slot < ?", (before,))
            return self.items.forget_sent(before)

    def forget_deleted(self, now: float) -> None:
        """Drop what was sent and the freelancer deleted since; what runs still, later."""
        for path, gone in forgetting.noted(self.path.parent):
            if any(start + SEGMENT_SECONDS > now for start in gone.starts):
                continue
            with self.transaction():
                self.items.forget_slots(gone.contract, gone.starts)
            path.unlink(missing_ok=True)

    def keep_terms(self, contracts: dict[str, bytes]) -> None:
        """Remember the contracts as last fetched, for days without a connection."""
        with self.transaction() as db:
            db.execute("DELETE FROM contract")
            db.executemany("INSERT INTO contract VALUES (?, ?)", sorted(contracts.items()))

    def terms(self) -> list[bytes]:
        return [row[0] for row in self._db.execute("SELECT terms FROM contract ORDER BY id")]

    def terms_told(self, contract: str) -> int | None:
        """The entry up to which this contract's terms were told to the freelancer, if any was."""
        name = f"told/{contract}"
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else int(row[0])

    def set_terms_told(self, told: dict[str, int]) -> None:
        """Remember up to which entries the terms of contracts were told."""
        rows = [(f"told/{contract}", index) for contract, index in sorted(told.items())]
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    def _shot(self, number: int, sealed: bytes) -> Shot:
        return msgspec.msgpack.decode(self.opened(sealed, f"shot/{number}"), type=Shot)

    def _key_of(self, label: str) -> bytes:
        return hmac.digest(self._key, label.encode(), "sha256")

    def _undo(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


def _open(path: Path, largest: int | None) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    db = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # one tracker a user; freed by any death
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        if largest is not None:
            db.execute(f"PRAGMA max_page_count = {largest:d}")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.executescript("BEGIN IMMEDIATE;" + _SCHEMA + "COMMIT;")
        db.execute("BEGIN IMMEDIATE")
        db.execute("COMMIT")
    except sqlite3.Error as error:
        db.close()
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY}:
            raise RefusedError(
                f"a tracker is running already: {path} is in use", "running"
            ) from None
        raise
    return db
