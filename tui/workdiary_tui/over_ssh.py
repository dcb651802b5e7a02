"""What may be asked for behind an SSH address: a place, a timesheet, nothing that reaches a shell.

sshd hands over what was typed there as one text. It is split into words as a shell would split
it, and read by a command line of its own, which knows no file of this machine.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from workdiary import api, credentials
from workdiary.client import DiaryClient
from workdiary.commands.reaching import LinkType, pick_contract, week_of
from workdiary.errors import ConfigError
from workdiary.links import Link
from workdiary.text import is_unsafe

_LONGEST = 2500


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose credentials lie in ``folder``, and ``show``: the TUI at a place."""

    folder: Path
    show: Callable[[Link], None]


@click.group("ssh", add_help_option=False)
def behind_the_address() -> None:
    """Without a command behind the address you are in the TUI."""


@behind_the_address.command(context_settings={"help_option_names": ["--help"]})
@click.argument("contract")
@click.option("--week", required=True, metavar="WEEK", help="Such as 2026-W45, this or last.")
@click.option(
    "--format", "form", type=click.Choice(api.TIMESHEET_FORMATS), default="text", show_default=True
)
@click.pass_obj
def export(visit: Visit, contract: str, week: str, form: str) -> None:
    """Print a week's timesheet: ssh diary@host export acme/website --week last --format csv"""
    monday = week_of(week, datetime.now(UTC))

    async def fetch() -> bytes:
        known = credentials.load(visit.folder)
        async with DiaryClient(known.server, known.token) as client:
            chosen = pick_contract(await client.contracts(), contract)
            return await client.timesheet_file(chosen.id, monday, form)

    sys.stdout.buffer.write(asyncio.run(fetch()))
    sys.stdout.buffer.flush()


@behind_the_address.command("open", context_settings={"help_option_names": ["--help"]})
@click.argument("link", type=LinkType())
@click.pass_obj
def open_place(visit: Visit, link: Link) -> None:
    """Open the TUI at a place: ssh -t diary@host open acme/website/2026-11-03#08:20"""
    visit.show(link)


def serve_command(text: str, folder: Path, show: Callable[[Link], None]) -> None:
    """Do what was typed behind the address, for whose credentials lie in ``folder``.

    :raises ConfigError: it is nothing that can be asked for
    """
    try:
        if len(text) > _LONGEST or any(map(is_unsafe, text)):
            raise ConfigError("what stands behind the address is too long, or no text")
        behind_the_address.main(
            shlex.split(text), "ssh", standalone_mode=False, obj=Visit(folder, show)
        )
    except (ValueError, click.UsageError) as error:
        said = error.format_message() if isinstance(error, click.UsageError) else str(error)
        raise ConfigError(
            "behind the address may stand: open LINK, or export CONTRACT --week WEEK --format "
            f"{'|'.join(api.TIMESHEET_FORMATS)}; without it you are in the TUI ({said})"
        ) from error
