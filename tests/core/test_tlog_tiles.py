"""Tiles and bundles: the specification's own examples, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tlogkit import a_log
from workdiary.errors import InvalidError
from workdiary.merkle import leaf_hash
from workdiary.tlog.tiles import (
    ENTRIES,
    Tile,
    bundles,
    pack_bundle,
    read_bundle,
    split_hashes,
    tile_nodes,
    width_of,
)


def test_a_tile_is_named_as_the_specification_names_it() -> None:
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(1, 0, 17).path == "tile/1/000.p/17"
    assert Tile(ENTRIES, 273, 112).path == "tile/entries/273.p/112"


def test_a_log_of_seventy_thousand_has_the_specifications_tiles() -> None:
    assert [width_of(0, index, 70_000) for index in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [width_of(1, index, 70_000) for index in (0, 1, 2)] == [256, 17, 0]
    assert [width_of(2, index, 70_000) for index in (0, 1)] == [1, 0]
    assert [width_of(level, 0, 256) for level in (0, 1, 2)] == [256, 1, 0]


@given(st.integers(-1, 63), st.integers(0, 2**62), st.integers(1, 256))
def test_a_tiles_path_leads_back_to_it(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.at(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000/",
        "tile/entry/000",
        "tile/0/\u0660\u0660\u0660",
        "tile/0/000\n",
        "tile/8/0/000",
        "tile/0/" + "x001/" * 9 + "000",
    ],
)
def test_a_path_that_names_no_tile_is_refused(path: str) -> None:
    with pytest.raises(InvalidError) as refused:
        Tile.at(path)
    assert refused.value.code == "tile"


def test_every_hash_of_a_tile_is_that_of_its_full_tile_below() -> None:
    log = a_log(600)
    top = split_hashes(log.tile(Tile(1, 0, 2)))
    for place in range(2):
        assert top[place] == log.nodes()(8, place)
        leaves = split_hashes(log.tile(Tile(0, place)))
        assert leaves == [leaf_hash(one) for one in log.leaves[256 * place :][:256]]


def test_a_tile_that_is_too_short_gives_no_node() -> None:
    log = a_log(300)
    tile = log.tile(Tile(0, 1, 44))
    for raw in (tile[:-32], tile + bytes(32), tile[:-1]):
        with pytest.raises(InvalidError):
            tile_nodes({Tile(0, 1, 44): raw}.__getitem__, 300)(0, 270)


def test_the_bundles_of_what_is_new_cover_it_and_no_more() -> None:
    assert list(bundles(0, 0)) == []
    assert list(bundles(5, 5)) == [Tile(ENTRIES, 0, 5)]
    assert list(bundles(256, 256)) == []
    assert list(bundles(0, 257)) == [Tile(ENTRIES, 0), Tile(ENTRIES, 1, 1)]
    assert list(bundles(300, 600)) == [Tile(ENTRIES, 1), Tile(ENTRIES, 2, 88)]


@given(st.lists(st.binary(max_size=70), max_size=20))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    assert read_bundle(pack_bundle(entries), len(entries)) == entries


@given(st.binary(max_size=80), st.integers(0, 5))
def test_any_bytes_are_a_bundle_or_a_clear_error(raw: bytes, width: int) -> None:
    try:
        entries = read_bundle(raw, width)
    except InvalidError:
        return
    assert pack_bundle(entries) == raw
    assert len(entries) == width
