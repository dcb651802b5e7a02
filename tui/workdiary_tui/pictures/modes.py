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
_POOR = frozenset({"dumb", "linux", "vt100", "vt220", "ansi", "unknown", ""})


class Mode(StrEnum):
    """How pictures are shown."""

    SEXTANT = "sextant"
    QUADRANT = "quadrant"
    HALF = "half"
    OFF = "off"


def choose_mode(environment: Mapping[str, str], asked: str = "") -> Mode:
    """The mode that was ``asked`` for, by name, or the best one that this terminal surely shows.

    :raises ValueError: ``asked`` is no mode
    """
    if asked and asked != "auto":
        return Mode(asked)
    term = environment.get("TERM", "")
    if term in _POOR:
        return Mode.OFF
    if "256color" not in term and not environment.get("COLORTERM") and "kitty" not in term:
        return Mode.OFF if term in {"xterm", "screen", "tmux"} else Mode.HALF
    names = f"{term} {environment.get('TERM_PROGRAM', '')}".lower()
    vte = environment.get("VTE_VERSION", "0")
    if (
        any(name in names for name in _DRAW_SEXTANTS)
        or any(environment.get(name) for name in _DRAW_SEXTANTS_VARIABLES)
        or (vte.isdecimal() and int(vte) >= _VTE_WITH_SEXTANTS)
    ):
        return Mode.SEXTANT
    return Mode.QUADRANT
