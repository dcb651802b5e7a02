"""The commands that every installation has."""

from __future__ import annotations

import click

from workdiary.commands import reading
from workdiary.commands.bills import explain, payroll, timesheet
from workdiary.commands.export import export
from workdiary.commands.finding import search, views
from workdiary.commands.machine import enrol, plugins
from workdiary.commands.policy import policy
from workdiary.commands.witnessing import witness


def add_to(cli: click.Group) -> None:
    money = (policy, timesheet, payroll, explain)
    for command in (enrol, plugins, *money, search, views, export, witness):
        cli.add_command(command)
    reading.add_to(cli)
