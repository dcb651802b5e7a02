"""The server's commands: init and serve, and the owner's, which speak to the running server."""

from __future__ import annotations

import click
from workdiary.hookspecs import hookimpl

from workdiary_server.commands import terms
from workdiary_server.commands.backup import backup
from workdiary_server.commands.contracts import contract
from workdiary_server.commands.fsck import fsck
from workdiary_server.commands.keys import keys
from workdiary_server.commands.people import device, invite, person, token
from workdiary_server.commands.restore import restore
from workdiary_server.commands.serve import init, serve
from workdiary_server.commands.ssh_keys import ssh_keys


@hookimpl
def workdiary_commands(cli: click.Group) -> None:
    terms.add_to(contract)
    hosting = (init, serve, backup, restore, keys, fsck)
    for command in (*hosting, person, contract, invite, device, token, ssh_keys):
        cli.add_command(command)
