"""The pictures that the terminal holds: each is sent once, and the oldest are taken back.

A slow line is asked, after each picture, whether it arrived: the next one is sent when it has.
The question is one that Textual asks at its start, so that its answer is never taken for a key.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass

from textual.strip import Strip
from workdiary.errors import ConfigError

from workdiary_tui.drawing import DrawingKey, Encoded
from workdiary_tui.pictures import GRAPHIC, Mode, kitty

_PIXELS = 16_000_000
"""What the terminal holds for us: 64 MB, seventy pictures of 80 x 22 cells."""
_ARE_YOU_THERE = "\x1b[?2026$p"
_PATIENCE = 10.0
"""Seconds after which a line that said nothing is tried again."""


@dataclass(frozen=True, slots=True)
class _Held:
    number: int
    pixels: int
    strips: tuple[Strip, ...]


class Graphics:
    """Writes pictures by ``write``, between Textual's frames; ``in_tmux`` wraps them for it."""

    def __init__(self, in_tmux: bool = False) -> None:
        self._in_tmux = in_tmux
        self._write: Callable[[str], None] = lambda text: None
        self._held: OrderedDict[DrawingKey, _Held] = OrderedDict()
        self._number = a_number()
        self._answers = False
        self._arrived = asyncio.Event()
        self._arrived.set()

    def write_with(self, write: Callable[[str], None]) -> None:
        self._write = write

    def answered(self) -> None:
        """The terminal said that it is there: it read everything up to the question."""
        self._answers = True
        self._arrived.set()

    @property
    def busy(self) -> bool:
        """Whether a picture is still on its way."""
        return not self._arrived.is_set()

    async def clear(self) -> None:
        """Wait until the picture that was sent last has arrived."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await self._arrived.wait()

    def cells(self, key: DrawingKey) -> tuple[Strip, ...] | None:
        """The lines that show a picture, if the terminal holds it."""
        held = self._held.get(key)
        if held is None:
            return None
        self._held.move_to_end(key)
        return held.strips

    def show(self, key: DrawingKey, encoded: Encoded) -> tuple[Strip, ...]:
        """The lines that show a picture, which is sent if the terminal does not hold it."""
        return self.cells(key) or self._send(key, encoded)

    def forget(self, contract: str) -> None:
        """Take a contract's pictures back."""
        for key in [key for key in self._held if key.contract == contract]:
            self._take_back(key)

    def forget_all(self) -> None:
        """Take all back: at the end, or because the terminal may have lost them."""
        for key in list(self._held):
            self._take_back(key)

    def _send(self, key: DrawingKey, encoded: Encoded) -> tuple[Strip, ...]:
        self._number = self._number + 1 if self._number + 1 in kitty.NUMBERS else kitty.NUMBERS[0]
        number, columns, lines = self._number, encoded.columns, encoded.lines
        sequences = kitty.transmission(number, encoded.content, columns, lines)
        self._write("".join(map(self._wrapped, sequences)))  # one write: their queue is short
        if self._answers:
            self._arrived.clear()
            self._write(_ARE_YOU_THERE)
        pixels = columns * kitty.CELL[0] * lines * kitty.CELL[1]
        held = _Held(number, pixels, kitty.cells(number, columns, lines))
        self._held[key] = held
        while sum(one.pixels for one in self._held.values()) > _PIXELS and len(self._held) > 1:
            self._take_back(next(iter(self._held)))
        return held.strips

    def _take_back(self, key: DrawingKey) -> None:
        self._write(self._wrapped(kitty.deletion(self._held.pop(key).number)))

    def _wrapped(self, sequence: str) -> str:
        return kitty.through_tmux(sequence) if self._in_tmux else sequence


def a_number() -> int:
    """Any: numbers are the terminal's, and other sessions in its tmux take theirs too."""
    return random.choice(kitty.NUMBERS)  # noqa: S311 - no secret


def graphics_for(mode: Mode, environment: MutableMapping[str, str], *, in_tmux: bool) -> Graphics:
    """Make Textual send colours as they are: a picture's number is one, and must arrive exactly.

    :raises ConfigError: the environment asks for no colours
    """
    if mode in GRAPHIC:
        if environment.get("NO_COLOR"):
            raise ConfigError(f"--images {mode.value} needs colours: unset NO_COLOR")
        environment["COLORTERM"] = "truecolor"
    return Graphics(in_tmux)
