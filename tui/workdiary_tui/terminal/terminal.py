"""What is known of the terminal that the reviewer sits at."""

from __future__ import annotations

import re
from dataclasses import dataclass

ALL_COLOURS = 1 << 24
_PLACEHOLDERS_SINCE = {"kitty": (0, 28), "ghostty": (0,)}


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a terminal answered; in tmux with passthrough, the terminal around it.

    ``cell`` is width and height of a character in pixels, None when not told. ``colours`` is how
    many it tells apart of those that are sent with 24 bits: 0 when not told, 256 if it takes the
    nearest of a palette. ``light`` is whether its background is, None when not told.
    """

    answered: bool = False
    name: str = ""
    version: str = ""
    tmux: bool = False
    passthrough: bool = False
    colours: int = 0
    cell: tuple[int, int] | None = None
    sixel: bool = False
    kitty_graphics: bool = False
    light: bool | None = None
    synchronized: bool = False

    @property
    def truecolour(self) -> bool:
        return self.colours == ALL_COLOURS

    @property
    def placeholders(self) -> bool:
        """Whether pictures can stand in the text: a list by name, since others only say OK."""
        since = _PLACEHOLDERS_SINCE.get(self.name.lower())
        return since is not None and self.kitty_graphics and _numbers(self.version) >= since

    @property
    def sixel_pictures(self) -> bool:
        """Whether sixels can be sent: some tmux claim them in front of terminals without."""
        return self.sixel and not self.tmux


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
