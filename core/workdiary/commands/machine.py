"""The commands about this machine: its enrolment and its plugins."""

from __future__ import annotations

import asyncio
import json
import platform
from dataclasses import asdict

import click

from workdiary import credentials
from workdiary.addresses import Address
from workdiary.errors import ConfigError
from workdiary.plugins import GROUPS, Installed, Plugins


@click.command()
@click.argument("url")
@click.argument("invite")
@click.option("--name", default=platform.node, help="What to call this machine in the log.")
@click.option("--again", is_flag=True, help="Replace this machine's present enrolment.")
def enrol(url: str, invite: str, name: str, again: bool) -> None:
    """Exchange an INVITE for this machine's own key and token at the server URL.

    The owner makes invites with 'workdiary invite PERSON'. An invite works once; what stands behind
    its # is the server's certificate and log key, which this machine then holds it to. Keys are
    made here, and the private ones never leave this machine.
    """
    from workdiary.enrolment import take_up

    folder = credentials.home()
    if (folder / "credentials.json").exists() and not again:
        known = credentials.load(folder)
        raise ConfigError(
            f"this machine is enrolled at {Address.read(known.server).url} as {known.person_name}; "
            "use --again to replace that"
        )
    saved = asyncio.run(take_up(url, invite, name or "computer"))
    path = credentials.save(folder, saved)
    click.echo(
        f"enrolled as {saved.person_name} ({saved.scope}) at {Address.read(saved.server).url}"
    )
    click.echo(f"key and token are in {path}", err=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def plugins(as_json: bool) -> None:
    """List the installed plugins, what each brings, and which are broken and why."""
    found = [plugin for group in GROUPS for plugin in Plugins(group).installed()]
    if as_json:
        click.echo(json.dumps([asdict(plugin) for plugin in found], indent=2))
        return
    for plugin in found:
        click.echo(_line(plugin))


def _line(plugin: Installed) -> str:
    what = f"BROKEN {plugin.broken}" if plugin.broken else ", ".join(plugin.provides) or "commands"
    where = f"{plugin.distribution} {plugin.version}"
    return f"{plugin.group:<19} {plugin.name:<22} {where:<38} {what}"
