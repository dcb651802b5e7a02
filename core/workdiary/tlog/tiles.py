"""Tiles of a log (C2SP tlog-tiles): 256 neighbouring hashes at a time, and bundles of entries.

Level 0 holds the leaves' hashes; a hash at each level above is that of a full tile below. The last
tile of a level is partial, and never changes what it holds while it grows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from workdiary.errors import InvalidError
from workdiary.merkle import fold, node_hash
from workdiary.strict import read_decimal
from workdiary.tlog.proofs import Nodes

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH_BYTES = 32
ENTRIES = -1
"""The level of bundles of entries, which stand beside the tiles of level 0."""

_LEVEL_HIGHEST = 63
_PATH = re.compile(r"tile/(\d{1,2}|entries)/((?:x\d{3}/){0,6}\d{3})(?:\.p/(\d{1,3}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tile:
    """The ``index``-th tile of a level, with its first ``width`` hashes."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it is served, below the log's own address."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        digits, rest = f"{self.index % 1000:03}", self.index // 1000
        while rest:
            digits, rest = f"x{rest % 1000:03}/{digits}", rest // 1000
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{digits}{partial}"

    @property
    def first(self) -> int:
        """The number, at its level, of its first hash; of a bundle's first entry."""
        return self.index * WIDTH

    @classmethod
    def at(cls, path: str) -> Tile:
        """The tile of a path, which must be written as ``path`` writes it.

        :raises InvalidError: code ``tile``
        """
        found = _PATH.fullmatch(path)
        if found is None:
            raise InvalidError(f"{path[:80]!r} is not tile/LEVEL/INDEX[.p/WIDTH]", "tile")
        level, index, width = found.groups()
        tile = cls(
            ENTRIES if level == "entries" else read_decimal(level, "a level", "tile"),
            int(index.replace("x", "").replace("/", "")),
            WIDTH if width is None else read_decimal(width, "a width", "tile", WIDTH),
        )
        if tile.path != path or not tile.width or tile.level > _LEVEL_HIGHEST:
            raise InvalidError(f"no tile is named {path[:80]!r}", "tile")
        return tile


def width_of(level: int, index: int, size: int) -> int:
    """How much of a tile the tree of ``size`` fills: 0 to 256."""
    below = size >> HEIGHT * max(level, 0)
    return min(max(below - index * WIDTH, 0), WIDTH)


def bundles(begins: int, ends: int) -> Iterator[Tile]:
    """The bundles that hold the entries from ``begins`` to ``ends``, in a log that ends there."""
    for index in range(begins // WIDTH, -(-ends // WIDTH)):
        yield Tile(ENTRIES, index, width_of(ENTRIES, index, ends))


def grown(
    size: int, leaf: bytes, tile: Callable[[Tile], bytes]
) -> Iterator[tuple[int, int, bytes]]:
    """What a tree of ``size`` gains by one leaf hash: (level, number, hash), from level 0 up.

    ``tile`` gives the tiles as they are without it. Above level 0 there is something to gain only
    where a tile fills up.
    """
    level, found = 0, leaf
    while True:
        number = size >> HEIGHT * level
        yield level, number, found
        if ~number & (WIDTH - 1):
            return
        before = tile(Tile(level, number // WIDTH, WIDTH - 1))
        found = _complete([*split_hashes(before), found])
        level += 1


def tile_nodes(tile: Callable[[Tile], bytes], size: int) -> Nodes:
    """The nodes of a tree of ``size``, each tile read once and checked for its length alone."""
    known: dict[tuple[int, int], list[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        upper, within = divmod(level, HEIGHT)
        place, offset = divmod(index << within, WIDTH)
        if (upper, place) not in known:
            wanted = Tile(upper, place, width_of(upper, place, size))
            hashes = split_hashes(tile(wanted))
            if len(hashes) != wanted.width:
                raise InvalidError(f"{wanted.path} holds {len(hashes)} hashes", "tile")
            known[upper, place] = hashes
        return _complete(known[upper, place][offset : offset + (1 << within)])

    return node


def split_hashes(raw: bytes) -> list[bytes]:
    """:raises InvalidError: code ``tile``; the bytes are not whole hashes"""
    if len(raw) % HASH_BYTES:
        raise InvalidError(f"a tile holds whole hashes, not {len(raw)} bytes", "tile")
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]


def pack_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry behind its length in 2 bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def read_bundle(raw: bytes, width: int) -> list[bytes]:
    """The ``width`` entries of a bundle.

    :raises InvalidError: code ``tile``; it holds others, or is cut off
    """
    entries, at = [], 0
    while at < len(raw):
        ends = at + 2 + int.from_bytes(raw[at : at + 2], "big")
        if at + 2 > len(raw) or ends > len(raw):
            raise InvalidError("the bundle of entries is cut off", "tile")
        entries.append(raw[at + 2 : ends])
        at = ends
    if len(entries) != width:
        raise InvalidError(f"the bundle holds {len(entries)} entries, not {width}", "tile")
    return entries


def _complete(hashes: list[bytes]) -> bytes:
    """The root over a power of two of neighbours; an incomplete slice has none."""
    if not hashes or len(hashes) & (len(hashes) - 1):
        raise InvalidError("these tiles do not hold that part of the tree", "tile")
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
    return fold(hashes)
