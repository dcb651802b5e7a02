"""The command line imports what was asked for, and lists all there is."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from workdiary import commands
from workdiary.cli import cli

_IMPORTED = """
import sys, click
from workdiary.cli import cli
command = cli.get_command(click.Context(cli), {name!r})
assert command is not None and command.name == {name!r}
print(*(name for name in sys.modules if name.startswith("workdiary")))
"""


def imported_for(name: str) -> set[str]:
    code = _IMPORTED.format(name=name)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(told.stdout.split())


def test_the_tui_brings_neither_server_nor_tracker_nor_other_commands() -> None:
    found = imported_for("tui")
    assert "workdiary_tui.commands" in found
    hosts = {name.split(".")[0] for name in found}
    assert hosts == {"workdiary", "workdiary_tui"}
    assert "workdiary.commands.bills" not in found


def test_a_command_of_a_part_that_is_called_otherwise_is_found() -> None:
    assert "workdiary_server.commands" in imported_for("serve")


@pytest.mark.parametrize("name", commands.NAMES)
def test_each_own_command_is_where_it_is_looked_for(name: str) -> None:
    command = commands.command(name)
    assert command is not None
    assert command.name == name


def test_the_help_lists_own_commands_and_those_of_every_part() -> None:
    listed = cli.list_commands(click.Context(cli))
    assert {"tui", "serve", "track", "demo", "ssh-server", *commands.NAMES} <= set(listed)
    assert listed == sorted(set(listed))
