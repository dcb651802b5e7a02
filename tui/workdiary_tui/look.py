"""Colours and signs of the screens; a word always stands beside a colour.

The terminal's own background and foreground are kept: it costs the fewest bytes over SSH. A colour
that stands on them is another one on a light ground; every pair is 4.5:1 or more (WCAG 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rich.cells import set_cell_size
from rich.style import Style

from workdiary_tui.words import shown

PLAIN = Style()
BOLD = Style(bold=True)
DIM = Style(dim=True)
TITLE = Style(color="#ffffff", bgcolor="#1b3a57", bold=True)
TITLE_REST = Style(color="#c9d8e6", bgcolor="#1b3a57")
CURSOR = Style(color="#ffffff", bgcolor="#24507a", bold=True)
HEADING = Style(color="#4c9ed9", bold=True)
KEY = Style(color="#4c9ed9", bold=True)
AUTO = Style(color="#ffffff", bgcolor="#0a5c28", bold=True)
MANUAL = Style(color="#000000", bgcolor="#9be8a8", bold=True)
OVER = Style(color="#000000", bgcolor="#e5484d", bold=True)
UNPAID = Style(color="#000000", bgcolor="#d9a441", bold=True)
ACTIVE = Style(color="#2f9e50")
ACTIVE_OVER = Style(color="#e5484d")
LIMIT = Style(color="#e5484d", bold=True)
WARNING = Style(color="#000000", bgcolor="#d9a441")
NEWS = Style(color="#d9a441", bold=True)
PICTURE = Style(color="#d9a441", bold=True)


class Ground(StrEnum):
    """What the terminal's own background is."""

    DARK = "dark"
    LIGHT = "light"


_FOR_LIGHT = {
    "#4c9ed9": "#1f5f94",
    "#2f9e50": "#1b6e33",
    "#e5484d": "#b3261e",
    "#d9a441": "#7a5200",
}


@lru_cache(256)
def on_ground(style: Style, ground: Ground) -> Style:
    """The style as it is read on a ground; what brings a background of its own stays."""
    if ground is Ground.DARK or style.bgcolor is not None or style.color is None:
        return style
    lighter = _FOR_LIGHT.get(style.color.name)
    return style + Style(color=lighter) if lighter else style


@dataclass(frozen=True, slots=True)
class Badge:
    """A billing status as it is shown: a word of at most eight letters, and its colour."""

    word: str
    style: Style


_BADGES = {
    "auto": Badge("AUTO", AUTO),
    "manual": Badge("MANUAL", MANUAL),
    "over_limit": Badge("OVER", OVER),
    "partial": Badge("PARTIAL", UNPAID),
    "not_hourly": Badge("FIXED", UNPAID),
    "overlap": Badge("OVERLAP", UNPAID),
    "late": Badge("LATE", UNPAID),
    "inactive": Badge("INACTIVE", UNPAID),
    "over_daily_cap": Badge("OVER CAP", OVER),
    "policy_error": Badge("NO BILL", OVER),
}
DELETED = Badge("DELETED", DIM)
BADGE_CELLS = 8


def badge(status: str) -> Badge:
    """The badge of a status; one that a policy plugin added shows its own name."""
    known = _BADGES.get(status)
    return known or Badge(set_cell_size(_word(status), BADGE_CELLS).rstrip(), UNPAID)


def _word(status: str) -> str:
    return shown(status).replace("_", " ").upper() or "?"


@dataclass(frozen=True, slots=True)
class Signs:
    """The drawing characters of a terminal."""

    full: str
    empty: str
    absent: str
    rule: str
    bar: str
    arrow: str
    bars: str
    absent_day: str


UNICODE = Signs(
    full="■", empty="□", absent="·", rule="─", bar="▇", arrow="→", bars="▁▂▃▄▅▆▇█", absent_day="·"
)
ASCII = Signs(
    full="#", empty=".", absent=" ", rule="-", bar="#", arrow="->", bars="123456789", absent_day="."
)
"""For terminals that draw the others two cells wide, or not at all."""
