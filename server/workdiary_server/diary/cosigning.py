"""Who has seen which head of a log: each party's device cosigns what its mirror holds.

The server keeps a device's largest head, and shows each side the other's.
"""

from __future__ import annotations

import apsw
from workdiary import api
from workdiary.checkpoints import Head
from workdiary.entries import device_key_name
from workdiary.errors import DeniedError, NotFoundError, RefusedError
from workdiary.notes import VerifyingKey
from workdiary.segments import from_epoch
from workdiary.tlog.cosignatures import cosigner_text, read_cosignature
from workdiary.tlog.proofs import tree_root

from workdiary_server.diary import log, third_parties, tree
from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.people import find_person
from workdiary_server.diary.service import Diary, permit

_PUBLIC = "SELECT public FROM device WHERE id = ? AND person = ? AND revoked IS NULL"
_SIZE = "SELECT size FROM cosignature WHERE contract = ? AND device = ?"
_KEEP = (
    "INSERT OR REPLACE INTO cosignature (contract, device, size, root, at, line) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_LINES = "SELECT line FROM cosignature WHERE contract = ? AND size = ? ORDER BY device"
_ALL = (
    "SELECT device, public, person, role, size, root, at, line FROM cosignature "
    "JOIN device ON device.id = cosignature.device JOIN party USING (contract, person) "
    "WHERE contract = ? ORDER BY role, device, size"
)


async def may_cosign(diary: Diary, actor: Actor, contract: str) -> None:
    """Asked before the body is read."""
    await diary.db.read(lambda db: permit(db, actor, Action.COSIGN, contract))


async def cosign(diary: Diary, actor: Actor, contract: str, sent: api.NewCosignature) -> None:
    """Keep a device's cosignature on a head that this log has or had.

    :raises InvalidError: codes ``note`` and ``cosignature``; it is not one of that head
    :raises RefusedError: code ``shrunk``; the device has cosigned a larger head
    """

    def keep(db: apsw.Connection) -> None:
        key = permit(db, actor, Action.COSIGN, contract)
        signer, device = _signer(db, actor)
        state, _ = log.state(db, key)
        if sent.size > state.size:
            raise NotFoundError(f"this log has {state.size} entries, and never had {sent.size}")
        root = tree_root(sent.size, tree.nodes(db, key, sent.size))
        made = read_cosignature(sent.line, Head(diary.origin(contract), sent.size, root), signer)
        for (size,) in db.execute(_SIZE, (key, device)):
            if sent.size < size:
                raise RefusedError(f"this device has cosigned {size} entries already", "shrunk")
        db.execute(_KEEP, (key, device, sent.size, root, made.at, made.line))

    await diary.db.write(keep)


def _signer(db: apsw.Connection, actor: Actor) -> tuple[VerifyingKey, bytes]:
    """The key of the device whose token this is.

    :raises DeniedError: the token is bound to no device
    """
    device = bytes.fromhex(actor.device or "")
    for (public,) in db.execute(_PUBLIC, (device, bytes.fromhex(actor.person))):
        return VerifyingKey(device_key_name(device.hex()), public), device
    raise DeniedError("only an enrolled machine cosigns: this token belongs to none")


def lines(db: apsw.Connection, contract: bytes, size: int) -> str:
    """The cosignatures on the head of exactly this size, as lines below its checkpoint."""
    parties = "".join(line for (line,) in db.execute(_LINES, (contract, size)))
    return parties + third_parties.lines(db, contract, size)


async def cosignatures(diary: Diary, actor: Actor, contract: str) -> tuple[api.Cosignature, ...]:
    """The largest head that each device of the parties has cosigned, and each other witness."""

    def read(db: apsw.Connection) -> tuple[api.Cosignature, ...]:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        parties = [_shown(db, diary, key, *row) for row in db.execute(_ALL, (key,))]
        return (*parties, *third_parties.cosignatures(db, key, diary.origin(contract)))

    return await diary.db.read(read)


def _shown(
    db: apsw.Connection,
    diary: Diary,
    contract: bytes,
    device: bytes,
    public: bytes,
    person: bytes,
    role: str,
    size: int,
    root: bytes,
    at: int,
    line: str,
) -> api.Cosignature:
    head = Head(diary.origin(contract.hex()), size, root)
    return api.Cosignature(
        person=find_person(db, diary.keyring, person).name,
        role=role,
        device=device.hex(),
        key=cosigner_text(VerifyingKey(device_key_name(device.hex()), public)),
        size=size,
        root=root.hex(),
        at=from_epoch(at),
        note=f"{head.text}\n{line}",
    )
