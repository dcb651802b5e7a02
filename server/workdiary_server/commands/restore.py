"""``workdiary restore``: a backup becomes a diary again, which asks its parties for the rest."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.commands.reaching import pick_contract
from workdiary.errors import ConfigError, InvalidError
from workdiary.plugins import SERVER, Plugins
from workdiary.text import harmless

from workdiary_server.commands.options import as_owner, folder_option, json_option, show
from workdiary_server.commands.progress import Bar
from workdiary_server.folder import Folder, Lock, parse_key, write_private
from workdiary_server.settings import read_settings

if TYPE_CHECKING:
    from workdiary_server.backup.restoring import Restored, Source


@click.command()
@click.argument(
    "source", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False
)
@folder_option
@click.option("--at", "stamp", help="Which backup, such as 20261123T231500Z. [default: the newest]")
@click.option(
    "--master-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your copy of master.key, where the folder has none yet.",
)
@click.option(
    "--leave-damaged", is_flag=True, help="Restore the rest where pictures are damaged or lost."
)
@click.option("--status", is_flag=True, help="Say which contracts wait for whom.")
@click.option(
    "--accept-loss",
    metavar="CONTRACT",
    help="Let a contract go on without what did not come back; both sides see it for ever.",
)
@click.option(
    "--rolled-back",
    is_flag=True,
    help="The folder's own database is an older state: let its parties give back the rest.",
)
@json_option
def restore(
    source: Path | None,
    folder: Path | None,
    stamp: str | None,
    master_key: Path | None,
    leave_damaged: bool,
    status: bool,
    accept_loss: str | None,
    rolled_back: bool,
    as_json: bool,
) -> None:
    """Restore a diary from the backups in the folder SOURCE into a new --folder.

    The manifest's signature and every file are verified first; what is damaged is named, and
    nothing is restored unless --leave-damaged leaves it out.

    Then run 'workdiary serve': the diary is read as it was, and takes nothing yet. Trackers and
    TUIs give back by themselves what was added after the backup; each diary goes on once the
    machines that keep a copy of its log have all answered. On the running server, --status says
    who has not; revoke what is gone for good, or --accept-loss.
    """
    if status or accept_loss is not None:
        found = as_owner(folder, lambda client: _go_on(client, accept_loss))
        show(found, as_json, [_line(name, one) for name, one in found.items()])
        return
    if rolled_back:
        _wait_for_parties(Folder(read_settings(folder).folder))
        return
    if source is None:
        raise click.UsageError("name the folder of backups, or ask for --status")
    restored = asyncio.run(_restore(source, folder, stamp, master_key, leave_damaged))
    for line in restored.damage:
        click.echo(f"not restored: {line}", err=True)
    told = (
        f"restored {restored.stamp}: {restored.logs} contracts, {restored.entries} entries, "
        f"{restored.blobs} blobs; {restored.recovering} contracts wait for their parties"
    )
    show(restored, as_json, [told])
    if restored.damage:
        sys.exit(1)


def _wait_for_parties(where: Folder) -> None:
    from workdiary_server.backup.restoring import mark_rolled_back

    if not where.database.exists():
        raise ConfigError(f"there is no diary in {where.path}: name a SOURCE to restore from")
    lock = Lock(where)
    try:
        waiting, lost = mark_rolled_back(where, int(time.time()))
    finally:
        lock.release()
    click.echo(f"{waiting} contracts wait for their parties; start 'workdiary serve'")
    for contract in lost:
        click.echo(f"contract {contract} is gone with the rest: open it again", err=True)


async def _go_on(client: DiaryClient, accepted: str | None) -> dict[str, api.Recovery]:
    """Each contract's recovery by its name, after a loss was accepted, if one was."""
    contracts = await client.contracts()
    if accepted is not None:
        await client.accept_loss(pick_contract(contracts, accepted).id)
    return {one.name: await client.recovery(one.id) for one in contracts}


def _line(name: str, found: api.Recovery) -> str:
    if not found.recovering:
        return f"{harmless(name)}: whole, {found.size} entries"
    names = ", ".join(harmless(one) for one in found.waiting) or "one more report of any machine"
    return (
        f"{harmless(name)}: {found.size} entries so far, {len(found.lacking)} of them without "
        f"content; waits for {names}"
    )


async def _restore(
    path: Path, folder: Path | None, stamp: str | None, key: Path | None, leave_damaged: bool
) -> Restored:
    from workdiary_server.backup import restoring
    from workdiary_server.vault.keyring import master_key

    plugins, where = Plugins(SERVER), Folder(read_settings(folder).folder)
    where.make()
    lock = Lock(where)
    try:
        if where.database.exists():
            raise ConfigError(f"{where.path} holds a diary already: name a new --folder")
        if key is not None and not where.master_key.exists():
            write_private(where.master_key, parse_key(key.read_text(), str(key)).hex())
        master = master_key(read_settings(folder).keys, where, plugins)
        source = restoring.open_source(path, stamp, master)
        damage = _verified(source, leave_damaged)
        restoring.place_private(source, where)
        settings = read_settings(folder)
        setting, plugin, options = settings.store()
        store = plugins.storage_backend(setting, plugin)(options)
        await store.start()
        try:
            return await restoring.restore(source, where, store, damage, Bar())
        finally:
            await store.stop()
    finally:
        lock.release()


def _verified(source: Source, leave_damaged: bool) -> tuple[str, ...]:
    """What is damaged and may be left.

    :raises InvalidError: code ``damaged``; something is, and may not
    """
    from workdiary_server.backup.restoring import damage

    found = tuple(damage(source, Bar()))
    if found and not leave_damaged:
        for line in found:
            click.echo(f"damaged: {line}", err=True)
        raise InvalidError(
            f"{len(found)} blobs are damaged; --leave-damaged restores the rest", "damaged"
        )
    return found
