"""The command ``workdiary tui``: who reads, which server, and how the terminal draws."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import NamedTuple

import click
from workdiary.client import DiaryClient
from workdiary.commands.forms import Form, form_options
from workdiary.commands.reaching import LinkType
from workdiary.commands.worded import Worded
from workdiary.days import zone_named
from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl
from workdiary.links import Link

from workdiary_tui import client_commands
from workdiary_tui.doctor import doctor
from workdiary_tui.setting_options import list_settings, setting_options, settings_in
from workdiary_tui.tui_settings import Settings


class Who(NamedTuple):
    """A server's address, a token for it, and the enrolment's folder if it is no bare token."""

    server: str
    token: str
    own: Path | None


@hookimpl
def workdiary_commands(cli: click.Group) -> None:
    cli.add_command(tui)
    client_commands.add_to(cli)


@click.command(cls=Worded, words={"doctor": doctor, "settings": list_settings})
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
@setting_options
@form_options(None)
@click.option("--over-ssh", is_flag=True, hidden=True, help="sshd started this, for a key's owner.")
def tui(
    link: Link | None,
    server: str | None,
    token_file: Path | None,
    folder: Path | None,
    form: Form | None,
    over_ssh: bool,
) -> None:
    """Read the diaries of your contracts: days, segments, pictures and minutes.

    LINK opens a place at once, such as diary://acme/website/2026-11-03#08:20 (UTC); a contract, a
    day, a week (2026-W45) or 'terms' may stand there. 'y' on a screen copies its link. With --plain
    or --json that screen is printed, and none is shown.

    Without --server this machine's enrolment says where and who. The keys of every screen are
    shown by '?'. Only freelancers, on the machine that they track with, change something here:
    their own memos, manual time and deletions. 'workdiary tui doctor' says how pictures are drawn
    on this terminal, and why; 'workdiary tui settings' lists what can be kept in a file, and the
    ids of all keys.
    """
    context = click.get_current_context()
    typed = os.environ.get("SSH_ORIGINAL_COMMAND", "").strip() if over_ssh else ""
    if typed:
        from workdiary import credentials

        from workdiary_tui.over_ssh import serve_command

        def show(link: Link | None, form: Form | None) -> None:
            _show(_who(server, token_file, folder), link, form, settings_in(folder, context))

        serve_command(typed, folder or credentials.home(), show)
        return
    _show(_who(server, token_file, folder), link, form, settings_in(folder, context))


def _show(who: Who, link: Link | None, form: Form | None, settings: Settings) -> None:
    """Run the TUI, or print the one screen that is asked for."""
    if form is not None:
        asyncio.run(_print(who, link, settings.asked_zone, form))
        return
    _need_a_terminal()
    _scrub(os.environ)
    asyncio.run(_read(who, link, settings))


def _who(server: str | None, token_file: Path | None, folder: Path | None) -> Who:
    """Who reads, where, and whether they may write there too.

    :raises ConfigError: there is no token for the server that was named, or no enrolment
    """
    if server is None:
        from workdiary import credentials

        folder = folder or credentials.home()
        known = credentials.load(folder)
        return Who(known.server, known.token, folder)
    token = _token_in(token_file) if token_file else os.environ.get("WORKDIARY_TOKEN", "")
    if not token:
        raise ConfigError("--server needs a token: set WORKDIARY_TOKEN or name a --token-file")
    return Who(server, token, None)


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


async def _print(who: Who, link: Link | None, zone: str, form: Form) -> None:
    from workdiary.commands.pages import echo, place_page  # which no screen needs

    async with DiaryClient(who.server, who.token) as client:
        echo(await place_page(client, link, zone_named(zone or "UTC")), form)


async def _read(who: Who, link: Link | None, settings: Settings) -> None:
    from workdiary_tui import terminal
    from workdiary_tui.diary_cache import DiaryCache
    from workdiary_tui.zones import local_zone_name

    mine = settings["zone"] or local_zone_name()
    async with DiaryClient(who.server, who.token) as client:
        me, contracts = await asyncio.gather(client.me(), client.contracts())
        cache, opening = DiaryCache(client), None
        if link is not None:
            from workdiary_tui.opening import look_up

            opening = await look_up(cache, contracts, link)
        # Not before: who may not read sees no sequence. A far terminal answers while we import.
        probing = asyncio.get_running_loop().run_in_executor(None, terminal.probe, os.environ)
        from workdiary_tui.session import Session

        session = Session(client, cache, me, contracts, who.token, who.own, mine)
        code = await session.run(await probing, settings, os.environ, opening)
    if code:
        raise click.exceptions.Exit(code)
