"""``workdiary limit``, ``pause``, ``resume`` and ``end``: the terms that a client may change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workdiary import api
    from workdiary.bodies import ChangeBody
    from workdiary.client import DiaryClient
    from workdiary.pen import Pen

_LIMIT = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,4})m?)?")
_NO_LIMIT = ("none", "no")


class LimitType(click.ParamType):  # type: ignore[type-arg]  # generic in click's stubs alone
    """``40h``, ``37h30m``, ``37h30``, ``90m``, ``0`` or ``none``, in minutes."""

    name = "limit"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        text = str(value).strip().casefold()
        if text in _NO_LIMIT:
            return None
        found = _LIMIT.fullmatch(text)
        bare = text.isdecimal() and text != "0"
        if not text or found is None or bare:
            self.fail(f"{value!r} is no limit: write 40h, 37h30m, 0 or none", param, ctx)
        return 60 * int(found[1] or 0) + int(found[2] or 0)


@click.command()
@click.argument("contract")
@click.argument("weekly_limit", metavar="LIMIT", type=LimitType())
def limit(contract: str, weekly_limit: int | None) -> None:
    """Set the weekly limit of CONTRACT: 40h, 37h30m, 0 (nothing is billed) or none.

    A higher limit holds at once for the whole of this week, time over the old one included. A lower
    one holds from next Monday 00:00 UTC: what was worked under the old limit stays billable.
    """
    from workdiary.bodies import ChangeBody

    click.echo(_change(contract, ChangeBody(since=0, weekly_limit=weekly_limit)))


@click.command()
@click.argument("contract")
def pause(contract: str) -> None:
    """Pause CONTRACT now: what is worked from here on is shown, and not billed."""
    from workdiary.bodies import ChangeBody

    click.echo(_change(contract, ChangeBody(since=0, paused=True)))


@click.command()
@click.argument("contract")
def resume(contract: str) -> None:
    """Go on with CONTRACT after a pause: what is worked from now on is billed again."""
    from workdiary.bodies import ChangeBody

    click.echo(_change(contract, ChangeBody(since=0, paused=False)))


@click.command()
@click.argument("contract")
@click.option("--reason", required=True, help="Why, in a few words; the freelancer reads it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def end(contract: str, reason: str, yes: bool) -> None:
    """End CONTRACT now, for good. What was worked until now is billed as ever.

    The diary stays readable; a new contract can be opened by the owner. To stop for a while, use
    'workdiary pause'.
    """
    from workdiary.bodies import EndBody
    from workdiary.commands.reaching import pick_contract
    from workdiary.entries import EntryKind

    from workdiary_tui.client_commands.asking import agree_to, as_reviewer

    async def use(client: DiaryClient, pen: Pen) -> str:
        chosen = pick_contract(await client.contracts(), contract)
        agree_to(f"End {chosen.name} now, for good?", yes)
        body = EndBody(since=await _server_time(client), reason=reason)
        await pen.write(chosen.id, EntryKind.CONTRACT_ENDED, body)
        return f"{chosen.name} has ended; what was worked until now is billed as ever"

    click.echo(as_reviewer(use))


def _change(contract: str, body: ChangeBody) -> str:
    """Sign a change as of now and say from when it holds, by the server's history of the terms."""
    import msgspec
    from workdiary.changed_terms import limit_hours
    from workdiary.commands.reaching import pick_contract
    from workdiary.entries import EntryKind

    from workdiary_tui.client_commands.asking import as_reviewer

    async def use(client: DiaryClient, pen: Pen) -> str:
        chosen = pick_contract(await client.contracts(), contract)
        if changes_nothing(await client.terms(chosen.id), body):
            return f"{chosen.name}: that is so already"
        signed = msgspec.structs.replace(body, since=await _server_time(client))
        receipt = await pen.write(chosen.id, EntryKind.CONTRACT_CHANGED, signed)
        said = outcome(await client.terms(chosen.id), receipt.index)
        if body.weekly_limit is msgspec.UNSET:
            return f"{chosen.name}: {said}"
        this_week = limit_hours((await client.contract(chosen.id)).weekly_limit)
        return f"{chosen.name}: {said} (this week: {this_week})"

    return as_reviewer(use)


async def _server_time(client: DiaryClient) -> int:
    """Now, by the server's clock: by a clock ahead of it, nothing would hold yet."""
    from workdiary.segments import epoch

    return epoch((await client.me()).now)


def changes_nothing(history: Sequence[api.Terms], body: ChangeBody) -> bool:
    """Whether the newest terms, planned ones included, say so already."""
    from msgspec import UNSET

    newest = history[-1]
    limits = body.weekly_limit is UNSET or body.weekly_limit == newest.weekly_limit
    return limits and (body.paused is UNSET or body.paused == newest.paused)


def outcome(history: Sequence[api.Terms], index: int) -> str:
    """What the entry at ``index`` of the log changed, and from when that holds."""
    from workdiary.changed_terms import change_words, holds_from, raised

    from workdiary_tui.words import when

    place = next((at for at, terms in enumerate(history) if terms.index == index), 0)
    if place == 0:
        return "recorded"
    before, after = history[place - 1], history[place]
    what = ", ".join(change_words(before, after, "->")) or "recorded"
    if "weekly_limit" not in after.changed:
        return f"{what}, from {when(after.since)}"
    if raised(before.weekly_limit, after.weekly_limit):
        return f"{what}; raised: holds for the whole of this week"
    return f"{what}; lowered: from {when(holds_from(before, after))}"
