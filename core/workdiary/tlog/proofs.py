"""Inclusion and consistency proofs of RFC 6962 §2.1: made from a tree's nodes, and verified.

A node is a complete subtree: ``node(level, index)`` is the hash over the ``2**level`` entries from
``index << level`` on. A proof asks for O(log size) of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workdiary.errors import InvalidError
from workdiary.merkle import EMPTY_ROOT, fold, node_hash

Nodes = Callable[[int, int], bytes]


def tree_root(size: int, node: Nodes) -> bytes:
    """The root of a tree's first ``size`` entries."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Nodes) -> tuple[bytes, ...]:
    """That entry ``index`` is in the tree of ``size``: siblings from the leaf's up to the root's.

    :raises InvalidError: code ``proof``; that tree has no such entry
    """
    if not 0 <= index < size:
        raise InvalidError(f"a log of {size} entries has no entry {index}", "proof")
    begins, ends, path = 0, size, []
    while ends - begins > 1:
        middle = begins + _half(ends - begins)
        if index < middle:
            path.append(_range_root(middle, ends, node))
            ends = middle
        else:
            path.append(_range_root(begins, middle, node))
            begins = middle
    return tuple(reversed(path))


def consistency_proof(old: int, size: int, node: Nodes) -> tuple[bytes, ...]:
    """That the tree of ``size`` continues that of its first ``old`` entries.

    Empty where they are the same tree, and from the empty one, which anything continues.

    :raises InvalidError: code ``proof``; the tree never had that size
    """
    if not 0 <= old <= size:
        raise InvalidError(f"a log of {size} entries does not continue one of {old}", "proof")
    begins, ends, path = 0, size if old else 0, []
    while old != ends and old:
        middle = begins + _half(ends - begins)
        if old <= middle:
            path.append(_range_root(middle, ends, node))
            ends = middle
        else:
            path.append(_range_root(begins, middle, node))
            begins = middle
    if begins:  # the old root is not itself a node on the way
        path.append(_range_root(begins, ends, node))
    return tuple(reversed(path))


def verify_inclusion(
    path: Sequence[bytes], index: int, leaf: bytes, size: int, root: bytes
) -> None:
    """Hold an entry's leaf hash to the root of a tree.

    :raises InvalidError: code ``proof``; the proof does not show it
    """
    if not 0 <= index < size:
        raise InvalidError(f"a log of {size} entries has no entry {index}", "proof")
    place, last, found = index, size - 1, leaf
    for sibling in _hashes(path):
        if last == 0:
            raise InvalidError("the inclusion proof is too long", "proof")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last or found != root:
        raise InvalidError(f"the proof does not show entry {index} in that log", "proof")


def verify_consistency(
    path: Sequence[bytes], old: int, old_root: bytes, size: int, root: bytes
) -> None:
    """Hold a tree to a head of it that was known before.

    :raises InvalidError: code ``proof``; the proof does not show that one continues the other
    """
    if not 0 <= old <= size:
        raise InvalidError(f"a log of {size} entries does not continue one of {old}", "proof")
    if old in (0, size):
        same = old_root == (EMPTY_ROOT if old == 0 else root)
        if path or not same:
            raise InvalidError("the proof does not show one log", "proof")
        return
    known, place, last = _hashes(path), old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if place:
        if not known:
            raise InvalidError("the consistency proof is too short", "proof")
        before = after = known.pop(0)
    else:  # the old tree is complete: its root begins the way
        before = after = old_root
    for sibling in known:
        if last == 0:
            raise InvalidError("the consistency proof is too long", "proof")
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    if last or (before, after) != (old_root, root):
        raise InvalidError(f"the proof does not show one log of {old} and {size} entries", "proof")


def _half(length: int) -> int:
    """The largest power of two below ``length``: where RFC 6962 splits a tree."""
    return 1 << ((length - 1).bit_length() - 1)


def _range_root(begins: int, ends: int, node: Nodes) -> bytes:
    """The root over a subtree that may be cut off at its right: complete ones, largest first."""
    edge = []
    while begins < ends:
        level = (ends - begins).bit_length() - 1
        edge.append(node(level, begins >> level))
        begins += 1 << level
    return fold(edge)


def _hashes(path: Sequence[bytes]) -> list[bytes]:
    if any(len(one) != 32 for one in path):
        raise InvalidError("a proof is made of hashes of 32 bytes", "proof")
    return list(path)
