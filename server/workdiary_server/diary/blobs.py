"""An upload's blobs between intent and entry: sealed, put, discarded; and swept after a crash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import apsw
from workdiary.bodies import PictureClaim
from workdiary.errors import NotFoundError
from workdiary.storage import BlobNotFoundError, InvalidKeyError, StorageError, check_key

from workdiary_server.diary.access import Action, Actor, authorize
from workdiary_server.diary.log import Submission
from workdiary_server.diary.service import Diary
from workdiary_server.vault.blobs import SealedBlob, seal_blob

Upload = Sequence[tuple[PictureClaim, str, SealedBlob]]

_INTENT = "INSERT INTO intent (key, store, created) VALUES (?, ?, ?)"
_FORGET = "DELETE FROM intent WHERE key = ?"
_STALE = "SELECT key FROM intent WHERE store = ? AND created < ? LIMIT 1000"
_log = logging.getLogger(__name__)


def bound_to(contract: str, start: int, role: str) -> tuple[str, ...]:
    """What a picture's sealed bytes belong to; its storage key is bound as well."""
    return ("picture", contract, str(start), role)


async def seal_all(
    diary: Diary, submission: Submission, pictures: Sequence[tuple[PictureClaim, str, bytes]]
) -> Upload:
    """Seal each picture under a key of its own, off the event loop."""
    month = datetime.fromtimestamp(diary.now(), UTC).strftime("%Y%m")
    entry = submission.entry

    def seal() -> Upload:
        return [
            (
                claim,
                role,
                seal_blob(
                    month, plain, bound_to(entry.contract, entry.start or 0, role), diary.random
                ),
            )
            for claim, role, plain in pictures
        ]

    return await asyncio.to_thread(seal) if pictures else []


async def put_all(diary: Diary, upload: Upload) -> None:
    """Write the intents, then the blobs; if one fails, none of them stays."""
    if not upload:
        return
    rows = [(blob.key, diary.blobs.name, int(diary.now())) for _, _, blob in upload]
    await diary.db.write(lambda db: db.executemany(_INTENT, rows))
    results = await asyncio.gather(
        *(diary.blobs.put(blob) for _, _, blob in upload), return_exceptions=True
    )
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        await discard(diary, upload)
        raise failures[0]


async def discard(diary: Diary, upload: Upload) -> None:
    """Take back blobs that no entry came to name; what fails is left to the sweep."""
    await remove(diary, [blob.key for _, _, blob in upload])


async def sweep(diary: Diary) -> int:
    """Remove the blobs whose upload never ended; how many there were.

    An intent is deleted in the transaction that names its blob, so that one that is left means a
    blob that nothing names. Only intents too old for any upload under way are looked at.
    """
    before = int(diary.now()) - diary.settings.limits.sweep_after_seconds

    def stale(db: apsw.Connection) -> list[str]:
        return [key for (key,) in db.execute(_STALE, (diary.blobs.name, before))]

    return await remove(diary, await diary.db.read(stale))


async def sealed_blob(diary: Diary, actor: Actor, key: str) -> bytes:
    """A blob's sealed bytes, which tell nothing without their key.

    :raises NotFoundError: there is none under this key
    """
    authorize(actor, Action.BACK_UP)
    try:
        return await diary.blobs.sealed(check_key(key))
    except (BlobNotFoundError, InvalidKeyError) as error:
        raise NotFoundError(str(error)) from error


async def remove(diary: Diary, keys: Sequence[str]) -> int:
    """Remove blobs that stand as intents; what fails stays one, and is left to the sweep."""
    removed = 0
    for key in keys:
        try:
            await diary.blobs.delete(key)
            await diary.db.write(partial(_forget, key=key))
        except StorageError as error:
            _log.warning("blob %s of an unfinished upload stays for now: %s", key, error)
        else:
            removed += 1
    return removed


def _forget(db: apsw.Connection, key: str) -> None:
    db.execute(_FORGET, (key,))
