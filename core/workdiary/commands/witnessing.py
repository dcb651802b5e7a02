"""``workdiary witness``: hold the logs of contracts to this machine's mirror, and say how far."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from workdiary import api, credentials
from workdiary.client import DiaryClient
from workdiary.commands.reaching import pick_contract
from workdiary.commands.third_party import follow_log, init_witness, list_logs, serve_witness
from workdiary.commands.worded import Worded
from workdiary.errors import ConfigError
from workdiary.text import harmless

if TYPE_CHECKING:
    from workdiary.witness import Other, Witness, Witnessed


_THIRD_PARTY = {
    "init": init_witness,
    "follow": follow_log,
    "list": list_logs,
    "serve": serve_witness,
}


@click.command(cls=Worded, words=_THIRD_PARTY)
@click.argument("contract", required=False)
def witness(contract: str | None) -> None:
    """Copy the log of a CONTRACT to this machine, cosign it, and say who saw the same log.

    Without CONTRACT all of yours. The log must go on from the copy that is here: an entry that is
    gone or another, or a head that is not that of the entries, ends this with a message and code 1,
    and what the server signed is kept. It needs a machine that was enrolled to track or review.

    Who is no party can be a witness too: 'workdiary witness init', then 'follow', 'list' and
    'serve', each with --help.
    """
    known = credentials.load(credentials.home())
    if known.scope not in credentials.SIGNING:
        raise ConfigError("this machine only reads: ask the owner for an invite of scope review")
    for line in asyncio.run(_look(known, contract)):
        click.echo(line)


async def _look(known: credentials.Credentials, wanted: str | None) -> list[str]:
    from workdiary.healing import kept_in
    from workdiary.mirror import Mirror
    from workdiary.outbox import Outbox
    from workdiary.witness import Witness

    mirror = Mirror(credentials.home())
    try:
        async with DiaryClient(known.server, known.token) as client:
            mine = [one for one in await client.contracts() if one.role != "owner"]
            chosen = [pick_contract(mine, wanted)] if wanted else mine
            key = known.signing_key()
            kept = kept_in(Outbox(credentials.home(), key))
            return await _lines(Witness(client, mirror, key, time.time, kept), chosen)
    finally:
        mirror.close()


async def _lines(witness: Witness, contracts: Sequence[api.Contract]) -> list[str]:
    lines = []
    for contract in contracts:
        seen = await witness.look(contract)
        lines += [_own_line(contract, seen), *(f"  {_other_line(one)}" for one in seen.others)]
    return lines


def _own_line(contract: api.Contract, seen: Witnessed) -> str:
    head = f"{seen.head.size} entries, head {seen.head.root.hex()[:16]}"
    return f"{harmless(contract.name)}: {head}, held here and cosigned"


def _other_line(other: Other) -> str:
    same = "the same log" if other.agrees else "further than this machine: look again"
    when = f"{other.at:%Y-%m-%d %H:%M} UTC"
    return f"{other.role} {harmless(other.person)} saw {other.size} entries at {when}: {same}"
