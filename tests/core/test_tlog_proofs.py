"""Proofs of a log: the published ones, every small tree, and nothing that is not one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlogkit import KeptLog, a_log
from workdiary.errors import InvalidError
from workdiary.merkle import EMPTY_ROOT, leaf_hash
from workdiary.tlog.proofs import (
    consistency_proof,
    inclusion_proof,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

# The test tree of RFC 6962 and its proofs, as published with Certificate Transparency.
RFC_LEAVES = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
RFC_INCLUSION = {
    (0, 1): (),
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
RFC_CONSISTENCY = {
    (1, 1): (),
    (1, 8): RFC_INCLUSION[0, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
SMALL = a_log(70)
LARGE = a_log(600)
"""Two full tiles, a third one, and a level above."""


def the_rfc_log() -> KeptLog:
    log = KeptLog()
    for leaf in RFC_LEAVES:
        log.append(bytes.fromhex(leaf))
    return log


def test_the_inclusion_proofs_are_the_published_ones() -> None:
    log = the_rfc_log()
    for (index, size), path in RFC_INCLUSION.items():
        found = inclusion_proof(index, size, log.nodes(size))
        assert tuple(one.hex() for one in found) == path
        verify_inclusion(found, index, leaf_hash(log.leaves[index]), size, log.root(size))


def test_the_consistency_proofs_are_the_published_ones() -> None:
    log = the_rfc_log()
    for (old, size), path in RFC_CONSISTENCY.items():
        found = consistency_proof(old, size, log.nodes(size))
        assert tuple(one.hex() for one in found) == path
        verify_consistency(found, old, log.root(old), size, log.root(size))


def test_every_entry_of_every_small_log_is_proved() -> None:
    for size in range(1, 71):
        assert tree_root(size, SMALL.nodes(size)) == SMALL.root(size)
        for index in range(size):
            path = inclusion_proof(index, size, SMALL.nodes(size))
            leaf = leaf_hash(SMALL.leaves[index])
            verify_inclusion(path, index, leaf, size, SMALL.root(size))


def test_every_small_log_is_shown_to_continue_every_smaller_one() -> None:
    for size in range(71):
        for old in range(size + 1):
            path = consistency_proof(old, size, SMALL.nodes(size))
            verify_consistency(path, old, SMALL.root(old), size, SMALL.root(size))


def test_the_last_entrys_proof_is_the_edge_before_it() -> None:
    for size in range(1, 71):
        path = inclusion_proof(size - 1, size, SMALL.nodes(size))
        assert path == SMALL.trees[size - 1].last_path


def test_a_proof_asks_for_few_nodes() -> None:
    asked: list[tuple[int, int]] = []

    def counted(level: int, index: int) -> bytes:
        asked.append((level, index))
        return LARGE.nodes()(level, index)

    for index in range(0, 600, 7):
        asked.clear()
        inclusion_proof(index, 600, counted)
        assert len(asked) <= 2 * (600).bit_length()
        asked.clear()
        consistency_proof(index, 600, counted)
        assert len(asked) <= 2 * (600).bit_length()


@given(st.data())
@settings(deadline=None)
def test_proofs_hold_across_tiles(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, LARGE.nodes(size))
    verify_inclusion(path, index, leaf_hash(LARGE.leaves[index]), size, LARGE.root(size))
    old = data.draw(st.integers(0, size))
    path = consistency_proof(old, size, LARGE.nodes(size))
    verify_consistency(path, old, LARGE.root(old), size, LARGE.root(size))


def test_no_proof_holds_for_another_entry_size_or_root() -> None:
    for size in range(2, 40):
        index = 7 * size % 11 % size
        path = inclusion_proof(index, size, SMALL.nodes(size))
        leaf, root = leaf_hash(SMALL.leaves[index]), SMALL.root(size)
        other = leaf_hash(SMALL.leaves[(index + 1) % size])
        for forged in (
            (path[:-1], index, leaf, size, root),
            ((*path, root), index, leaf, size, root),
            ((root, *path), index, leaf, size, root),
            ((*path[:-1], bytes(32)), index, leaf, size, root),
            (path, (index + 1) % size, leaf, size, root),
            (path, index, other, size, root),
            (path, index, leaf, size, SMALL.root(size + 1)),
            (path, size, leaf, size, root),
            (path, -1, leaf, size, root),
            ((*path[:-1], path[-1][:31]), index, leaf, size, root),
        ):
            with pytest.raises(InvalidError) as refused:
                verify_inclusion(*forged)
            assert refused.value.code == "proof"


def test_a_log_that_was_altered_continues_nothing() -> None:
    for size in range(2, 60):
        old = 1 + 7 * size % 11 % (size - 1)
        path = consistency_proof(old, size, SMALL.nodes(size))
        old_root, root = SMALL.root(old), SMALL.root(size)
        for forged in (
            (path[:-1], old, old_root, size, root),
            ((*path, root), old, old_root, size, root),
            ((*path[:-1], bytes(32)), old, old_root, size, root),
            (path, old, SMALL.root(old + 1), size, root),
            (path, old, old_root, size, SMALL.root(size + 1)),
            (path, size + 1, old_root, size, root),
            (path, size, old_root, size, root),
            (path, 0, old_root, size, root),
            ((), old, old_root, size, root),
        ):
            with pytest.raises(InvalidError) as refused:
                verify_consistency(*forged)
            assert refused.value.code == "proof"


def test_an_empty_log_is_continued_by_any() -> None:
    verify_consistency((), 0, EMPTY_ROOT, 9, SMALL.root(9))
    with pytest.raises(InvalidError):
        verify_consistency((), 0, SMALL.root(1), 9, SMALL.root(9))


def test_a_proof_that_no_tree_has_is_not_made() -> None:
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(InvalidError):
            inclusion_proof(index, size, SMALL.nodes())
    for old, size in ((6, 5), (-1, 5)):
        with pytest.raises(InvalidError):
            consistency_proof(old, size, SMALL.nodes())
