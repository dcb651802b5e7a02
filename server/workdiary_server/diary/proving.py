"""What whoever may read a contract's entries can hold them to: checkpoint, tiles and proofs.

Everything is read in one transaction, so that what is signed afterwards is committed.
"""

from __future__ import annotations

import apsw
from workdiary import api
from workdiary.errors import NotFoundError
from workdiary.merkle import Tree
from workdiary.tlog.logged import Logged
from workdiary.tlog.proofs import consistency_proof, inclusion_proof
from workdiary.tlog.tiles import WIDTH, Tile, width_of

from workdiary_server.diary import log, tree
from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.cosigning import lines
from workdiary_server.diary.service import Diary, permit

_SIGNERS = (
    "SELECT id, public FROM device WHERE id IN (SELECT device FROM entry WHERE contract = ?) "
    "ORDER BY id"
)


async def checkpoint(diary: Diary, actor: Actor, contract: str) -> str:
    """The log's signed head, with the cosignatures that are on this very head."""

    def read(db: apsw.Connection) -> tuple[Tree, str]:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        state, _ = log.state(db, key)
        return state, lines(db, key, state.size)

    state, cosigned = await diary.db.read(read)
    return diary.head(contract, state).checkpoint + cosigned


async def tile(diary: Diary, actor: Actor, contract: str, wanted: Tile) -> bytes:
    """A tile of hashes or a bundle of entries, full or partial; the same bytes for ever."""

    def read(db: apsw.Connection) -> bytes:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        state, _ = log.state(db, key)
        held = width_of(wanted.level, wanted.index, state.size)
        if held < wanted.width:
            raise NotFoundError(f"of {wanted.path} this log of {state.size} entries has {held}")
        return tree.read_tile(db, key, wanted)

    return await diary.db.read(read)


async def bodies(
    diary: Diary, actor: Actor, contract: str, number: int
) -> tuple[bytes | None, ...]:
    """What the entries of a bundle commit to, as it was sent; None for what was deleted."""

    def read(db: apsw.Connection) -> tuple[bytes | None, ...]:
        key = permit(db, actor, Action.READ_DIARY, contract)
        first = number * WIDTH
        state, _ = log.state(db, key)
        if first >= state.size:
            raise NotFoundError(f"this log of {state.size} entries has no bundle {number}")
        stored = log.bodies(db, key, first, first + WIDTH)
        return tuple(
            log.unseal_body(db, diary.keyring, key, one, sealed) if sealed else None
            for one, sealed in stored
        )

    return await diary.db.read(read)


async def signers(diary: Diary, actor: Actor, contract: str) -> tuple[api.Signer, ...]:
    """The devices of people that have signed entries, with their keys."""

    def read(db: apsw.Connection) -> tuple[api.Signer, ...]:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        found = db.execute(_SIGNERS, (key,))
        return tuple(
            api.Signer(device=device.hex(), public_key=public.hex()) for device, public in found
        )

    return await diary.db.read(read)


async def proof(diary: Diary, actor: Actor, contract: str, index: int) -> str:
    """That an entry is in the log's head, as a C2SP tlog-proof."""

    def read(db: apsw.Connection) -> tuple[Tree, tuple[bytes, ...], str]:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        state, _ = log.state(db, key)
        if index >= state.size:
            raise NotFoundError(f"this log has {state.size} entries, and no entry {index}")
        path = inclusion_proof(index, state.size, tree.nodes(db, key, state.size))
        return state, path, lines(db, key, state.size)

    state, path, cosigned = await diary.db.read(read)
    return Logged(index, path, diary.head(contract, state).checkpoint + cosigned).text


async def consistency(diary: Diary, actor: Actor, contract: str, size: int) -> api.Consistency:
    """That the log's head continues its first ``size`` entries."""

    def read(db: apsw.Connection) -> tuple[Tree, tuple[bytes, ...]]:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        state, _ = log.state(db, key)
        if size > state.size:
            raise NotFoundError(f"this log has {state.size} entries, and never had {size}")
        return state, consistency_proof(size, state.size, tree.nodes(db, key, state.size))

    state, path = await diary.db.read(read)
    return api.Consistency(
        size=size, hashes=tuple(one.hex() for one in path), head=diary.head(contract, state)
    )
