"""The frame that stands on the terminal: sent once, however often Textual hands it over."""

from __future__ import annotations

from typing import TypeGuard

from textual._compositor import LayoutUpdate
from textual.strip import Strip


class LastFrame:
    """While a screen takes its shape, each of its widgets makes Textual send all of it anew.

    How many of these frames come before the screen is at rest depends on how busy the machine is.
    """

    def __init__(self) -> None:
        self._lines: list[list[Strip]] | None = None

    def repeats(self, update: object) -> bool:
        """Whether ``update`` is the whole screen, as it stands already; if not, it will stand."""
        lines = _lines(update)
        known, self._lines = self._lines, lines
        return lines is not None and lines == known

    def forget(self) -> None:
        """Something else was written, or the terminal may have lost what it showed."""
        self._lines = None


def is_whole(update: object) -> TypeGuard[LayoutUpdate]:
    return isinstance(update, LayoutUpdate)


def _lines(update: object) -> list[list[Strip]] | None:
    return [list(line) for line in update.strips] if is_whole(update) else None
