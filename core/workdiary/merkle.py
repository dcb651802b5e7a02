"""The Merkle tree of RFC 6962, as far as appending needs it: leaf hashes, right edge, root.

Proofs and tiles are in workdiary.tlog.

A tree of ``size`` leaves is kept as its edge: one hash for each bit set in ``size``, the largest
subtree first. Appending and the root cost O(log size) hashes, whatever the log's age.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(edge: Sequence[bytes]) -> bytes:
    """Join neighbouring complete subtrees, the largest first, as RFC 6962 does: right to left."""
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root


@dataclass(frozen=True, slots=True)
class Tree:
    """A log's size and right edge: all that the next append needs."""

    size: int = 0
    edge: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Tree:
        """The tree with one more leaf."""
        return self.grow(leaf_hash(leaf))

    def grow(self, leaf: bytes) -> Tree:
        """As append, by the leaf's hash: equal subtrees at the end are joined, as carries are."""
        edge = [*self.edge, leaf]
        carry = self.size
        while carry & 1:
            right, left = edge.pop(), edge.pop()
            edge.append(node_hash(left, right))
            carry >>= 1
        return Tree(self.size + 1, tuple(edge))

    @property
    def root(self) -> bytes:
        """The tree hash of RFC 6962 §2.1: the edge folded from its small end."""
        return fold(self.edge) if self.edge else EMPTY_ROOT

    @property
    def last_path(self) -> tuple[bytes, ...]:
        """The inclusion proof of whichever leaf is appended next, in the tree that has it last."""
        return self.edge[::-1]

    def packed(self) -> bytes:
        """The edge as bytes, 32 a hash, for a database column."""
        return b"".join(self.edge)

    @classmethod
    def unpacked(cls, size: int, packed: bytes) -> Tree:
        if len(packed) != 32 * size.bit_count():
            raise ValueError(f"an edge of {size} leaves has {size.bit_count()} hashes")
        return cls(size, tuple(packed[at : at + 32] for at in range(0, len(packed), 32)))
