"""``workdiary keys``: the master key's state, a new one, and the end of all keys."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click
from workdiary.errors import ConfigError, RefusedError
from workdiary.plugins import SERVER, Plugins

from workdiary_server.commands.options import folder_option, json_option, show
from workdiary_server.folder import Folder, Lock, read_key
from workdiary_server.settings import Settings, read_settings


@click.group()
def keys() -> None:
    """The keys that a diary is sealed with: their state, a new master key, their end.

    The master key wraps one key for each contract, and that one a key for each picture and entry.
    [keys] provider in server.toml says where it comes from: file (master.key), environment,
    credential (systemd) or command.
    """


@keys.command()
@folder_option
@json_option
def status(folder: Path | None, as_json: bool) -> None:
    """Say where the master key comes from, whether it fits, how old it is. Shows no key."""
    from workdiary_server.diary.rotating import key_status
    from workdiary_server.vault.keyring import master_key

    settings, where = _diary(folder)
    trouble, master = "", None
    try:
        master = master_key(settings.keys, where, Plugins(SERVER))
    except ConfigError as error:
        trouble = str(error)
    found = key_status(where, str(settings.keys.get("provider", "file")), master)
    since = datetime.fromtimestamp(found.since, UTC)
    days = (datetime.now(UTC) - since).days
    state = "fits this diary" if found.fits else trouble or "is not this diary's"
    lines = [
        f"provider: {found.provider}",
        f"master key: {state}, in use since {since:%Y-%m-%d} ({days} days)",
        f"it wraps {found.subjects} keys, and those {found.contents} keys of pictures and entries",
    ]
    show(found, as_json, lines)
    if not found.fits:
        raise ConfigError("with this master key nothing in the diary can be read")


@keys.command()
@folder_option
@click.option(
    "--new-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of mode 0600 with 64 hex digits, where the provider is not the file master.key.",
)
def rotate(folder: Path | None, new_key: Path | None) -> None:
    """Bring in a new master key. Stop the server first; pictures and entries are not touched.

    A run that was killed is finished by the next one. Backups made before need the old key: keep
    it until they are gone, or make a new backup now.
    """
    from workdiary_server.diary.rotating import rewrap, rotate_file
    from workdiary_server.vault.keyring import master_key

    settings, where = _diary(folder)
    provider = settings.keys.get("provider", "file")
    if (new_key is None) != (provider == "file"):
        raise click.UsageError(
            "master.key is made anew by itself: leave --new-key out"
            if new_key
            else f"the master key comes from {provider!r}: name the file of the new one, --new-key"
        )
    lock = Lock(where)
    try:
        if new_key is None:
            wrapped = rotate_file(where, int(time.time()))
            after = f"keep a copy of {where.master_key} in a safe place"
        else:
            new = read_key(new_key, "the new master key")
            old = master_key(settings.keys, where, Plugins(SERVER))
            wrapped = rewrap(where, old, new, int(time.time()))
            after = f"now give {provider!r} the key of {new_key}: the server starts with no other"
    finally:
        lock.release()
    click.echo(f"{wrapped} keys are wrapped by the new master key")
    click.echo(after, err=True)


@keys.command()
@folder_option
def destroy(folder: Path | None) -> None:
    """Destroy every key of this diary: nothing in it can be read again, by anyone.

    Says first what becomes unreadable, and asks for the folder's name. Stop the server before.
    """
    from workdiary_server.diary.rotating import destroy_all, key_status

    settings, where = _diary(folder)
    lock = Lock(where)
    try:
        provider = str(settings.keys.get("provider", "file"))
        found = key_status(where, provider, None)
        click.echo(
            f"{where.path}: {found.contracts} contracts, the content of {found.entries} entries, "
            f"{found.pictures} pictures and every name become unreadable for good, and so does "
            "every copy of the pictures. Copies of the keys stay what they are: remove keys/ of "
            "the backups and your copies of the master key yourself.",
            err=True,
        )
        typed = click.prompt(f"Type the folder's name ({where.path.name}) to go on", err=True)
        if typed != where.path.name:
            raise RefusedError("that was another name: nothing was destroyed", "confirmation")
        destroy_all(where)
    finally:
        lock.release()
    click.echo("destroyed")
    if provider != "file":
        click.echo(f"destroy the master key where {provider!r} keeps it, too", err=True)


def _diary(folder: Path | None) -> tuple[Settings, Folder]:
    settings = read_settings(folder)
    where = Folder(settings.folder)
    if not where.database.exists():
        raise ConfigError(f"there is no diary in {where.path}: run 'workdiary init'")
    return settings, where
