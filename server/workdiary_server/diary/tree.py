"""A contract's tree as tiles: kept entry by entry, and read again for proofs.

A hash is written once and never changed. A proof reads at most two tiles a level.
"""

from __future__ import annotations

from functools import partial

import apsw
from workdiary.entries import leaf
from workdiary.merkle import Tree, leaf_hash
from workdiary.storage import CorruptError
from workdiary.tlog.proofs import Nodes
from workdiary.tlog.tiles import ENTRIES, Tile, grown, pack_bundle, tile_nodes

_KEEP = "INSERT INTO tree_hash (contract, level, idx, hash) VALUES (?, ?, ?, ?)"
_HASHES = (
    "SELECT hash FROM tree_hash WHERE contract = ? AND level = ? AND idx >= ? AND idx < ? "
    "ORDER BY idx"
)
_LEAVES = (
    "SELECT received, note FROM entry WHERE contract = ? AND idx >= ? AND idx < ? ORDER BY idx"
)
_BEHIND = (
    "SELECT id, size, edge FROM contract WHERE size > coalesce("
    "(SELECT max(idx) FROM tree_hash WHERE contract = contract.id AND level = 0), -1) + 1"
)
_FORGET = "DELETE FROM tree_hash WHERE contract = ?"


def keep(db: apsw.Connection, contract: bytes, size: int, hashed: bytes) -> None:
    """Keep what a log of ``size`` gains by a leaf, inside the transaction that appends it."""
    for level, index, one in grown(size, hashed, partial(read_tile, db, contract)):
        db.execute(_KEEP, (contract, level, index, one))


def read_tile(db: apsw.Connection, contract: bytes, tile: Tile) -> bytes:
    """A tile's hashes, or a bundle's entries; the caller knows that the log is long enough.

    :raises CorruptError: the database lacks some
    """
    if tile.level == ENTRIES:
        place = (contract, tile.first, tile.first + tile.width)
        found = [leaf(received, note) for received, note in db.execute(_LEAVES, place)]
    else:
        span = (contract, tile.level, tile.first, tile.first + tile.width)
        found = [one for (one,) in db.execute(_HASHES, span)]
    if len(found) != tile.width:
        raise CorruptError(f"{tile.path} of contract {contract.hex()} has {len(found)} parts")
    return pack_bundle(found) if tile.level == ENTRIES else b"".join(found)


def nodes(db: apsw.Connection, contract: bytes, size: int) -> Nodes:
    """The nodes of a log's first ``size`` entries, for the proofs."""
    return tile_nodes(partial(read_tile, db, contract), size)


def catch_up(db: apsw.Connection) -> int:
    """Make the hashes of logs that an earlier version kept without; how many logs those were.

    :raises CorruptError: a log's entries are not those that its head covers
    """
    behind = list(db.execute(_BEHIND))
    for contract, size, edge in behind:
        if remake(db, contract, size) != Tree.unpacked(size, edge):
            raise CorruptError(f"the log of contract {contract.hex()} does not add up to its head")
    return len(behind)


def remake(db: apsw.Connection, contract: bytes, size: int) -> Tree:
    """Make a log's hashes again from its entries, which are ``size``; the tree that they make."""
    db.execute(_FORGET, (contract,))
    tree = Tree()
    for received, note in db.execute(_LEAVES, (contract, 0, size)):
        hashed = leaf_hash(leaf(received, note))
        keep(db, contract, tree.size, hashed)
        tree = tree.grow(hashed)
    return tree
