"""What outranks ``tui.toml``: options and variables; and the command ``workdiary tui settings``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from workdiary import credentials
from workdiary.text import harmless

from workdiary_tui.tui_settings import FILE, KINDS, Setting, Settings, resolved

Command = Callable[..., None]
_GIVEN = "workdiary_tui.given"
_HELP = {
    "theme": "Colours for a dark or a light terminal, which is asked",
    "zone": "Your time zone, if it is not this machine's",
    "images": "How pictures are drawn",
    "ascii": "Draw with ASCII characters alone",
    "mouse": "Whether the mouse is the program's; auto: not over SSH",
}


def _variable(name: str) -> str:
    return f"WORKDIARY_{name.upper()}"


def setting_option(name: str) -> Callable[[Command], Command]:
    """``--theme`` and its like, noted for ``settings_in``."""
    kind, variable = KINDS[name], _variable(name)
    shared: dict[str, Any] = {
        "envvar": variable,
        "expose_value": False,
        "callback": _note,
        "help": f"{_HELP[name]}; else {variable}, else {FILE}.",
    }
    if name == "ascii":
        return click.option("--ascii/--no-ascii", "ascii", default=None, **shared)
    return click.option(
        f"--{name}", type=click.Choice(kind.choices) if kind.choices else str, **shared
    )


def setting_options(command: Command) -> Command:
    for name in reversed(KINDS):
        command = setting_option(name)(command)
    return command


def _note(context: click.Context, option: click.Parameter, value: str | bool | None) -> None:
    name = option.name
    if value is None or name is None:
        return
    typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    words = value if isinstance(value, str) else "on" if value else "off"
    given: list[Setting] = context.meta.setdefault(_GIVEN, [])
    given.append(Setting(name, words, f"--{name}" if typed else _variable(name)))


def settings_in(folder: Path | None, context: click.Context) -> Settings:
    """What holds for a command; the file lies where the credentials are that it reads by.

    :raises ConfigError: names the file (or the variable), the key, and what would be right
    """
    given: list[Setting] = context.meta.get(_GIVEN, [])
    return resolved((folder or credentials.home()) / FILE, given)


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help="Print it for a program.")
@click.option(
    "--as",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of 'workdiary enrol', if it is not this user's own.",
)
@setting_options
def list_settings(as_json: bool, folder: Path | None) -> None:
    """List the settings, where each comes from, and the ids of all keys for [keymap]."""
    from workdiary_tui.key_ids import all_keys, chosen_keys

    settings = settings_in(folder, click.get_current_context())
    keys = list(all_keys(chosen_keys(settings)))
    if as_json:
        said = {
            "file": str(settings.path),
            "settings": {one.name: {"value": one.value, "from": one.origin} for one in settings},
            "keymap": {one.id: list(one.keys) for one in keys},
        }
        click.echo(json.dumps(said, indent=2))
        return
    click.echo(harmless(str(settings.path)))
    for setting in settings:
        click.echo(f"{setting.name:<20} {setting.value or 'this machine':<20} {setting.origin}")
    click.echo("[keymap]")
    for key in keys:
        click.echo(f"{key.id:<20} {key.shown:<20} {key.what}".rstrip())
