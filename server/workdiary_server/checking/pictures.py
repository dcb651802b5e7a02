"""Pictures both ways: each that a row names lies in storage, and nothing else does.

Rows and the storage's listing come in the same order and are merged: memory does not grow with the
number of pictures.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Iterator

import apsw
from workdiary.storage import BlobNotFoundError, CorruptError

from workdiary_server.checking.findings import ASK, REPAIR, RESTORE, Finding
from workdiary_server.diary.blobs import bound_to
from workdiary_server.diary.highwater import PREFIX
from workdiary_server.vault.blobs import Blobs, blob_place
from workdiary_server.vault.keyring import Keyring

_ROWS = "SELECT key, contract, tag, rendition, start FROM picture WHERE store = ? ORDER BY key"
_OTHER_STORES = "SELECT store, count(*) FROM picture WHERE store != ? GROUP BY store"
_LEFT = (
    "SELECT key, contract, start FROM picture WHERE NOT EXISTS (SELECT 1 FROM segment "
    "WHERE contract = picture.contract AND start = picture.start) ORDER BY key"
)
_INTENT = "SELECT 1 FROM intent WHERE key = ?"
_OURS = re.compile(r"\d{6}/[0-9a-f]{32}")

Row = tuple[str, bytes, bytes, str, int]


async def check_pictures(
    db: apsw.Connection, keyring: Keyring, blobs: Blobs, full: bool
) -> AsyncIterator[Finding]:
    """Compare rows and storage; ``full`` opens every picture.

    :raises StorageError: the storage does not answer
    """
    for finding in _check_rows(db, blobs):
        yield finding
    rows: Iterator[Row] = iter(db.execute(_ROWS, (blobs.name,)))
    row = next(rows, None)
    async for blob in blobs.every():
        while row is not None and row[0] < blob.key:
            yield _missing(row)
            row = next(rows, None)
        if row is not None and row[0] == blob.key:
            if full and (found := await _opened(db, keyring, blobs, row)):
                yield found
            row = next(rows, None)
        elif blob.key.startswith(PREFIX):
            continue  # how far the logs were
        elif not _OURS.fullmatch(blob.key):
            said = "no picture of ours is called so"
            yield Finding("picture-foreign", f"storage {blobs.name}, {blob.key}", said, "move it")
        elif not db.execute(_INTENT, (blob.key,)).fetchone():
            place = f"storage {blobs.name}, {blob.key}"
            said = "a picture that nothing names"
            yield Finding("picture-stray", place, said, REPAIR, stray=blob.key)
    while row is not None:
        yield _missing(row)
        row = next(rows, None)


def _check_rows(db: apsw.Connection, blobs: Blobs) -> Iterator[Finding]:
    for store, number in db.execute(_OTHER_STORES, (blobs.name,)):
        said = f"{number} pictures lie in [storage.{store}], which is not the one in use"
        yield Finding("store-other", f"storage {store}", said, "set [server] storage, check again")
    for key, contract, start in db.execute(_LEFT):
        place = f"contract {contract.hex()}, start {start}, {key}"
        yield Finding("picture-left", place, "a picture of a segment that is gone", ASK)


def _missing(row: Row) -> Finding:
    return Finding("picture-missing", _place(row), "it is not in storage", RESTORE)


async def _opened(db: apsw.Connection, keyring: Keyring, blobs: Blobs, row: Row) -> Finding | None:
    key, contract, tag, rendition, start = row
    try:
        secret = keyring.content_key(db, contract, blob_place(key))
        plain = await blobs.get(key, secret, bound_to(contract.hex(), start, rendition))
    except CorruptError as error:
        return Finding("picture-altered", _place(row), str(error), RESTORE)
    except BlobNotFoundError:
        return _missing(row)
    digest = hashlib.sha256(plain).hexdigest()
    if rendition == "original" and keyring.tag(db, contract, digest) != tag:
        return Finding("picture-altered", _place(row), "it is another picture", RESTORE)
    return None


def _place(row: Row) -> str:
    key, contract, _, rendition, start = row
    return f"contract {contract.hex()}, start {start}, {rendition} {key}"
