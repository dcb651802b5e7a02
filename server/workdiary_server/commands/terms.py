"""The owner's commands that change a contract's terms, end it, and close its weeks."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path

import click
from msgspec import UNSET, UnsetType
from workdiary import api
from workdiary.bodies import ChangeBody, EndBody
from workdiary.changed_terms import limit_hours
from workdiary.client import DiaryClient
from workdiary.commands.reaching import pick_contract, week_of
from workdiary.entries import EntryKind
from workdiary.money import written
from workdiary.pen import Pen

from workdiary_server.commands.contracts import (
    limit_minutes,
    option_option,
    policy_options,
    price,
)
from workdiary_server.commands.options import (
    as_owner,
    folder_option,
    json_option,
    pick_person,
    show,
)
from workdiary_server.folder import Folder, owner_device, read_key
from workdiary_server.settings import read_settings

_since = click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="From when, in UTC; never before now. [default: now]",
)


def add_to(contract: click.Group) -> None:
    """Add these commands to ``workdiary contract``."""
    for command in (contract_change, contract_end, contract_terms, contract_close):
        contract.add_command(command)


@click.command("change")
@click.argument("name")
@click.option("--rate", help="An hour's price, such as 50.00.")
@click.option("--limit", help="The most that is billable in a week: 40h, 90m, none.")
@click.option("--manual/--no-manual", default=None, help="Whether manual time may be added.")
@click.option("--screenshots", type=click.Choice(["required", "optional", "none"]))
@click.option("--zone", help="The freelancer's zone, such as Europe/Berlin.")
@click.option("--hourly/--fixed-price", default=None, help="Billed by the hour, or not at all.")
@click.option("--pause/--resume", "paused", default=None, help="What is worked in a pause is free.")
@click.option("--client", "clients", multiple=True, help="All who pay, from now on; repeatable.")
@click.option("--policy", help="Another billing policy; it waits for Monday.")
@option_option
@_since
@folder_option
@json_option
def contract_change(
    name: str,
    rate: str | None,
    limit: str | None,
    manual: bool | None,
    screenshots: str | None,
    zone: str | None,
    hourly: bool | None,
    paused: bool | None,
    clients: tuple[str, ...],
    policy: str | None,
    option: tuple[str, ...],
    since: datetime | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Change the terms of the contract NAME (or an id); only what is named changes.

    \b
    workdiary contract change Website --limit 50h
    workdiary contract change Website --rate 50.00 --from 2026-12-01

    A higher limit holds for the whole of the current week at once, a lower one from next Monday.
    Everything else holds from now, or from --from. Nothing is changed backwards, and the
    freelancer is told.
    """

    async def change(client: DiaryClient) -> tuple[api.Terms, ...]:
        chosen = pick_contract(await client.contracts(), name)
        people = await client.people() if clients else ()
        body = ChangeBody(
            since=_seconds(since),
            rate=UNSET if rate is None else price(rate, chosen.currency),
            weekly_limit=UNSET if limit is None else limit_minutes(limit),
            manual=_or_unset(manual),
            screenshots=UNSET if screenshots is None else screenshots,
            zone=UNSET if zone is None else zone,
            hourly=_or_unset(hourly),
            paused=_or_unset(paused),
            clients=tuple(pick_person(people, wanted).id for wanted in clients) or UNSET,
            policy=UNSET if policy is None else policy,
            policy_options=policy_options(option) if policy is not None or option else UNSET,
        )
        if body == ChangeBody(since=body.since):
            raise click.UsageError("say what changes: --limit, --rate, --pause …")
        pen = await _pen(client, folder)
        await pen.write(chosen.id, EntryKind.CONTRACT_CHANGED, body)
        return await client.terms(chosen.id)

    terms = as_owner(folder, change)
    show(terms, as_json, [_line(one) for one in terms])


@click.command("end")
@click.argument("name")
@click.option("--reason", required=True, help="Both sides will read it.")
@_since
@folder_option
def contract_end(name: str, reason: str, since: datetime | None, folder: Path | None) -> None:
    """End the contract NAME; its diary stays, and what is worked later is not billed."""

    async def end(client: DiaryClient) -> api.Contract:
        chosen = pick_contract(await client.contracts(), name)
        pen = await _pen(client, folder)
        body = EndBody(since=_seconds(since), reason=reason)
        await pen.write(chosen.id, EntryKind.CONTRACT_ENDED, body)
        return await client.contract(chosen.id)

    over = as_owner(folder, end)
    if over.ended is not None:
        click.echo(f"{over.name} is over from {over.ended:%Y-%m-%d %H:%M} UTC on")


@click.command("terms")
@click.argument("name")
@folder_option
@json_option
def contract_terms(name: str, folder: Path | None, as_json: bool) -> None:
    """List the terms of the contract NAME: since when, what, and who set them."""

    async def fetch(client: DiaryClient) -> tuple[api.Terms, ...]:
        return await client.terms(pick_contract(await client.contracts(), name).id)

    terms = as_owner(folder, fetch)
    show(terms, as_json, [_line(one) for one in terms])


@click.command("close")
@click.argument("name")
@click.argument("week")
@folder_option
@json_option
def contract_close(name: str, week: str, folder: Path | None, as_json: bool) -> None:
    """Close a WEEK of the contract NAME that is over, before its lock on Monday 12:00 UTC.

    \b
    workdiary contract close Website last
    workdiary contract close Website 2026-W48

    Nothing in it can be changed afterwards, by anyone.
    """

    async def close(client: DiaryClient) -> api.Week:
        chosen = pick_contract(await client.contracts(), name)
        return await client.close_week(chosen.id, _week(week))

    closed = as_owner(folder, close)
    money = written(closed.amount, closed.currency)
    show(closed, as_json, [f"closed {closed.start:%Y-%m-%d}: {money}"])


async def _pen(client: DiaryClient, folder: Path | None) -> Pen:
    """The owner's pen: the key lies in the data folder."""
    where = Folder(read_settings(folder).folder)
    device, key = owner_device(read_key(where.owner_key, "the owner's key"))
    owner = await client.me()
    return Pen(client, device, owner.person.id, "owner.key", key)


def _seconds(since: datetime | None) -> int:
    return int(time.time()) if since is None else int(since.replace(tzinfo=UTC).timestamp())


def _or_unset(flag: bool | None) -> bool | UnsetType:
    return UNSET if flag is None else flag


def _week(text: str) -> date:
    return week_of(text, datetime.now(UTC))


def _line(terms: api.Terms) -> str:
    limit = (
        "no limit" if terms.weekly_limit is None else f"{limit_hours(terms.weekly_limit)} a week"
    )
    price = written(terms.rate, terms.currency) if terms.hourly else "fixed price"
    state = "  ended" if terms.ended else "  paused" if terms.paused else ""
    changed = f"  changed: {', '.join(terms.changed)}" if terms.changed else ""
    return f"{terms.since:%Y-%m-%d %H:%M}  {price}  {limit}  by {terms.by}{state}{changed}"
