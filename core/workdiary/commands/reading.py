"""The commands that read a diary as the screens show it: for scripts and screen readers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from workdiary import api
from workdiary.client import DiaryClient
from workdiary.commands.forms import Form, form_options
from workdiary.commands.pages import (
    UTC_ZONE,
    Page,
    calendar_page,
    contracts_page,
    day_page,
    echo,
    minutes_page,
    segment_page,
    terms_page,
    week_page,
    zone_for,
)
from workdiary.commands.reaching import (
    as_caller,
    folder_option,
    pick_contract,
    slot_of,
    week_of,
)

Reading = Callable[[DiaryClient, api.Contract, ZoneInfo], Awaitable[Page]]

_DAYS = {"today": 0, "yesterday": 1}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

_form = form_options("plain")
zone_option = click.option(
    "--zone",
    default="",
    help="UTC, freelancer, or a zone such as Europe/Paris. [default: UTC; freelancers', theirs]",
)


@click.command()
@_form
@folder_option
def contracts(form: Form, folder: Path | None) -> None:
    """List the contracts that you may read, and this week of each."""
    echo(as_caller(folder, contracts_page), form)


@click.command()
@click.argument("contract", required=False)
@click.argument("when", metavar="[DATE]", required=False)
@zone_option
@_form
@folder_option
def day(contract: str | None, when: str | None, zone: str, form: Form, folder: Path | None) -> None:
    """Print a day of a CONTRACT: its totals, its week, and each of its segments.

    CONTRACT is a name or an id, and not needed where there is only one. DATE is 2026-11-20, today
    or yesterday. The same as the screen of 'workdiary tui', in the same numbers.

    \b
    workdiary day
    workdiary day acme/website 2026-11-20
    workdiary day acme/website yesterday --zone freelancer --json
    """
    if contract is not None and when is None and (contract in _DAYS or _DAY.fullmatch(contract)):
        contract, when = None, contract

    def read(client: DiaryClient, chosen: api.Contract, clock: ZoneInfo) -> Awaitable[Page]:
        return day_page(client, chosen, _date(when or "today", clock), clock)

    _print(folder, contract, zone, form, read)


@click.command()
@click.argument("contract")
@click.argument("which", metavar="[WEEK]", default="this")
@_form
@folder_option
def week(contract: str, which: str, form: Form, folder: Path | None) -> None:
    """Print a week of a CONTRACT: its days by status, its limit, its money, and its lock.

    WEEK is any day of it (2026-11-26), 2026-W48, this or last; weeks are cut in UTC. The bill of
    it, as a paper, is 'workdiary timesheet'.
    """
    monday = week_of(which, datetime.now(UTC))
    _print(folder, contract, "UTC", form, lambda client, one, _: week_page(client, one, monday))


@click.command()
@click.argument("contract")
@click.argument("time")
@zone_option
@_form
@folder_option
def segment(contract: str, time: str, zone: str, form: Form, folder: Path | None) -> None:
    """Print the segment of a CONTRACT that holds TIME: its status, memo, counts and pictures.

    TIME is in UTC unless an offset says else: 2026-11-26T10:20, or 10:20 for today. Why it is
    billed as it is says 'workdiary explain'.
    """
    start = slot_of(time, datetime.now(UTC))

    def read(client: DiaryClient, chosen: api.Contract, clock: ZoneInfo) -> Awaitable[Page]:
        return segment_page(client, chosen, start, clock)

    _print(folder, contract, zone, form, read)


@click.command()
@click.argument("contract")
@click.argument("time")
@zone_option
@_form
@folder_option
def minutes(contract: str, time: str, zone: str, form: Form, folder: Path | None) -> None:
    """Print the ten minutes of the segment of a CONTRACT that holds TIME, and their sums.

    TIME is written as for 'workdiary segment'.
    """
    start = slot_of(time, datetime.now(UTC))

    def read(client: DiaryClient, chosen: api.Contract, clock: ZoneInfo) -> Awaitable[Page]:
        return minutes_page(client, chosen, start, clock)

    _print(folder, contract, zone, form, read)


@click.command()
@click.argument("contract")
@click.argument("month", metavar="[MONTH]", default="")
@zone_option
@_form
@folder_option
def calendar(contract: str, month: str, zone: str, form: Form, folder: Path | None) -> None:
    """Print the days of a MONTH (2026-11; this one, unless given) of a CONTRACT, and their sums.

    Any other range of days, as a paper, is 'workdiary timesheet --from … --to …'.
    """
    first = _month(month)

    def read(client: DiaryClient, chosen: api.Contract, clock: ZoneInfo) -> Awaitable[Page]:
        return calendar_page(client, chosen, first, clock)

    _print(folder, contract, zone, form, read)


@click.command()
@click.argument("contract")
@_form
@folder_option
def terms(contract: str, form: Form, folder: Path | None) -> None:
    """Print the terms of a CONTRACT and every change of them, the newest first."""
    _print(folder, contract, "UTC", form, lambda client, one, _: terms_page(client, one))


def _print(folder: Path | None, contract: str | None, zone: str, form: Form, read: Reading) -> None:
    async def ask(client: DiaryClient) -> Page:
        chosen = _chosen(await client.contracts(), contract)
        return await read(client, chosen, zone_for(chosen, zone))

    echo(as_caller(folder, ask), form)


def _chosen(known: Sequence[api.Contract], wanted: str | None) -> api.Contract:
    """The contract that is meant; where none is named, a freelancer's own before others'."""
    own = [one for one in known if one.role == "freelancer"]
    return pick_contract(own if wanted is None and own else known, wanted)


def _date(text: str, zone: ZoneInfo) -> date:
    if text in _DAYS:
        return datetime.now(zone).date() - timedelta(days=_DAYS[text])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no date: write 2026-11-20, today or yesterday"
        ) from None


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text or datetime.now(UTC_ZONE).strftime('%Y-%m')}-01")
    except ValueError:
        raise click.BadParameter(f"{text!r} is no month: write 2026-11") from None
