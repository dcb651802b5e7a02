"""Sixel pictures over the cells of a screen: painted after Textual's frames, and painted again.

A sixel picture is no cell. Whatever is written to a cell erases the pixels there; so each frame is
watched, and the lines of a picture that it wrote over are sent again once nothing covers them.
The lines that a strip covers are left out, and so is the screen's last: a picture that reaches it
scrolls the screen. One picture is on its way at a time, and the newest is sent next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rich.console import RenderableType
from textual.geometry import NULL_REGION, Region
from textual.screen import Screen
from textual.widget import Widget
from workdiary.errors import ConfigError

from workdiary_tui.arrivals import Arrivals
from workdiary_tui.drawing import Encoded
from workdiary_tui.frames import leave_out, written_lines
from workdiary_tui.pictures import Mode, sixel
from workdiary_tui.pictures.sixel import Raster, Size
from workdiary_tui.terminal.terminal import Terminal
from workdiary_tui.terminal_cell import measured_cell

_ARE_YOU_THERE = "\x1b[6n"
"""Every terminal answers this, and Textual knows the answer."""
_MOST_PARTS = 8
"""After so many parts the whole is sent: xterm keeps sixteen pictures, and drops the oldest."""
_AS_A_VT340 = frozenset({"xterm"})
"""These have sixteen colours; the others that draw sixels have hundreds."""
_COLOURS = 24
"""A screen looks right in so many, at a quarter more bytes than in sixteen."""
_SMALL_CELL = 6, 12
"""Where nobody tells: a picture that is too small is harmless."""


@dataclass(slots=True)
class _Painted:
    """A picture for a widget and cells of some size, and which of its lines stand where."""

    picture: Encoded
    sizes: tuple[Size, Size]
    box: Region = NULL_REGION
    lines: set[int] = field(default_factory=set)
    parts: int = 0

    def lost(self) -> None:
        self.lines.clear()
        self.parts = 0


class Sixels:
    """Paints by ``write``; ``told`` are a cell's pixels if the terminal said them."""

    def __init__(self, raster: Raster | None = None, told: Size | None = None) -> None:
        self.arrivals = Arrivals()
        self._raster = raster or Raster()
        self._told, self._measured = told, measured_cell()
        self._write: Callable[[str], None] = lambda text: None
        self._painted: dict[Widget, _Painted] = {}

    def write_with(self, write: Callable[[str], None]) -> None:
        self._write = write

    @property
    def raster(self) -> Raster:
        """As the terminal is now: another font has other cells."""
        measured = measured_cell()
        told = self._told if measured == self._measured else None
        return replace(self._raster, cell=told or measured or _SMALL_CELL)

    def put(self, widget: Widget, picture: Encoded, repainted: bool) -> None:
        """Show a picture in the middle of a widget, whose cells are blank there.

        ``repainted`` says that the widget is about to write them: the picture comes after that.
        """
        known, sizes = self._painted.get(widget), (widget.size, self.raster.cell)
        if known is None or (known.picture, known.sizes) != (picture, sizes):
            self._painted[widget] = _Painted(picture, sizes)
        if not repainted:
            self._send(widget.app.screen)

    def lift(self, widget: Widget) -> None:
        """The widget shows something else, or nothing more."""
        self._painted.pop(widget, None)

    def forget_all(self) -> None:
        """The terminal may have lost them."""
        for painted in self._painted.values():
            painted.lost()

    def arrived(self, screen: Screen[object]) -> None:
        """The terminal read what was sent last; ``screen`` is the one in front."""
        self.arrivals.answered()
        self._send(screen)

    def before_frame(self, screen: Screen[object], frame: RenderableType) -> None:
        """Note what a frame of ``screen`` will erase, and spare what stands and stays bare."""
        for widget, painted in self._painted.items():
            if widget.screen is not screen or box_in(widget, painted.picture) != painted.box:
                painted.lost()
                continue
            top, region = painted.box.y, widget.region
            standing = painted.lines.intersection(bare_lines(widget, painted.box))
            kept = leave_out(frame, region, {top + line for line in standing})
            shown = {top + line for line in painted.lines} - written_lines(frame, region) | kept
            painted.lines = {line - top for line in shown}

    def after_frame(self, screen: Screen[object]) -> None:
        """Paint what is missing."""
        self._send(screen)

    def _send(self, screen: Screen[object]) -> None:
        for widget, painted in self._painted.items():
            # A widget of another size asks for another picture, and so it does for other cells.
            fits = (widget.size, self.raster.cell) == painted.sizes
            if fits and widget.screen is screen and not self.arrivals.busy:
                self._paint(widget, painted)

    def _paint(self, widget: Widget, painted: _Painted) -> None:
        """Send the lines that are missing, and those between them."""
        box = box_in(widget, painted.picture)
        if box != painted.box or painted.parts >= _MOST_PARTS:
            painted.box = box
            painted.lost()
        bare = bare_lines(widget, box)
        missing = [line for line in bare if line not in painted.lines]
        if not missing:
            return
        painted.lines.update(bare)
        painted.parts += 1
        step = self.raster.lines_of_bands
        first = max(missing[0] // step, -(-bare.start // step)) * step
        self._write_lines(painted.picture, box, range(first, missing[-1] + 1), bare)

    def _write_lines(self, picture: Encoded, box: Region, lines: range, bare: range) -> None:
        """A band that reaches into what covers the picture is left out."""
        down = self.raster.cell[1]
        covered = lines.stop == bare.stop < picture.lines
        end = lines.stop * down // sixel.BAND
        if not covered and lines.stop * down % sixel.BAND:
            end += 1
        begin = lines.start * down // sixel.BAND
        if begin < end:
            content = sixel.part(picture.content, begin, end)
            self._write(sixel.at_place(content, box.x, box.y + lines.start) + _ARE_YOU_THERE)
            self.arrivals.asked()


def box_in(widget: Widget, picture: Encoded) -> Region:
    """The cells in the middle of a widget that a picture fills."""
    region = widget.region
    left = (region.width - picture.columns) // 2
    top = (region.height - picture.lines) // 2
    return Region(region.x + left, region.y + top, picture.columns, picture.lines)


def bare_lines(widget: Widget, box: Region) -> range:
    """The first lines of a box in a row that nothing covers, above the screen's last line."""
    screen, own = widget.screen, set(widget.ancestors_with_self)
    inside = screen.region.shrink((0, 0, 1, 0)).intersection(widget.region)
    others = [other.region for other in screen.query(Widget) if other not in own and other.region]
    bare = range(0)
    for line in range(box.height):
        cells = Region(box.x, box.y + line, box.width, 1)
        if inside.contains_region(cells) and not any(cells.overlaps(other) for other in others):
            bare = range(bare.start if bare else line, line + 1)
        elif bare:
            break
    return bare


def sixels_for(mode: Mode, terminal: Terminal) -> Sixels:
    """What paints sixels on a terminal.

    :raises ConfigError: they are asked for in tmux, which shows none, or words in their place
    """
    if mode is Mode.SIXEL and terminal.tmux:
        raise ConfigError("--images sixel shows nothing in tmux: use kitty or block characters")
    few = not terminal.sixel or terminal.name.lower() in _AS_A_VT340
    return Sixels(Raster() if few else Raster(colours=_COLOURS), terminal.cell)
