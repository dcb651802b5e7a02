"""``workdiary init`` and ``workdiary serve``."""

from __future__ import annotations

import asyncio
import getpass
import os
import platform
import signal
import time
from pathlib import Path

import click
import msgspec
from workdiary.addresses import Address
from workdiary.errors import ConfigError
from workdiary.plugins import SERVER, Plugins

from workdiary_server.commands.options import folder_option
from workdiary_server.commands.unused import name_broken_plugins
from workdiary_server.folder import Folder, Lock
from workdiary_server.settings import Settings, read_settings
from workdiary_server.tls import Tls, tls_of


@click.command()
@folder_option
@click.option(
    "--name", help="This server's name in every log, such as diary.example.org; for good."
)
@click.option("--owner", default=getpass.getuser, help="The owner's name; you, unless given.")
def init(folder: Path | None, name: str | None, owner: str) -> None:
    """Make a new diary: its keys, its database, and you as its owner.

    Everything lies in one folder. Copy master.key somewhere safe: without it nothing in the
    diary can be read again, by anyone.
    """
    from workdiary_server.diary.opening import create

    settings = read_settings(folder)
    chosen = name or settings.server.name or platform.node() or "workdiary"
    create(settings, Plugins(SERVER), chosen, owner, int(time.time()), os.urandom)
    click.echo(settings.folder)
    click.echo(
        f"a diary named {chosen} with {owner} as its owner; start it with 'workdiary serve'\n"
        f"keep a copy of {Folder(settings.folder).master_key} in a safe place",
        err=True,
    )


@click.command()
@folder_option
@click.option("--host", help="Address to listen on. [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes a free one. [default: 8347]")
def serve(folder: Path | None, host: str | None, port: int | None) -> None:
    """Serve the diary, and print its URL when it is ready.

    Where it listens beyond this machine it speaks TLS with a certificate of its own, which invites
    carry the fingerprint of; docs/owner.md says how to use another, or a proxy. Ctrl-C or SIGTERM
    ends it in order.
    """
    settings = _with(read_settings(folder), host, port)
    where = Folder(settings.folder)
    if not where.database.exists():
        raise ConfigError(f"there is no diary in {where.path}: run 'workdiary init'")
    lock = Lock(where)
    try:
        asyncio.run(_serve(settings, where))
    finally:
        lock.release()


def _with(settings: Settings, host: str | None, port: int | None) -> Settings:
    section = settings.server
    if host is not None:
        section = msgspec.structs.replace(section, host=host)
    if port is not None:
        section = msgspec.structs.replace(section, port=port)
    return msgspec.structs.replace(settings, server=section)


async def _serve(settings: Settings, where: Folder) -> None:
    from aiohttp import web

    from workdiary_server.http.app import make_app, make_runner

    plugins, tls = Plugins(SERVER), tls_of(settings, time.time())
    runner = make_runner(make_app(settings, plugins, certificate=tls.pin))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await runner.setup()
        site = web.TCPSite(
            runner, settings.server.host, settings.server.port, ssl_context=tls.context
        )
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                f"cannot listen on {settings.server.host}:{settings.server.port}: {error.strerror}"
            ) from error
        port = runner.addresses[0][1]
        here = Address(_url(tls, _here(settings.server.host), port), tls.pin)
        where.address.write_text(here.text + "\n")
        click.echo(_url(tls, settings.server.host, port))
        naming = asyncio.create_task(name_broken_plugins())
        await stop.wait()
        naming.cancel()
        await asyncio.wait({naming})
        click.echo("stopping: finishing what was begun", err=True)
    finally:
        where.address.unlink(missing_ok=True)
        await runner.cleanup()


def _here(host: str) -> str:
    """Where this machine itself reaches a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _url(tls: Tls, host: str, port: int) -> str:
    scheme = "http" if tls.context is None else "https"
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - what was listened on, for people to click
        host = platform.node()
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
