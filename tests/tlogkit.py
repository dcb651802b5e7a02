"""Builders for tests of a log: grown trees, their nodes and tiles, and heads under a test's key."""

from __future__ import annotations

from dataclasses import dataclass, field

from workdiary.checkpoints import Head, sign_head
from workdiary.merkle import Tree, leaf_hash
from workdiary.notes import SigningKey
from workdiary.tlog.proofs import Nodes
from workdiary.tlog.tiles import ENTRIES, Tile, grown, pack_bundle, tile_nodes

ORIGIN = "diary.example/contract/1"
KEY = SigningKey(ORIGIN, bytes(range(32)))


@dataclass
class KeptLog:
    """A log in memory, kept as tiles are: each level's hashes, in a list that only grows."""

    leaves: list[bytes] = field(default_factory=list)
    levels: dict[int, list[bytes]] = field(default_factory=dict)
    trees: list[Tree] = field(default_factory=lambda: [Tree()])

    def append(self, leaf: bytes) -> None:
        for level, number, one in grown(len(self.leaves), leaf_hash(leaf), self.tile):
            held = self.levels.setdefault(level, [])
            assert number == len(held)
            held.append(one)
        self.leaves.append(leaf)
        self.trees.append(self.trees[-1].append(leaf))

    def tile(self, tile: Tile) -> bytes:
        if tile.level == ENTRIES:
            return pack_bundle(self.leaves[tile.first : tile.first + tile.width])
        return b"".join(self.levels[tile.level][tile.first : tile.first + tile.width])

    def nodes(self, size: int | None = None) -> Nodes:
        return tile_nodes(self.tile, len(self.leaves) if size is None else size)

    def root(self, size: int) -> bytes:
        return self.trees[size].root

    def head(self, size: int, origin: str = ORIGIN) -> Head:
        return Head(origin, size, self.root(size))

    def checkpoint(self, size: int) -> str:
        return sign_head(self.head(size), KEY)


def a_log(size: int) -> KeptLog:
    """A log whose entry n is ``entry n``."""
    log = KeptLog()
    for number in range(size):
        log.append(b"entry %d" % number)
    return log
