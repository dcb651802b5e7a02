"""The command ``workdiary tui``: who reads, which server, and how the terminal draws."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl

from workdiary_tui import client_commands

if TYPE_CHECKING:
    from workdiary_tui.look import Signs
    from workdiary_tui.pictures import Mode

_MODES = ("auto", "kitty", "sextant", "quadrant", "half", "off")


@hookimpl
def workdiary_commands(cli: click.Group) -> None:
    cli.add_command(tui)
    client_commands.add_to(cli)


@click.command()
@click.option("--server", help="The server's address, for a token that is not this machine's.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the token for --server; else WORKDIARY_TOKEN.",
)
@click.option(
    "--as",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder with the credentials of 'workdiary enrol', other than this user's own.",
)
@click.option("--zone", default="", help="Your time zone, if it is not this machine's.")
@click.option("--images", type=click.Choice(_MODES), default="auto", help="How pictures are drawn.")
@click.option("--ascii", "plain", is_flag=True, help="Draw with ASCII characters alone.")
@click.option("--over-ssh", is_flag=True, hidden=True, help="sshd started this, for a key's owner.")
def tui(
    server: str | None,
    token_file: Path | None,
    folder: Path | None,
    zone: str,
    images: str,
    plain: bool,
    over_ssh: bool,
) -> None:
    """Read the diaries of your contracts: days, segments, pictures and minutes.

    Without --server this machine's enrolment says where and who. The keys of every screen are
    shown by '?'. Only freelancers, on the machine that they track with, change something here:
    their own memos, manual time and deletions.
    """
    typed = os.environ.get("SSH_ORIGINAL_COMMAND", "").strip() if over_ssh else ""
    if typed:
        from workdiary import credentials

        from workdiary_tui.over_ssh import serve_command

        serve_command(typed, folder or credentials.home())
        return
    address, token, own = _who(server, token_file, folder)
    _need_a_terminal()
    _scrub(os.environ)
    from workdiary_tui import look
    from workdiary_tui.pictures import Mode, choose_mode

    mode = Mode.OFF if plain and images == "auto" else choose_mode(os.environ, images)
    asyncio.run(_read(address, token, own, zone, mode, look.ASCII if plain else look.UNICODE))


def _who(
    server: str | None, token_file: Path | None, folder: Path | None
) -> tuple[str, str, Path | None]:
    """The server's address, the token to read with, and the folder of the enrolment, if it is one.

    :raises ConfigError: there is no token for the server that was named, or no enrolment
    """
    if server is None:
        from workdiary import credentials

        folder = folder or credentials.home()
        known = credentials.load(folder)
        return known.server, known.token, folder
    token = _token_in(token_file) if token_file else os.environ.get("WORKDIARY_TOKEN", "")
    if not token:
        raise ConfigError("--server needs a token: set WORKDIARY_TOKEN or name a --token-file")
    return server, token, None


def _token_in(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--token-file {path} cannot be read: {error}") from error


def _need_a_terminal() -> None:
    """Textual would draw into a pipe for ever, and miss that nobody is there any more.

    :raises ConfigError: keys or screen are no terminal
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError("the TUI needs a terminal, and there is none here: try 'ssh -t'")


def _scrub(environment: MutableMapping[str, str]) -> None:
    """Textual reads TEXTUAL_* when it is imported: a driver of any module, animations, logs."""
    for name in [name for name in environment if name.startswith("TEXTUAL")]:
        del environment[name]


async def _read(
    address: str, token: str, own: Path | None, zone: str, mode: Mode, signs: Signs
) -> None:
    """``own`` is the folder with the credentials that also write, if it was not a bare token."""
    from textual.logging import TextualHandler
    from workdiary.client import DiaryClient
    from workdiary.days import zone_named

    from workdiary_tui.app import DiaryApp
    from workdiary_tui.diary_cache import DiaryCache
    from workdiary_tui.exporting import host_of
    from workdiary_tui.graphics import graphics_for
    from workdiary_tui.hand import hand_in
    from workdiary_tui.pictures import Decoder, modes_with
    from workdiary_tui.pictures.payloads import payloads_for
    from workdiary_tui.reader import Reader
    from workdiary_tui.zones import local_zone_name

    mine = zone_named(zone).key if zone else local_zone_name()
    async with DiaryClient(address, token) as client:
        me, contracts = await asyncio.gather(client.me(), client.contracts())
        logging.basicConfig(handlers=[TextualHandler()], force=True)  # stderr is the screen now
        with Decoder() as decoder:
            reader = Reader(
                me,
                DiaryCache(client),
                decoder,
                mine=mine,
                host=host_of(os.environ),
                signs=signs,
                mode=mode,
                modes=modes_with(mode),
                graphics=graphics_for(mode, os.environ),
                payloads=payloads_for(os.environ, token),
                hand=hand_in(own, client),
            )
            app = DiaryApp(reader, client, contracts)
            await app.run_async(mouse="SSH_CONNECTION" not in os.environ)
    if app.return_code:
        raise click.exceptions.Exit(app.return_code)
