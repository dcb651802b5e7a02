"""The pen: signs an entry where a device's chain stands in a contract's log, and sends it.

For what a person does now and waits for: edits, marks, terms. The tracker's own recordings go
through its spool; when both write for one device, the later one follows the server's chain.
"""

from __future__ import annotations

import platform
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workdiary import api
from workdiary.bodies import Body, DeviceBody
from workdiary.client import DiaryClient
from workdiary.credentials import Credentials
from workdiary.entries import (
    Entry,
    EntryKind,
    Seen,
    commitment,
    make_body,
    note_id,
    sign_entry,
)
from workdiary.errors import RefusedError
from workdiary.notes import SigningKey
from workdiary.outbox import Outbox
from workdiary.text import NAME_LONGEST, harmless

_TRIES = 3
"""Another process of this machine may write to the chain between our look at it and our entry."""


@dataclass(frozen=True, slots=True)
class Pen:
    """One device's pen. ``device_name`` is the machine's name in a log that is new to it.

    What it writes is kept in ``outbox`` for a while, for a server that is restored from a backup.
    """

    client: DiaryClient
    device: str
    person: str
    device_name: str
    key: SigningKey
    random: Callable[[int], bytes] = secrets.token_bytes
    outbox: Outbox | None = None

    async def write(self, contract: str, kind: EntryKind, body: Body) -> api.Receipt:
        """Append one entry; it is durable when this returns.

        :raises RefusedError: the diary says no; the message says why
        :raises InvalidError: the body breaks a rule
        """
        for _ in range(_TRIES - 1):
            try:
                return await self._write(contract, kind, body)
            except RefusedError as error:
                if error.code not in ("chain", "seen"):
                    raise
        return await self._write(contract, kind, body)

    async def _write(self, contract: str, kind: EntryKind, body: Body) -> api.Receipt:
        chain = await self.client.chain(contract, self.device)
        if chain.seq < 0:
            introduction = await self._send(
                contract, chain, EntryKind.DEVICE_ENROLLED, self._itself
            )
            chain = api.ChainState(seq=0, id=introduction.id)
        return await self._send(contract, chain, kind, body)

    async def _send(
        self, contract: str, chain: api.ChainState, kind: EntryKind, body: Body
    ) -> api.Receipt:
        head = await self.client.head(contract)
        raw = make_body(body, self.random)
        entry = Entry(
            kind=kind,
            contract=contract,
            device=self.device,
            seq=chain.seq + 1,
            prev=chain.id,
            seen=Seen(head.size, head.root),
            body=commitment(raw),
        )
        note = sign_entry(entry, self.key)
        if self.outbox is not None:
            self.outbox.keep(note_id(note), raw)
        return await self.client.append(contract, note, raw)

    @property
    def _itself(self) -> DeviceBody:
        return DeviceBody(
            device=self.device,
            person=self.person,
            public_key=self.key.public.public.hex(),
            name=self.device_name,
        )


def machine_name() -> str:
    """This machine's name, as a log that is new to it will show it."""
    return harmless(platform.node())[:NAME_LONGEST] or "computer"


def pen_of(client: DiaryClient, known: Credentials, device_name: str, folder: Path) -> Pen:
    """The pen of this machine, as it is enrolled; ``folder`` is its person's own."""
    key = known.signing_key()
    outbox = Outbox(folder, key)
    return Pen(client, known.device, known.person, device_name, key, outbox=outbox)
