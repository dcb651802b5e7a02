"""The loupe: one spot of a picture, pixel for pixel, where its text can be read.

A cell shows some pixels by its characters (a sextant two by three). At 100 % each of them is one
pixel of the picture, though a terminal's cells make it a little higher than wide: what is not
mixed with its neighbours stays readable. A view of 120x38 cells shows 240x114 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from workdiary_tui.pictures.decoding import Box

Size = tuple[int, int]

ZOOMS = (25, 50, 75, 100, 150, 200)
"""In per cent."""


@dataclass(frozen=True, slots=True)
class Loupe:
    """A picture of ``picture`` pixels through a window of ``view`` pixels of the terminal.

    ``centre`` is in pixels of the picture; the part that is shown stays inside it.
    """

    picture: Size
    view: Size
    centre: tuple[float, float]
    zoom: int = 100

    @classmethod
    def over(cls, picture: Size, view: Size, zoom: int = 100) -> Loupe:
        """The middle of a picture."""
        return cls(picture, view, (picture[0] / 2, picture[1] / 2), zoom)

    @property
    def part(self) -> Size:
        """How many pixels of the picture are in view, across and down."""
        across, down = (
            min(whole, max(1, round(seen * 100 / self.zoom)))
            for whole, seen in zip(self.picture, self.view, strict=True)
        )
        return across, down

    @property
    def box(self) -> Box:
        """What is in view."""
        (width, height), (across, down) = self.picture, self.part
        left = min(max(0, round(self.centre[0] - across / 2)), width - across)
        top = min(max(0, round(self.centre[1] - down / 2)), height - down)
        return left, top, left + across, top + down

    def panned(self, across: float, down: float) -> Loupe:
        """Moved by parts of the view; the picture's edge stops it."""
        left, top, right, bottom = self.box
        middle = (left + right) / 2 + across * (right - left), (top + bottom) / 2
        moved = replace(self, centre=(middle[0], middle[1] + down * (bottom - top)))
        left, top, right, bottom = moved.box
        return replace(moved, centre=((left + right) / 2, (top + bottom) / 2))

    def zoomed(self, step: int) -> Loupe:
        """Nearer or further by some steps of ZOOMS, about the same centre."""
        place = ZOOMS.index(self.zoom) + step
        return replace(self, zoom=ZOOMS[max(0, min(place, len(ZOOMS) - 1))])

    def at(self, zoom: int) -> Loupe:
        return replace(self, zoom=zoom)

    def through(self, view: Size) -> Loupe:
        """The same spot in a window of another size."""
        return replace(self, view=view)

    def on(self, picture: Size) -> Loupe:
        """The same place of another picture: what was looked at in one is looked at in the next."""
        if picture == self.picture:
            return self
        (x, y), (width, height) = self.centre, self.picture
        centre = (x * picture[0] / width, y * picture[1] / height)
        return replace(self, picture=picture, centre=centre)

    @property
    def whole(self) -> bool:
        """Whether all of the picture is in view."""
        return self.part == self.picture
