"""The spool's items: entries that wait for the server, were sent, or were refused and set aside.

A refused entry breaks no chain: it was never accepted, so what waits behind it is signed once more
behind the entry before it. Nothing refused is ever dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from workdiary import api
from workdiary.bodies import TrackedBody
from workdiary.entries import note_id, read_body, read_entry

from workdiary_tracker.parts import Chain, Sealed, Sealer

if TYPE_CHECKING:
    from workdiary_tracker.spool import Spool

WAITING, SENT, REFUSED = "waiting", "sent", "refused"


@dataclass(frozen=True, slots=True)
class Item:
    """An entry in the spool, still without its pictures: they are read when they are sent."""

    id: int
    contract: str
    start: int | None
    note: bytes
    body: bytes
    due: float
    reason: str


@dataclass(frozen=True, slots=True)
class Sent:
    """An entry that the server confirmed, when its log then had ``size`` entries."""

    id: int
    seq: int
    note: bytes
    size: int
    received: int


@dataclass(frozen=True, slots=True)
class SpoolState:
    """How many entries wait, were sent, were set aside."""

    waiting: int = 0
    sent: int = 0
    refused: int = 0


class Items:
    """The items of one spool."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._db = spool.db

    def add(self, made: Sealed, due: float) -> int:
        """Keep an entry to be sent after ``due``; call it inside a transaction."""
        row = self._db.execute(
            "INSERT INTO item(contract, start, note, body, state, due) VALUES (?, ?, ?, x'', ?, ?)",
            (made.contract, made.start, made.note, WAITING, due),
        )
        item = row.lastrowid or 0
        self._set_body(item, made.body)
        for place, webp in enumerate(made.pictures):
            sealed = self._spool.sealed(webp, f"picture/{item}/{place}")
            self._db.execute("INSERT INTO picture VALUES (?, ?, ?)", (item, place, sealed))
        return item

    def next(self, contract: str) -> Item | None:
        """A contract's oldest entry that waits."""
        return next(self._select("state = ? AND contract = ? LIMIT 1", WAITING, contract), None)

    def contracts(self) -> list[str]:
        """Contracts with something to send, the one that waits longest first."""
        rows = self._db.execute(
            "SELECT contract FROM item WHERE state = ? GROUP BY contract ORDER BY min(id)",
            (WAITING,),
        )
        return [row[0] for row in rows]

    def refused(self) -> Iterator[Item]:
        return self._select("state = ?", REFUSED)

    def pictures(self, item: int) -> Iterator[bytes]:
        rows = self._db.execute(
            "SELECT place, sealed FROM picture WHERE item = ? ORDER BY 1", (item,)
        )
        for place, sealed in rows.fetchall():
            yield self._spool.opened(sealed, f"picture/{item}/{place}")

    def state(self) -> SpoolState:
        counted = self._db.execute("SELECT state, count(*) FROM item GROUP BY state").fetchall()
        return SpoolState(**dict(counted))

    def last_claimed(self) -> int:
        """The last minute that an entry not refused claims."""
        row = self._db.execute(
            "SELECT note FROM item WHERE state <> ? AND start IS NOT NULL "
            "ORDER BY start DESC, id DESC LIMIT 1",
            (REFUSED,),
        ).fetchone()
        if row is None:
            return -1
        entry = read_entry(row[0])
        return (entry.start or 0) // 60 + max(entry.mask.bit_length() - 1, 0)

    def mark_sent(self, item: int, now: float, receipt: bytes) -> None:
        """The server has it; call it inside a transaction."""
        self._db.execute(
            "UPDATE item SET state = ?, sent = ?, receipt = ? WHERE id = ?",
            (SENT, int(now), receipt, item),
        )

    def forget_sent(self, before: int) -> int:
        """Drop what was sent before a time; call it inside a transaction."""
        self._db.execute(
            "DELETE FROM picture WHERE item IN (SELECT id FROM item WHERE state = ? AND sent < ?)",
            (SENT, before),
        )
        old = self._db.execute("DELETE FROM item WHERE state = ? AND sent < ?", (SENT, before))
        return old.rowcount

    def forget_slots(self, contract: str, starts: Sequence[int]) -> None:
        """Drop what was sent of these slots; call it inside a transaction."""
        for start in starts:
            place = (contract, start, SENT)
            self._db.execute(
                "DELETE FROM picture WHERE item IN "
                "(SELECT id FROM item WHERE contract = ? AND start = ? AND state = ?)",
                place,
            )
            self._db.execute(
                "DELETE FROM item WHERE contract = ? AND start = ? AND state = ?", place
            )

    def set_aside(self, item: Item, reason: str, sealer: Sealer) -> None:
        """Take a refused entry out of the chain and close the chain behind it."""
        entry = read_entry(item.note)
        with self._spool.transaction():
            self._db.execute(
                "UPDATE item SET state = ?, reason = ? WHERE id = ?", (REFUSED, reason, item.id)
            )
            known = self._spool.chain(item.contract)
            if known is not None:
                self._rechain(item.contract, Chain(entry.seq - 1, entry.prev, known.seen), sealer)

    def drop_pictures(self, item: Item, reason: str, sealer: Sealer) -> None:
        """Keep the time where only the picture was refused: the entry goes on without it."""
        body = read_body(item.body, TrackedBody)
        without = msgspec.structs.replace(body, pictures=(), no_picture=reason)
        entry = read_entry(item.note)
        with self._spool.transaction():
            self._db.execute("DELETE FROM picture WHERE item = ?", (item.id,))
            self._set_body(item.id, raw := sealer.salted(without))
            known = self._spool.chain(item.contract)
            if known is None:
                return
            behind = Chain(entry.seq - 1, entry.prev, known.seen)
            note = sealer.follow(item.note, behind, raw)
            self._db.execute("UPDATE item SET note = ? WHERE id = ?", (note, item.id))
            self._rechain(item.contract, behind, sealer)

    def sent(self, contract: str) -> Iterator[Sent]:
        """What the server confirmed of a contract, the newest first; one at a time."""
        rows = self._db.execute(
            "SELECT id, note, receipt FROM item WHERE contract = ? AND state = ? ORDER BY id DESC",
            (contract, SENT),
        ).fetchall()
        for item, note, receipt in rows:
            got = msgspec.json.decode(receipt, type=api.Receipt)
            yield Sent(item, read_entry(note).seq, note, got.index + 1, got.received)

    def sent_as(self, entry: str) -> int | None:
        """The item that the server confirmed as the entry of this id."""
        rows = self._db.execute("SELECT id, note FROM item WHERE state = ?", (SENT,))
        return next((item for item, note in rows if note_id(note) == entry), None)

    def sent_ids(self) -> dict[int, str]:
        """What the server confirmed: each item's contract, by its id."""
        return dict(self._db.execute("SELECT id, contract FROM item WHERE state = ?", (SENT,)))

    def body_of(self, item: int) -> bytes:
        row = self._db.execute("SELECT body FROM item WHERE id = ?", (item,)).fetchone()
        return self._spool.opened(row[0], f"body/{item}")

    def follow_server(
        self, contract: str, chain: Chain, sealer: Sealer, lost: Sequence[int] = (), agreed: int = 0
    ) -> None:
        """Sign all that waits behind the chain as it stands on the server, and ``lost`` first.

        ``lost`` are items that the server confirmed and has no more: it was restored from a
        backup. What an item had seen of the log beyond its first ``agreed`` entries may be lost
        as well; the item then says what ``chain`` has seen. An entry that fits stays as it was.
        """
        with self._spool.transaction():
            self._db.executemany(
                "UPDATE item SET state = ?, due = 0 WHERE id = ?",
                [(WAITING, item) for item in lost],
            )
            if chain.seq >= 0:
                self._db.execute(
                    "DELETE FROM item WHERE contract = ? AND start IS NULL AND state = ?",
                    (contract, WAITING),
                )
            self._rechain(contract, chain, sealer, agreed)

    def _rechain(
        self, contract: str, chain: Chain, sealer: Sealer, agreed: int | None = None
    ) -> None:
        """Sign everything that waits once more, in order, behind ``chain``."""
        waiting = self._db.execute(
            "SELECT id FROM item WHERE state = ? AND contract = ? ORDER BY id", (WAITING, contract)
        ).fetchall()
        for (item,) in waiting:
            row = self._db.execute("SELECT note FROM item WHERE id = ?", (item,)).fetchone()
            note = sealer.follow(row[0], chain, agreed=agreed)
            if note_id(note) != note_id(row[0]):
                self._db.execute("UPDATE item SET note = ? WHERE id = ?", (note, item))
            chain = chain.after(note)
        self._spool.set_chain(contract, chain)

    def _set_body(self, item: int, body: bytes) -> None:
        sealed = self._spool.sealed(body, f"body/{item}")
        self._db.execute("UPDATE item SET body = ? WHERE id = ?", (sealed, item))

    def _select(self, where: str, *values: str) -> Iterator[Item]:
        query = f"SELECT id FROM item WHERE {_ordered(where)}"  # noqa: S608 (constants of this module)
        for (item,) in self._db.execute(query, values).fetchall():
            row = self._db.execute(
                "SELECT contract, start, note, due, reason FROM item WHERE id = ?", (item,)
            ).fetchone()
            contract, start, note, due, reason = row
            yield Item(item, contract, start, note, self.body_of(item), due, reason)


def _ordered(where: str) -> str:
    condition, limit, count = where.partition(" LIMIT ")
    return f"{condition} ORDER BY id{limit}{count}"
