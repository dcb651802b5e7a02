"""A terminal that understands sixels, as far as a picture over cells needs it.

It is written from the format's description and shares no code with what it judges. Cells that are
written to lose their pixels, and a picture that reaches the last line is a mistake: it scrolls.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from PIL import Image

_SIXEL = re.compile(
    rb'"(?P<raster>[\d;]+)|#(?P<colour>[\d;]+)|!(?P<times>\d+)(?P<repeated>[?-~])'
    rb"|(?P<one>[?-~])|(?P<control>[$-])"
)
_TOKEN = re.compile(
    r"\x1bP(?P<keys>[\d;]*)q(?P<sixels>[^\x1b]*)\x1b\\"
    r"|\x1b(?P<cursor>[78])"
    r"|\x1b\[(?P<numbers>[0-9;]*)(?P<final>[A-Za-z])"
    r"|\x1b[\[\]PX^_]?[?<>=!]?[0-9;]*[$ ]?.?"
    r"|(?P<shown>[^\x1b])",
    re.DOTALL,
)
BLACK = (0, 0, 0)


def decoded(content: bytes) -> Image.Image:
    """The image of sixels; pixels that none painted are clear."""
    found = list(_SIXEL.finditer(content))
    assert b"".join(one[0] for one in found) == content, "something that is no sixel"
    assert found[0]["raster"], "the size comes first"
    one, other, width, height = (int(part) for part in found[0]["raster"].split(b";"))
    assert (one, other) == (1, 1)
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    painting = _Painting(image)
    for token in found[1:]:
        if token["colour"]:
            painting.colour(*(int(part) for part in token["colour"].split(b";")))
        elif token["control"]:
            painting.at = 0, painting.at[1] + (6 if token["control"] == b"-" else 0)
        else:
            painting.paint(token["one"] or token["repeated"], int(token["times"] or 1))
    assert painting.at[1] in range(height - 6, height), "as many bands as the size says"
    return image


class _Painting:
    def __init__(self, image: Image.Image) -> None:
        self.image, self.at = image, (0, 0)
        self.palette: dict[int, tuple[int, int, int, int]] = {}
        self.pen = (0, 0, 0, 0)

    def colour(self, number: int, *levels: int) -> None:
        if levels:
            assert levels[0] == 2, "red, green and blue"
            assert all(0 <= level <= 100 for level in levels[1:])
            red, green, blue = (round(level * 255 / 100) for level in levels[1:])
            self.palette[number] = red, green, blue, 255
        self.pen = self.palette[number]

    def paint(self, sixel: bytes, times: int) -> None:
        x, y = self.at
        assert x + times <= self.image.width
        for row in range(6):
            if (sixel[0] - 63) >> row & 1:
                assert y + row < self.image.height
                self.image.paste(self.pen, (x, y + row, x + times, y + row + 1))
        self.at = x + times, y


@dataclass
class SixelScreen:
    """Feed it what the program wrote; ``window`` is what it shows of pictures, on black."""

    columns: int = 80
    lines: int = 24
    cell: tuple[int, int] = (8, 17)
    sent: list[int] = field(default_factory=list)
    """How many bytes each picture, or part of one, had."""

    def __post_init__(self) -> None:
        self.window = Image.new("RGB", (self.columns * self.cell[0], self.lines * self.cell[1]))
        self._cells: dict[tuple[int, int], str] = {}
        self._at = self._saved = (0, 0)

    def feed(self, written: bytes) -> None:
        for token in _TOKEN.finditer(written.decode()):
            if token["sixels"] is not None:
                self._hang(token["sixels"].encode())
            elif token["cursor"]:
                self._at, self._saved = (
                    (self._saved, self._saved) if token["cursor"] == "8" else (self._at, self._at)
                )
            elif token["final"] == "H":
                line, column = [int(one or 1) for one in (token["numbers"] + ";").split(";")[:2]]
                self._at = column - 1, line - 1
            elif token["shown"] is not None:
                self._show(token["shown"])

    def text(self) -> str:
        lines = [[self._cells.get((x, y), " ") for x in range(self.columns)] for y in range(24)]
        return "\n".join(map("".join, lines))

    def picture(self) -> tuple[int, int, int, int]:
        """The box of cells that show pixels."""
        left, top, right, bottom = self.window.getbbox() or (0, 0, 0, 0)
        across, down = self.cell
        return left // across, top // down, -(-right // across), -(-bottom // down)

    def _hang(self, content: bytes) -> None:
        picture = decoded(content)
        left, top = self._at[0] * self.cell[0], self._at[1] * self.cell[1]
        assert left + picture.width <= self.window.width
        assert top + picture.height <= (self.lines - 1) * self.cell[1], "it would scroll"
        self.window.paste(picture, (left, top), picture)
        self.sent.append(len(content))

    def _show(self, character: str) -> None:
        x, y = self._at
        if character == "\r":
            self._at = 0, y
        elif character == "\n":
            self._at = x, y + 1
        elif not unicodedata.combining(character):
            across, down = self.cell
            self._cells[x, y] = character
            box = x * across, y * down, (x + 1) * across, (y + 1) * down
            self.window.paste(BLACK, box)
            self._at = x + 1, y
