"""The owner's commands for contracts: opening one signs the first entry of its log."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from workdiary import api
from workdiary.bodies import ContractBody, Option
from workdiary.client import DiaryClient
from workdiary.entries import NO_ENTRY, Entry, EntryKind, Seen, commitment, make_body, sign_entry
from workdiary.errors import InvalidError
from workdiary.merkle import EMPTY_ROOT
from workdiary.money import minor_units

from workdiary_server.commands.options import (
    as_owner,
    folder_option,
    json_option,
    pick_person,
    show,
)
from workdiary_server.folder import Folder, owner_device, read_key
from workdiary_server.settings import read_settings

option_option = click.option(
    "--option", multiple=True, metavar="NAME=VALUE", help="An option of the policy; repeatable."
)


@click.group()
def contract() -> None:
    """Open and list contracts, change their terms, close their weeks."""


@contract.command("open")
@click.argument("name")
@click.option("--freelancer", required=True, help="Who works: a name or an id.")
@click.option("--client", "clients", multiple=True, required=True, help="Who pays; repeatable.")
@click.option("--rate", required=True, help="An hour's price, such as 45.00.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option("--limit", help="The most that is billable in a week, such as 40h, 90m, none.")
@click.option("--zone", default="UTC", show_default=True, help="Such as Europe/Berlin.")
@click.option("--fixed-price", is_flag=True, help="Track time, bill none of it.")
@click.option("--manual/--no-manual", default=True, help="Whether manual time may be added.")
@click.option(
    "--screenshots",
    type=click.Choice(["required", "optional", "none"]),
    default="required",
    show_default=True,
)
@click.option("--policy", default="weekly_limit", show_default=True, help="A billing policy.")
@option_option
@folder_option
@json_option
def contract_open(
    name: str,
    freelancer: str,
    clients: tuple[str, ...],
    rate: str,
    currency: str,
    limit: str | None,
    zone: str,
    fixed_price: bool,
    manual: bool,
    screenshots: str,
    policy: str,
    option: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
) -> None:
    """Open a contract called NAME, and print its id.

    \b
    workdiary contract open "Website" --freelancer Ada --client Grace --rate 45.00 --limit 40h
    """
    minor, minutes = price(rate, currency), limit_minutes(limit)
    options = policy_options(option)

    async def open_it(client: DiaryClient) -> api.Contract:
        people = await client.people()
        terms = ContractBody(
            name=name,
            freelancer=pick_person(people, freelancer).id,
            clients=tuple(pick_person(people, wanted).id for wanted in clients),
            since=int(time.time()),
            rate=minor,
            currency=currency.upper(),
            weekly_limit=minutes,
            hourly=not fixed_price,
            manual=manual,
            screenshots=screenshots,
            zone=zone,
            policy=policy,
            policy_options=options,
        )
        key, note, body = sign_contract(read_settings(folder).folder, terms)
        await client.open_contract(note, body)
        return await client.contract(key)

    opened = as_owner(folder, open_it)
    show(opened, as_json, [opened.id])


def sign_contract(
    folder: Path,
    terms: ContractBody,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[str, bytes, bytes]:
    """A new contract's id, and its ``contract.opened`` note and body, signed by the owner's key."""
    device, signing = owner_device(read_key(Folder(folder).owner_key, "the owner's key"))
    contract, body = random(16).hex(), make_body(terms, random)
    entry = Entry(
        kind=EntryKind.CONTRACT_OPENED,
        contract=contract,
        device=device,
        seq=0,
        prev=NO_ENTRY,
        seen=Seen(0, EMPTY_ROOT.hex()),
        body=commitment(body),
    )
    return contract, sign_entry(entry, signing), body


@contract.command("list")
@folder_option
@json_option
def contract_list(folder: Path | None, as_json: bool) -> None:
    """List contracts: id, name, freelancer, clients, this week's minutes and limit."""
    contracts = as_owner(folder, lambda client: client.contracts())
    show(contracts, as_json, [_line(contract) for contract in contracts])


def _line(contract: api.Contract) -> str:
    clients = ", ".join(person.name for person in contract.clients)
    limit = "no limit" if contract.weekly_limit is None else f"of {contract.weekly_limit} min"
    return (
        f"{contract.id}  {contract.name}  {contract.freelancer.name} for {clients}  "
        f"{contract.week.tracked} min this week, {limit}"
    )


def price(rate: str, currency: str) -> int:
    """An hour's price in minor units.

    :raises click.UsageError: it is no amount of this currency
    """
    try:
        return minor_units(rate, currency)
    except InvalidError as error:
        raise click.UsageError(f"--rate {error}") from None


def limit_minutes(limit: str | None) -> int | None:
    """``40h``, ``90m``, ``37h30m`` or ``none``, in minutes.

    :raises click.UsageError: it is none of them
    """
    if limit is None or limit == "none":
        return None
    found = re.fullmatch(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?", limit)
    if not found or not limit:
        raise click.UsageError(f"--limit {limit}: write 40h, 90m, 37h30m or none")
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def policy_options(named: Sequence[str]) -> dict[str, Option]:
    """``daily_cap=480`` as a policy's option: whole numbers, true, false, else text.

    :raises click.UsageError: there is no ``=``
    """
    found: dict[str, Option] = {}
    for text in named:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--option {text}: write NAME=VALUE, such as daily_cap=480")
        found[name] = _option(value)
    return found


def _option(value: str) -> Option:
    if value in ("true", "false"):
        return value == "true"
    return int(value) if re.fullmatch(r"-?\d{1,15}", value) else value
