"""Making a new diary in a folder, and opening the one that is there."""

from __future__ import annotations

from collections.abc import Callable

import apsw
from workdiary.errors import ConfigError
from workdiary.plugins import Plugins
from workdiary.text import check_text

from workdiary_server.db.connections import Database, connect
from workdiary_server.db.migrations import migrate
from workdiary_server.db.models import Device, Meta, Recovery, rows
from workdiary_server.diary.access import Scope
from workdiary_server.diary.announce import Announcer
from workdiary_server.diary.highwater import check, remembered
from workdiary_server.diary.names import seal_name
from workdiary_server.diary.people import insert_person, insert_token, new_token
from workdiary_server.diary.service import Diary
from workdiary_server.diary.tree import catch_up
from workdiary_server.folder import Folder, Random, owner_device, read_key, write_private
from workdiary_server.policies.runner import PolicyRunner
from workdiary_server.settings import Settings
from workdiary_server.vault.blobs import Blobs, Observe
from workdiary_server.vault.keyring import SERVER, Keyring, master_key

_NAME = "name"


def create(
    settings: Settings, plugins: Plugins, name: str, owner: str, now: int, random: Random
) -> str:
    """Make keys, database and the owner, and return the owner's token.

    ``name`` names this server in the origin of every log and is never changed.

    :raises ConfigError: there is a diary already, or a name that cannot be one
    """
    folder = Folder(settings.folder)
    _check_server_name(name)
    check_text(owner, "the owner's name", 100)
    if folder.database.exists():
        raise ConfigError(f"{folder.path} holds a diary already")
    folder.make()
    if settings.keys.get("provider", "file") == "file":
        write_private(folder.master_key, random(32).hex())
    write_private(folder.owner_key, random(32).hex())
    write_private(folder.log_key, random(32).hex())
    keyring = Keyring(master_key(settings.keys, folder, plugins), random)
    device, signing = owner_device(read_key(folder.owner_key, "the owner's key"))
    person = random(16)
    token = new_token(random, now, person.hex(), Scope.OWNER, "owner.token")
    db = connect(folder.database)
    folder.database.chmod(0o600)
    try:
        migrate(db, now)
        with db:
            rows(db, Meta.insert(key=_NAME, value=name))
            keyring.new_subject(db, SERVER)
            insert_person(db, keyring, person, owner, True, now)
            key = bytes.fromhex(device)
            label = seal_name(keyring, db, "device", key, "owner.key")
            public = signing.public.public
            rows(
                db,
                Device.insert(id=key, person=person, public=public, enrolled=now, sealed=label),
            )
            insert_token(db, keyring, token)
    finally:
        db.close()
    write_private(folder.owner_token, token.secret or "")
    return token.secret or ""


def open_diary(
    settings: Settings,
    plugins: Plugins,
    now: Callable[[], float],
    random: Random,
    aside: Random,
    observe: Observe,
) -> Diary:
    """Open the folder's diary; its storage and database are not started yet.

    :raises ConfigError: no diary, no master key, or a plugin that is not there
    """
    folder = Folder(settings.folder)
    if not folder.database.exists():
        raise ConfigError(f"there is no diary in {folder.path}: run 'workdiary init'")
    keyring = Keyring(master_key(settings.keys, folder, plugins), random, aside)
    log_secret = read_key(folder.log_key, "the key that signs the logs' heads")
    setting, plugin, options = settings.store()
    backend = plugins.storage_backend(setting, plugin)(options)
    listening = settings.server.plugins
    plugins.use("[server] plugins", listening)
    name, recovering = _prepare(folder, settings, keyring, int(now()))
    return Diary(
        settings=settings,
        name=name,
        db=Database(folder.database),
        keyring=keyring,
        blobs=Blobs(settings.server.storage, backend, observe),
        plugins=plugins,
        announcer=Announcer(plugins, bool(listening)),
        now=now,
        random=random,
        policies=PolicyRunner(settings.limits.policy_seconds),
        log_secret=log_secret,
        run=random(4).hex(),
        recovering=recovering,
    )


def _prepare(
    folder: Folder, settings: Settings, keyring: Keyring, now: int
) -> tuple[str, set[str]]:
    """Migrate, check that the keys fit; the server's name, and the contracts that wait."""
    try:
        db = connect(folder.database)
    except apsw.Error as error:
        raise ConfigError(f"{folder.database} cannot be opened: {error}") from error
    try:
        migrate(db, now)
        with db:
            catch_up(db)
        keyring.check(db)
        found = rows(db, Meta.select(Meta.value).where(Meta.key == _NAME))
        known = remembered(folder)
        check(db, known, known.given_up, folder)
        recovering = {key.hex() for (key,) in rows(db, Recovery.select(Recovery.contract))}
    except apsw.Error as error:
        raise ConfigError(f"{folder.database} is not a diary: {error}") from error
    finally:
        db.close()
    if not found:
        raise ConfigError(f"{folder.database} has no server's name: init did not finish")
    name: str = found[0][0]
    if settings.server.name not in ("", name):
        raise ConfigError(
            f"[server] name = {settings.server.name!r}: this diary's logs are signed as {name!r}, "
            "which never changes"
        )
    return name, recovering


def _check_server_name(name: str) -> None:
    check_text(name, "the server's name", 100)
    if not name or "+" in name or "/" in name or any(character.isspace() for character in name):
        raise ConfigError(
            f"[server] name = {name!r}: a host's name such as diary.example.org, without spaces"
        )
