"""A log that was restored from a backup: it stands still until its parties gave back what it lost.

Entries come from their mirrors, under a head that this server once signed; bodies and pictures from
the machines that made them. What they change is brought about at the end, in the log's order, so
that a deletion holds whoever answers first. Until then no head is signed and no entry taken: two
histories of one log would be a lie to one of its parties.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import apsw
from workdiary import api
from workdiary.bodies import Body, ForkedBody
from workdiary.checkpoints import Head, open_head
from workdiary.entries import (
    BODY_LONGEST,
    EntryKind,
    commitment,
    read_body,
    read_entry,
    read_leaf,
)
from workdiary.errors import InvalidError, NotFoundError, RefusedError
from workdiary.merkle import Tree, leaf_hash
from workdiary.notes import NOTE_LONGEST, SigningKey
from workdiary.tlog.proofs import tree_root

from workdiary_server.diary import log, tree
from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.blobs import discard, put_all, remove, seal_all
from workdiary_server.diary.effects import take_effect
from workdiary_server.diary.erasing import forget
from workdiary_server.diary.ingest import Frames, keep_pictures, read_pictures
from workdiary_server.diary.log import Appended, Submission
from workdiary_server.diary.people import find_person
from workdiary_server.diary.service import Diary, permit
from workdiary_server.diary.writing import append_own, introduce

CHECKPOINT_LONGEST = 16_384
LEAF_LONGEST = NOTE_LONGEST + 32
_BASE = "SELECT size FROM recovery WHERE contract = ?"
_LACKING = (
    "SELECT idx FROM entry LEFT JOIN body USING (arrival) "
    "WHERE contract = ? AND idx >= ? AND sealed IS NULL ORDER BY idx"
)
_WAITING = (
    "SELECT DISTINCT person FROM recovery_party JOIN device ON device.id = recovery_party.device "
    "WHERE contract = ? AND reported IS NULL AND revoked IS NULL"
)
_WAITED_FOR = "SELECT 1 FROM recovery_party WHERE contract = ? AND device = ? AND reported IS NULL"
_REPORT = (
    "INSERT INTO recovery_party (contract, device, reported) VALUES (?, ?, ?) "
    "ON CONFLICT DO UPDATE SET reported = excluded.reported"
)
_BACK = "SELECT arrival, idx FROM entry WHERE contract = ? AND idx >= ? ORDER BY idx"
_ARRIVAL = "SELECT arrival FROM entry WHERE contract = ? AND idx = ?"
_BODY = "INSERT INTO body (arrival, sealed) VALUES (?, ?)"
_LONGEST = "SELECT size, root FROM cosignature WHERE contract = ? ORDER BY size DESC LIMIT 1"
_OVER = ("DELETE FROM recovery WHERE contract = ?", "DELETE FROM recovery_party WHERE contract = ?")
_log = logging.getLogger(__name__)


async def recovery(diary: Diary, actor: Actor, contract: str) -> api.Recovery:
    """How a log's recovery stands; one that needs none says so."""

    def read(db: apsw.Connection) -> api.Recovery:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        return _state(db, diary, actor, key)

    return await diary.db.read(read)


async def may_give(diary: Diary, actor: Actor, contract: str) -> None:
    """Asked before the body is read.

    :raises RefusedError: code ``whole``; the log waits for nothing
    """
    await diary.db.read(lambda db: _base(db, permit(db, actor, Action.COSIGN, contract)))


async def give_entries(diary: Diary, actor: Actor, contract: str, frames: Frames) -> api.Recovery:
    """Take back the entries that lead to a head of ours.

    :raises InvalidError: the head is not ours, or the entries are not those that it covers
    :raises RefusedError: code ``forked``; we signed two histories
    """
    head = _own_head(diary, contract, await frames.next("the head", CHECKPOINT_LONGEST))
    known = await diary.db.read(lambda db: log.state(db, bytes.fromhex(contract))[0].size)
    leaves = [
        await frames.next(f"entry {known + number}", LEAF_LONGEST)
        for number in range(max(head.size - known, 0))
    ]
    await frames.end()

    def take(db: apsw.Connection) -> api.Recovery:
        key = permit(db, actor, Action.COSIGN, contract)
        _base(db, key)
        _take_leaves(db, key, head, known, leaves)
        return _state(db, diary, actor, key)

    return await diary.db.write(take)


def _own_head(diary: Diary, contract: str, checkpoint: bytes) -> Head:
    key = SigningKey(diary.origin(contract), diary.log_secret).public
    return open_head(checkpoint.decode(errors="replace"), key)


def _take_leaves(
    db: apsw.Connection, contract: bytes, head: Head, known: int, leaves: Sequence[bytes]
) -> None:
    """Append what is new of the leaves, which begin at ``known``; all of it, or nothing."""
    state, _ = log.state(db, contract)
    grown = state
    for leaf in leaves[state.size - known :]:
        grown = grown.grow(leaf_hash(leaf))
    same = grown.root if grown.size == head.size else _root(db, contract, head.size)
    if same != head.root:
        raise RefusedError(
            f"the head of {head.size} entries is not that of this log: it was signed twice, or "
            "the entries are not its own",
            "forked",
        )
    for leaf in leaves[state.size - known :]:
        received, note = read_leaf(leaf)
        entry = read_entry(note)
        if entry.contract != contract.hex():
            raise InvalidError(f"an entry is contract {entry.contract}'s", "contract")
        log.append_note(db, contract, entry, note, received)


def _root(db: apsw.Connection, contract: bytes, size: int) -> bytes:
    return tree_root(size, tree.nodes(db, contract, size))


async def give_body(diary: Diary, actor: Actor, contract: str, index: int, frames: Frames) -> None:
    """Take back the body of an entry, and its pictures; what is there already stays.

    :raises InvalidError: it is not the one that the entry commits to
    """
    key = bytes.fromhex(contract)
    stored = await diary.db.read(lambda db: log.entry_at(db, key, index))
    entry = read_entry(stored.note)
    raw = await frames.next("the body", BODY_LONGEST)
    body: Body = read_body(raw, log.body_kind(entry.kind))
    if commitment(raw) != entry.body:
        raise InvalidError("the body is not the one that the entry commits to", "commitment")
    submission = Submission(stored.note, entry, raw, body)
    pictures = await read_pictures(body, frames)
    await frames.end()
    blobs = await seal_all(diary, submission, pictures)
    await put_all(diary, blobs)

    def take(db: apsw.Connection) -> bool:
        base = _base(db, permit(db, actor, Action.COSIGN, contract))
        if index < base or index not in _lacking(db, key, base):
            return False
        (arrival,) = next(iter(db.execute(_ARRIVAL, (key, index))))
        db.execute(_BODY, (arrival, log.seal_body(db, diary.keyring, submission)))
        keep_pictures(db, diary, submission, blobs)
        return True

    try:
        taken = await diary.db.write(take)
    except (NotFoundError, RefusedError):
        await discard(diary, blobs)
        raise
    if not taken:
        await discard(diary, blobs)


async def report(diary: Diary, actor: Actor, contract: str) -> None:
    """The actor's device has given all that it has; after the last one the log goes on."""

    def keep(db: apsw.Connection) -> list[str] | None:
        key = permit(db, actor, Action.COSIGN, contract)
        _base(db, key)
        if actor.device is not None:
            db.execute(_REPORT, (key, bytes.fromhex(actor.device), int(diary.now())))
        return None if _waiting(db, key) else finish(db, diary, key)

    orphans = await diary.db.write(keep)
    if orphans is not None:
        await go_on(diary, contract, orphans)


async def accept_loss(diary: Diary, actor: Actor, contract: str) -> None:
    """Go on without what did not come back: an entry says so, which both sides see for ever."""

    def accept(db: apsw.Connection) -> list[str]:
        key = permit(db, actor, Action.ACCEPT_LOSS, contract)
        orphans = finish(db, diary, key)
        introduce(db, diary, key)
        append_own(db, diary, key, EntryKind.LOG_FORKED, _longest_known(db, key))
        return orphans

    await go_on(diary, contract, await diary.db.write(accept))


def _longest_known(db: apsw.Connection, contract: bytes) -> ForkedBody:
    """The longest head that anyone told this server of."""
    state, _ = log.state(db, contract)
    size, root = next(iter(db.execute(_LONGEST, (contract,))), (0, b""))
    if size > state.size:
        return ForkedBody(size=size, root=root.hex())
    return ForkedBody(size=state.size, root=state.root.hex())


def finish(db: apsw.Connection, diary: Diary, contract: bytes) -> list[str]:
    """Bring about what came back, in the log's order; the keys of blobs that are nobody's now."""
    base = _base(db, contract)
    orphans: list[str] = []
    lost = 0
    for _, index in list(db.execute(_BACK, (contract, base))):
        stored = log.entry_at(db, contract, index)
        if not stored.sealed:
            lost += 1
            continue
        entry = read_entry(stored.note)
        raw = log.unseal_body(db, diary.keyring, contract, stored.id, stored.sealed)
        body: Body = read_body(raw, log.body_kind(entry.kind))
        submission = Submission(stored.note, entry, raw, body)
        orphans += take_effect(db, diary, submission, _as_appended(stored))
    for statement in _OVER:
        db.execute(statement, (contract,))
    _log.warning(
        "contract %s is whole again: %d entries came back, %d of them without content",
        contract.hex(),
        log.state(db, contract)[0].size - base,
        lost,
    )
    return orphans


async def go_on(diary: Diary, contract: str, orphans: Sequence[str]) -> None:
    """After the commit: heads are signed and entries taken again."""
    diary.recovering.discard(contract)
    diary.announcer.wake_all()
    if orphans:
        await remove(diary, orphans)
    diary.later(forget(diary))


def _as_appended(stored: log.Stored) -> Appended:
    return Appended(stored.id, stored.index, stored.received, Tree(), (), new=True)


def _base(db: apsw.Connection, contract: bytes) -> int:
    """:raises RefusedError: code ``whole``; the log waits for nothing"""
    row = db.execute(_BASE, (contract,)).fetchone()
    if row is None:
        raise RefusedError("this log is whole: it waits for nothing", "whole")
    return int(row[0])


def _lacking(db: apsw.Connection, contract: bytes, base: int) -> list[int]:
    return [index for (index,) in db.execute(_LACKING, (contract, base))]


def _waiting(db: apsw.Connection, contract: bytes) -> list[bytes]:
    return [person for (person,) in db.execute(_WAITING, (contract,))]


def _state(db: apsw.Connection, diary: Diary, actor: Actor, contract: bytes) -> api.Recovery:
    size = log.state(db, contract)[0].size
    row: tuple[Any, ...] | None = db.execute(_BASE, (contract,)).fetchone()
    if row is None:
        return api.Recovery(recovering=False, size=size, lacking=(), waiting=(), reported=True)
    device = bytes.fromhex(actor.device or "")
    return api.Recovery(
        recovering=True,
        size=size,
        lacking=tuple(_lacking(db, contract, row[0])),
        waiting=tuple(
            sorted(find_person(db, diary.keyring, one).name for one in _waiting(db, contract))
        ),
        reported=db.execute(_WAITED_FOR, (contract, device)).fetchone() is None,
    )
