"""What may be asked for behind an SSH address: a place, a file, nothing that reaches a shell.

sshd hands over what was typed there as one text. It is split into words as a shell would split
it, and read by a command line of its own, which knows no file of this machine.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click
from workdiary import credentials
from workdiary.client import DiaryClient
from workdiary.commands.export import export_to, period_from, period_options, stdout_for
from workdiary.commands.forms import Form, form_options
from workdiary.commands.reaching import LinkType
from workdiary.errors import ConfigError
from workdiary.exporting import FORMS
from workdiary.links import Link
from workdiary.text import is_unsafe

from workdiary_tui.doctor import doctor

Show = Callable[[Link | None, Form | None], None]
_LONGEST = 2500


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose credentials lie in ``folder``, and what shows a place, or prints it."""

    folder: Path
    show: Show


@click.group("ssh", add_help_option=False)
def behind_the_address() -> None:
    """Without a command behind the address you are in the TUI."""


@behind_the_address.command(context_settings={"help_option_names": ["--help"]})
@click.argument("contract")
@period_options
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True)
@click.pass_obj
def export(
    visit: Visit,
    contract: str,
    one_day: date | None,
    week: str | None,
    first: date | None,
    last: date | None,
    form: str,
) -> None:
    """Print a file: ssh diary@host export acme/website --day 2026-11-03 --format html > day.zip"""
    period, file = period_from(one_day, week, first, last), stdout_for(form)

    async def fetch() -> None:
        known = credentials.load(visit.folder)
        async with DiaryClient(known.server, known.token) as client:
            await export_to(file, client, contract, period, form)

    asyncio.run(fetch())


@behind_the_address.command("open", context_settings={"help_option_names": ["--help"]})
@click.argument("link", type=LinkType(), required=False)
@form_options(None)
@click.pass_obj
def open_place(visit: Visit, link: Link | None, form: Form | None) -> None:
    """Open the TUI at a place (ssh -t diary@host open acme/website/2026-11-03#08:20), or print it.

    Without a LINK that is the list of contracts.
    """
    visit.show(link, form)


behind_the_address.add_command(doctor)


def serve_command(text: str, folder: Path, show: Show) -> None:
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
            "behind the address may stand: open LINK, open LINK --plain|--json, doctor, or export "
            f"CONTRACT --day DAY|--week WEEK --format {'|'.join(FORMS)}; without it you are in the "
            "TUI "
            f"({said})"
        ) from error
