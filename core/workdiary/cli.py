"""The ``workdiary`` command: one group, to which each installed part adds its commands.

stdout is the answer, stderr the narration. Exit codes: 0 done, 1 it failed, 2 wrong usage or
settings, 3 not allowed, 4 the server cannot be reached, 130 interrupted.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from workdiary import commands
from workdiary.errors import (
    ConfigError,
    DeniedError,
    UnauthenticatedError,
    UnreachableError,
    WorkdiaryError,
)
from workdiary.plugins import COMMANDS, Plugins

_EXIT: tuple[tuple[type[WorkdiaryError], int], ...] = (
    (ConfigError, 2),
    (UnauthenticatedError, 3),
    (DeniedError, 3),
    (UnreachableError, 4),
)


class Commands(click.Group):
    """Core's own commands by name, and those of plugins: what is not asked for is not imported.

    A plugin whose entry point is called like the command is asked for it alone; all are, where
    none is called so, and for the help.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._plugins: Plugins | None = None

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = self.commands.get(cmd_name) or commands.command(cmd_name)
        if known is None:
            self._ask_plugins(cmd_name)
            known = self.commands.get(cmd_name)
        if known is None:
            self._ask_plugins()
            known = self.commands.get(cmd_name)
        return known

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._ask_plugins()
        return sorted({*self.commands, *commands.NAMES})

    def _ask_plugins(self, name: str | None = None) -> None:
        if self._plugins is None:
            self._plugins = Plugins(COMMANDS)
        told = set(self._plugins.broken)
        self._plugins.add_commands(self, name)
        for plugin, reason in self._plugins.broken.items():
            if plugin not in told:
                click.echo(f"workdiary: plugin {plugin} is broken: {reason}", err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="workdiary")
def cli() -> None:
    """A self-hosted work diary: what was worked, to the minute, for both sides to trust.

    \b
    Try it:            workdiary demo
    Host a team:       workdiary init, then workdiary serve
    Track your work:   workdiary enrol URL INVITE, then workdiary track
    Review a diary:    workdiary enrol URL INVITE, then workdiary tui
    """


def main() -> None:
    """Run the command line; a person never sees a traceback for what they can mend."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except WorkdiaryError as error:
        click.echo(f"workdiary: {error}", err=True)
        sys.exit(next((code for kind, code in _EXIT if isinstance(error, kind)), 1))


if __name__ == "__main__":
    main()
