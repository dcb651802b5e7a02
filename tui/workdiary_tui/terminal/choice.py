"""Which pictures to draw on a terminal, and the reason in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workdiary_tui.look import Ground
from workdiary_tui.pictures.modes import BLOCKS, Mode, choose_mode
from workdiary_tui.terminal.terminal import Terminal

_DRAW_SEXTANTS = frozenset({"kitty", "foot", "wezterm", "ghostty", "alacritty", "contour", "rio"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A mode, why it is this one, and all ``modes`` that the terminal shows, best first."""

    mode: Mode
    why: str
    modes: tuple[Mode, ...]


def choose(terminal: Terminal, environment: Mapping[str, str], asked: str = "auto") -> Choice:
    """The mode that was ``asked`` for, else the best that the terminal surely shows.

    :raises ValueError: ``asked`` is no mode
    """
    pixels = dict(_pixels(terminal, environment))
    wish = Mode(asked) if asked and asked != "auto" else None
    modes = tuple(mode for mode in Mode if mode in BLOCKS or mode in pixels or mode is wish)
    if wish is not None:
        return Choice(wish, "you asked for it (--images, WORKDIARY_IMAGES or tui.toml)", modes)
    for mode, why in pixels.items():
        return Choice(mode, why, modes)
    return Choice(*_blocks(terminal, with_colours(terminal, environment)), modes)


def ground_of(terminal: Terminal, environment: Mapping[str, str], asked: str = "auto") -> Ground:
    """The ground that was ``asked`` for, else what the terminal or COLORFGBG says of it.

    :raises ValueError: ``asked`` is no ground
    """
    if asked and asked != "auto":
        return Ground(asked)
    light = terminal.light
    if light is None:
        light = environment.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
    return Ground.LIGHT if light else Ground.DARK


def with_colours(terminal: Terminal, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment as Textual should read it: ssh forwards no COLORTERM, but we asked.

    A terminal that answered with the nearest of 256 gets those: mlterm, sent others, loses the
    background of some.
    """
    told = dict(environment)
    if "NO_COLOR" in environment or not terminal.colours:
        return told
    if terminal.truecolour:
        told["COLORTERM"] = "truecolor"
        return told
    term = told.get("TERM", "")
    told["TERM"] = term if term.endswith("256color") else f"{term}-256color"
    told.pop("COLORTERM", None)
    return told


def _pixels(terminal: Terminal, environment: Mapping[str, str]) -> Iterator[tuple[Mode, str]]:
    """Modes of real pixels that the terminal shows, best first.

    NO_COLOR greys every cell, and with it the colours that name a picture: who set it wants none.
    """
    if "NO_COLOR" in environment:
        return
    if terminal.placeholders and terminal.truecolour:
        yield Mode.KITTY, f"{terminal.name} {terminal.version} shows pictures in its text"
    if terminal.sixel_pictures:
        yield Mode.SIXEL, "this terminal says that it draws sixels"


def _blocks(terminal: Terminal, environment: Mapping[str, str]) -> tuple[Mode, str]:
    plain = choose_mode(environment)
    if plain is Mode.OFF:
        return plain, "fewer than 256 colours: text only"
    if plain is Mode.SEXTANT or terminal.name.lower() in _DRAW_SEXTANTS:
        return Mode.SEXTANT, "this terminal draws sextants itself"
    return Mode.QUADRANT, "no better characters are known to be in its font"
