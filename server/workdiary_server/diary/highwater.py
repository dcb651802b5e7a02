"""How far each log was, written down outside the database: one that was rolled back is noticed.

A machine that was put back to an older state would sign a second history without knowing it. What
is remembered lies in a file beside the database, and in the storage of pictures, which may be
another machine's. It is written seconds, or an hour, behind the logs: it catches a rollback, not a
lost second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import apsw
import msgspec
from workdiary.errors import ConfigError
from workdiary.merkle import Tree
from workdiary.segments import from_epoch
from workdiary.storage import StorageError
from workdiary.tlog.proofs import tree_root

from workdiary_server.diary import tree
from workdiary_server.diary.service import Diary
from workdiary_server.folder import Folder, replace_private

PREFIX = "heads/"
FILE_SECONDS, STORAGE_SECONDS = 5.0, 3600.0
_HEADS = "SELECT id, size, edge FROM contract"
_SIZE = "SELECT size FROM contract WHERE id = ?"
_RECOVERING = "SELECT 1 FROM recovery WHERE contract = ?"
_log = logging.getLogger(__name__)


class HighWater(msgspec.Struct, frozen=True):
    """Each log's size and root by its contract; ``given_up`` are contracts that are gone."""

    at: int = 0
    heads: dict[str, tuple[int, str]] = {}
    given_up: tuple[str, ...] = ()


def remembered(folder: Folder) -> HighWater:
    """What the file beside the database says; nothing where there is none.

    :raises ConfigError: it is damaged
    """
    try:
        return msgspec.json.decode(folder.heads.read_bytes(), type=HighWater)
    except FileNotFoundError:
        return HighWater()
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{folder.heads} cannot be read: {error}") from error


def check(db: apsw.Connection, known: HighWater, given_up: Iterable[str], folder: Folder) -> None:
    """:raises ConfigError: a log is not, or not any more, what it was"""
    for contract, (size, root) in known.heads.items():
        key = bytes.fromhex(contract)
        if contract in given_up or db.execute(_RECOVERING, (key,)).fetchone():
            continue
        row = db.execute(_SIZE, (key,)).fetchone()
        found = row[0] if row else 0
        same = found >= size and tree_root(size, tree.nodes(db, key, size)).hex() == root
        if not same:
            raise ConfigError(
                f"the database was rolled back: contract {contract} had {size} entries on "
                f"{from_epoch(known.at):%Y-%m-%d %H:%M} UTC, and has {found} now (or others). "
                f"'workdiary restore --rolled-back --folder {folder.path}' lets its parties' "
                "machines give back what is missing"
            )


async def check_storage(diary: Diary) -> None:
    """Hold the logs to what the storage remembers.

    :raises ConfigError: a log is not, or not any more, what it was
    """
    folder, known = Folder(diary.settings.folder), await _stored(diary)
    given_up = remembered(folder).given_up
    await diary.db.read(lambda db: check(db, known, given_up, folder))


async def _stored(diary: Diary) -> HighWater:
    """What the storage remembers; nothing where it does not answer, which must not end a start."""
    try:
        keys = await diary.blobs.keys(PREFIX)
        if keys:
            return msgspec.json.decode(await diary.blobs.sealed(keys[-1]), type=HighWater)
    except (StorageError, msgspec.DecodeError) as error:
        _log.warning("what the storage remembers of the logs cannot be read: %s", error)
    return HighWater()


async def keep_heads(diary: Diary) -> None:
    """Write down how far the logs are, for ever; what fails is tried again."""
    known, trouble = await _stored(diary), ""
    written = HighWater(int(diary.now()), known.heads)
    while True:
        try:
            written, trouble = await write_heads(diary, written), ""
        except (StorageError, OSError) as error:
            if str(error) != trouble:
                _log.warning("how far the logs are could not be written down: %s", error)
            trouble = str(error)
        await asyncio.sleep(FILE_SECONDS)


async def write_heads(diary: Diary, stored: HighWater, whole: bool = False) -> HighWater:
    """Write the file if it is behind, and the storage if it is an hour behind or a log is shorter.

    Returns what the storage has now.
    """
    folder, at = Folder(diary.settings.folder), int(diary.now())
    before = remembered(folder)
    heads = await diary.db.read(lambda db: _heads(db, diary))
    now = HighWater(at, before.heads | heads, before.given_up)
    if now.heads != before.heads:
        await asyncio.to_thread(replace_private, folder.heads, msgspec.json.encode(now))
    shorter = any(heads.get(c, (size,))[0] < size for c, (size, _) in stored.heads.items())
    old = at - stored.at >= STORAGE_SECONDS
    if stored.heads == now.heads or not (whole or shorter or old):
        return stored
    keys = await diary.blobs.keys(PREFIX)
    place = max([at, *(int(key.removeprefix(PREFIX)) + 1 for key in keys)])
    await diary.blobs.put_plain(f"{PREFIX}{place:012d}", msgspec.json.encode(now))
    for key in keys:
        await diary.blobs.delete(key)
    return now


def _heads(db: apsw.Connection, diary: Diary) -> dict[str, tuple[int, str]]:
    """Those of logs that are whole; what is known of the others stays."""
    return {
        key.hex(): (size, Tree.unpacked(size, edge).root.hex())
        for key, size, edge in db.execute(_HEADS)
        if key.hex() not in diary.recovering
    }
