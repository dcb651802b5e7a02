"""Making a backup: the database at one moment, then its blobs by name, then the signed manifest.

In this order a backup lacks no blob that its database names. Blobs are written once and never
changed, so that those which are there already are left.
"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from workdiary.errors import NotFoundError
from workdiary.storage import BlobNotFoundError, check_key

from workdiary_server.backup.database import (
    Progress,
    copy_database,
    described,
    part_keys,
    still_named,
)
from workdiary_server.backup.manifest import (
    FILE,
    NOTE,
    FileSum,
    Manifest,
    manifest_key,
    sign_manifest,
    sum_of,
    sum_of_file,
)
from workdiary_server.backup.private import SEALED, seal_private
from workdiary_server.backup.target import PART, Target, stamp_time, sync, write_durable
from workdiary_server.folder import Folder, read_key

DATABASE, KEYS = "diary.sqlite", "keys.sqlite"

Fetch = Callable[[str], Awaitable[bytes]]
"""The sealed bytes of a blob by its key."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: ``new`` blobs were copied, ``lost`` are not in the storage."""

    stamp: str
    logs: int
    entries: int
    blobs: int
    new: int
    lost: tuple[str, ...]
    removed: tuple[str, ...]


async def make_backup(
    folder: Folder,
    target: Target,
    store: str,
    master: bytes,
    fetch: Fetch,
    now: int,
    keep_seconds: int,
    progress: Progress,
) -> Made:
    """Make a backup; those older than ``keep_seconds`` are removed, with their keys.

    :raises StorageError: the target is full, or the storage fails; the next run goes on
    """
    target.make()
    stamp = target.free_stamp(now)
    backup, keys = target.backups / f"{stamp}{PART}", target.keys / f"{stamp}{PART}"
    backup.mkdir(mode=0o700)
    keys.mkdir(mode=0o700)
    database = keys / DATABASE  # until its keys are out, the copy lies where keys lie
    copy_database(folder.database, database, progress)
    part_keys(database, keys / KEYS)
    database = database.rename(backup / DATABASE)
    name, logs, named = described(database, store)
    write_durable(keys / SEALED, seal_private(folder, name, master))
    blobs, new, lost = await _copy_blobs(folder, target, named, fetch, progress)
    manifest = Manifest(
        name=name,
        at=now,
        database=sum_of_file(database),
        keys=sum_of_file(keys / KEYS),
        logs=logs,
        blobs=blobs,
        lost=lost,
    )
    secret = read_key(folder.log_key, "the key that signs the logs' heads")
    content, note = sign_manifest(manifest, manifest_key(name, secret))
    write_durable(backup / FILE, content)
    write_durable(backup / NOTE, note)
    for part in (keys, backup):
        part.rename(part.with_name(stamp))
        sync(part.parent)
    removed = _prune(target, now - keep_seconds, stamp, blobs)
    entries = sum(log.size for log in logs)
    return Made(stamp, len(logs), entries, len(blobs), new, lost, removed)


async def _copy_blobs(
    folder: Folder, target: Target, named: list[str], fetch: Fetch, progress: Progress
) -> tuple[dict[str, FileSum], int, tuple[str, ...]]:
    """The sums of all blobs, how many of them were new, and those that are nowhere."""
    sums: dict[str, FileSum] = {}
    lost: list[str] = []
    new = 0
    for done, key in enumerate(named):
        progress("blobs", done, len(named))
        path = target.blobs / check_key(key)
        if not path.is_file():
            try:
                sealed = await fetch(key)
            except (BlobNotFoundError, NotFoundError):
                if still_named(folder.database, key):
                    lost.append(key)
                continue
            path.parent.mkdir(exist_ok=True, mode=0o700)
            write_durable(path, sealed)
            sums[key] = sum_of(sealed)
            new += 1
        else:
            sums[key] = sum_of_file(path)
    progress("blobs", len(named), len(named))
    return sums, new, tuple(lost)


def _prune(target: Target, before: int, newest: str, named: Iterable[str]) -> tuple[str, ...]:
    """Remove old backups, keys first: what was deleted since must not come back from them."""
    removed = [s for s in target.stamps() if s != newest and stamp_time(s) < before]
    for folder in target.keys.iterdir():
        if folder.name != newest and stamp_time(folder.name) < before:
            shutil.rmtree(folder)
    for stamp in removed:
        shutil.rmtree(target.backups / stamp)
    if removed:
        _prune_blobs(target, set(named))
    return tuple(removed)


def _prune_blobs(target: Target, kept: set[str]) -> None:
    """Remove the blobs that no backup names any more; a manifest is read for its keys alone."""
    for stamp in target.stamps():
        kept |= set(described_keys(target.backups / stamp))
    for path in target.blobs.rglob("*"):
        if path.is_file() and path.relative_to(target.blobs).as_posix() not in kept:
            path.unlink()


def described_keys(backup: Path) -> Iterable[str]:
    """The blobs that a backup's manifest names."""
    return msgspec.json.decode((backup / FILE).read_bytes(), type=Manifest).blobs
