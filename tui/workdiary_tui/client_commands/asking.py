"""What the client's commands share: whose pen signs, and how a contract is named."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from workdiary import credentials
from workdiary.client import DiaryClient
from workdiary.errors import DeniedError
from workdiary.pen import Pen, machine_name, pen_of

T = TypeVar("T")

_SCOPE = "review"


def as_reviewer(use: Callable[[DiaryClient, Pen], Awaitable[T]]) -> T:
    """Do something with this machine's pen, which a client was enrolled for.

    :raises ConfigError: this machine is not enrolled
    :raises DeniedError: it is enrolled for something else
    """
    known = credentials.load(credentials.home())
    if known.scope != _SCOPE:
        raise DeniedError(
            f"this machine is enrolled for '{known.scope}', and a client's decisions need "
            f"'{_SCOPE}': ask the owner for such an invite, and run 'workdiary enrol --again'"
        )

    async def run() -> T:
        async with DiaryClient(known.server, known.token) as client:
            return await use(client, pen_of(client, known, machine_name(), credentials.home()))

    return asyncio.run(run())


def agree_to(question: str, yes: bool) -> None:
    """Ask on stderr; anything but yes ends the command.

    :raises click.Abort: no
    """
    if not yes:
        click.confirm(question, abort=True, err=True)
