"""The commands that print bills: a week's timesheet, a payroll, and why a segment is what it is."""

from __future__ import annotations

import sys
import textwrap
from datetime import UTC, date, datetime
from pathlib import Path

import click

from workdiary import api
from workdiary.client import DiaryClient
from workdiary.commands.delivering import refuse_to_replace, whole_file
from workdiary.commands.forms import Form, form_options
from workdiary.commands.pages import json_text
from workdiary.commands.reaching import as_caller, folder_option, pick_contract, slot_of, week_of
from workdiary.errors import InvalidError
from workdiary.explaining import explanation_text

_FORM_OF = {".json": "json", ".csv": "csv", ".pdf": "pdf"}

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(api.TIMESHEET_FORMATS),
    help="What to print; without it, what the name of --output ends in, else text.",
)
output_option = click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file, whole or not at all, instead of printing.",
)
force_option = click.option("--force", is_flag=True, help="Replace the file if it is there.")


class Day(click.ParamType[date]):
    """A UTC date such as 2026-11-26."""

    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date: write 2026-11-26", param, ctx)


@click.command()
@click.argument("contract")
@click.argument("week", required=False)
@click.option("--from", "first", type=Day(), help="A range's first day (UTC), not a week.")
@click.option("--to", "last", type=Day(), help="Its last day, included.")
@format_option
@output_option
@force_option
@click.option("--supplement", is_flag=True, help="What came to the week after its lock.")
@folder_option
def timesheet(
    contract: str,
    week: str | None,
    first: date | None,
    last: date | None,
    form: str | None,
    output: Path | None,
    force: bool,
    supplement: bool,
    folder: Path | None,
) -> None:
    """Print a CONTRACT's timesheet of a WEEK, or of a range of days.

    CONTRACT is a name or an id. WEEK is any day of it (2026-11-26), 2026-W48, this or last. Weeks
    and days are cut in UTC. A closed week's timesheet never changes; what came after its lock is in
    its supplement.

    \b
    workdiary timesheet acme/website last
    workdiary timesheet acme/website 2026-W48 --output week48.pdf
    workdiary timesheet acme/website 2026-W48 --supplement
    workdiary timesheet acme/website --from 2026-11-01 --to 2026-11-30 --format csv
    """
    chosen = _form(form, output, force)
    if first is not None or last is not None:
        if week is not None or supplement:
            raise click.UsageError("--from and --to stand alone: no WEEK and no --supplement")
        begin, end = _span(first, last)
        content = as_caller(folder, lambda client: _range(client, contract, begin, end, chosen))
        _deliver(content, chosen, output)
        return
    if week is None:
        raise click.UsageError("name a week (2026-11-26, 2026-W48, this, last), or --from and --to")
    monday = week_of(week, datetime.now(UTC))
    content, note = as_caller(
        folder, lambda client: _week(client, contract, monday, chosen, supplement)
    )
    _deliver(content, chosen, output)
    if note:
        click.echo(note, err=True)


@click.command()
@click.option("--from", "first", type=Day(), required=True, help="The first day (UTC).")
@click.option("--to", "last", type=Day(), required=True, help="The last day, included.")
@click.option("--contract", "contracts", multiple=True, help="Only this one; may be repeated.")
@format_option
@output_option
@force_option
@folder_option
def payroll(
    first: date,
    last: date,
    contracts: tuple[str, ...],
    form: str | None,
    output: Path | None,
    force: bool,
    folder: Path | None,
) -> None:
    """Print the timesheets of many contracts over a range of days, and their sums by currency.

    They are all the contracts that the caller may read: on the server's machine, with --folder,
    all there are.

    \b
    workdiary payroll --from 2026-11-01 --to 2026-11-30 --folder /var/lib/workdiary
    workdiary payroll --from 2026-11-01 --to 2026-11-30 --output november.csv
    workdiary payroll --from 2026-11-01 --to 2026-11-30 --contract acme/website
    """
    chosen = _form(form, output, force)
    begin, end = _span(first, last)
    content = as_caller(folder, lambda client: _payroll(client, contracts, begin, end, chosen))
    _deliver(content, chosen, output)


@click.command()
@click.argument("segment")
@click.option("--contract", help="A name or an id; not needed where there is only one.")
@form_options("plain")
@folder_option
def explain(segment: str, contract: str | None, form: Form, folder: Path | None) -> None:
    """Say why a SEGMENT has its status and what it is billed as.

    SEGMENT is a time in its ten minutes, in UTC unless an offset says else: 2026-11-26T10:20, or
    10:20 for today; a contract may stand before it.

    \b
    workdiary explain 10:20
    workdiary explain acme/website/2026-11-26T10:20
    workdiary explain 2026-11-26T10:20+01:00 --contract acme/website --json
    """
    named, slash, time = segment.rpartition("/")
    if slash and contract is not None:
        raise click.UsageError("the contract is named twice: in SEGMENT and by --contract")
    start = slot_of(time, datetime.now(UTC))
    wanted = named if slash else contract

    async def ask(client: DiaryClient) -> api.Explanation:
        chosen = pick_contract(await client.contracts(), wanted)
        return await client.explanation(chosen.id, start)

    answer = as_caller(folder, ask)
    if form == "json":
        click.echo(json_text(answer))
    else:
        click.echo(textwrap.fill(answer.text or explanation_text(answer), 80))


async def _week(
    client: DiaryClient, contract: str, monday: date, form: str, supplement: bool
) -> tuple[bytes, str]:
    """The file, and what to say about the week's supplement when there is one."""
    chosen = pick_contract(await client.contracts(), contract)
    if supplement:
        return await client.supplement_file(chosen.id, monday, form), ""
    content = await client.timesheet_file(chosen.id, monday, form)
    try:
        paper = await client.supplement(chosen.id, monday)
    except InvalidError as error:
        return content, f"what came after the lock cannot be told: {error}"
    found = (
        (len(paper.pending), "late and pending"),
        (len(paper.adjustments), "adjustments decided"),
        (len(paper.contested), "contested"),
    )
    counts = ", ".join(f"{count} {what}" for count, what in found if count)
    if not counts:
        return content, ""
    return content, f"after the lock came: {counts}; see it with --supplement"


async def _range(client: DiaryClient, contract: str, first: date, last: date, form: str) -> bytes:
    chosen = pick_contract(await client.contracts(), contract)
    return await client.range_file(chosen.id, first, last, form)


async def _payroll(
    client: DiaryClient, wanted: tuple[str, ...], first: date, last: date, form: str
) -> bytes:
    if not wanted:
        return await client.payroll_file(first, last, form)
    known = await client.contracts()
    chosen = tuple(dict.fromkeys(pick_contract(known, name).id for name in wanted))
    return await client.payroll_file(first, last, form, chosen)


def _span(first: date | None, last: date | None) -> tuple[date, date]:
    if first is None or last is None:
        raise click.UsageError("a range needs both --from and --to")
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}")
    return first, last


def _form(form: str | None, output: Path | None, force: bool) -> str:
    """The format asked for, before anything is fetched that could not be delivered."""
    chosen = form or (_FORM_OF.get(output.suffix.lower(), "text") if output else "text")
    if output is None and chosen == "pdf" and sys.stdout.isatty():
        raise click.UsageError("a PDF is not for a terminal: use --output FILE, or a pipe")
    refuse_to_replace(output, force)
    return chosen


def _deliver(content: bytes, form: str, output: Path | None) -> None:
    """Print the bytes as they are (a terminal gets the last line's end), or write the file."""
    if output is not None:
        with whole_file(output) as file:
            file.write(content)
        click.echo(f"wrote {output}", err=True)
        return
    sys.stdout.buffer.write(content + (b"\n" if form == "json" and sys.stdout.isatty() else b""))
    sys.stdout.buffer.flush()
