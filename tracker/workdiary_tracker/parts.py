"""Sealing a part: its body, its entry in the device's chain, and the signature over both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from workdiary.bodies import DeviceBody, PictureClaim, Rendition, TrackedBody
from workdiary.entries import (
    NO_ENTRY,
    Entry,
    EntryKind,
    Seen,
    commitment,
    make_body,
    note_id,
    read_entry,
    sign_entry,
)
from workdiary.merkle import EMPTY_ROOT
from workdiary.notes import SigningKey

from workdiary_tracker.segment_clock import OpenPart
from workdiary_tracker.shots import Frame, Shot

NOT_SAMPLED = "not sampled"
DISCARDED = "discarded by the freelancer"


@dataclass(frozen=True, slots=True)
class Chain:
    """Where this device's chain in one contract's log stands, and the newest head known."""

    seq: int
    prev: str
    seen: Seen

    def after(self, note: bytes) -> Chain:
        return Chain(self.seq + 1, note_id(note), self.seen)


UNKNOWN = Chain(-1, NO_ENTRY, Seen(0, EMPTY_ROOT.hex()))
"""The chain of a device that a log does not know yet."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry ready to be kept and sent; ``pictures`` in the order of the body's claims."""

    contract: str
    note: bytes
    body: bytes
    start: int | None = None
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """Who signs: the device, its person, and its name as the log will show it."""

    id: str
    person: str
    name: str
    key: SigningKey


class Sealer:
    """Makes entries of one device. It keeps nothing: the chain is handed in."""

    def __init__(self, device: Device, random: Callable[[int], bytes]) -> None:
        self.device = device
        self._random = random

    def enrolment(self, contract: str, chain: Chain) -> Sealed:
        """The entry that introduces this device to a contract's log."""
        device = self.device
        body = make_body(
            DeviceBody(
                device=device.id,
                person=device.person,
                public_key=device.key.public.public.hex(),
                name=device.name,
            ),
            self._random,
        )
        entry = self._entry(EntryKind.DEVICE_ENROLLED, contract, chain, body)
        return Sealed(contract, sign_entry(entry, device.key), body)

    def tracked(
        self, part: OpenPart, number: int, counts: str, shot: Shot | None, chain: Chain
    ) -> Sealed:
        """The entry of a closed part; ``number`` is how many parts of its slot came before."""
        frames = shot.frames if shot is not None and part.sampled else ()
        body = make_body(_tracked_body(part, counts, shot), self._random)
        entry = msgspec.structs.replace(
            self._entry(EntryKind.SEGMENT_TRACKED, part.contract, chain, body),
            start=part.start,
            part=number,
            mask=part.mask,
            sampled=part.sampled,
        )
        pictures = tuple(
            webp for frame in frames for webp in (frame.original, frame.preview, frame.thumbnail)
        )
        note = sign_entry(entry, self.device.key)
        return Sealed(part.contract, note, body, part.start, pictures)

    def follow(
        self, note: bytes, chain: Chain, body: bytes | None = None, agreed: int | None = None
    ) -> bytes:
        """Sign an entry that was never accepted once more, behind another one.

        What it had seen stays, unless that is past the ``agreed`` entries of the log.
        """
        entry = read_entry(note)
        keeps = agreed is None or entry.seen.size <= agreed
        entry = msgspec.structs.replace(
            entry,
            seq=chain.seq + 1,
            prev=chain.prev,
            seen=entry.seen if keeps else chain.seen,
            body=entry.body if body is None else commitment(body),
        )
        return sign_entry(entry, self.device.key)

    def salted(self, body: TrackedBody) -> bytes:
        return make_body(body, self._random)

    def _entry(self, kind: EntryKind, contract: str, chain: Chain, body: bytes) -> Entry:
        return Entry(
            kind=kind,
            contract=contract,
            device=self.device.id,
            seq=chain.seq + 1,
            prev=chain.prev,
            seen=chain.seen,
            body=commitment(body),
        )


def _tracked_body(part: OpenPart, counts: str, shot: Shot | None) -> TrackedBody:
    pictures: tuple[PictureClaim, ...] = ()
    why = NOT_SAMPLED
    if part.sampled and shot is not None:
        pictures = tuple(_claim(frame, shot.taken_at) for frame in shot.frames)
        why = "" if pictures else shot.no_picture
    elif part.sampled:
        why = "failed: the tracker ended before the picture was kept"
    return TrackedBody(
        session=part.session,
        memo=part.memo,
        minutes=tuple(part.minutes),
        down=part.down,
        counts=counts,
        pictures=pictures,
        no_picture=why,
    )


def _claim(frame: Frame, taken_at: int) -> PictureClaim:
    return PictureClaim(
        monitor=frame.monitor,
        taken_at=taken_at,
        width=frame.width,
        height=frame.height,
        original=_rendition(frame.original),
        preview=_rendition(frame.preview),
        thumbnail=_rendition(frame.thumbnail),
    )


def _rendition(webp: bytes) -> Rendition:
    return Rendition(hashlib.sha256(webp).hexdigest(), len(webp))
