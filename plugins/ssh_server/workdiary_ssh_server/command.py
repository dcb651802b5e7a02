"""The command ``workdiary ssh-server``: where it listens, whom it lets in, and for how long."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from workdiary import credentials

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("ssh-server")
@click.option("--host", default="", help="The address to listen on. [default: all]")
@click.option("--port", type=click.IntRange(0, 65_535), default=2222, show_default=True)
@click.option(
    "--authorized-keys",
    type=_FILE,
    default=Path("~/.ssh/authorized_keys"),
    callback=lambda _context, _option, path: path.expanduser(),
    show_default=True,
    help="The file that 'workdiary ssh-keys' writes.",
)
@click.option(
    "--host-key", type=_FILE, help="This server's private key. [default: one is made, and kept]"
)
@click.option("--sessions", type=click.IntRange(1), default=4, show_default=True, help="Per key.")
@click.option(
    "--idle",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Minutes without a key pressed, after which a session ends.",
)
def ssh_server(
    host: str, port: int, authorized_keys: Path, host_key: Path | None, sessions: int, idle: float
) -> None:
    """Let clients read their diaries over SSH, and do nothing else.

    Run it as the account that runs 'workdiary serve'. It prints the port when it is ready, and
    writes a line for each log-in to stderr.
    """
    from workdiary_ssh_server.front import Settings, serve

    key = host_key or credentials.home() / "ssh_host_key"
    asyncio.run(serve(Settings(host, port, authorized_keys, key, sessions, 60 * idle)))
