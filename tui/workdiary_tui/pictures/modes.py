"""Which characters to draw a picture with: what the terminal's font is known to have.

Sextants (Unicode 13) are drawn by some terminals themselves and missing from many fonts, so they
are for terminals on a list; quadrants are everywhere. Below 256 colours no picture is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

_DRAW_SEXTANTS = ("kitty", "foot", "wezterm", "ghostty", "alacritty", "contour", "rio")
_DRAW_SEXTANTS_VARIABLES = ("KITTY_WINDOW_ID", "WEZTERM_PANE", "GHOSTTY_RESOURCES_DIR")
_VTE_WITH_SEXTANTS = 6600
_TRUE_COLOUR = frozenset({"truecolor", "24bit"})
_COLOURFUL = frozenset({"256color", "kitty"})
_POOR = frozenset({"", "dumb", "unknown", "linux"})
_MULTIPLEXERS = ("tmux", "screen")


class Mode(StrEnum):
    """How pictures are shown."""

    KITTY = "kitty"
    SEXTANT = "sextant"
    QUADRANT = "quadrant"
    HALF = "half"
    OFF = "off"


GRAPHIC = frozenset({Mode.KITTY})
"""The modes that send pixels, and so the terminal must know."""
BLOCKS = tuple(mode for mode in Mode if mode not in GRAPHIC)
"""The modes of every terminal."""


def choose_mode(environment: Mapping[str, str], asked: str = "") -> Mode:
    """The mode that was ``asked`` for, by name, or the best one that this terminal surely shows.

    :raises ValueError: ``asked`` is no mode
    """
    if asked and asked != "auto":
        return Mode(asked)
    if not _has_256_colours(environment):
        return Mode.OFF
    return Mode.SEXTANT if _draws_sextants(environment) else Mode.QUADRANT


def _has_256_colours(environment: Mapping[str, str]) -> bool:
    """What Textual, by the same variables, will send."""
    term = environment.get("TERM", "")
    if term in _POOR:
        return False
    true_colour = environment.get("COLORTERM", "").strip().lower() in _TRUE_COLOUR
    return true_colour or term.rpartition("-")[2] in _COLOURFUL


def _draws_sextants(environment: Mapping[str, str]) -> bool:
    """Inside tmux the variables name the terminal that started it, not the one attached now."""
    term = environment.get("TERM", "")
    if term.startswith(_MULTIPLEXERS):
        return False
    names = f"{term} {environment.get('TERM_PROGRAM', '')}".lower()
    vte = environment.get("VTE_VERSION", "0")
    return (
        any(name in names for name in _DRAW_SEXTANTS)
        or any(environment.get(name) for name in _DRAW_SEXTANTS_VARIABLES)
        or (vte.isdecimal() and int(vte) >= _VTE_WITH_SEXTANTS)
    )
