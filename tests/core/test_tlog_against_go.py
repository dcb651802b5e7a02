"""Our arithmetic beside Go's checksum database: both take the same proofs, and refuse the same."""

from __future__ import annotations

import base64
import random as pseudo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from outsiders import ask_go
from tlogkit import KEY, ORIGIN, a_log
from workdiary.checkpoints import open_head
from workdiary.errors import InvalidError
from workdiary.merkle import leaf_hash
from workdiary.notes import open_note, sign_note
from workdiary.tlog.proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from workdiary.tlog.tiles import WIDTH, Tile, width_of

SIZE = 700
LOG = a_log(SIZE)
HONEST = 1500
FORGED_LEAST = 2000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("go")


@dataclass(frozen=True, slots=True)
class Inclusion:
    proof: tuple[bytes, ...]
    index: int
    leaf: bytes
    size: int
    root: bytes

    def question(self) -> Mapping[str, object]:
        return {
            "do": "inclusion",
            "proof": list(self.proof),
            "index": self.index,
            "leaf": self.leaf,
            "size": self.size,
            "root": self.root,
        }

    def holds(self) -> bool:
        return _holds(verify_inclusion, self.proof, self.index, self.leaf, self.size, self.root)


@dataclass(frozen=True, slots=True)
class Consistency:
    proof: tuple[bytes, ...]
    old: int
    old_root: bytes
    size: int
    root: bytes

    def question(self) -> Mapping[str, object]:
        return {
            "do": "consistency",
            "proof": list(self.proof),
            "old": self.old,
            "oldRoot": self.old_root,
            "size": self.size,
            "root": self.root,
        }

    def holds(self) -> bool:
        return _holds(verify_consistency, self.proof, self.old, self.old_root, self.size, self.root)


Claim = Inclusion | Consistency


def _holds(verify: object, *claim: object) -> bool:
    try:
        verify(*claim)  # type: ignore[operator]  # one of two functions of ours
    except InvalidError:
        return False
    return True


def honest(rng: pseudo.Random, count: int) -> Iterator[Claim]:
    for _ in range(count):
        size = rng.randint(1, SIZE)
        index, old = rng.randrange(size), rng.randint(1, size)
        nodes, root = LOG.nodes(size), LOG.root(size)
        leaf = leaf_hash(LOG.leaves[index])
        yield Inclusion(inclusion_proof(index, size, nodes), index, leaf, size, root)
        yield Consistency(consistency_proof(old, size, nodes), old, LOG.root(old), size, root)


def forged(rng: pseudo.Random, claim: Claim) -> Claim:
    """The claim with one thing altered; now and then that leaves it true."""
    way = rng.randrange(8)
    proof = list(claim.proof)
    if way == 0 and proof:
        at = rng.randrange(len(proof))
        bit = 1 << rng.randrange(8)
        place = rng.randrange(32)
        one = bytearray(proof[at])
        one[place] ^= bit
        proof[at] = bytes(one)
    elif way == 1 and proof:
        del proof[rng.randrange(len(proof))]
    elif way == 2:
        proof.insert(rng.randint(0, len(proof)), rng.choice([*proof, rng.randbytes(32)]))
    elif way == 3 and len(proof) > 1:
        rng.shuffle(proof)
    elif way == 4:
        return replace(claim, size=max(1, claim.size + rng.choice((-2, -1, 1, 2, SIZE))))
    elif way == 5:
        return replace(claim, root=LOG.root(rng.randint(1, SIZE)))
    elif way == 6 and isinstance(claim, Inclusion):
        return replace(claim, index=claim.index + rng.choice((-1, 1, 2, claim.size)))
    elif way == 6 and isinstance(claim, Consistency):
        return replace(claim, old=max(1, claim.old + rng.choice((-2, -1, 1, 2, SIZE))))
    elif isinstance(claim, Inclusion):
        return replace(claim, leaf=leaf_hash(rng.choice(LOG.leaves)))
    else:
        return replace(claim, old_root=LOG.root(rng.randint(1, SIZE)))
    return replace(claim, proof=tuple(proof))


def test_go_takes_every_proof_of_ours(folder: Path) -> None:
    claims = list(honest(pseudo.Random(1), HONEST))  # noqa: S311 - repeatable on purpose
    said = ask_go(folder, [claim.question() for claim in claims])
    assert [one.refused for one in said] == [""] * 2 * HONEST
    assert all(claim.holds() for claim in claims)


def test_go_and_we_refuse_the_same_forged_proofs(folder: Path) -> None:
    rng = pseudo.Random(2)  # noqa: S311 - repeatable on purpose
    claims = [forged(rng, claim) for claim in honest(rng, HONEST)]
    said = ask_go(folder, [claim.question() for claim in claims])
    ours = [claim.holds() for claim in claims]
    differ = [claim for claim, one, own in zip(claims, said, ours, strict=True) if one.ok != own]
    assert differ == []
    refused = [type(claim) for claim, own in zip(claims, ours, strict=True) if not own]
    assert len(refused) >= FORGED_LEAST
    assert min(refused.count(Inclusion), refused.count(Consistency)) >= FORGED_LEAST // 3


def tiles_of(size: int) -> dict[str, bytes]:
    found = {}
    for level in range(3):
        for index in range((size >> 8 * level) // WIDTH + 1):
            if width := width_of(level, index, size):
                tile = Tile(level, index, width)
                found[tile.path] = LOG.tile(tile)
    return found


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, SIZE])
def test_go_reads_our_tiles_and_makes_the_same_proof_of_them(folder: Path, size: int) -> None:
    index = size * 2 // 3
    asked = {"do": "tiles", "tiles": tiles_of(size), "entries": LOG.leaves[:size]}
    (said,) = ask_go(folder, [asked | {"size": size, "root": LOG.root(size), "index": index}])
    ours = inclusion_proof(index, size, LOG.nodes(size))
    assert (said.refused, said.text) == ("", " ".join(one.hex() for one in ours))


def test_go_refuses_a_tile_with_an_altered_bit(folder: Path) -> None:
    rng = pseudo.Random(3)  # noqa: S311 - repeatable on purpose
    asked: list[dict[str, object]] = []
    for _ in range(40):
        tiles = tiles_of(SIZE)
        path = rng.choice(sorted(tiles))
        raw = bytearray(tiles[path])
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        tiles[path] = bytes(raw)
        asked.append({"do": "tiles", "tiles": tiles, "entries": LOG.leaves})
    root = {"size": SIZE, "root": LOG.root(SIZE), "index": 0}
    assert not any(one.ok for one in ask_go(folder, [one | root for one in asked]))


def test_go_opens_our_heads_and_notes_and_we_open_gos(folder: Path) -> None:
    heads = [LOG.checkpoint(size) for size in (0, 1, 77, SIZE)]
    said = ask_go(folder, [{"do": "note", "note": one, "key": KEY.public.text} for one in heads])
    texts = [open_head(one, KEY.public).text for one in heads]
    assert [(one.refused, one.text) for one in said] == [("", text) for text in texts]
    key = f"PRIVATE+KEY+{ORIGIN}+{KEY.public.hash.hex()}+{_private()}"
    (made,) = ask_go(folder, [{"do": "sign", "note": texts[2], "key": key}])
    assert (made.refused, made.text) == ("", heads[2])
    assert open_note(made.text.encode(), KEY.public) == texts[2]


def _private() -> str:
    """The key of the kit as Go writes one: its type, and the seed."""
    return base64.b64encode(b"\x01" + bytes(range(32))).decode()


def test_go_and_we_refuse_the_same_altered_notes(folder: Path) -> None:
    rng = pseudo.Random(4)  # noqa: S311 - repeatable on purpose
    note = sign_note(f"{ORIGIN}\nhello\n", KEY).decode()
    altered = []
    for _ in range(1000):
        at = rng.randrange(len(note))
        other = rng.choice("\n \u2014+=Aa1é\x00" + note)
        if other != note[at]:
            altered.append(note[:at] + other + note[at + 1 :])
    said = ask_go(folder, [{"do": "note", "note": one, "key": KEY.public.text} for one in altered])
    ours = [_holds(lambda one: open_note(one.encode(), KEY.public), one) for one in altered]
    looser = [one for one, go, own in zip(altered, said, ours, strict=True) if own and not go.ok]
    assert looser == []
    assert not any(ours)
