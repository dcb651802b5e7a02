"""``--plain`` and ``--json``: the two forms in which a screen is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import click

Form = Literal["plain", "json"]
Command = Callable[..., None]


def form_options(default: Form | None) -> Callable[[Command], Command]:
    """``--plain`` and ``--json`` as ``form``; the last one counts."""

    def add(command: Command) -> Command:
        said = " [default]" if default else ""
        plain = click.option(
            "--plain", "form", flag_value="plain", default=default, help=f"Plain lines.{said}"
        )
        as_json = click.option("--json", "form", flag_value="json", help="The API's answer.")
        return plain(as_json(command))

    return add
