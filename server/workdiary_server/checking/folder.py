"""A diary's folder from end to end: database, logs, contents, pictures; and what can be mended.

The server must not be running: nothing then changes between two looks. Nothing is written unless
mending was asked for, and then only what is derived, and blobs that nothing names.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw
from workdiary.errors import ConfigError
from workdiary.notes import VerifyingKey
from workdiary.plugins import Plugins

from workdiary_server.checking.contents import check_contents, check_stray_bodies
from workdiary_server.checking.findings import RESTORE, Finding
from workdiary_server.checking.logs import check_log
from workdiary_server.checking.pictures import check_pictures
from workdiary_server.db.connections import connect
from workdiary_server.db.migrations import pending
from workdiary_server.folder import Folder, read_key, server_device
from workdiary_server.settings import Settings
from workdiary_server.vault.blobs import Blobs
from workdiary_server.vault.keyring import Keyring, master_key

_CONTRACTS = "SELECT id, size FROM contract ORDER BY opened, id"
_UNREADABLE = frozenset({"log-gap", "log-size", "entry-unreadable"})
"""After these a log's contents are not looked at: what follows from them would hide them."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that is checked; ``step`` is told what is being looked at."""

    path: Path
    keyring: Keyring
    blobs: Blobs
    own: tuple[str, VerifyingKey]
    full: bool
    step: Callable[[str], None]

    async def findings(self) -> AsyncIterator[Finding]:
        """Everything that does not fit, in the order in which it was looked at.

        :raises StorageError: the storage does not answer
        """
        db = _reading(self.path)
        try:
            for finding in self._in_database(db):
                yield finding
            self.step("pictures")
            async for finding in check_pictures(db, self.keyring, self.blobs, self.full):
                yield finding
        finally:
            db.close()

    async def mend(self, finding: Finding) -> None:
        """Mend what is derived, or remove what nothing names."""
        if finding.stray:
            await self.blobs.delete(finding.stray)
        if finding.mend is not None:
            db = connect(self.path)
            try:
                with db:
                    finding.mend(db)
            finally:
                db.close()

    def _in_database(self, db: apsw.Connection) -> Iterator[Finding]:
        self.step("database")
        for (said,) in db.execute(f"PRAGMA {'integrity' if self.full else 'quick'}_check(100)"):
            if said != "ok":
                yield Finding("database", str(self.path), said, RESTORE)
        yield from check_stray_bodies(db)
        contracts = list(db.execute(_CONTRACTS))
        for number, (contract, size) in enumerate(contracts, 1):
            self.step(f"contract {number} of {len(contracts)}: {size} entries")
            found = []
            for finding in check_log(db, contract, self.own, self.full):
                found.append(finding.code)
                yield finding
            if not _UNREADABLE.intersection(found):
                yield from check_contents(db, self.keyring, contract)


def open_folder(
    settings: Settings, plugins: Plugins, full: bool, step: Callable[[str], None]
) -> Opened:
    """Open the folder's diary to check it; its storage is not started yet.

    :raises ConfigError: no diary that this version knows, no keys, or a plugin that is not there
    """
    folder = Folder(settings.folder)
    keyring = Keyring(master_key(settings.keys, folder, plugins), os.urandom)
    device, key = server_device(read_key(folder.log_key, "the key that signs the logs' heads"))
    setting, plugin, options = settings.store()
    backend = plugins.storage_backend(setting, plugin)(options)
    db = _reading(folder.database)
    try:
        lacking = pending(db)
        if lacking:
            raise ConfigError(f"the database lacks {', '.join(lacking)}: start the server once")
        keyring.check(db)
    except apsw.Error as error:
        raise ConfigError(f"{folder.database} is not a diary: {error}") from error
    finally:
        db.close()
    blobs = Blobs(settings.server.storage, backend, lambda operation, outcome, seconds: None)
    return Opened(folder.database, keyring, blobs, (device, key.public), full, step)


def _reading(path: Path) -> apsw.Connection:
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        db.execute("PRAGMA query_only = ON")
    except apsw.Error as error:
        raise ConfigError(f"{path} cannot be opened: {error}") from error
    return db
