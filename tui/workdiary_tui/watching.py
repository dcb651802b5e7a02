"""The reader's own machine as a witness: it mirrors and cosigns the logs of what is read.

Only where this machine was enrolled with a key to sign with. Over SSH, on the server itself, there
is none: what lies beside the server proves nothing against its owner.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message
from workdiary import api, credentials
from workdiary.client import DiaryClient
from workdiary.errors import InconsistentError, WorkdiaryError

if TYPE_CHECKING:
    from workdiary.witness import Witness


@dataclass
class LogLookedAt(Message):
    """A contract's log was compared with this machine's mirror; ``doubt`` is "" if all is well."""

    contract: str
    doubt: str


class Watch:
    """Looks at one log after the other, as they change."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._wanted: dict[str, api.Contract] = {}
        self._more = asyncio.Event()

    def ask(self, contracts: Iterable[api.Contract]) -> None:
        """Look at these logs soon, once each; those of which the reader is no party are left."""
        self._wanted |= {one.id: one for one in contracts if one.role != "owner"}
        self._more.set()

    async def run(self, post: Callable[[Message], object]) -> None:
        """Look at what was asked for, for ever; cancel it to end."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._wanted:
                contract = self._wanted.pop(next(iter(self._wanted)))
                try:
                    await self._witness.look(contract)
                    post(LogLookedAt(contract.id, "; ".join(self._witness.losses(contract.id))))
                except InconsistentError as error:
                    post(LogLookedAt(contract.id, str(error)))
                except WorkdiaryError:
                    continue  # no server, or one that shows no logs: nothing was compared


@contextmanager
def watching(folder: Path | None, client: DiaryClient) -> Iterator[Watch | None]:
    """The watch of a machine that was enrolled with a key to sign with; None where there is none.

    :raises MirrorError: its mirror cannot be opened
    """
    known = None if folder is None else credentials.load(folder)
    if folder is None or known is None or known.scope not in credentials.SIGNING:
        yield None
        return
    from workdiary.healing import kept_in
    from workdiary.mirror import Mirror
    from workdiary.outbox import Outbox
    from workdiary.witness import Witness

    mirror, key = Mirror(folder), known.signing_key()
    try:
        yield Watch(Witness(client, mirror, key, time.time, kept_in(Outbox(folder, key))))
    finally:
        mirror.close()
