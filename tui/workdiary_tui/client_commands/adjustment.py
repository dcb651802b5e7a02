"""``workdiary adjustment``: late time of a locked week, which the client accepts or declines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workdiary import api
    from workdiary.bodies import AdjustmentBody
    from workdiary.client import DiaryClient
    from workdiary.pen import Pen

contract_option = click.option("--contract", help="The contract's name or id, if you have several.")
reason_option = click.option("--reason", default="", help="Why, in a few words.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group()
def adjustment() -> None:
    """Show, accept or decline what arrived after a week's lock.

    A tracker that was offline may send time after the week was locked. It is kept, shown as late,
    and billed only when you accept it: then it counts behind the week's other time, as far as its
    limit has room, at the rate it was worked for. What you have decided stays so.

    WEEK is a day of the week (2026-11-19), 2026-W47, this or last.
    """


@adjustment.command()
@click.argument("week")
@contract_option
@click.option("--json", "as_json", is_flag=True, help="Print the API's answer.")
def show(week: str, contract: str | None, as_json: bool) -> None:
    """List the late segments of WEEK, what accepting them adds, and what was decided."""
    from workdiary import api
    from workdiary.commands.reaching import as_caller, pick_contract, week_of

    monday = week_of(week, datetime.now(UTC))

    async def use(client: DiaryClient) -> api.Supplement:
        chosen = pick_contract(await client.contracts(), contract)
        return await client.supplement(chosen.id, monday)

    found = as_caller(None, use)
    click.echo(api.to_json(found) if as_json else "\n".join(described(found)))


@adjustment.command()
@click.argument("week")
@contract_option
@reason_option
@yes_option
def accept(week: str, contract: str | None, reason: str, yes: bool) -> None:
    """Accept all late segments of WEEK that wait, at the sum that is shown.

    To take some of them, decline the others first (--at): the offer is then made anew.
    """
    _decide(week, contract, (), reason, yes, accepting=True)


@adjustment.command()
@click.argument("week")
@contract_option
@reason_option
@yes_option
@click.option("--at", "times", multiple=True, help="Only the segment at this time; repeatable.")
def decline(
    week: str, contract: str | None, reason: str, yes: bool, times: tuple[str, ...]
) -> None:
    """Decline the late segments of WEEK that wait, or only those named by --at.

    They stay in the diary, shown as declined, and are never billed.
    """
    _decide(week, contract, times, reason, yes, accepting=False)


def _decide(
    week: str,
    contract: str | None,
    times: Sequence[str],
    reason: str,
    yes: bool,
    *,
    accepting: bool,
) -> None:
    from workdiary import money
    from workdiary.commands.reaching import pick_contract, slot_of, week_of
    from workdiary.entries import EntryKind

    from workdiary_tui.client_commands.asking import agree_to, as_reviewer

    now = datetime.now(UTC)
    monday = week_of(week, now)
    starts = [slot_of(time, now) for time in times]
    kind = EntryKind.ADJUSTMENT_ACCEPTED if accepting else EntryKind.ADJUSTMENT_DECLINED

    async def use(client: DiaryClient, pen: Pen) -> str:
        chosen = pick_contract(await client.contracts(), contract)
        found = await client.supplement(chosen.id, monday)
        body = decision(found, starts, reason, accepting)
        sum_of = money.written(body.amount, body.currency)
        click.echo("\n".join(pending_lines(found.pending)), err=True)
        count = f"{len(body.verdicts)} late segment{'' if len(body.verdicts) == 1 else 's'}"
        verb = f"Accept {count} and add {sum_of}" if accepting else f"Decline {count}"
        agree_to(f"{verb} of {chosen.name}?", yes)
        await pen.write(chosen.id, kind, body)
        return f"accepted {count}: {sum_of}" if accepting else f"declined {count}"

    click.echo(as_reviewer(use))


def decision(
    found: api.Supplement, starts: Sequence[datetime], reason: str, accepting: bool
) -> AdjustmentBody:
    """The decision on what waits, or on those of it that start at ``starts``.

    The sum is known for all that waits together; a part can be declined, since that adds nothing.

    :raises NotFoundError: nothing waits, or one of the times has nothing that does
    """
    from workdiary.bodies import AdjustmentBody
    from workdiary.errors import NotFoundError
    from workdiary.segments import epoch

    by_start = {late.start: late for late in found.pending}
    unknown = [start for start in starts if start not in by_start]
    if unknown:
        raise NotFoundError(f"nothing late waits at {unknown[0]:%a %d %b %H:%M} UTC")
    wanted = [by_start[start] for start in sorted(set(starts))] or list(found.pending)
    if not wanted:
        raise NotFoundError(f"no late time waits in the week of {found.week:%a %d %b %Y}")
    return AdjustmentBody(
        week=epoch(datetime(found.week.year, found.week.month, found.week.day, tzinfo=UTC)),
        verdicts=tuple(
            (epoch(late.start), late.status, late.minutes, late.billable) for late in wanted
        ),
        amount=found.offered if accepting else 0,
        currency=found.currency,
        reason=reason,
    )


def described(found: api.Supplement) -> list[str]:
    """A supplement in lines: what waits and its sum, what was decided, what is contested."""
    from workdiary import money
    from workdiary.text import harmless

    lines = [f"week of {found.week:%a %d %b %Y} (UTC)"]
    if found.pending:
        offered = money.written(found.offered, found.currency)
        lines += ["waiting for your decision:", *pending_lines(found.pending)]
        lines.append(f"accepting all of it adds {offered}")
    else:
        lines.append("no late time waits for a decision")
    for made in found.adjustments:
        verb = "accepted" if made.accepted else "declined"
        sum_of = f", {money.written(made.amount, found.currency)}" if made.accepted else ""
        why = f": {harmless(made.reason)}" if made.reason else ""
        count = f"{len(made.segments)} segment{'' if len(made.segments) == 1 else 's'}"
        lines.append(f"{verb} {count}{sum_of} by {harmless(made.by)}, {_when(made.at)}{why}")
    for marked in found.contested:
        mark = marked.contest
        why = f"{harmless(mark.by)}, {_when(mark.at)}: {harmless(mark.reason)}"
        lines.append(f"contested {_when(marked.start)} by {why}")
    lines.append(f"the week with what was accepted: {money.written(found.total, found.currency)}")
    return lines


def pending_lines(pending: Sequence[api.LateSegment]) -> list[str]:
    from workdiary.text import harmless

    return [
        f"  {_when(late.start)}  arrived {_when(late.received)}  {late.status}, "
        f"{late.billable} of {late.minutes} min billed: {harmless(late.reason)}"
        for late in pending
    ]


def _when(instant: datetime) -> str:
    return f"{instant:%a %d %b %H:%M}"
