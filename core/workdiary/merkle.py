"""The Merkle tree of RFC 6962, as far as appending needs it: leaf hashes, right edge, root.

A tree of ``size`` leaves is kept as its edge: one hash for each bit set in ``size``, the largest
subtree first. Appending and the root cost O(log size) hashes, whatever the log's age.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A log's size and right edge: all that the next append needs."""

    size: int = 0
    edge: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Tree:
        """The tree with one more leaf: equal subtrees at its end are joined, as carries are."""
        edge = [*self.edge, leaf_hash(leaf)]
        carry = self.size
        while carry & 1:
            right, left = edge.pop(), edge.pop()
            edge.append(node_hash(left, right))
            carry >>= 1
        return Tree(self.size + 1, tuple(edge))

    @property
    def root(self) -> bytes:
        """The tree hash of RFC 6962 §2.1: the edge folded from its small end."""
        if not self.edge:
            return EMPTY_ROOT
        root = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            root = node_hash(left, root)
        return root

    def packed(self) -> bytes:
        """The edge as bytes, 32 a hash, for a database column."""
        return b"".join(self.edge)

    @classmethod
    def unpacked(cls, size: int, packed: bytes) -> Tree:
        if len(packed) != 32 * size.bit_count():
            raise ValueError(f"an edge of {size} leaves has {size.bit_count()} hashes")
        return cls(size, tuple(packed[at : at + 32] for at in range(0, len(packed), 32)))
