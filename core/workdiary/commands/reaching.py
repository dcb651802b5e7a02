"""What commands share that ask a server: who asks, which contract is meant, and which time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click

from workdiary import api, credentials
from workdiary.billing import week_start
from workdiary.client import DiaryClient
from workdiary.errors import InvalidError, NotFoundError
from workdiary.links import Link, parse
from workdiary.segments import slot_start

T = TypeVar("T")

folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Ask as the owner, with the token in this data folder, on the server's own machine.",
)


class LinkType(click.ParamType[Link]):
    """A place in a diary: ``diary://acme/website/2026-11-03#08:20``."""

    name = "link"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Link:
        if isinstance(value, Link):
            return value
        try:
            return parse(str(value))
        except InvalidError as error:
            self.fail(str(error), param, ctx)


def as_caller(folder: Path | None, use: Callable[[DiaryClient], Awaitable[T]]) -> T:
    """Connect as this machine is enrolled, or as the owner of ``folder``, and do something.

    :raises ConfigError: neither is possible here; the message says what would make it so
    """
    server, token = credentials.whose(folder)

    async def run() -> T:
        async with DiaryClient(server, token) as client:
            return await use(client)

    return asyncio.run(run())


def pick_contract(contracts: Sequence[api.Contract], wanted: str | None) -> api.Contract:
    """The contract of this id or name; the only one where none is named.

    :raises NotFoundError: there is none such, or the choice is open
    """
    found = [c for c in contracts if wanted in (None, c.id)] or [
        c for c in contracts if wanted is not None and c.name.casefold() == wanted.casefold()
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(sorted(contract.name for contract in contracts)) or "none"
    if wanted is None:
        raise NotFoundError(f"name a contract; there are: {names}")
    if found:
        ids = ", ".join(contract.id for contract in found)
        raise NotFoundError(f"{len(found)} contracts are called {wanted}: use an id ({ids})")
    raise NotFoundError(f"there is no contract {wanted!r}; there are: {names}")


def week_of(text: str, now: datetime) -> date:
    """The Monday of a week: ``2026-11-26`` (any day of it), ``2026-W48``, ``this`` or ``last``.

    :raises click.BadParameter: it is none of them
    """
    if text in ("this", "last"):
        return (week_start(now) - timedelta(weeks=text == "last")).date()
    numbered = re.fullmatch(r"(\d{4})-?W(\d{2})", text)
    try:
        day = (
            date.fromisocalendar(int(numbered[1]), int(numbered[2]), 1)
            if numbered
            else date.fromisoformat(text)
        )
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no week: write a day of it (2026-11-26), 2026-W48, this or last"
        ) from None
    return day - timedelta(days=day.weekday())


def slot_of(text: str, now: datetime) -> datetime:
    """The ten minutes that hold a moment, which is written as ``moment_of`` reads it.

    :raises click.BadParameter: it is no time
    """
    return slot_start(moment_of(text, now))


def moment_of(text: str, now: datetime) -> datetime:
    """A moment: ``2026-11-26T10:20``, ``10:20`` today; UTC unless an offset is given.

    :raises click.BadParameter: it is no time
    """
    written = f"{now:%Y-%m-%d}T{text:0>5}" if re.fullmatch(r"\d{1,2}:\d{2}", text) else text
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no time: write 2026-11-26T10:20 (UTC), or 10:20 for today"
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
