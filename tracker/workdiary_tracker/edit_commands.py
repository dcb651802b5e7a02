"""The freelancer's commands that change their own diary: memo, manual and delete."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import click
from workdiary import api, credentials, edits, forgetting
from workdiary.client import DiaryClient
from workdiary.commands.reaching import moment_of, pick_contract, slot_of
from workdiary.days import zone_named
from workdiary.errors import ConfigError
from workdiary.pen import Pen, machine_name, pen_of
from workdiary.segments import MINUTES, SEGMENT
from workdiary.text import harmless

from workdiary_tracker.day_lines import (
    hours,
    moment_words,
    week_line,
)

T = TypeVar("T")

_LONGEST = timedelta(days=7)

_contract = click.option(
    "--contract", metavar="C", help="Name or id; not needed where you have only one."
)


def add_to(cli: click.Group) -> None:
    for command in (memo, manual, delete):
        cli.add_command(command)


@click.command()
@click.argument("text")
@click.option(
    "--at", "moments", required=True, multiple=True, metavar="TIME", help="Within the segment."
)
@click.option("--to", "ends", metavar="TIME", help="Until here: every segment in between.")
@_contract
def memo(text: str, moments: tuple[str, ...], ends: str | None, contract: str | None) -> None:
    """Give one segment, several, or all of a range, the memo TEXT; an empty one clears it.

    \b
    workdiary memo "Fix invoice rounding" --at 10:20
    workdiary memo "Fix invoice rounding" --at 10:20 --at 11:40
    workdiary memo "Fix invoice rounding" --at 2026-11-20T10:20 --to 2026-11-20T12:00

    TIME is UTC unless an offset is written with it; 10:20 is today. All of the segments get the
    memo, or none. Memos can be changed until the week is locked, on the Monday after it at 12:00
    UTC.
    """
    if ends is not None and len(moments) > 1:
        raise click.UsageError("--to goes with one --at")

    async def edit(pen: Pen, chosen: api.Contract) -> tuple[list[api.Segment], ZoneInfo]:
        found = await _named(pen, chosen, moments, ends)
        await edits.edit_memo(pen, chosen.id, [segment.start for segment in found], text)
        return found, zone_named(chosen.zone)

    changed, zone = _as_freelancer(contract, edit)
    for segment in changed:
        click.echo(f"{moment_words(segment.start, zone)}  {text or '(no memo)'}")


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
    workdiary manual 2026-11-20T14:00+08:00 2026-11-20T15:30+08:00 --memo "Planning" \\
        --reason "away from the computer"

    Times are UTC unless an offset is written with them; 14:00 is today. Manual time is marked as
    such for good, stands where nothing stands yet, and can be added until the week is locked, if
    the contract allows it.
    """
    now = datetime.now(UTC)
    first, last = moment_of(begins, now), moment_of(ends, now)

    async def add(pen: Pen, chosen: api.Contract) -> tuple[int, api.Week, ZoneInfo]:
        added = await edits.add_manual(pen, chosen.id, first, last, memo, reason)
        week = await pen.client.week(chosen.id, first.date())
        return added, week, zone_named(chosen.zone)

    added, week, zone = _as_freelancer(contract, add)
    span = f"from {moment_words(first, zone)} to {moment_words(last, zone)}"
    click.echo(f"added {hours(added * MINUTES)} by hand, {span}")
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

    Says first what goes, and asks. Times are UTC unless an offset is written with them. What is
    deleted cannot be brought back by anyone; that you deleted so many minutes, and when, stays to
    be seen. It can be done until the week is locked.
    """
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: add --yes")

    async def look(pen: Pen, chosen: api.Contract) -> list[api.Segment]:
        found = await _named(pen, chosen, (begins,), ends)
        zone = zone_named(chosen.zone)
        for segment in found:
            click.echo(f"{moment_words(segment.start, zone)}  {harmless(segment.memo)}", err=True)
        loss = await edits.loss_of(pen.client, chosen, found)
        week = await pen.client.week(chosen.id, found[0].start.date())
        click.echo(edits.loss_words(loss, hours, week.policy_error), err=True)
        return found

    async def remove(pen: Pen, chosen: api.Contract) -> None:
        starts = [segment.start for segment in gone]
        await forgetting.delete(pen, credentials.home(), chosen.id, starts)

    gone = _as_freelancer(contract, look)
    if not yes:
        _confirm()
    _as_freelancer(contract, remove)
    several = "segment" if len(gone) == 1 else "segments"
    click.echo(
        f"deleted {len(gone)} {several}, {hours(len(gone) * MINUTES)}; what stays: that you "
        "deleted them, when, and how many minutes"
    )


def _confirm() -> None:
    """A word to type, so that no slip of the hand destroys anything."""
    typed = click.prompt("type 'delete' to go on", err=True, default="", show_default=False)
    if typed.strip().casefold() != "delete":
        click.echo("nothing was deleted", err=True)
        raise click.Abort


async def _named(
    pen: Pen, chosen: api.Contract, moments: Iterable[str], ends: str | None
) -> list[api.Segment]:
    """The segments that a command names, by start, each once.

    :raises RefusedError: code ``segment``; there is none at one of the times
    """
    now = datetime.now(UTC)
    found: dict[datetime, api.Segment] = {}
    for moment in moments:
        first = slot_of(moment, now)
        last = first + SEGMENT if ends is None else moment_of(ends, now)
        for segment in await _between(pen, chosen, first, last):
            found[segment.start] = segment
    return [found[start] for start in sorted(found)]


async def _between(
    pen: Pen, chosen: api.Contract, first: datetime, last: datetime
) -> list[api.Segment]:
    """The segments of a range, over as many days as it takes."""
    if last <= first:
        raise click.UsageError(f"{last:%Y-%m-%d %H:%M} is not after {first:%Y-%m-%d %H:%M}")
    if last - first > _LONGEST:
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
            pen = pen_of(client, known, machine_name(), credentials.home())
            return await use(pen, chosen)

    return asyncio.run(run())
