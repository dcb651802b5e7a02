"""The commands that every installation has, each imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

import click

_MODULES = {
    "machine": ("enrol", "plugins"),
    "policy": ("policy",),
    "bills": ("timesheet", "payroll", "explain"),
    "finding": ("search", "views"),
    "export": ("export",),
    "witnessing": ("witness",),
    "verify": ("verify",),
    "reading": ("contracts", "day", "week", "segment", "minutes", "calendar", "terms"),
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names}
NAMES = tuple(_WHERE)


def command(name: str) -> click.Command | None:
    """The command called ``name``, if it is one of these."""
    if name not in _WHERE:
        return None
    found: click.Command = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    return found
