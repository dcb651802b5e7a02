"""Giving back to a restored server what it lost: entries from the mirror, bodies by their authors.

The server takes entries only under a head that it signed itself, so that nobody can give it a
history that it never had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workdiary.client import DiaryClient
from workdiary.entries import note_id, read_leaf
from workdiary.mirror import Mirror
from workdiary.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Content:
    """An entry's body, and the renditions of its pictures in the order of its claims."""

    body: bytes
    pictures: Iterable[bytes] = ()


Kept = Callable[[str], "Content | None"]
"""What this machine still has of the entry of an id."""


def kept_in(outbox: Outbox) -> Kept:
    """What a machine without a tracker has: what its pen wrote."""

    def kept(entry: str) -> Content | None:
        body = outbox.body(entry)
        return None if body is None else Content(body)

    return kept


async def give_back(client: DiaryClient, mirror: Mirror, contract: str, kept: Kept) -> None:
    """Give what this machine has of a log that is in recovery, and say that this was all.

    :raises RefusedError: what is held here is not what the server signed
    """
    state = await client.recovery(contract)
    if not state.recovering or (state.reported and state.waiting):
        return
    held = mirror.held(contract)
    if held.checkpoint:
        leaves = mirror.leaves(contract, state.size, held.tree.size)
        state = await client.give_entries(contract, held.checkpoint, leaves)
    for index in state.lacking:
        for leaf in mirror.leaves(contract, index, index + 1):
            content = kept(note_id(read_leaf(leaf)[1]))
            if content is not None:
                await client.give_body(contract, index, content.body, content.pictures)
    await client.report_recovery(contract)
