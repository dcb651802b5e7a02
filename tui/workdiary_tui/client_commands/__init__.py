"""What a client decides: marks on segments, late time, the weekly limit, pause and end."""

from __future__ import annotations

import click

from workdiary_tui.client_commands.adjustment import adjustment
from workdiary_tui.client_commands.contest import contest
from workdiary_tui.client_commands.terms import end, limit, pause, resume


def add_to(cli: click.Group) -> None:
    for command in (contest, adjustment, limit, pause, resume, end):
        cli.add_command(command)
