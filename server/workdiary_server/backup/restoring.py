"""Restoring a backup into a new folder: everything is verified first, then put, then marked.

The diary begins in recovery: each log that some machine mirrors waits for what was added to it
after the backup was made.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
from workdiary.errors import ConfigError, InvalidError
from workdiary.storage import BlobExistsError, BlobStore, is_key

from workdiary_server.backup.database import Progress, join_keys
from workdiary_server.backup.making import DATABASE, KEYS
from workdiary_server.backup.manifest import (
    FileSum,
    Manifest,
    manifest_key,
    read_manifest,
    sum_of_file,
)
from workdiary_server.backup.private import open_private
from workdiary_server.backup.target import PART, Target, sync
from workdiary_server.db.connections import connect
from workdiary_server.db.migrations import migrate
from workdiary_server.diary.highwater import remembered
from workdiary_server.folder import Folder, parse_key, replace_private, write_private

_DEVICES = (
    "INSERT OR IGNORE INTO recovery_party (contract, device) "
    "SELECT party.contract, device.id FROM party JOIN device USING (person) "
    "WHERE role IN ('freelancer', 'client') AND revoked IS NULL AND device.id IN "
    "(SELECT device FROM cosignature WHERE cosignature.contract = party.contract)"
)
_DEVICES_UNSEEN = (
    "INSERT OR IGNORE INTO recovery_party (contract, device) "
    "SELECT party.contract, device.id FROM party JOIN device USING (person) "
    "WHERE role IN ('freelancer', 'client') AND revoked IS NULL "
    "AND party.contract NOT IN (SELECT contract FROM recovery_party)"
)
_LOGS = (
    "INSERT INTO recovery (contract, size, since) SELECT id, size, ? FROM contract "
    "WHERE id IN (SELECT contract FROM recovery_party)"
)
_BEGIN_ANEW = ("DELETE FROM recovery", "DELETE FROM recovery_party")


@dataclass(frozen=True, slots=True)
class Source:
    """A backup that was opened: its manifest, and the server's own secrets."""

    target: Target
    stamp: str
    manifest: Manifest
    private: dict[str, bytes]

    @property
    def database(self) -> Path:
        return self.target.backups / self.stamp / DATABASE

    @property
    def keys(self) -> Path:
        return self.target.keys / self.stamp / KEYS


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and how many logs wait for their parties."""

    stamp: str
    logs: int
    entries: int
    blobs: int
    recovering: int
    damage: tuple[str, ...]


def open_source(path: Path, stamp: str | None, master: bytes) -> Source:
    """The newest backup in a folder, or the one that is named.

    :raises ConfigError: there is none, its keys are gone, or the master key is another
    :raises InvalidError: its manifest is not what the server signed
    """
    target = Target(path)
    stamps = target.stamps()
    if not stamps or (stamp is not None and stamp not in stamps):
        known = ", ".join(stamps) or "none"
        raise ConfigError(f"{path} has no backup {stamp or 'at all'}; there are: {known}")
    chosen = stamp or stamps[-1]
    private = open_private(target.keys / chosen, master)
    secret = parse_key(private["log.key"].decode(), "log.key of the backup")
    name = private["name"].decode()
    manifest = read_manifest(target.backups / chosen, manifest_key(name, secret).public)
    return Source(target, chosen, manifest, private)


def damage(source: Source, progress: Progress) -> Iterator[str]:
    """What of a backup is not what its manifest says, each in one line.

    :raises InvalidError: code ``damaged``; the database or its keys are: nothing can be done
    """
    for path, expected in (
        (source.database, source.manifest.database),
        (source.keys, source.manifest.keys),
    ):
        wrong = _wrong(path, expected)
        if wrong:
            raise InvalidError(f"{wrong}: nothing can be restored from this backup", "damaged")
    blobs = source.manifest.blobs
    for done, (key, expected) in enumerate(blobs.items()):
        progress("verified", done, len(blobs))
        wrong = _wrong(source.target.blobs / key, expected) if is_key(key) else f"{key!r} is no key"
        if wrong:
            yield wrong
    progress("verified", len(blobs), len(blobs))
    for key in source.manifest.lost:
        yield f"{key}: lost before the backup was made"


def _wrong(path: Path, expected: FileSum) -> str:
    try:
        found = sum_of_file(path)
    except OSError as error:
        return f"{path}: {error.strerror}"
    if found.size != expected.size:
        return f"{path}: {found.size} bytes, not {expected.size}"
    return "" if found == expected else f"{path}: altered"


def place_private(source: Source, folder: Folder) -> None:
    """Give a new folder the server's keys, its owner's token and its settings."""
    for name, content in source.private.items():
        path = folder.path / name
        if name != "name" and not path.exists():
            write_private(path, content.decode().removesuffix("\n"))


async def restore(
    source: Source, folder: Folder, store: BlobStore, damaged: tuple[str, ...], progress: Progress
) -> Restored:
    """Put the blobs, and then the database: a folder has a diary once all of it is there."""
    blobs = [key for key in source.manifest.blobs if not any(f"/{key}:" in d for d in damaged)]
    for done, key in enumerate(blobs):
        progress("restored", done, len(blobs))
        try:
            await store.put(key, (source.target.blobs / key).read_bytes())
        except BlobExistsError:
            continue  # a run before this one had come so far
    progress("restored", len(blobs), len(blobs))
    part = folder.database.with_name(folder.database.name + PART)
    shutil.copyfile(source.database, part)
    part.chmod(0o600)
    join_keys(part, source.keys)
    waiting = _mark(part, source.manifest.at)
    sync(part)
    part.rename(folder.database)
    sync(folder.path)
    entries = sum(log.size for log in source.manifest.logs)
    return Restored(source.stamp, len(source.manifest.logs), entries, len(blobs), waiting, damaged)


def mark_rolled_back(folder: Folder, now: int) -> tuple[int, tuple[str, ...]]:
    """Let a rolled back diary wait for its parties: how many logs do, and the contracts it lost."""
    waiting = _mark(folder.database, now)
    known = remembered(folder)
    with closing(connect(folder.database)) as db:
        there = {key.hex() for (key,) in db.execute("SELECT id FROM contract")}
    lost = tuple(sorted(known.heads.keys() - there - set(known.given_up)))
    kept = msgspec.structs.replace(known, given_up=(*known.given_up, *lost))
    replace_private(folder.heads, msgspec.json.encode(kept))
    return waiting, lost


def _mark(database: Path, at: int) -> int:
    """Let every log wait that a machine may hold more of; how many those are."""
    with closing(connect(database)) as db:
        migrate(db, at)
        with db:
            for statement in (*_BEGIN_ANEW, _DEVICES, _DEVICES_UNSEEN):
                db.execute(statement)
            db.execute(_LOGS, (at,))
        (waiting,) = next(iter(db.execute("SELECT count(*) FROM recovery")))
        db.execute("PRAGMA journal_mode = DELETE")
    return int(waiting)
