"""The ``workdiary`` command: one group, to which each installed part adds its commands.

stdout is the answer, stderr the narration. Exit codes: 0 done, 1 it failed, 2 wrong usage or
settings, 3 not allowed, 4 the server cannot be reached, 130 interrupted.
"""

from __future__ import annotations

import logging
import sys
from functools import cache

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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="workdiary")
def cli() -> None:
    """A self-hosted work diary: what was worked, to the minute, for both sides to trust.

    \b
    Try it:            workdiary demo
    Host a team:       workdiary init, then workdiary serve
    Track your work:   workdiary enrol URL INVITE, then workdiary track
    Review a diary:    workdiary enrol URL INVITE, then workdiary tui
    """


@cache
def assembled() -> click.Group:
    """The command with what each installed part adds: once, for processes forked later too."""
    commands.add_to(cli)
    plugins = Plugins(COMMANDS)
    plugins.add_commands(cli)
    for name, reason in plugins.broken.items():
        click.echo(f"workdiary: plugin {name} is broken: {reason}", err=True)
    return cli


def main() -> None:
    """Run the command line; a person never sees a traceback for what they can mend."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        sys.exit(assembled().main(standalone_mode=False))
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
