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
from workdiary.client import DiaryClient
from workdiary.commands.pages import Form, Page, echo, form_options, place_page
from workdiary.commands.reaching import LinkType
from workdiary.days import zone_named
from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl
from workdiary.links import Link

from workdiary_tui import client_commands

if TYPE_CHECKING:
    from workdiary_tui.look import Signs
    from workdiary_tui.pictures import Mode

Who = tuple[str, str]
"""A server's address, and the token to read with."""
_MODES = ("auto", "kitty", "sextant", "quadrant", "half", "off")


@hookimpl
def workdiary_commands(cli: click.Group) -> None:
    cli.add_command(tui)
    client_commands.add_to(cli)


@click.command()
@click.argument("link", required=False, type=LinkType())
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
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters alone.")
@form_options(None)
@click.option("--over-ssh", is_flag=True, hidden=True, help="sshd started this, for a key's owner.")
def tui(
    link: Link | None,
    server: str | None,
    token_file: Path | None,
    folder: Path | None,
    zone: str,
    images: str,
    ascii_only: bool,
    form: Form | None,
    over_ssh: bool,
) -> None:
    """Read the diaries of your contracts: days, segments, pictures and minutes.

    LINK opens a place at once, such as diary://acme/website/2026-11-03#08:20 (UTC); a contract, a
    day, a week (2026-W45) or 'terms' may stand there. 'y' on a screen copies its link. With --plain
    or --json that screen is printed, and none is shown.

    Without --server this machine's enrolment says where and who. The keys of every screen are
    shown by '?'. Nothing here can change a diary.
    """
    typed = os.environ.get("SSH_ORIGINAL_COMMAND", "").strip() if over_ssh else ""
    if typed:
        from workdiary import credentials

        from workdiary_tui.over_ssh import serve_command

        def show(link: Link | None, form: Form | None) -> None:
            _show(_who(server, token_file, folder), link, form, zone, images, ascii_only)

        serve_command(typed, folder or credentials.home(), show)
        return
    _show(_who(server, token_file, folder), link, form, zone, images, ascii_only)


def _show(
    who: Who, link: Link | None, form: Form | None, zone: str, images: str, ascii_only: bool
) -> None:
    """Run the TUI, or print the one screen that is asked for."""
    if form is not None:
        echo(asyncio.run(_page(who, link, zone)), form)
        return
    _need_a_terminal()
    _scrub(os.environ)
    from workdiary_tui import look
    from workdiary_tui.pictures import Mode, choose_mode

    mode = Mode.OFF if ascii_only and images == "auto" else choose_mode(os.environ, images)
    asyncio.run(_read(who, link, zone, mode, look.ASCII if ascii_only else look.UNICODE))


def _who(server: str | None, token_file: Path | None, folder: Path | None) -> Who:
    """The server's address and the token to read with.

    :raises ConfigError: there is no token for the server that was named, or no enrolment
    """
    if server is None:
        from workdiary import credentials

        known = credentials.load(folder or credentials.home())
        return known.server, known.token
    token = _token_in(token_file) if token_file else os.environ.get("WORKDIARY_TOKEN", "")
    if not token:
        raise ConfigError("--server needs a token: set WORKDIARY_TOKEN or name a --token-file")
    return server, token


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


async def _page(who: Who, link: Link | None, zone: str) -> Page:
    async with DiaryClient(*who) as client:
        return await place_page(client, link, zone_named(zone or "UTC"))


async def _read(who: Who, link: Link | None, zone: str, mode: Mode, signs: Signs) -> None:
    from textual.logging import TextualHandler

    from workdiary_tui.app import DiaryApp
    from workdiary_tui.diary_cache import DiaryCache
    from workdiary_tui.exporting import host_of
    from workdiary_tui.graphics import graphics_for
    from workdiary_tui.opening import look_up
    from workdiary_tui.pictures import Decoder, modes_with
    from workdiary_tui.pictures.payloads import payloads_for
    from workdiary_tui.reader import Reader
    from workdiary_tui.zones import local_zone_name

    mine = zone_named(zone).key if zone else local_zone_name()
    address, token = who
    async with DiaryClient(address, token) as client:
        me, contracts = await asyncio.gather(client.me(), client.contracts())
        cache = DiaryCache(client)
        opening = None if link is None else await look_up(cache, contracts, link)
        logging.basicConfig(handlers=[TextualHandler()], force=True)  # stderr is the screen now
        with Decoder() as decoder:
            reader = Reader(
                me,
                cache,
                decoder,
                mine=mine,
                host=host_of(os.environ),
                signs=signs,
                mode=mode,
                modes=modes_with(mode),
                graphics=graphics_for(mode, os.environ),
                payloads=payloads_for(os.environ, token),
            )
            app = DiaryApp(reader, client, contracts, opening)
            await app.run_async(mouse="SSH_CONNECTION" not in os.environ)
    if app.return_code:
        raise click.exceptions.Exit(app.return_code)
