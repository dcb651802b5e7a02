"""``workdiary backup``: a copy of the diary that can be restored, made while the server runs."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from workdiary import credentials
from workdiary.client import DiaryClient
from workdiary.errors import ConfigError
from workdiary.plugins import SERVER, Plugins

from workdiary_server.commands.options import folder_option, json_option, show
from workdiary_server.commands.progress import Bar
from workdiary_server.folder import Folder, Lock, LockedError
from workdiary_server.settings import Settings, read_settings

if TYPE_CHECKING:
    from workdiary_server.backup.making import Made

_DAY = 86_400


@click.command()
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@folder_option
@click.option(
    "--keep-days",
    type=click.IntRange(1, 3650),
    default=14,
    show_default=True,
    help="Older backups are removed with their keys; the newest always stays.",
)
@json_option
def backup(target: Path, folder: Path | None, keep_days: int, as_json: bool) -> None:
    """Back the diary up to the folder TARGET, while the server runs.

    The database is copied as it is at one moment, then the pictures that TARGET does not have yet.
    Run it as often as you like: a run that was killed leaves the earlier backups whole, and the
    next one goes on. The master key is in no backup: keep a copy of it elsewhere.

    TARGET/keys holds the diary's keys, apart from the rest. What is deleted can be read again
    from an old copy of them: that is why they are kept for --keep-days only.
    """
    settings = read_settings(folder)
    made = asyncio.run(_back_up(settings, target, keep_days))
    told = (
        f"{target / 'backups' / made.stamp}: {made.logs} contracts, {made.entries} entries, "
        f"{made.blobs} blobs ({made.new} new)"
    )
    show(made, as_json, [told])
    for stamp in made.removed:
        click.echo(f"removed {stamp}, older than {keep_days} days", err=True)
    for key in made.lost:
        click.echo(f"lost: the storage does not have blob {key}, which the diary names", err=True)
    if made.lost:
        sys.exit(1)


async def _back_up(settings: Settings, target: Path, keep_days: int) -> Made:
    from workdiary_server.backup.making import make_backup
    from workdiary_server.backup.target import Target
    from workdiary_server.vault.keyring import master_key

    where, plugins = Folder(settings.folder), Plugins(SERVER)
    if not where.database.exists():
        raise ConfigError(f"there is no diary in {where.path}: run 'workdiary init'")
    master = master_key(settings.keys, where, plugins)
    rest = (int(time.time()), keep_days * _DAY, Bar())
    try:
        lock = Lock(where)
    except LockedError:
        url, token = credentials.owner_of(settings.folder, "")
        async with DiaryClient(url, token) as client:
            return await make_backup(
                where, Target(target), settings.server.storage, master, client.blob, *rest
            )
    try:
        setting, plugin, options = settings.store()
        store = plugins.storage_backend(setting, plugin)(options)
        await store.start()
        try:
            return await make_backup(
                where, Target(target), settings.server.storage, master, store.get, *rest
            )
        finally:
            await store.stop()
    finally:
        lock.release()
