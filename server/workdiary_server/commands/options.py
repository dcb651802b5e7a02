"""What the owner's commands share: the folder, its token, a connection to the running server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click
import msgspec
from workdiary import api, credentials
from workdiary.client import DiaryClient
from workdiary.errors import NotFoundError

from workdiary_server.settings import read_settings

T = TypeVar("T")

folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder. [default: WORKDIARY_SERVER__FOLDER, else the user's own]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def as_owner(folder: Path | None, use: Callable[[DiaryClient], Awaitable[T]]) -> T:
    """Connect to the folder's running server with its owner's token, and do something there.

    :raises ConfigError: the folder has no owner's token
    """
    settings = read_settings(folder)
    otherwise = f"http://{settings.server.host}:{settings.server.port}"
    url, token = credentials.owner_of(settings.folder, otherwise)

    async def run() -> T:
        async with DiaryClient(url, token) as client:
            return await use(client)

    return asyncio.run(run())


def show(value: object, as_json: bool, lines: Sequence[str]) -> None:
    """Print an answer: as JSON, or as lines for people."""
    if as_json:
        click.echo(msgspec.json.format(api.to_json(value), indent=2).decode())
    else:
        for line in lines:
            click.echo(line)


def pick_person(people: Sequence[api.Person], wanted: str) -> api.Person:
    """The person of this id or name.

    :raises NotFoundError: there is none, or the name is not one person's alone
    """
    found = [p for p in people if p.id == wanted] or [
        p for p in people if p.name.casefold() == wanted.casefold()
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(person.id for person in found)
        raise NotFoundError(f"{len(found)} people are called {wanted}: use an id ({ids})")
    known = ", ".join(person.name for person in people)
    raise NotFoundError(f"there is no person {wanted!r}; there are: {known}")
