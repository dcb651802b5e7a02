"""The freelancer's commands that change their own diary: memo, manual, delete; and day."""

from __future__ import annotations

import asyncio
import platform
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TypeVar

import click
import msgspec
from workdiary import api, credentials
from workdiary.client import DiaryClient
from workdiary.commands.reaching import moment_of, pick_contract, slot_of
from workdiary.days import local_day, zone_named
from workdiary.errors import ConfigError
from workdiary.pen import Pen, pen_of
from workdiary.segments import SEGMENT

from workdiary_tracker import edits
from workdiary_tracker.day_lines import day_lines, loss, week_line

T = TypeVar("T")

_contract = click.option(
    "--contract", metavar="C", help="Name or id; not needed where you have only one."
)


def add_to(cli: click.Group) -> None:
    for command in (day, memo, manual, delete):
        cli.add_command(command)


@click.command()
@click.argument("when", metavar="[DATE]", default="today")
@_contract
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def day(when: str, contract: str | None, as_json: bool) -> None:
    """Show your own diary of a day, as the client sees it; times are in the contract's zone.

    \b
    workdiary day
    workdiary day 2026-11-20 --contract acme/website
    """

    async def fetch(pen: Pen, chosen: api.Contract) -> tuple[api.Day, tzinfo]:
        zone = zone_named(chosen.zone)
        today = local_day(datetime.now(UTC), zone)
        wanted = {"today": today, "yesterday": today - timedelta(days=1)}.get(when)
        found = wanted if wanted is not None else _date(when)
        return await pen.client.day(chosen.id, found, chosen.zone), zone

    shown, zone = _as_freelancer(contract, fetch)
    if as_json:
        click.echo(msgspec.json.format(api.to_json(shown), indent=2).decode())
        return
    click.echo(f"{shown.date:%a %d %b %Y}, times in {shown.zone}")
    for line in day_lines(shown, zone):
        click.echo(line)


@click.command()
@click.argument("text")
@click.option("--at", "begins", required=True, metavar="TIME", help="Within the (first) segment.")
@click.option("--to", "ends", metavar="TIME", help="Until here: every segment in between.")
@_contract
def memo(text: str, begins: str, ends: str | None, contract: str | None) -> None:
    """Give one segment, or all of a range, the memo TEXT; an empty one clears it.

    \b
    workdiary memo "Fix invoice rounding" --at 10:20
    workdiary memo "Fix invoice rounding" --at 2026-11-20T10:20 --to 2026-11-20T12:00

    TIME is UTC unless an offset is written with it; 10:20 is today. Memos can be changed until
    the week is locked, on the Monday after it at 12:00 UTC.
    """

    async def edit(pen: Pen, chosen: api.Contract) -> list[api.Segment]:
        found = await _segments(pen, chosen, begins, ends)
        await edits.edit_memo(pen, chosen.id, [segment.start for segment in found], text)
        return found

    for segment in _as_freelancer(contract, edit):
        click.echo(f"{segment.start:%Y-%m-%d %H:%M} UTC  {text}")


@click.command()
@click.argument("begins", metavar="FROM")
@click.argument("ends", metavar="TO")
@click.option("--memo", required=True, help="What you were doing.")
@click.option("--reason", required=True, help="Why it was not tracked; the client reads it.")
@_contract
def manual(begins: str, ends: str, memo: str, reason: str, contract: str | None) -> None:
    """Add manual time FROM TO in steps of ten minutes, whole or not at all.

    \b
    workdiary manual 14:00 15:30 --memo "Planning" --reason "away from the computer"

    Times are UTC unless an offset is written with them; 14:00 is today. Manual time is marked as
    such for good, stands where nothing stands yet, and can be added until the week is locked, if
    the contract allows it.
    """
    now = datetime.now(UTC)
    first, last = moment_of(begins, now), moment_of(ends, now)

    async def add(pen: Pen, chosen: api.Contract) -> tuple[int, api.Week]:
        added = await edits.add_manual(pen, chosen.id, first, last, memo, reason)
        return added, await pen.client.week(chosen.id, first.date())

    added, week = _as_freelancer(contract, add)
    click.echo(f"added {added * 10} minutes from {first:%Y-%m-%d %H:%M} UTC")
    click.echo(week_line(week))


@click.command()
@click.argument("begins", metavar="FROM")
@click.argument("ends", metavar="[TO]", required=False)
@_contract
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(begins: str, ends: str | None, contract: str | None, yes: bool) -> None:
    """Delete the segment at FROM, or all from FROM to TO: pictures, counts, memo and pay.

    \b
    workdiary delete 10:20
    workdiary delete 2026-11-20T10:20 2026-11-20T11:00

    Times are UTC unless an offset is written with them. What is deleted cannot be brought back by
    anyone; that you deleted so many minutes, and when, stays to be seen. It can be done until the
    week is locked.
    """

    async def remove(pen: Pen, chosen: api.Contract) -> list[api.Segment]:
        found = await _segments(pen, chosen, begins, ends)
        click.echo(f"{found[0].start:%Y-%m-%d %H:%M} UTC: {loss(found)}", err=True)
        if not yes:
            await asyncio.to_thread(_confirm)
        await edits.delete_segments(pen, chosen.id, [segment.start for segment in found])
        return found

    gone = _as_freelancer(contract, remove)
    click.echo(f"deleted {len(gone)} segment{'' if len(gone) == 1 else 's'}; tombstones stay")


def _confirm() -> None:
    """A word to type, so that no slip of the hand destroys anything.

    :raises click.UsageError: there is nobody to ask
    """
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: add --yes")
    if click.prompt("type 'delete' to go on", err=True, default="", show_default=False) != "delete":
        raise click.Abort


async def _segments(
    pen: Pen, chosen: api.Contract, begins: str, ends: str | None
) -> list[api.Segment]:
    """The segments that a command names, over as many days as it takes."""
    now = datetime.now(UTC)
    first = slot_of(begins, now)
    last = first + SEGMENT if ends is None else moment_of(ends, now)
    if last - first > timedelta(days=7):
        raise click.UsageError("a range has at most a week")
    found: list[api.Segment] = []
    wanted = first.date()
    while wanted <= last.date():
        found += (await pen.client.day(chosen.id, wanted)).segments
        wanted += timedelta(days=1)
    return edits.within(found, first, last)


def _as_freelancer(contract: str | None, use: Callable[[Pen, api.Contract], Awaitable[T]]) -> T:
    """Do something in one of this person's own diaries, signed by this machine.

    :raises ConfigError: this machine is enrolled to read, not to write
    """
    known = credentials.load(credentials.home())
    if known.scope != "tracker":
        raise ConfigError(
            f"this machine is enrolled to {known.scope}: ask the owner for an invite of scope "
            "tracker"
        )

    async def run() -> T:
        async with DiaryClient(known.server, known.token) as client:
            mine = [c for c in await client.contracts() if c.role == "freelancer"]
            chosen = pick_contract(mine, contract)
            return await use(pen_of(client, known, platform.node() or "computer"), chosen)

    return asyncio.run(run())


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no date: write 2026-11-20, today or yesterday"
        ) from None
