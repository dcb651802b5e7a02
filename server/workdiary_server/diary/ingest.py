"""Taking an entry in: verified first, then its pictures, then one transaction, then the answer.

An intent row stands before any blob is put; the transaction that appends the entry deletes it. What
a crash leaves between the two is swept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

import apsw
from workdiary import api
from workdiary.billing import lock_time, week_start
from workdiary.bodies import (
    AdjustmentBody,
    Body,
    ChangeBody,
    DeviceBody,
    PictureClaim,
    Rendition,
    TrackedBody,
)
from workdiary.entries import (
    BODY_LONGEST,
    Entry,
    EntryKind,
    commitment,
    device_key_name,
    read_body,
    read_entry,
    verify_entry,
)
from workdiary.errors import InvalidError, RefusedError, TooLargeError
from workdiary.notes import NOTE_LONGEST, VerifyingKey
from workdiary.segments import epoch, from_epoch
from workdiary.tlog.logged import Logged
from workdiary.webp import HEADER_BYTES, PICTURE_BYTES, check_picture

from workdiary_server.diary import log
from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.blobs import Upload, discard, put_all, remove, seal_all
from workdiary_server.diary.contracts import check_terms
from workdiary_server.diary.effects import WRITTEN_HERE, action_of, check_state, take_effect
from workdiary_server.diary.erasing import forget
from workdiary_server.diary.log import Appended, Submission
from workdiary_server.diary.service import Diary, permit

PREVIEW_WIDTH = 960
_DEVICE = "SELECT person, public, revoked FROM device WHERE id = ?"
_PICTURE = (
    "INSERT INTO picture (contract, tag, rendition, key, store, start) VALUES (?, ?, ?, ?, ?, ?)"
)
_NO_INTENT = "DELETE FROM intent WHERE key = ?"


class Frames(Protocol):
    """A framed body that is still arriving."""

    async def next(self, what: str, longest: int) -> bytes:
        """The next frame: TooLargeError before it is read, InvalidError where there is none."""
        ...

    async def end(self) -> None:
        """:raises InvalidError: there is more"""
        ...

    async def skip(self) -> None:
        """Read what is left and forget it."""
        ...


async def may_append(diary: Diary, actor: Actor, contract: str) -> None:
    """Asked before the body is read, and once more, by the entry's kind, when it is committed.

    :raises RecoveringError: a restored log's chains are not where its devices know them to be
    """
    await diary.db.read(lambda db: permit(db, actor, Action.WRITE, contract))
    if contract in diary.recovering:
        raise log.still_recovering()


async def append_entry(
    diary: Diary, actor: Actor, contract: str, frames: Frames
) -> tuple[api.Receipt, bool]:
    """Append an entry to a contract's log; the receipt, and whether it is new.

    The same note again gives the same receipt and changes nothing.
    """
    submission = await read_submission(frames)
    _check_kind(submission.entry, contract)
    if isinstance(submission.body, ChangeBody):
        await check_terms(diary, submission.body)
    asks = isinstance(submission.body, AdjustmentBody)
    read = diary.db.judge if asks else diary.db.read
    known = await read(lambda db: _verify(db, diary, actor, submission))
    if known is not None:
        await frames.skip()
        return receipt(diary, contract, known), False
    pictures = await read_pictures(submission.body, frames)
    await frames.end()
    blobs = await seal_all(diary, submission, pictures)
    await put_all(diary, blobs)
    try:
        appended, orphans = await diary.db.write(
            lambda db: _commit(db, diary, actor, submission, blobs)
        )
    except (InvalidError, RefusedError):
        await discard(diary, blobs)
        raise
    if appended.new:
        diary.announcer.appended(contract, appended.index, submission.entry.kind)
        _look_after(diary, submission)
    else:
        await discard(diary, blobs)
    if orphans:
        await remove(diary, orphans)
    return receipt(diary, contract, appended), appended.new


def _look_after(diary: Diary, submission: Submission) -> None:
    """What an entry calls for that its answer need not wait for."""
    entry = submission.entry
    if entry.kind is EntryKind.SEGMENT_DELETED:
        diary.later(forget(diary))
    elif entry.start is not None and diary.now() >= lock_time(from_epoch(entry.start)).timestamp():
        diary.due.add((submission.contract, epoch(week_start(from_epoch(entry.start)))))


def receipt(diary: Diary, contract: str, appended: Appended) -> api.Receipt:
    head = diary.head(contract, appended.tree)
    return api.Receipt(
        id=appended.id,
        index=appended.index,
        received=appended.received,
        head=head,
        proof=Logged(appended.index, appended.path, head.checkpoint).text,
    )


async def read_submission(frames: Frames) -> Submission:
    """Read note and body strictly, and hold the body to the entry's commitment."""
    note = await frames.next("the note", NOTE_LONGEST)
    entry = read_entry(note)
    raw = await frames.next("the body", BODY_LONGEST)
    body: Body = read_body(raw, log.body_kind(entry.kind))
    if commitment(raw) != entry.body:
        raise InvalidError("the body is not the one that the entry commits to", "commitment")
    return Submission(note, entry, raw, body)


def _check_kind(entry: Entry, contract: str) -> None:
    if entry.contract != contract:
        raise InvalidError(f"the entry is for contract {entry.contract}", "contract")
    if entry.kind not in WRITTEN_HERE:
        raise InvalidError(f"{entry.kind} is not sent here", "kind")


def _verify(
    db: apsw.Connection, diary: Diary, actor: Actor, submission: Submission
) -> Appended | None:
    """The signature, and then every rule; the entry itself, if the log holds it already."""
    entry = submission.entry
    permit(db, actor, Action.WRITE, entry.contract)
    public = _device_key(db, actor, entry)
    verify_entry(submission.note, VerifyingKey(device_key_name(entry.device), public))
    return _examine(db, diary, actor, submission)


def _examine(
    db: apsw.Connection, diary: Diary, actor: Actor, submission: Submission
) -> Appended | None:
    """Every rule that the log's state decides: asked before the pictures, and when committing."""
    entry, body = submission.entry, submission.body
    permit(db, actor, action_of(entry.kind), entry.contract)
    public = _device_key(db, actor, entry)
    known = log.find(db, submission.contract, submission.id)
    if known is not None:
        return known
    log.check_place(db, entry)
    if isinstance(body, DeviceBody):
        _check_enrolment(entry, body, actor, public)
    elif entry.seq == 0:
        raise RefusedError("a device's first entry in a log is device.enrolled", "enrolment")
    check_state(db, diary, actor, submission)
    return None


def _device_key(db: apsw.Connection, actor: Actor, entry: Entry) -> bytes:
    """The public key of the device that made the entry, which must be the actor's.

    :raises RefusedError: code ``device`` or ``revoked``
    """
    row = db.execute(_DEVICE, (bytes.fromhex(entry.device),)).fetchone()
    if row is None or row[0].hex() != actor.person:
        raise RefusedError(f"device {entry.device} is not one of yours: enrol it", "device")
    if row[2] is not None:
        raise RefusedError(f"device {entry.device} was revoked", "revoked")
    public: bytes = row[1]
    return public


def _check_enrolment(entry: Entry, body: DeviceBody, actor: Actor, public: bytes) -> None:
    """A device enters a log by its own first entry, as the invite registered it."""
    if entry.seq != 0:
        raise RefusedError(f"device {entry.device} is in this log already", "enrolment")
    if (body.device, body.person, body.public_key) != (entry.device, actor.person, public.hex()):
        raise RefusedError("the device is not the one that was enrolled here", "enrolment")


async def read_pictures(body: Body, frames: Frames) -> list[tuple[PictureClaim, str, bytes]]:
    pictures = []
    for claim in body.pictures if isinstance(body, TrackedBody) else ():
        for role, rendition in _renditions(claim):
            picture = await frames.next(f"the {role}", min(PICTURE_BYTES, rendition.size))
            _check_rendition(claim, role, rendition, picture)
            pictures.append((claim, role, picture))
    return pictures


def _renditions(claim: PictureClaim) -> Sequence[tuple[str, Rendition]]:
    return (
        ("original", claim.original),
        ("preview", claim.preview),
        ("thumbnail", claim.thumbnail),
    )


def _check_rendition(claim: PictureClaim, role: str, rendition: Rendition, picture: bytes) -> None:
    """A picture must be what the signed body says it is, to the byte."""
    if len(picture) != rendition.size:
        raise InvalidError(
            f"the {role} has {len(picture)} bytes; the body says {rendition.size}", "picture"
        )
    width, height = check_picture(picture[:HEADER_BYTES], len(picture))
    if role == "original" and (width, height) != (claim.width, claim.height):
        raise InvalidError(
            f"the picture is {width}x{height}; the body says {claim.width}x{claim.height}",
            "picture",
        )
    if role != "original" and width > PREVIEW_WIDTH:
        raise TooLargeError(f"a {role} is at most {PREVIEW_WIDTH} wide, not {width}")
    if hashlib.sha256(picture).hexdigest() != rendition.digest:
        raise InvalidError(f"the {role} is not the one that the body names", "picture")


def _commit(
    db: apsw.Connection,
    diary: Diary,
    actor: Actor,
    submission: Submission,
    blobs: Upload,
) -> tuple[Appended, list[str]]:
    """Entry, body, projection and pictures in one; the rules once more, now that none can race.

    Returns the entry's place, and the keys of blobs that it made nobody's.
    """
    known = _examine(db, diary, actor, submission)
    if known is not None:
        return known, []
    appended = log.append(db, diary.keyring, submission, int(diary.now()))
    keep_pictures(db, diary, submission, blobs)
    return appended, take_effect(db, diary, submission, appended)


def keep_pictures(db: apsw.Connection, diary: Diary, submission: Submission, blobs: Upload) -> None:
    """Name the blobs of an entry's pictures, so that they are no upload's any more."""
    entry, contract = submission.entry, submission.contract
    for claim, role, blob in blobs:
        tag = diary.keyring.tag(db, contract, claim.original.digest)
        diary.keyring.keep(db, contract, blob.place, blob.secret)
        db.execute(_PICTURE, (contract, tag, role, blob.key, diary.blobs.name, entry.start))
        db.execute(_NO_INTENT, (blob.key,))
