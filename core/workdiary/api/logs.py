"""A contract's log: heads, chains, receipts, events."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from workdiary.api.base import Answer, Hex32, Hex64, Moment, Request


class LogHead(Answer, frozen=True, kw_only=True):
    """A contract's log: size, root, and the signed head (a C2SP checkpoint)."""

    size: int
    root: Hex64
    checkpoint: str


class ChainState(Answer, frozen=True, kw_only=True):
    """Where a device's chain in a contract's log stands: -1 and 64 zeros before its first."""

    seq: int
    id: Hex64


class Receipt(Answer, frozen=True, kw_only=True):
    """An entry is durable: its id, its index and second of receipt, and a head that covers it.

    ``proof`` shows it in that head, offline: a C2SP tlog-proof over the leaf, which is the second
    of receipt, a newline and the note.
    """

    id: Hex64
    index: int
    received: int
    head: LogHead
    proof: str = ""


class Consistency(Answer, frozen=True, kw_only=True):
    """That the log's head continues its first ``size`` entries (RFC 6962 §2.1.2)."""

    size: int
    hashes: tuple[Hex64, ...]
    head: LogHead


class NewCosignature(Request, frozen=True, kw_only=True):
    """A device of a party has seen the log's first ``size`` entries: a C2SP cosignature's line."""

    size: Annotated[int, Meta(ge=0)]
    line: Annotated[str, Meta(max_length=300)]


class Cosignature(Answer, frozen=True, kw_only=True):
    """The largest head of the log that a party's device has cosigned, or a witness that is none.

    ``key`` is the device's, as C2SP writes a cosigner's; ``note`` is the head with the cosignature.
    A witness has the role ``witness``, the name of its key, and no device.
    """

    person: str
    role: str
    device: Hex32 | None
    key: str
    size: int
    root: Hex64
    at: Moment
    note: str


class Signer(Answer, frozen=True, kw_only=True):
    """A device and its public Ed25519 key."""

    device: Hex32
    public_key: Hex64


class Recovery(Answer, frozen=True, kw_only=True):
    """Whether a log was restored from a backup and waits, and for whom.

    ``size`` entries are there; ``lacking`` are those that came back without their content.
    ``reported``: the caller's own device has given what it had, or is not waited for.
    """

    recovering: bool
    size: int
    lacking: tuple[int, ...]
    waiting: tuple[str, ...]
    reported: bool


class Event(Answer, frozen=True, kw_only=True):
    """Something was added to a log. ``number`` is the server's arrival number (Last-Event-ID)."""

    number: int
    contract: Hex32
    index: int
    kind: str
    start: Moment | None
    received: Moment
