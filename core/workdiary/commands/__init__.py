"""The commands that every installation has."""

from __future__ import annotations

import click

from workdiary.commands.machine import enrol, plugins


def add_to(cli: click.Group) -> None:
    for command in (enrol, plugins):
        cli.add_command(command)
