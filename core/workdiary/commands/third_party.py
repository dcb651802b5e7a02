"""``workdiary witness init|follow|list|serve``: the witness of a third party."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workdiary import credentials
from workdiary.errors import ConfigError, InvalidError

if TYPE_CHECKING:
    from workdiary.witnessing.record import Followed, Record

_folder: Callable[[Any], Any] = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: credentials.home() / "witness",
    help="Where the witness's key and record lie. [default: 'witness' in your own folder]",
)


@click.command("init")
@click.argument("name")
@_folder
def init_witness(name: str, folder: Path) -> None:
    """Make a witness called NAME, such as audit.example.org/w1, and print its public key.

    Tell that key to both sides of a contract by a way of your own, and to the diary's owner, who
    puts it under [witness.NAME] in server.toml. Never restore the record from a backup: a witness
    that forgot what it cosigned could cosign another history. Make a new one, with a new name.
    """
    from workdiary.witnessing.record import create

    click.echo(create(folder, name, os.urandom(32)))
    click.echo(f"key and record are in {folder}; now: workdiary witness follow KEY", err=True)


@click.command("follow")
@click.argument("key")
@_folder
def follow_log(key: str, folder: Path) -> None:
    """Follow the log whose KEY this is, as 'workdiary contracts --json' shows it under log_key.

    After a log's key was changed, follow the new one as well.
    """
    from workdiary.notes import VerifyingKey

    try:
        read = VerifyingKey.read(key)
    except InvalidError as error:
        raise ConfigError(str(error)) from error
    with _record(folder) as record:
        record.follow(read)
    click.echo(f"following {read.name}")


@click.command("list")
@_folder
def list_logs(folder: Path) -> None:
    """List the logs that are followed, and the last head of each that was cosigned."""
    with _record(folder) as record:
        click.echo(record.public)
        for one in record.followed():
            click.echo(_line(one))


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8348, show_default=True)
@_folder
def serve_witness(host: str, port: int, folder: Path) -> None:
    """Cosign the heads of the logs that are followed (C2SP tlog-witness), and print the URL.

    It answers POST /add-checkpoint and nothing else, keeps one head a log, and sees no memo, count
    or picture. What contradicts an earlier head is refused and kept as evidence. Put a TLS proxy
    before it where it listens beyond this machine. Ctrl-C or SIGTERM ends it.
    """
    with _record(folder) as record:
        asyncio.run(_serve(record, host, port))


async def _serve(record: Record, host: str, port: int) -> None:
    from aiohttp import web

    from workdiary.witnessing.service import make_app, make_runner

    runner, stop = make_runner(make_app(record)), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        taken = runner.addresses[0][1]
        click.echo(f"http://[{host}]:{taken}" if ":" in host else f"http://{host}:{taken}")
        await stop.wait()
    except OSError as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    finally:
        await runner.cleanup()


@contextmanager
def _record(folder: Path) -> Iterator[Record]:
    from workdiary.witnessing.record import Record

    record = Record(folder)
    try:
        yield record
    finally:
        record.close()


def _line(one: Followed) -> str:
    if one.at == 0:
        return f"{one.origin}: nothing cosigned yet"
    when = datetime.fromtimestamp(one.at, UTC)
    refused = f"; {one.refused} CONTRADICTIONS KEPT AS EVIDENCE" if one.refused else ""
    head = f"{one.size} entries, head {one.root.hex()[:16]}"
    return f"{one.origin}: {head}, cosigned {when:%Y-%m-%d %H:%M} UTC{refused}"
