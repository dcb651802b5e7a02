"""The owner's commands for people, invites, devices and tokens."""

from __future__ import annotations

from pathlib import Path

import click
from workdiary import api
from workdiary.client import DiaryClient

from workdiary_server.commands.options import (
    as_owner,
    folder_option,
    json_option,
    pick_person,
    show,
)


@click.group()
def person() -> None:
    """Add and list the people of the team."""


@person.command("add")
@click.argument("name")
@folder_option
@json_option
def person_add(name: str, folder: Path | None, as_json: bool) -> None:
    """Add a person called NAME, and print their id."""
    wanted = api.NewPerson(name=name)
    added = as_owner(folder, lambda client: client.add_person(wanted))
    show(added, as_json, [added.id])


@person.command("list")
@folder_option
@json_option
def person_list(folder: Path | None, as_json: bool) -> None:
    """List everyone: id, name, and who is the owner."""
    people = as_owner(folder, lambda client: client.people())
    show(people, as_json, [f"{p.id}  {p.name}{'  (owner)' if p.owner else ''}" for p in people])


@click.command()
@click.argument("person")
@click.option(
    "--scope",
    type=click.Choice(["tracker", "review", "read"]),
    required=True,
    help="tracker: a freelancer's machine that writes the diary. review: a client's, which reads, "
    "contests, decides on late time and sets the limit. read: one that only reads.",
)
@folder_option
@json_option
def invite(person: str, scope: str, folder: Path | None, as_json: bool) -> None:
    """Invite a machine of PERSON (name or id), and print the invite.

    It works once, within 48 hours: workdiary enrol URL INVITE. What stands behind its # is this
    server's certificate and log key: hand it over whole, by a way that you trust.
    """

    async def make(client: DiaryClient) -> api.Invite:
        found = pick_person(await client.people(), person)
        return await client.invite(api.NewInvite(person=found.id, scope=scope))

    made = as_owner(folder, make)
    show(made, as_json, [f"{made.code}#{made.pins}"])


@click.group()
def device() -> None:
    """List and revoke the machines that were enrolled."""


@device.command("list")
@folder_option
@json_option
def device_list(folder: Path | None, as_json: bool) -> None:
    """List devices: id, whose, name, since when."""

    async def fetch(client: DiaryClient) -> tuple[tuple[api.Device, ...], dict[str, str]]:
        return await client.devices(), await _names(client)

    devices, names = as_owner(folder, fetch)
    lines = [
        f"{d.id}  {names[d.person]}  {d.name}  {d.enrolled:%Y-%m-%d}"
        f"{f'  revoked {d.revoked:%Y-%m-%d}' if d.revoked else ''}"
        for d in devices
    ]
    show(devices, as_json, lines)


@device.command("revoke")
@click.argument("device")
@folder_option
def device_revoke(device: str, folder: Path | None) -> None:
    """Refuse DEVICE (an id) and its tokens from now on; what it recorded stays."""
    as_owner(folder, lambda client: client.revoke_device(device))


@click.group()
def token() -> None:
    """Make, list and revoke access tokens."""


@token.command("add")
@click.argument("person")
@click.option("--scope", type=click.Choice(["tracker", "review", "read", "owner"]), required=True)
@click.option("--label", default="token", help="What it is for, in the list.")
@folder_option
@json_option
def token_add(person: str, scope: str, label: str, folder: Path | None, as_json: bool) -> None:
    """Make a token for PERSON (name or id), and print it: it is shown this once."""

    async def make(client: DiaryClient) -> api.Token:
        found = pick_person(await client.people(), person)
        return await client.add_token(api.NewToken(person=found.id, scope=scope, label=label))

    made = as_owner(folder, make)
    show(made, as_json, [made.secret or ""])


@token.command("list")
@folder_option
@json_option
def token_list(folder: Path | None, as_json: bool) -> None:
    """List tokens: id, whose, scope, label, until when. Never the tokens themselves."""

    async def fetch(client: DiaryClient) -> tuple[tuple[api.Token, ...], dict[str, str]]:
        return await client.tokens(), await _names(client)

    tokens, names = as_owner(folder, fetch)
    lines = [
        f"{t.id}  {names[t.person]}  {t.scope}  {t.label}  until {t.expires:%Y-%m-%d}"
        for t in tokens
    ]
    show(tokens, as_json, lines)


@token.command("revoke")
@click.argument("token")
@folder_option
def token_revoke(token: str, folder: Path | None) -> None:
    """Revoke TOKEN (an id from the list) at once."""
    as_owner(folder, lambda client: client.revoke_token(token))


async def _names(client: DiaryClient) -> dict[str, str]:
    return {person.id: person.name for person in await client.people()}
