"""Entries of a contract's log and their bodies: what is signed, and what can be destroyed.

An entry holds no content. Its body, which may be erased later, begins with 16 random bytes, so
that the entry's commitment (SHA-256 of the body) tells nothing about a body that is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from workdiary import canonical
from workdiary.bodies import (
    AdjustmentBody,
    Body,
    ChangeBody,
    ContestBody,
    ContractBody,
    DeletedBody,
    DeviceBody,
    EndBody,
    ForkedBody,
    ManualBody,
    MemoBody,
    TrackedBody,
    WeekBody,
    check_body,
    check_hex,
)
from workdiary.errors import InvalidError, RefusedError
from workdiary.notes import SigningKey, VerifyingKey, open_note, sign_note, split_note
from workdiary.segments import (
    FULL_MASK,
    SEGMENT_SECONDS,
    MinuteActivity,
    Part,
    Screenshot,
    from_epoch,
)
from workdiary.strict import read_decimal

SALT_BYTES = 16
BODY_LONGEST = 32_768
NO_ENTRY = "0" * 64
"""The ``prev`` of a device's first entry."""


class EntryKind(StrEnum):
    """What happened."""

    CONTRACT_OPENED = "contract.opened"
    CONTRACT_CHANGED = "contract.changed"
    CONTRACT_ENDED = "contract.ended"
    DEVICE_ENROLLED = "device.enrolled"
    DEVICE_REVOKED = "device.revoked"
    SEGMENT_TRACKED = "segment.tracked"
    SEGMENT_MANUAL = "segment.manual"
    MEMO_EDITED = "memo.edited"
    SEGMENT_DELETED = "segment.deleted"
    SEGMENT_CONTESTED = "segment.contested"
    ADJUSTMENT_ACCEPTED = "adjustment.accepted"
    ADJUSTMENT_DECLINED = "adjustment.declined"
    WEEK_CLOSED = "week.closed"
    LOG_FORKED = "log.forked"


class Seen(msgspec.Struct, frozen=True):
    """The newest head of the log that the entry's maker knew: a lower bound of its time."""

    size: int
    root: str


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One line of a contract's log, without content. Hashes and ids are lower-case hex.

    ``seq`` and ``prev`` chain the entries of one device: 0, 1, 2 … and the SHA-256 of its previous
    note. ``start`` (seconds since 1970), ``part``, ``mask`` and ``sampled`` are a segment's alone.
    """

    kind: EntryKind
    contract: str
    device: str
    seq: int
    prev: str
    seen: Seen
    body: str
    start: int | None = None
    part: int = 0
    mask: int = 0
    sampled: bool = False


B = TypeVar("B", bound=Body)

BODY_OF: dict[EntryKind, type[Any]] = {
    EntryKind.CONTRACT_OPENED: ContractBody,
    EntryKind.CONTRACT_CHANGED: ChangeBody,
    EntryKind.CONTRACT_ENDED: EndBody,
    EntryKind.DEVICE_ENROLLED: DeviceBody,
    EntryKind.DEVICE_REVOKED: DeviceBody,
    EntryKind.SEGMENT_TRACKED: TrackedBody,
    EntryKind.SEGMENT_MANUAL: ManualBody,
    EntryKind.MEMO_EDITED: MemoBody,
    EntryKind.SEGMENT_DELETED: DeletedBody,
    EntryKind.SEGMENT_CONTESTED: ContestBody,
    EntryKind.ADJUSTMENT_ACCEPTED: AdjustmentBody,
    EntryKind.ADJUSTMENT_DECLINED: AdjustmentBody,
    EntryKind.WEEK_CLOSED: WeekBody,
    EntryKind.LOG_FORKED: ForkedBody,
}


def device_key_name(device: str) -> str:
    """The name under which a device signs."""
    return f"device/{device}"


def server_device_id(public: bytes) -> str:
    """The device under which a server itself writes to a log; its key is the log's own."""
    return hashlib.sha256(b"server device\n" + public).hexdigest()[:32]


def make_body(body: Body, random: Callable[[int], bytes]) -> bytes:
    """Salt and encode a body; ``random(n)`` gives n bytes."""
    return random(SALT_BYTES) + canonical.encode(body)


def read_body(raw: bytes, kind: type[B]) -> B:
    """Decode a body strictly and check its rules.

    :raises InvalidError: code ``body``, ``canonical`` or ``text``
    """
    if not SALT_BYTES < len(raw) <= BODY_LONGEST:
        raise InvalidError(f"a body has at most {BODY_LONGEST} bytes, not {len(raw)}", "body")
    body = canonical.decode(raw[SALT_BYTES:], kind)
    check_body(body)
    return body


def commitment(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def note_id(note: bytes) -> str:
    """An entry's id, and the ``prev`` of the device's next one: SHA-256 of the whole note."""
    return hashlib.sha256(note).hexdigest()


def sign_entry(entry: Entry, key: SigningKey) -> bytes:
    return sign_note(canonical.encode(entry).decode() + "\n", key)


def read_entry(note: bytes) -> Entry:
    """Decode an entry strictly; its signature is not looked at (the caller finds the key first).

    :raises InvalidError: code ``note``, ``canonical`` or ``entry``
    """
    text, _ = split_note(note)
    entry = canonical.decode(text[:-1].encode(), Entry)
    _check_entry(entry)
    return entry


def verify_entry(note: bytes, key: VerifyingKey) -> Entry:
    """Decode an entry that ``key`` signed.

    :raises InvalidError: as ``read_entry``, and code ``signature``
    """
    open_note(note, key)
    return read_entry(note)


def check_chain(entry: Entry, last_seq: int, last_id: str) -> None:
    """Hold an entry to its device's chain: ``last_seq`` is -1 and ``last_id`` NO_ENTRY at first.

    :raises RefusedError: code ``chain``; an entry is missing, doubled, or follows another one
    """
    if entry.seq != last_seq + 1:
        raise RefusedError(
            f"device {entry.device} sent entry {entry.seq}; {last_seq + 1} is next", "chain"
        )
    if entry.prev != last_id:
        raise RefusedError(
            f"entry {entry.seq} of device {entry.device} does not follow the one before it", "chain"
        )


def leaf(received: int, note: bytes) -> bytes:
    """A log leaf: the second of receipt, a newline, and the note as it was signed."""
    return b"%d\n%b" % (received, note)


def read_leaf(raw: bytes) -> tuple[int, bytes]:
    """Split a leaf into its second of receipt and its note."""
    received, newline, note = raw.partition(b"\n")
    if not newline:
        raise InvalidError("a leaf is '<seconds>', a newline and a note", "leaf")
    return read_decimal(received.decode("ascii", "replace"), "a second of receipt", "leaf"), note


def part_of(entry: Entry, body: TrackedBody) -> Part:
    """The domain's part that a ``segment.tracked`` entry and its body describe."""
    if entry.start is None:
        raise InvalidError("a tracked segment has a start", "entry")
    return Part(
        start=from_epoch(entry.start),
        mask=entry.mask,
        minutes=tuple(MinuteActivity(k, c, s, bool(moved)) for k, c, s, moved in body.minutes),
        memo=body.memo,
        session=body.session,
        sampled=entry.sampled,
        screenshots=tuple(
            Screenshot(p.monitor, from_epoch(p.taken_at), p.width, p.height, p.original.digest)
            for p in body.pictures
        ),
        no_picture=body.no_picture,
        down=body.down,
    )


def _check_entry(entry: Entry) -> None:
    check_hex(entry.contract, 32, "a contract's id")
    check_hex(entry.device, 32, "a device's id")
    check_hex(entry.prev, 64, "prev")
    check_hex(entry.body, 64, "a commitment")
    check_hex(entry.seen.root, 64, "a root")
    if min(entry.seq, entry.seen.size, entry.part, entry.mask) < 0:
        raise InvalidError("seq, part, mask and sizes are not negative", "entry")
    if entry.kind is not EntryKind.SEGMENT_TRACKED:
        if entry.start is not None or entry.part or entry.mask or entry.sampled:
            raise InvalidError(f"{entry.kind} has no start, part, mask or sample", "entry")
        return
    if entry.start is None or entry.start < 0 or entry.start % SEGMENT_SECONDS:
        raise InvalidError("a segment starts on a ten-minute mark", "entry")
    if entry.mask > FULL_MASK:
        raise InvalidError("a mask has ten bits", "entry")
