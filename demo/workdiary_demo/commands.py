"""``workdiary demo``: a team, its server and two weeks of its diary, in one command."""

from __future__ import annotations

from pathlib import Path

import click
from workdiary import hookimpl


@hookimpl
def workdiary_commands(cli: click.Group) -> None:
    cli.add_command(demo)


@click.command()
@click.option("--no-tui", is_flag=True, help="Print the address and keep serving until Ctrl-C.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put it; it must be new. [default: a new folder for temporary files]",
)
@click.option("--seed", default=7, show_default=True, help="Another number, another fortnight.")
def demo(no_tui: bool, folder: Path | None, seed: int) -> None:
    """Fill two weeks of a plausible diary with the real parts, and open it.

    A server starts on its defaults (SQLite, local storage, sealed) on a free port of this machine.
    Two freelancers live through their last fortnight: the real tracker records it, on a clock
    that runs ahead, with drawn screens that are marked as such. Nothing is left behind but the
    folder that is named at the end.
    """
    from workdiary_demo.show import show

    show(folder, seed, with_tui=not no_tui)
