"""The commands that every installation has."""

from __future__ import annotations

import click

from workdiary.commands import reading
from workdiary.commands.bills import explain, payroll, timesheet
from workdiary.commands.export import export
from workdiary.commands.finding import search, views
from workdiary.commands.machine import enrol, plugins
from workdiary.commands.policy import policy


def add_to(cli: click.Group) -> None:
    for command in (enrol, plugins, policy, timesheet, payroll, explain, search, views, export):
        cli.add_command(command)
    reading.add_to(cli)
