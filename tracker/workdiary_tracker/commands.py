"""The freelancer's commands: track and spool, and those that change their diary."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from workdiary.hookspecs import hookimpl

from workdiary_tracker import edit_commands


@hookimpl
def workdiary_commands(cli: click.Group) -> None:
    cli.add_command(track)
    cli.add_command(spool)
    edit_commands.add_to(cli)


@click.command()
@click.option("--contract", metavar="C", help="Name or id; not needed where you have only one.")
@click.option("--memo", metavar="M", default="", help="What you are working on.")
@click.option("--headless", is_flag=True, help="Track at once without a screen; a line an event.")
@click.option("--private", is_flag=True, help="No pictures, if the contract leaves that to you.")
@click.option("--capture", metavar="NAME", help="Capture backend instead of the settings' one.")
def track(
    contract: str | None, memo: str, headless: bool, private: bool, capture: str | None
) -> None:
    """Track your work: count input, picture one moment of each ten minutes, send both.

    Stop a headless tracker with Ctrl-C or SIGTERM: it records the running part and sends what
    waits, for at most ten seconds. What could not be sent stays and is sent next time.
    """
    from workdiary import credentials

    folder = credentials.home()
    if headless:
        asyncio.run(_headless(folder, contract, memo, private, capture))
        return
    from workdiary_tracker.face import run_face

    run_face(folder, contract, memo, private, capture)


@click.command()
def spool() -> None:
    """Show what this machine still has to send, what is safe, and what was refused and why.

    Safe is what this machine's own copy of the server's log covers; where the log was not the one
    that it had been, that is shown too.
    """
    import os

    from workdiary import credentials
    from workdiary.mirror import Mirror

    from workdiary_tracker.safety import covered
    from workdiary_tracker.session import SPOOL
    from workdiary_tracker.spool import Spool

    folder = credentials.home()
    known = credentials.load(folder)
    store = Spool(folder / SPOOL, bytes.fromhex(known.storage_key), os.urandom)
    mirror = Mirror(folder)
    try:
        state = store.items.state()
        contracts = set(store.items.sent_ids().values())
        safe = sum(len(covered(store, mirror, contract)) for contract in contracts)
        click.echo(
            f"waiting {state.waiting}  sent {state.sent}  safe {safe}  refused {state.refused}"
        )
        for wrong in mirror.complaints():
            when = datetime.fromtimestamp(wrong.at, UTC)
            click.echo(
                f"inconsistent {when:%Y-%m-%d %H:%M} UTC: {wrong.text} (contract {wrong.contract}; "
                f"the server's signed word is in {mirror.path}, table complaint)"
            )
        for item in store.items.refused():
            when = datetime.fromtimestamp(item.start or 0, UTC)
            click.echo(f"refused {when:%Y-%m-%d %H:%M} UTC: {item.reason}")
    finally:
        mirror.close()
        store.close()


async def _headless(
    folder: Path, contract: str | None, memo: str, private: bool, capture: str | None
) -> None:
    from workdiary_tracker.session import opened
    from workdiary_tracker.stopping import until_told

    async with opened(folder, capture, _line, unattended=True) as tracker:
        chosen = tracker.choose(contract)
        await tracker.start(chosen, memo)
        if private:
            tracker.set_private(True)
        _line(f"tracking {tracker.contracts[chosen].name}")
        await until_told(tracker.run())
        done = await tracker.close()
        waiting = tracker.status().spool.waiting
        _line("everything is sent" if done else f"{waiting} entries wait for the next time")


def _line(text: str) -> None:
    """One event, on stdout: it is this command's answer."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stdout, flush=True)
