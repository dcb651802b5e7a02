"""Which pictures to draw on a terminal, and the reason in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from workdiary_tui.pictures.modes import Mode, choose_mode
from workdiary_tui.terminal.terminal import Terminal

_DRAW_SEXTANTS = frozenset({"kitty", "foot", "wezterm", "ghostty", "alacritty", "contour", "rio"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A mode and why it is this one."""

    mode: Mode
    why: str


def choose(
    terminal: Terminal,
    environment: Mapping[str, str],
    asked: str = "auto",
    drawable: Collection[str] = frozenset(Mode),
) -> Choice:
    """The mode that was ``asked`` for, else the best of ``drawable`` that is surely shown.

    :raises ValueError: ``asked`` is no mode
    """
    if asked and asked != "auto":
        return Choice(Mode(asked), "you asked for it (--images or WORKDIARY_IMAGES)")
    for name, why in _pixels(terminal, environment):
        if name in drawable:
            return Choice(Mode(name), why)
    plain = choose_mode(with_colours(terminal, environment))
    if plain is Mode.OFF:
        return Choice(plain, "fewer than 256 colours: text only")
    if plain is Mode.SEXTANT or terminal.name.lower() in _DRAW_SEXTANTS:
        return Choice(Mode.SEXTANT, "this terminal draws sextants itself")
    return Choice(Mode.QUADRANT, "no better characters are known to be in its font")


def with_colours(terminal: Terminal, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment as Textual should read it: ssh forwards no COLORTERM, but we asked."""
    told = dict(environment)
    if terminal.truecolour and "NO_COLOR" not in environment:
        told["COLORTERM"] = "truecolor"
    return told


def _pixels(terminal: Terminal, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Modes of real pixels that the terminal shows, best first.

    NO_COLOR greys every cell, and with it the colours that name a picture.
    """
    if "NO_COLOR" in environment:
        return
    if terminal.placeholders and terminal.truecolour:
        yield "kitty", f"{terminal.name} {terminal.version} shows pictures in its text"
    if terminal.sixel_pictures:
        yield "sixel", "the terminal says that it draws sixels"
