"""The screens as pages: what each asks the server, as plain lines or as the API's own JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import click
import msgspec

from workdiary import api
from workdiary.client import DiaryClient
from workdiary.commands.forms import Form
from workdiary.commands.reaching import pick_contract
from workdiary.days import zone_named
from workdiary.links import Link
from workdiary.plain import contracts, days, harmless_json, page, segments, weeks

UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Page:
    """What a screen shows: its lines, and what the server said."""

    lines: tuple[str, ...]
    said: object

    def text(self, form: Form) -> str:
        return page(self.lines) if form == "plain" else json_text(self.said)


def json_text(value: object) -> str:
    """What the server said, indented, with nothing in it that commands a terminal."""
    return harmless_json(msgspec.json.format(api.to_json(value), indent=2).decode())


def echo(found: Page, form: Form) -> None:
    click.echo(found.text(form))


def zone_for(contract: api.Contract, wanted: str) -> ZoneInfo:
    """``freelancer`` means the contract's; without a wish freelancers read in theirs, all others
    in UTC.

    :raises InvalidError: there is no such zone
    """
    theirs = wanted == "freelancer" or (not wanted and contract.role == "freelancer")
    return zone_named(contract.zone if theirs else wanted or "UTC")


async def contracts_page(client: DiaryClient) -> Page:
    found = await client.contracts()
    return _page(contracts.contract_lines(found), found)


async def day_page(
    client: DiaryClient, contract: api.Contract, day: date, zone: ZoneInfo = UTC_ZONE
) -> Page:
    found = await client.day(contract.id, day, zone.key)
    return _page(days.day_lines(contract, found, zone), found)


async def week_page(client: DiaryClient, contract: api.Contract, monday: date) -> Page:
    found = await client.week(contract.id, monday)
    return _page(weeks.week_lines(contract, found), found)


async def segment_page(
    client: DiaryClient, contract: api.Contract, start: datetime, zone: ZoneInfo = UTC_ZONE
) -> Page:
    found = await client.segment(contract.id, start)
    return _page(segments.segment_lines(contract, found, zone), found)


async def minutes_page(
    client: DiaryClient, contract: api.Contract, start: datetime, zone: ZoneInfo = UTC_ZONE
) -> Page:
    found = await client.segment(contract.id, start)
    lines = segments.minute_lines(contract, found, zone)
    return _page(lines, segments.minutes_of(contract.id, found))


async def calendar_page(
    client: DiaryClient, contract: api.Contract, month: date, zone: ZoneInfo = UTC_ZONE
) -> Page:
    found = await client.calendar(contract.id, month, zone.key)
    return _page(contracts.calendar_lines(contract, found), found)


async def terms_page(client: DiaryClient, contract: api.Contract) -> Page:
    found = await client.terms(contract.id)
    return _page(contracts.terms_lines(contract, found), found)


async def place_page(client: DiaryClient, link: Link | None, zone: ZoneInfo = UTC_ZONE) -> Page:
    """The page of the screen that a link opens; without one, of the first screen.

    :raises NotFoundError: there is no such place that the caller may read
    """
    if link is None:
        return await contracts_page(client)
    contract = pick_contract(await client.contracts(), link.contract)
    if link.start is not None:
        return await segment_page(client, contract, link.start, zone)
    if link.week is not None:
        return await week_page(client, contract, link.week)
    if link.terms:
        return await terms_page(client, contract)
    newest = contract.last_segment or datetime.now(UTC)
    return await day_page(client, contract, link.day or newest.astimezone(zone).date(), zone)


def _page(lines: Iterable[str], said: object) -> Page:
    return Page(tuple(lines), said)
