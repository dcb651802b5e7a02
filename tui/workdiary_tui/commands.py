"""The command ``workdiary tui``: who reads, which server, and how the terminal draws."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import click
from workdiary.client import DiaryClient
from workdiary.commands.pages import Form, Page, echo, form_options, place_page
from workdiary.commands.reaching import LinkType
from workdiary.days import zone_named
from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl
from workdiary.links import Link

from workdiary_tui import client_commands
from workdiary_tui.doctor import doctor, images_option
from workdiary_tui.wishes import Wishes


class Who(NamedTuple):
    """A server's address, a token for it, and the enrolment's folder if it is no bare token."""

    server: str
    token: str
    own: Path | None


class Worded(click.Command):
    """A command that some first words make another: ``tui`` and ``tui doctor``."""

    words: ClassVar[Mapping[str, click.Command]] = {"doctor": doctor}

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        word = self.words.get(args[0]) if args else None
        if word is None:
            return super().make_context(info_name, args, parent, **extra)
        within = click.Context(self, parent, info_name)
        return word.make_context(word.name, args[1:], within, **extra)


@hookimpl
def workdiary_commands(cli: click.Group) -> None:
    cli.add_command(tui)
    client_commands.add_to(cli)


@click.command(cls=Worded)
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
@images_option
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters alone.")
@click.option(
    "--theme",
    type=click.Choice(("auto", "dark", "light")),
    default="auto",
    envvar="WORKDIARY_THEME",
    help="Colours for a dark or a light terminal, which is asked; else WORKDIARY_THEME.",
)
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
    theme: str,
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
    on this terminal, and why.
    """
    wishes = Wishes(zone, images, ascii_only, theme)
    typed = os.environ.get("SSH_ORIGINAL_COMMAND", "").strip() if over_ssh else ""
    if typed:
        from workdiary import credentials

        from workdiary_tui.over_ssh import serve_command

        def show(link: Link | None, form: Form | None) -> None:
            _show(_who(server, token_file, folder), link, form, wishes)

        serve_command(typed, folder or credentials.home(), show)
        return
    _show(_who(server, token_file, folder), link, form, wishes)


def _show(who: Who, link: Link | None, form: Form | None, wishes: Wishes) -> None:
    """Run the TUI, or print the one screen that is asked for."""
    if form is not None:
        echo(asyncio.run(_page(who, link, wishes.zone)), form)
        return
    _need_a_terminal()
    _scrub(os.environ)
    asyncio.run(_read(who, link, wishes))


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


async def _page(who: Who, link: Link | None, zone: str) -> Page:
    async with DiaryClient(who.server, who.token) as client:
        return await place_page(client, link, zone_named(zone or "UTC"))


async def _read(who: Who, link: Link | None, wishes: Wishes) -> None:
    from workdiary_tui import terminal
    from workdiary_tui.diary_cache import DiaryCache
    from workdiary_tui.zones import local_zone_name

    mine = zone_named(wishes.zone).key if wishes.zone else local_zone_name()
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
        code = await session.run(await probing, wishes, os.environ, opening)
    if code:
        raise click.exceptions.Exit(code)
