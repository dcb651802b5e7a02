"""The commands that every installation has."""

from __future__ import annotations

import click

from workdiary.commands.bills import explain, payroll, timesheet
from workdiary.commands.machine import enrol, plugins


def add_to(cli: click.Group) -> None:
    for command in (enrol, plugins, timesheet, payroll, explain):
        cli.add_command(command)
