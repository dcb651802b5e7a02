"""The commands that look through a diary: a search of its segments, and who was shown a picture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import click
import msgspec

from workdiary import api
from workdiary.client import DiaryClient
from workdiary.commands.bills import Day
from workdiary.commands.forms import Form, form_options
from workdiary.commands.pages import json_text
from workdiary.commands.reaching import as_caller, pick_contract
from workdiary.segments import MINUTES
from workdiary.text import harmless

_PAGE = 500
_LONGEST = timedelta(days=365)

_form = form_options("plain")


@click.command()
@click.argument("contract")
@click.argument("text", required=False, default="")
@click.option("--from", "first", type=Day(), help="The first day (UTC); a year before the last.")
@click.option("--to", "last", type=Day(), help="The last day, included; today unless given.")
@click.option("--status", "statuses", multiple=True, help="As in the diary: auto, over_limit, …")
@click.option("--low", type=click.IntRange(0, MINUTES), help="At most so many active minutes.")
@click.option("--late", is_flag=True, help="Only what arrived after its week's lock.")
@click.option("--no-picture", is_flag=True, help="Only what has no picture.")
@click.option("--manual", is_flag=True, help="Only what was added by hand.")
@_form
def search(
    contract: str,
    text: str,
    first: date | None,
    last: date | None,
    statuses: tuple[str, ...],
    low: int | None,
    late: bool,
    no_picture: bool,
    manual: bool,
    form: Form,
) -> None:
    """Find a CONTRACT's segments: those with TEXT in the memo, in whatever case.

    Every option narrows the search; --status may be repeated and means one of them. The last line
    adds up what was found.

    \b
    workdiary search acme/website invoice --from 2026-08-01 --to 2026-11-26
    workdiary search acme/website --status over_limit --status partial
    workdiary search acme/website --low 2 --no-picture --json
    """
    end = last or datetime.now(UTC).date()
    begin = first or end - _LONGEST
    if end < begin:
        raise click.UsageError(f"--to {end} is before --from {begin}")

    async def ask(client: DiaryClient) -> api.Found:
        chosen = pick_contract(await client.contracts(), contract).id
        found: api.Found | None = None
        while found is None or found.cursor is not None:
            page = await client.search(
                chosen,
                begin,
                end,
                text=text,
                statuses=statuses,
                meter_at_most=low,
                late=late,
                no_picture=no_picture,
                manual=manual,
                cursor=None if found is None else found.cursor,
                limit=_PAGE,
            )
            if found is not None:
                page = msgspec.structs.replace(
                    page, hits=found.hits + page.hits, totals=found.totals
                )
            found = page
        return found

    found = as_caller(None, ask)
    if form == "json":
        click.echo(json_text(found))
        return
    for line in _found_lines(found):
        click.echo(line)
    if found.policy_error:
        click.echo(harmless(f"some statuses are unknown: {found.policy_error}"), err=True)


@click.command()
@click.argument("contract", required=False)
@_form
def views(contract: str | None, form: Form) -> None:
    """Say who was shown which picture of a CONTRACT when, newest first, in UTC.

    Its freelancer sees all of it, a client what was shown to themselves. CONTRACT is a name or an
    id, and not needed where there is only one.

    \b
    workdiary views
    workdiary views acme/website --json
    """

    async def ask(client: DiaryClient) -> api.Views:
        chosen = pick_contract(await client.contracts(), contract).id
        found = await client.views(chosen, limit=_PAGE)
        while found.cursor is not None:
            page = await client.views(chosen, found.cursor, _PAGE)
            found = msgspec.structs.replace(page, views=found.views + page.views)
        return found

    found = as_caller(None, ask)
    if form == "json":
        click.echo(json_text(found))
        return
    for view in found.views:
        click.echo(_view_line(view))
    if not found.views:
        click.echo("no picture was shown to anybody", err=True)


def _found_lines(found: api.Found) -> Iterator[str]:
    for hit in found.hits:
        marks = [f"meter {hit.meter:>2}", "picture" if hit.pictures else "no picture"]
        marks += ["late"] if hit.late else []
        shown = f"{hit.start:%Y-%m-%d %H:%M}  {hit.status:<10}  {', '.join(marks)}  {hit.memo}"
        yield harmless(shown.rstrip())
    if found.totals is not None:
        totals = found.totals
        yield (
            f"{totals.segments} segments, {_hours(totals.minutes)} counted, "
            f"{_hours(totals.billable)} billable"
        )


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02} h"


def _view_line(view: api.View) -> str:
    what = " and ".join(view.renditions)
    times = f", {view.times} times" if view.times > 1 else ""
    gone = " (deleted since)" if view.digest is None else ""
    return harmless(
        f"{view.at:%Y-%m-%d %H:%M:%S}  {view.by.name}  saw {view.start:%Y-%m-%d %H:%M}"
        f"  {what}{times}{gone}"
    )
