"""The command that takes a day, a week or a range out of a diary, with its pictures too."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

import click

from workdiary.client import DiaryClient
from workdiary.commands.bills import Day, force_option, output_option
from workdiary.commands.delivering import refuse_to_replace, whole_file
from workdiary.commands.reaching import as_caller, folder_option, pick_contract, week_of
from workdiary.errors import InvalidError
from workdiary.exporting import FORMS, SUFFIX
from workdiary.exporting.archive import write_export
from workdiary.exporting.periods import Period, day_of, week_from

_FORM_OF = {f".{suffix}": form for form, suffix in SUFFIX.items()}
_NARRATE_SECONDS = 2.0
BUNDLE = "bundle"
"""The format that is a contract's whole log, to be verified."""


class Narrate(Protocol):
    """Told how many of how many are there; every few seconds it says so."""

    def __call__(self, done: int, of: int, what: str = "pictures") -> None: ...


def period_options(command: Callable[..., None]) -> Callable[..., None]:
    """``--day``, ``--week``, or ``--from`` and ``--to``."""
    for option in (
        click.option("--to", "last", type=Day(), help="Its last day, included."),
        click.option("--from", "first", type=Day(), help="A range's first day (UTC)."),
        click.option("--week", metavar="WEEK", help="Such as 2026-W45, this or last."),
        click.option("--day", "one_day", type=Day(), help="A day (UTC)."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("contract")
@period_options
@click.option(
    "--format",
    "form",
    type=click.Choice((*FORMS, BUNDLE)),
    help="What to write; without it, what the name of --output ends in, else text.",
)
@click.option("--no-pictures", is_flag=True, help="Leave the pictures out of a bundle.")
@output_option
@force_option
@folder_option
def export(
    contract: str,
    one_day: date | None,
    week: str | None,
    first: date | None,
    last: date | None,
    form: str | None,
    no_pictures: bool,
    output: Path | None,
    force: bool,
    folder: Path | None,
) -> None:
    """Take a day, a week or a range of a CONTRACT's diary out as a file, or all of it as a bundle.

    As html it is a zip archive: a page with segments and minutes that every browser shows, and
    every picture in full size. A week and a range are timesheets in the other formats; a day is its
    segments (csv, json) or its timesheet (text, pdf). Days and weeks are UTC.

    \b
    workdiary export acme/website --day 2026-11-03 --output day.zip
    workdiary export acme/website --week 2026-W45 --output week.csv
    workdiary export acme/website --from 2026-11-01 --to 2026-11-30 --format html > november.zip
    workdiary export acme/website --format bundle --output website.zip

    A bundle is the whole log with contents and pictures, as far as you may see them: 'workdiary
    verify' checks it without a server. One that was broken off goes on where it was.
    """
    if form == BUNDLE:
        if any((one_day, week, first, last)) or output is None:
            raise click.UsageError("a bundle is of a whole contract: name --output, and no period")
        refuse_to_replace(output, force)
        as_caller(folder, partial(_bundle, contract, output, not no_pictures))
        return
    period = period_from(one_day, week, first, last)
    chosen = form or (_FORM_OF.get(output.suffix.lower(), "text") if output else "text")
    refuse_to_replace(output, force)

    async def write(client: DiaryClient) -> None:
        if output is not None:
            with whole_file(output) as file:
                await export_to(file, client, contract, period, chosen)
            click.echo(f"wrote {output}", err=True)
            return
        await export_to(stdout_for(chosen), client, contract, period, chosen)

    as_caller(folder, write)


async def _bundle(contract: str, output: Path, pictures: bool, client: DiaryClient) -> None:
    from workdiary.bundles.writing import Export

    chosen = pick_contract(await client.contracts(), contract)
    work = output.with_name(f".{output.name}.part") / chosen.id
    told = _narrator()
    made = Export(client, chosen, work, pictures, lambda what, done, of: told(done, of, what))
    with whole_file(output) as file:
        head = await made.write(file)
    made.finished()
    work.parent.rmdir()
    click.echo(f"wrote {output}: {head.size} entries; now: workdiary verify {output}", err=True)


def period_from(
    one_day: date | None, week: str | None, first: date | None, last: date | None
) -> Period:
    """:raises click.UsageError: not exactly one period is named, or it runs backwards"""
    ranged = first is not None or last is not None
    if (one_day is not None) + (week is not None) + ranged != 1:
        raise click.UsageError("name --day, or --week, or --from and --to")
    if one_day is not None:
        return day_of(one_day)
    if week is not None:
        return week_from(week_of(week, datetime.now(UTC)))
    if first is None or last is None:
        raise click.UsageError("a range needs both --from and --to")
    try:
        return Period(first, last)
    except InvalidError as error:
        raise click.UsageError(str(error)) from error


def stdout_for(form: str) -> BinaryIO:
    """:raises click.UsageError: a terminal cannot show the format"""
    if form in ("pdf", "html") and sys.stdout.isatty():
        raise click.UsageError(f"{form} is not for a terminal: name a file, or send it into one")
    return sys.stdout.buffer


async def export_to(
    file: BinaryIO, client: DiaryClient, contract: str, period: Period, form: str
) -> None:
    """Write a period of the contract that is named; long work is narrated on stderr."""
    chosen = pick_contract(await client.contracts(), contract)
    now = datetime.now(UTC)
    await write_export(client, chosen, period, form, file, now, _narrator())
    file.flush()


def _narrator() -> Narrate:
    told = time.monotonic()

    def progress(done: int, of: int, what: str = "pictures") -> None:
        nonlocal told
        if time.monotonic() - told >= _NARRATE_SECONDS or done == of:
            told = time.monotonic()
            click.echo(f"{done} of {of} {what}", err=True)

    return progress
