"""What is known of the terminal that the reviewer sits at."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLACEHOLDERS_SINCE = {"kitty": (0, 28), "ghostty": (0,)}


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a terminal answered; in tmux with passthrough, the terminal around it.

    ``cell`` is width and height of a character in pixels, None when not told.
    """

    answered: bool = False
    name: str = ""
    version: str = ""
    tmux: bool = False
    passthrough: bool = False
    truecolour: bool = False
    cell: tuple[int, int] | None = None
    sixel: bool = False
    kitty_graphics: bool = False
    synchronized: bool = False

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
