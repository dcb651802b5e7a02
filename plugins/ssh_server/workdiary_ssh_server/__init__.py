"""Clients read over SSH: the command ``workdiary ssh-server``."""

from __future__ import annotations

import click
from workdiary.hookspecs import hookimpl

from workdiary_ssh_server.command import ssh_server


@hookimpl
def workdiary_commands(cli: click.Group) -> None:
    cli.add_command(ssh_server)
