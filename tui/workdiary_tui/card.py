"""The test card: a sweep of colours with a disc in it, drawn as the app draws a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw
from rich.console import Console
from rich.text import Text
from textual.strip import Strip

from workdiary_tui.drawing import RENDERERS
from workdiary_tui.graphics import a_number
from workdiary_tui.pictures import Mode, kitty, sixel
from workdiary_tui.pictures.sixel import Raster
from workdiary_tui.sixels import sixels_for
from workdiary_tui.terminal.terminal import Terminal

_COLUMNS, _LINES = 32, 8


def write_card(mode: Mode, environment: Mapping[str, str], terminal: Terminal) -> None:
    """Write it to stdout, with the colours that ``environment`` tells of."""
    if mode is Mode.OFF:
        return
    console = Console(highlight=False, _environ=environment)
    if mode is Mode.SIXEL:
        console.file.write(_in_sixels(sixels_for(mode, terminal).raster))
        return
    if mode is Mode.KITTY:
        strips = _for_kitty(console, terminal.tmux)
    else:
        strips = RENDERERS[mode](a_card(), _COLUMNS, _LINES)
    for strip in strips:
        console.print(Text.assemble(*((part.text, part.style or "") for part in strip)))


def a_card() -> Image.Image:
    """A sweep in which each corner has a colour of its own, and a disc to see the aspect by."""
    sweep = Image.merge("RGB", [Image.linear_gradient("L").rotate(turn) for turn in (0, 90, 180)])
    card = sweep.resize((_COLUMNS * 16, _LINES * 32))  # cells are twice as high as wide
    ImageDraw.Draw(card).ellipse((192, 64, 320, 192), fill="white", outline="black", width=8)
    return card


def _in_sixels(raster: Raster) -> str:
    content = sixel.encode(a_card(), _COLUMNS, _LINES, raster)
    return f"{sixel.BEGIN}{content.decode()}{sixel.END}\n"


def _for_kitty(console: Console, in_tmux: bool) -> Sequence[Strip]:
    number = a_number()
    content = kitty.encode(a_card(), _COLUMNS, _LINES)
    for sequence in kitty.transmission(number, content, _COLUMNS, _LINES):
        console.file.write(kitty.through_tmux(sequence) if in_tmux else sequence)
    return kitty.cells(number, _COLUMNS, _LINES)
