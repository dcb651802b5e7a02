"""The command ``workdiary tui doctor``: what the terminal answered, and what follows from it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from workdiary.text import harmless

from workdiary_tui.setting_options import setting_option, settings_in

if TYPE_CHECKING:
    from workdiary_tui.terminal import Choice, Terminal

_COLOURS = {0: "not told", 256: "256, the nearest of a palette", 1 << 24: "all (24 bits)"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it for a program, without a card.")
@setting_option("images")
def doctor(as_json: bool) -> None:
    """Say what this terminal answers, how pictures are drawn on it, why, and what to change."""
    from workdiary_tui import terminal

    found = terminal.probe(os.environ)
    choice = terminal.choose(
        found.terminal, os.environ, settings_in(None, click.get_current_context()).pictures
    )
    hints = list(advice(found.terminal, os.environ))
    if as_json:
        said = {
            "terminal": asdict(found.terminal),
            "milliseconds": found.milliseconds,
            "images": {"mode": choice.mode.value, "why": choice.why},
            "advice": hints,
        }
        click.echo(json.dumps(said, indent=2))
        return
    for name, value in _table(found.terminal, choice, found.milliseconds):
        click.echo(f"{name:<22} {harmless(value)}")
    for hint in hints:
        click.echo(f"\n{hint}")
    from workdiary_tui.card import write_card

    write_card(choice.mode, terminal.with_colours(found.terminal, os.environ), found.terminal)


def advice(terminal: Terminal, environment: Mapping[str, str]) -> Iterator[str]:
    """What the reviewer can change to see more."""
    if not terminal.answered:
        yield "The terminal answered nothing: pictures are chosen by TERM and COLORTERM alone."
    if terminal.tmux and not terminal.passthrough:
        yield (
            "tmux hides the terminal around it. Add to ~/.tmux.conf, then restart tmux:\n"
            "  set -g allow-passthrough on"
        )
    colours = terminal.colours or environment.get("COLORTERM") in ("truecolor", "24bit")
    if not colours and "SSH_CONNECTION" in environment:
        yield (
            "If your terminal has true colour, let ssh say so. In ~/.ssh/config here at your end,\n"
            "and in sshd_config on the server:\n"
            "  SendEnv COLORTERM\n"
            "  AcceptEnv COLORTERM"
        )


def _table(terminal: Terminal, choice: Choice, milliseconds: int) -> Iterator[tuple[str, str]]:
    cell = "not told" if terminal.cell is None else f"{terminal.cell[0]} x {terminal.cell[1]}"
    yield "terminal", f"{terminal.name} {terminal.version}".strip() or "not told"
    yield "answered", f"in {milliseconds} ms" if terminal.answered else "no"
    yield "inside tmux", _yes(terminal.tmux)
    if terminal.tmux:
        yield "passthrough", _yes(terminal.passthrough)
    yield "colours", _COLOURS[terminal.colours]
    yield "background", {True: "light", False: "dark", None: "not told"}[terminal.light]
    yield "cell in pixels", cell
    yield "sixel", _yes(terminal.sixel)
    yield "kitty graphics", _yes(terminal.kitty_graphics)
    yield "kitty placeholders", _yes(terminal.placeholders)
    yield "synchronized output", _yes(terminal.synchronized)
    yield "pictures", f"{choice.mode.value}: {choice.why}"


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"
