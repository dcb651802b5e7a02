"""Deletion: the tombstone stays, and everything that it covers becomes unreadable for good.

What destroys is the loss of the keys, here and in every copy of what they sealed; the rows and the
blobs go as well. A word that other segments still share stays with them.
"""

from __future__ import annotations

import asyncio
import logging

import apsw
from workdiary.bodies import DeletedBody
from workdiary.entries import Entry, read_entry
from workdiary.segments import MINUTES, Kind

from workdiary_server.diary import log
from workdiary_server.diary.log import Appended, Stored, Submission
from workdiary_server.diary.service import Diary
from workdiary_server.vault.blobs import blob_place
from workdiary_server.vault.keyring import Keyring, place_of

_SEGMENT = "SELECT kind FROM segment WHERE contract = ? AND start = ?"
_NOTES = (
    "SELECT note FROM entry WHERE contract = ? AND start = ? AND idx < ? AND idx > "
    "(SELECT coalesce(max(idx), -1) FROM tombstone WHERE contract = ? AND start = ?)"
)
_BURY = (
    "INSERT INTO tombstone (contract, start, idx, kind, minutes, person, received) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_BURIED_AFTER = "SELECT 1 FROM tombstone WHERE contract = ? AND start = ? AND idx > ?"
_NO_SEGMENT = "DELETE FROM segment WHERE contract = ? AND start = ?"
_NO_BODY = (
    "DELETE FROM body WHERE arrival = (SELECT arrival FROM entry WHERE contract = ? AND idx = ?)"
)
_PICTURES = "SELECT key, store FROM picture WHERE contract = ? AND start = ?"
_NO_PICTURES = "DELETE FROM picture WHERE contract = ? AND start = ?"
_UNTAG = "UPDATE picture_view SET tag = NULL WHERE contract = ? AND start = ?"
_INTENT = "INSERT OR IGNORE INTO intent (key, store, created) VALUES (?, ?, ?)"
_FORGET_TRIES, _FORGET_SECONDS = 50, 1.0
_log = logging.getLogger(__name__)


def bury(
    db: apsw.Connection, diary: Diary, submission: Submission, appended: Appended
) -> list[str]:
    """Put the tombstones, destroy the keys; the blobs that are nobody's now.

    Runs in the transaction that appends the entry. The blobs stand as intents until they are
    removed, so that a crash leaves them to the sweep.
    """
    body, contract = submission.body, submission.contract
    if not isinstance(body, DeletedBody):
        raise TypeError("segments are deleted by segment.deleted")
    person = log.person_of(db, bytes.fromhex(submission.entry.device))
    orphans: list[str] = []
    for start in body.segments:
        kind, minutes = _what_goes(db, contract, start, appended.index)
        stone = (contract, start, appended.index, kind, minutes, person, appended.received)
        db.execute(_BURY, stone)
        orphans += _erase_pictures(db, diary, contract, start)
        diary.keyring.destroy(db, place_of("segment", contract.hex(), str(start)))
        db.execute(_NO_SEGMENT, (contract, start))
    for start in body.segments:
        for part in log.slot(db, contract, start):
            if part.index > appended.index:
                continue  # a restored log has the later ones already
            _erase_body(db, diary.keyring, contract, part)
        for entry in log.marked(db, contract, start, start + 1):
            told = read_entry(entry.note)
            if entry.index < appended.index and is_buried(db, contract, told, entry.index):
                _erase_body(db, diary.keyring, contract, entry)
    return orphans


def _what_goes(db: apsw.Connection, contract: bytes, start: int, index: int) -> tuple[str, int]:
    """The kind and the minutes of what the entry at ``index`` deletes, as the log has it.

    A restored log may lack the segment, whose maker has forgotten it, or have later parts already.
    """
    mask = 0
    for (note,) in db.execute(_NOTES, (contract, start, index, contract, start)):
        mask |= read_entry(note).mask
    row = db.execute(_SEGMENT, (contract, start)).fetchone()
    kind: str = row[0] if row else Kind.AUTO if mask else Kind.MANUAL
    return kind, MINUTES if kind == Kind.MANUAL else mask.bit_count()


def _erase_pictures(db: apsw.Connection, diary: Diary, contract: bytes, start: int) -> list[str]:
    found = list(db.execute(_PICTURES, (contract, start)))
    for key, store in found:
        diary.keyring.destroy(db, blob_place(key))
        db.execute(_INTENT, (key, store, int(diary.now())))
    db.execute(_NO_PICTURES, (contract, start))
    db.execute(_UNTAG, (contract, start))
    return [key for key, _ in found]


def _erase_body(db: apsw.Connection, keyring: Keyring, contract: bytes, entry: Stored) -> None:
    keyring.destroy(db, bytes.fromhex(entry.id)[:16])
    db.execute(_NO_BODY, (contract, entry.index))


def is_buried(db: apsw.Connection, contract: bytes, entry: Entry, index: int) -> bool:
    """Whether a tombstone covers the content of the entry at ``index``, all of it."""
    starts = log.named(db, contract, index) if entry.start is None else [entry.start]
    return bool(starts) and all(
        db.execute(_BURIED_AFTER, (contract, start, index)).fetchone() for start in starts
    )


async def forget(diary: Diary) -> None:
    """Take what was destroyed out of memory and the write-ahead log, where old pages linger.

    The memory is emptied when no reader is left that could put back what it saw before.
    """
    diary.skims.clear()
    for _ in range(_FORGET_TRIES):
        if await diary.db.truncate():
            diary.skims.clear()
            return
        await asyncio.sleep(_FORGET_SECONDS)
    _log.warning("the write-ahead log could not be emptied: readers hold it")
