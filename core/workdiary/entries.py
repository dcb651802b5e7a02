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
from workdiary.errors import InvalidError, RefusedError
from workdiary.notes import SigningKey, VerifyingKey, open_note, sign_note, split_note
from workdiary.segments import (
    FULL_MASK,
    MINUTES,
    SEGMENT_SECONDS,
    MinuteActivity,
    Part,
    Screenshot,
    from_epoch,
)
from workdiary.text import MEMO_LONGEST, NAME_LONGEST, check_text

SALT_BYTES = 16
BODY_LONGEST = 32_768
NO_ENTRY = "0" * 64
"""The ``prev`` of a device's first entry."""


class EntryKind(StrEnum):
    """What happened."""

    CONTRACT_OPENED = "contract.opened"
    DEVICE_ENROLLED = "device.enrolled"
    DEVICE_REVOKED = "device.revoked"
    SEGMENT_TRACKED = "segment.tracked"


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


class Rendition(msgspec.Struct, frozen=True):
    """One WebP file of a picture: the hex SHA-256 of its bytes, and their number."""

    digest: str
    size: int


class PictureClaim(msgspec.Struct, frozen=True):
    """One monitor's picture as the tracker made it; ``taken_at`` in seconds since 1970."""

    monitor: int
    taken_at: int
    width: int
    height: int
    original: Rendition
    preview: Rendition
    thumbnail: Rendition


class TrackedBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a tracked part holds: ten rows of [keystrokes, clicks, scrolls, moved 0/1]."""

    session: str
    memo: str
    minutes: tuple[tuple[int, int, int, int], ...]
    down: int
    counts: str
    pictures: tuple[PictureClaim, ...]
    no_picture: str


class ContractBody(msgspec.Struct, frozen=True, kw_only=True):
    """A contract's terms. Rate in minor units an hour, limit in minutes (null: none).

    ``freelancer`` and ``clients`` are ids of people; ``since`` is in seconds since 1970.
    """

    name: str
    freelancer: str
    clients: tuple[str, ...]
    since: int
    rate: int
    currency: str
    weekly_limit: int | None
    hourly: bool
    manual: bool
    screenshots: str
    zone: str
    policy: str


class DeviceBody(msgspec.Struct, frozen=True, kw_only=True):
    """A device of a person: its public key in hex and the name its owner gave it."""

    device: str
    person: str
    public_key: str
    name: str


Body = TrackedBody | ContractBody | DeviceBody
B = TypeVar("B", bound=Body)

BODY_OF: dict[EntryKind, type[Any]] = {
    EntryKind.CONTRACT_OPENED: ContractBody,
    EntryKind.DEVICE_ENROLLED: DeviceBody,
    EntryKind.DEVICE_REVOKED: DeviceBody,
    EntryKind.SEGMENT_TRACKED: TrackedBody,
}


def device_key_name(device: str) -> str:
    """The name under which a device signs."""
    return f"device/{device}"


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
    if isinstance(body, TrackedBody):
        _check_tracked(body)
    elif isinstance(body, ContractBody):
        _check_contract(body)
    else:
        check_text(body.name, "the device's name", NAME_LONGEST)
        _check_hex(body.public_key, 64, "a public key")
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
    if not newline or not received.isdigit():
        raise InvalidError("a leaf is '<seconds>', a newline and a note", "leaf")
    return int(received), note


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
    _check_hex(entry.contract, 32, "a contract's id")
    _check_hex(entry.device, 32, "a device's id")
    _check_hex(entry.prev, 64, "prev")
    _check_hex(entry.body, 64, "a commitment")
    _check_hex(entry.seen.root, 64, "a root")
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


def _check_tracked(body: TrackedBody) -> None:
    check_text(body.memo, "the memo", MEMO_LONGEST)
    check_text(body.no_picture, "the reason for no picture", MEMO_LONGEST)
    _check_hex(body.session, 16, "a session's id")
    if len(body.minutes) != MINUTES or not 0 <= body.down <= FULL_MASK:
        raise InvalidError("a segment has ten minutes", "body")
    if any(not 0 <= n <= 1_000_000 for minute in body.minutes for n in minute):
        raise InvalidError("a minute's counts are 0 to 1,000,000", "body")
    if body.counts not in {"counts", "active-only", "none"}:
        raise InvalidError(f"{body.counts!r} is not a kind of counting", "body")
    if bool(body.pictures) == bool(body.no_picture):
        raise InvalidError("a part has pictures or a reason for none", "body")
    if len({p.monitor for p in body.pictures}) != len(body.pictures) or len(body.pictures) > 16:
        raise InvalidError("a part has one picture a monitor, of at most 16 monitors", "body")
    for picture in body.pictures:
        for rendition in (picture.original, picture.preview, picture.thumbnail):
            _check_hex(rendition.digest, 64, "a picture's digest")


def _check_contract(body: ContractBody) -> None:
    check_text(body.name, "the contract's name", NAME_LONGEST)
    for person in (body.freelancer, *body.clients):
        _check_hex(person, 32, "a person's id")
    if body.rate < 0 or (body.weekly_limit is not None and body.weekly_limit < 0):
        raise InvalidError("a rate and a limit are not negative", "body")
    if len(body.currency) != 3 or not body.currency.isascii() or not body.currency.isupper():
        raise InvalidError(f"{body.currency!r} is not an ISO 4217 code such as USD", "body")
    if body.screenshots not in {"required", "optional", "none"}:
        raise InvalidError("screenshots are required, optional or none", "body")


def _check_hex(text: str, digits: int, what: str) -> None:
    if len(text) != digits or not set(text) <= set("0123456789abcdef"):
        raise InvalidError(f"{what} is {digits} lower-case hex digits, not {text[:80]!r}", "entry")
