"""A party as a witness of its contracts' logs: mirror first, cosign then, compare with the others.

Nothing is cosigned that is not durable in the mirror, and nothing that contradicts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from workdiary import api
from workdiary.checkpoints import Head, open_head, read_head
from workdiary.client import DiaryClient
from workdiary.entries import (
    Entry,
    EntryKind,
    device_key_name,
    read_leaf,
    server_device_id,
    verify_entry,
)
from workdiary.errors import InconsistentError, InvalidError, RecoveringError
from workdiary.healing import Kept, give_back
from workdiary.merkle import Tree
from workdiary.mirror import Mirror
from workdiary.notes import SigningKey, VerifyingKey
from workdiary.tlog.cosignatures import cosign, read_cosignature, read_cosigner
from workdiary.tlog.tiles import bundles, read_bundle


@dataclass(frozen=True, slots=True)
class Other:
    """Another device's cosignature; ``agrees`` once our own mirror reaches as far as it does."""

    person: str
    role: str
    size: int
    at: datetime
    agrees: bool


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The head that is held and cosigned now, and how far the others have seen the same log."""

    head: Head
    others: tuple[Other, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """One device; ``now`` gives seconds since 1970."""

    client: DiaryClient
    mirror: Mirror
    key: SigningKey
    now: Callable[[], float]
    kept: Kept = field(default=lambda entry: None)

    async def look(self, contract: api.Contract) -> Witnessed:
        """Bring the mirror up to the log's head, cosign it, and compare with the other side.

        A log that was restored from a backup is first given what this machine holds of it;
        ``kept`` knows what it still has of an entry.

        :raises RecoveringError: others have not given theirs yet
        :raises InconsistentError: the log is not the one that it was; this is kept as evidence
        """
        try:
            head = await self._follow(contract)
        except RecoveringError:
            await give_back(self.client, self.mirror, contract.id, self.kept)
            head = await self._follow(contract)
        if head.size > self.mirror.held(contract.id).cosigned:
            made = cosign(head, self.key, int(self.now()))
            await self.client.cosign(contract.id, head.size, made.line)
            self.mirror.cosigned(contract.id, head.size)
        seen = await self.client.cosignatures(contract.id)
        others = [self._other(head, one) for one in seen if not self._own(one)]
        return Witnessed(head, tuple(others))

    def losses(self, contract: str) -> list[str]:
        """What the server lost of a log and its owner accepted: it is shown for ever."""
        return self.mirror.losses(contract)

    async def _follow(self, contract: api.Contract) -> Head:
        key = VerifyingKey.read(contract.log_key)
        return await follow(self.client, self.mirror, contract.id, key, self.now)

    def _own(self, seen: api.Cosignature) -> bool:
        return read_cosigner(seen.key) == self.key.public

    def _other(self, head: Head, seen: api.Cosignature) -> Other:
        contract = head.origin.rpartition("/")[2]
        theirs = cosigned_head(seen)
        if theirs.origin != head.origin:
            raise InvalidError(f"{seen.person} cosigned {theirs.origin}", "cosignature")
        reached = theirs.size <= self.mirror.held(contract).tree.size
        if reached and self.mirror.root_at(contract, theirs.size) != theirs.root:
            error = InconsistentError(
                f"the server showed {seen.person} another log of {theirs.size} entries than to "
                "this machine",
                "split",
            )
            self.mirror.complain(contract, error, seen.note, int(self.now()))
            raise error
        return Other(seen.person, seen.role, theirs.size, seen.at, reached)


def cosigned_head(seen: api.Cosignature) -> Head:
    """The head that a device's cosignature is on.

    :raises InvalidError: it is not signed by the key that is named
    """
    text, _, line = seen.note.rpartition("\n\n")
    head = read_head(f"{text}\n")
    read_cosignature(line, head, read_cosigner(seen.key))
    return head


async def follow(
    client: DiaryClient, mirror: Mirror, contract: str, key: VerifyingKey, now: Callable[[], float]
) -> Head:
    """Bring the mirror up to the log's signed head; the head, once it is durable.

    :raises InconsistentError: the log is not the one that it was; this is kept as evidence
    """
    held = mirror.held(contract).tree.size
    checkpoint = await client.checkpoint(contract)
    try:
        size = _size(checkpoint, key)
        leaves = await _leaves(client, contract, held, size)
        return await asyncio.to_thread(mirror.take, contract, key, checkpoint, held, leaves)
    except InconsistentError as error:
        begins = await _accepted_loss(client, mirror, contract, checkpoint, key)
        if begins is not None:
            await asyncio.to_thread(mirror.give_up, contract, begins)
            return await follow(client, mirror, contract, key, now)
        forked = error.code == "forked"
        named = await _named(client, mirror, contract, min(held, size), error) if forked else error
        mirror.complain(contract, named, checkpoint, int(now()))
        raise named from None


async def _accepted_loss(
    client: DiaryClient, mirror: Mirror, contract: str, checkpoint: str, key: VerifyingKey
) -> int | None:
    """The first entry that the server's log has lost, if the log itself says so; else None.

    It must say so where it parts from what is held here, by ``log.forked``, signed as the server
    and on the very root before it; at most the server's own introduction stands between.
    """
    try:
        size = open_head(checkpoint, key).size
    except InvalidError:
        return None
    leaves = await _leaves(client, contract, 0, size)
    held = mirror.held(contract).tree.size
    parted = next(
        (at for at, one in enumerate(leaves[:held]) if not mirror.covers(contract, at, one)), None
    )
    if parted is None:
        return None
    tree = Tree()
    for leaf in leaves[:parted]:
        tree = tree.append(leaf)
    for leaf in leaves[parted : parted + 2]:
        entry = _by_server(leaf, key)
        if entry is None:
            return None
        seen = (entry.seen.size, entry.seen.root)
        if entry.kind is EntryKind.LOG_FORKED and seen == (tree.size, tree.root.hex()):
            return parted
        tree = tree.append(leaf)
    return None


def _by_server(leaf: bytes, key: VerifyingKey) -> Entry | None:
    """The entry, if the server whose heads ``key`` signs wrote it."""
    device = server_device_id(key.public)
    try:
        entry = verify_entry(read_leaf(leaf)[1], VerifyingKey(device_key_name(device), key.public))
    except InvalidError:
        return None
    return entry if entry.device == device else None


def _size(checkpoint: str, key: VerifyingKey) -> int:
    """How long the signed log is.

    :raises InconsistentError: code ``key``; it is a head, and the log's key did not sign it
    """
    try:
        return open_head(checkpoint, key).size
    except InvalidError as error:
        if error.code != "signature":
            raise
        raise InconsistentError(f"the log's head is not signed by {key.text}", "key") from error


async def _leaves(client: DiaryClient, contract: str, begins: int, ends: int) -> list[bytes]:
    """The entries of all bundles that ``begins`` to ``ends`` lie in."""
    found: list[bytes] = []
    for tile in bundles(begins, ends):
        found += read_bundle(await client.tile(contract, tile), tile.width)
    return found


async def _named(
    client: DiaryClient, mirror: Mirror, contract: str, common: int, error: InconsistentError
) -> InconsistentError:
    """Where two histories part, the first entry that is another says more than their roots."""
    for index, leaf in enumerate(await _leaves(client, contract, 0, common)):
        try:
            mirror.compare(contract, index, leaf)
        except InconsistentError as altered:
            return altered
    return error
