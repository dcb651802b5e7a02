"""How a reader wants to see the diary; ``auto`` leaves it to the terminal."""

from __future__ import annotations

from typing import NamedTuple


class Wishes(NamedTuple):
    """``zone`` is the reader's own, if it is not this machine's."""

    zone: str = ""
    images: str = "auto"
    ascii_only: bool = False
    theme: str = "auto"

    @property
    def pictures(self) -> str:
        """Pictures are no ASCII: they are drawn only if they were asked for by name."""
        return "off" if self.ascii_only and self.images == "auto" else self.images
