"""A contract's log by itself: entries in order, chains whole, tree and heads those of the entries.

What the log says is never rewritten: only the tree's kept hashes are derived, and can be mended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import apsw
from workdiary.entries import (
    NO_ENTRY,
    Entry,
    check_chain,
    device_key_name,
    leaf,
    note_id,
    read_entry,
    verify_entry,
)
from workdiary.errors import InvalidError, RefusedError
from workdiary.merkle import Tree, leaf_hash
from workdiary.notes import VerifyingKey
from workdiary.tlog.tiles import WIDTH

from workdiary_server.checking.findings import ASK, REPAIR, RESTORE, Finding
from workdiary_server.diary.tree import remake

_ENTRIES = (
    "SELECT idx, id, device, seq, kind, start, received, note FROM entry "
    "WHERE contract = ? ORDER BY idx"
)
_STATE = "SELECT size, edge, received FROM contract WHERE id = ?"
_HASH = "SELECT hash FROM tree_hash WHERE contract = ? AND level = ? AND idx = ?"
_HASHES = "SELECT count(*) FROM tree_hash WHERE contract = ?"
_COSIGNED = (
    "SELECT lower(hex(device)), size, root FROM cosignature WHERE contract = ?1 "
    "UNION ALL SELECT key, size, root FROM third_party WHERE contract = ?1"
)
_DEVICES = "SELECT id, public FROM device"


@dataclass(slots=True)
class _Walk:
    """What is known of a log up to an entry."""

    tree: Tree = field(default_factory=Tree)
    received: int = 0
    chains: dict[str, tuple[int, str]] = field(default_factory=dict)
    newest: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)
    tiles: dict[int, list[bytes]] = field(default_factory=dict)
    hashes: int = 0
    same_hashes: bool = True


def check_log(
    db: apsw.Connection, contract: bytes, own: tuple[str, VerifyingKey], full: bool
) -> Iterator[Finding]:
    """Walk a log from its first entry.

    :param own: the device under which the server writes, and its key
    :param full: check every signature, not only each device's last, which its chain reaches from
    """
    name = f"contract {contract.hex()}"
    walk = _Walk()
    keys = {
        key.hex(): VerifyingKey(device_key_name(key.hex()), public)
        for key, public in db.execute(_DEVICES)
    } | {own[0]: own[1]}
    cosigned = list(db.execute(_COSIGNED, (contract,)))
    walk.roots = {size: b"" for _, size, _ in cosigned}
    for index, key, *columns, note in db.execute(_ENTRIES, (contract,)):
        place = f"{name}, entry {index}"
        if index != walk.tree.size:
            missing = f"entries {walk.tree.size} to {index - 1} are not there"
            yield Finding("log-gap", name, missing, RESTORE)
            return
        yield from _check_entry(walk, place, key.hex(), columns, note)
        _grow(db, walk, contract, leaf_hash(leaf(columns[-1], note)))
        if full:
            yield from _check_signature(keys, place, note)
    if not full:
        for device, (index, note) in walk.newest.items():
            yield from _check_signature(keys, f"{name}, entry {index} of device {device}", note)
    yield from _check_heads(db, walk, contract, cosigned)


def _check_entry(
    walk: _Walk, place: str, key: str, columns: list[object], note: bytes
) -> Iterator[Finding]:
    device, seq, kind, start, received = columns
    if note_id(note) != key:
        yield Finding("entry-id", place, "its id is not that of its note", ASK)
    try:
        entry = read_entry(note)
    except InvalidError as error:
        yield Finding("entry-unreadable", place, str(error), RESTORE)
        return
    told = (bytes.fromhex(entry.device), entry.seq, entry.kind, entry.start)
    if told != (device, seq, kind, start):
        yield Finding("entry-columns", place, "its row says other things than its note", ASK)
    yield from _check_chain(walk, place, entry, note)
    if isinstance(received, int):
        if received < walk.received:
            yield Finding("receipt-order", place, "it was received before the one before it", ASK)
        walk.received = max(walk.received, received)


def _check_chain(walk: _Walk, place: str, entry: Entry, note: bytes) -> Iterator[Finding]:
    try:
        check_chain(entry, *walk.chains.get(entry.device, (-1, NO_ENTRY)))
    except RefusedError as error:
        yield Finding("chain", place, str(error), RESTORE)
    walk.chains[entry.device] = (entry.seq, note_id(note))
    walk.newest[entry.device] = (walk.tree.size, note)


def _check_signature(
    keys: Mapping[str, VerifyingKey], place: str, note: bytes
) -> Iterator[Finding]:
    try:
        device = read_entry(note).device
        if device not in keys:
            yield Finding("device-unknown", place, f"nobody enrolled device {device}", ASK)
            return
        verify_entry(note, keys[device])
    except InvalidError as error:
        yield Finding("signature", place, str(error), ASK)


def _grow(db: apsw.Connection, walk: _Walk, contract: bytes, hashed: bytes) -> None:
    """Take a leaf in, and hold what it adds to the kept hashes to them."""
    index, walk.tree = walk.tree.size, walk.tree.grow(hashed)
    level = 0
    while True:
        kept = db.execute(_HASH, (contract, level, index)).fetchone()
        walk.same_hashes &= kept is not None and kept[0] == hashed
        walk.hashes += 1
        tile = walk.tiles.setdefault(level, [])
        tile.append(hashed)
        if len(tile) < WIDTH:
            break
        whole = Tree()
        for one in tile:
            whole = whole.grow(one)
        tile.clear()
        hashed, index, level = whole.root, index // WIDTH, level + 1
    if walk.tree.size in walk.roots:
        walk.roots[walk.tree.size] = walk.tree.root


def _check_heads(
    db: apsw.Connection, walk: _Walk, contract: bytes, cosigned: list[tuple[str, int, bytes]]
) -> Iterator[Finding]:
    name = f"contract {contract.hex()}"
    size, edge, received = next(iter(db.execute(_STATE, (contract,))))
    if size != walk.tree.size:
        said = f"its head covers {size} entries, and {walk.tree.size} are there"
        yield Finding("log-size", name, said, RESTORE)
        return
    if edge != walk.tree.packed():
        yield Finding("log-root", name, "its head is not that of its entries", RESTORE)
        return
    if received != walk.received:
        yield Finding("log-received", name, "its last time of receipt is not its last entry's", ASK)
    (hashes,) = next(iter(db.execute(_HASHES, (contract,))))
    if not walk.same_hashes or hashes != walk.hashes:
        said = "the hashes that its proofs are made of are not those of its entries"
        yield Finding("tree", name, said, REPAIR, partial(remake, contract=contract, size=size))
    for who, seen, root in cosigned:
        if seen > size:
            said = f"{who} has cosigned {seen} entries, and {size} are there: it was set back"
            yield Finding("cosigned-more", name, said, RESTORE)
        elif seen and walk.roots[seen] != root:
            said = f"{who} has cosigned another log of {seen} entries"
            yield Finding("cosigned-other", name, said, ASK)
