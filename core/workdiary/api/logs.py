"""A contract's log: heads, chains, receipts, events."""

from __future__ import annotations

from workdiary.api.base import Answer, Hex32, Hex64, Moment


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
    """An entry is durable: its id, its index and second of receipt, and a head that covers it."""

    id: Hex64
    index: int
    received: int
    head: LogHead


class Event(Answer, frozen=True, kw_only=True):
    """Something was added to a log. ``number`` is the server's arrival number (Last-Event-ID)."""

    number: int
    contract: Hex32
    index: int
    kind: str
    start: Moment | None
    received: Moment
