"""The command ``workdiary tui``: who reads, which server, and how the terminal draws."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click
from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl

from workdiary_tui import client_commands
from workdiary_tui.doctor import doctor, images_option

if TYPE_CHECKING:
    from workdiary_tui.look import Signs


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
    shown by '?'. Nothing here can change a diary. 'workdiary tui doctor' says how pictures are
    drawn on this terminal, and why.
    """
    typed = os.environ.get("SSH_ORIGINAL_COMMAND", "").strip() if over_ssh else ""
    if typed:
        from workdiary import credentials

        from workdiary_tui.over_ssh import serve_command

        serve_command(typed, folder or credentials.home())
        return
    address, token = _who(server, token_file, folder)
    _need_a_terminal()
    _scrub(os.environ)
    from workdiary_tui import look

    asked = "off" if plain and images == "auto" else images
    asyncio.run(_read(address, token, zone, asked, look.ASCII if plain else look.UNICODE))


def _who(server: str | None, token_file: Path | None, folder: Path | None) -> tuple[str, str]:
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


async def _read(address: str, token: str, zone: str, asked: str, signs: Signs) -> None:
    from workdiary.client import DiaryClient
    from workdiary.days import zone_named

    from workdiary_tui import terminal
    from workdiary_tui.zones import local_zone_name

    mine = zone_named(zone).key if zone else local_zone_name()
    async with DiaryClient(address, token) as client:
        me, contracts = await asyncio.gather(client.me(), client.contracts())
        # Not before: who may not read sees no sequence. A far terminal answers while we import.
        probing = asyncio.get_running_loop().run_in_executor(None, terminal.probe, os.environ)
        from workdiary_tui.session import Session

        session = Session(client, me, contracts, token, mine, signs)
        code = await session.run(await probing, asked, os.environ)
    if code:
        raise click.exceptions.Exit(code)
