"""``workdiary contest``: the client's mark on segments, with a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workdiary import api
    from workdiary.client import DiaryClient
    from workdiary.pen import Pen

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=7)


@click.command()
@click.argument("first", metavar="FROM")
@click.argument("last", metavar="[TO]", required=False)
@click.option("--reason", required=True, help="Why, in a few words; the freelancer reads it.")
@click.option("--contract", help="The contract's name or id, if you have several.")
def contest(first: str, last: str | None, reason: str, contract: str | None) -> None:
    """Contest the segment that holds FROM, or all that begin from FROM until before TO.

    It is a mark with your reason, for the freelancer and the owner to see. It changes no bill: what
    follows from it is for you to settle. It can be made once the week is locked (Monday 12:00 UTC
    after it) until Friday 24:00 UTC, and the mark stays.

    \b
    workdiary contest 2026-11-19T14:20 --reason "no work of ours on the screen"
    workdiary contest 2026-11-19T14:00 16:00 --reason "we had agreed to stop at two"

    Times are UTC unless they carry an offset; a time alone after FROM is on FROM's day.
    """
    from workdiary.bodies import ContestBody
    from workdiary.commands.reaching import pick_contract
    from workdiary.entries import EntryKind
    from workdiary.segments import epoch

    from workdiary_tui.client_commands.asking import as_reviewer

    begins, ends = span_of(first, last, datetime.now(UTC))

    async def use(client: DiaryClient, pen: Pen) -> str:
        chosen = pick_contract(await client.contracts(), contract)
        found = await segments_within(client, chosen.id, begins, ends)
        body = ContestBody(segments=tuple(epoch(one.start) for one in found), reason=reason)
        await pen.write(chosen.id, EntryKind.SEGMENT_CONTESTED, body)
        return done(chosen, found)

    click.echo(as_reviewer(use))


def span_of(first: str, last: str | None, now: datetime) -> tuple[datetime, datetime]:
    """From the slot of ``first`` until before ``last``; one slot where that is left out.

    :raises click.BadParameter: no times, in the wrong order, or more than a week
    """
    from workdiary.commands.reaching import slot_of
    from workdiary.segments import SEGMENT

    begins = slot_of(first, now)
    if last is None:
        return begins, begins + SEGMENT
    same_day = re.fullmatch(r"\d{1,2}:\d{2}", last)
    ends = slot_of(last, begins if same_day else now)
    if not begins < ends <= begins + _LONGEST:
        raise click.BadParameter(
            f"{ends:%Y-%m-%dT%H:%M} is not within a week after {begins:%Y-%m-%dT%H:%M}"
        )
    return begins, ends


async def segments_within(
    client: DiaryClient, contract: str, begins: datetime, ends: datetime
) -> list[api.Segment]:
    """The diary's segments that start in a span.

    :raises NotFoundError: there is none
    """
    from workdiary.errors import NotFoundError

    found: list[api.Segment] = []
    day = begins.date()
    while day <= ends.date():
        diary = await client.day(contract, day)
        found += [one for one in diary.segments if begins <= one.start < ends]
        day += _DAY
    if not found:
        raise NotFoundError(f"the diary has no segment from {begins:%a %d %b %H:%M} UTC on")
    return found


def done(contract: api.Contract, marked: Sequence[api.Segment]) -> str:
    from workdiary.segments import SEGMENT

    first, last = marked[0].start, marked[-1].start + SEGMENT
    plural = "" if len(marked) == 1 else "s"
    return (
        f"contested {len(marked)} segment{plural} of {contract.name}, "
        f"{first:%a %d %b %H:%M} to {last:%H:%M} UTC; the bill stays as it is"
    )
