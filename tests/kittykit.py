"""A terminal that understands Kitty's Unicode placeholders, as far as a picture needs it.

It is written from the protocol's description and shares no code with what it judges: what the
sequences, colours and diacritics in a stream of bytes say is put together to one image.
"""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from dataclasses import dataclass, field

from PIL import Image

CELL = 8, 16
_TOKEN = re.compile(
    r"\x1bPtmux;(?P<tmux>(?:\x1b\x1b|[^\x1b])*)\x1b\\"
    r"|\x1b_G(?P<keys>[^;\x1b]*);?(?P<text>[^\x1b]*)\x1b\\"
    r"|\x1bP\$q[^\x1b]*\x1b\\"
    r"|\x1b\[(?P<numbers>[0-9;]*)(?P<final>[A-Za-ln-z])"
    r"|\x1b\[(?P<sgr>[0-9;]*)m"
    r"|\x1b[\[\]PX^_]?[?<>=!]?[0-9;]*[$ ]?.?"
    r"|(?P<shown>[^\x1b])",
    re.DOTALL,
)
# The first marks of the protocol's table, by hand: enough for a window of 140 x 45.
_TABLE = """
0305 030D 030E 0310 0312 033D 033E 033F 0346 034A 034B 034C 0350 0351 0352 0357 035B 0363 0364 0365
0366 0367 0368 0369 036A 036B 036C 036D 036E 036F 0483 0484 0485 0486 0487 0592 0593 0594 0595 0597
0598 0599 059C 059D 059E 059F 05A0 05A1 05A8 05A9 05AB 05AC 05AF 05C4 0610 0611 0612 0613 0614 0615
0616 0617 0657 0658 0659 065A 065B 065D 065E 06D6 06D7 06D8 06D9 06DA 06DB 06DC 06DF 06E0 06E1 06E2
06E4 06E7 06E8 06EB 06EC 0730 0732 0733 0735 0736 073A 073D 073F 0740 0741 0743 0745 0747 0749 074A
07EB 07EC 07ED 07EE 07EF 07F0 07F1 07F3 0816 0817 0818 0819 081B 081C 081D 081E 081F 0820 0821 0822
0823 0825 0826 0827 0829 082A 082B 082C 082D
"""
MARKS = {chr(int(point, 16)): place for place, point in enumerate(_TABLE.split())}


@dataclass
class Cell:
    character: str
    colour: int | None
    marks: str = ""


@dataclass
class KittyScreen:
    """Feed it what the program wrote; ``image()`` is what its window shows of pictures."""

    columns: int = 80
    lines: int = 24
    pictures: dict[int, tuple[Image.Image, int, int]] = field(default_factory=dict)
    sent: int = 0
    _cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    _at: tuple[int, int] = (0, 0)
    _colour: int | None = None
    _loading: tuple[dict[str, str], str] | None = None

    def feed(self, written: bytes) -> None:
        for token in _TOKEN.finditer(written.decode()):
            if token["tmux"] is not None:
                self.feed(token["tmux"].replace("\x1b\x1b", "\x1b").encode())
            elif token["keys"] is not None:
                self._graphics(token["keys"], token["text"])
            elif token["final"] is not None:
                self._control(token["final"], token["numbers"])
            elif token["sgr"] is not None:
                self._style([int(one or 0) for one in token["sgr"].split(";")])
            elif token["shown"] is not None:
                self._show(token["shown"])

    def text(self) -> str:
        lines = [[self._cells.get((x, y)) for x in range(self.columns)] for y in range(self.lines)]
        return "\n".join("".join(c.character if c else " " for c in line) for line in lines)

    def image(self) -> tuple[Image.Image, tuple[int, int, int, int]]:
        """The window's pictures on black, and the box of pixels that they fill."""
        window = Image.new("RGB", (self.columns * CELL[0], self.lines * CELL[1]))
        filled = []
        for y in range(self.lines):
            left: tuple[int, int, int] | None = None
            for x in range(self.columns):
                left = self._placed(self._cells.get((x, y)), left)
                if left is not None:
                    window.paste(self._tile(*left), (x * CELL[0], y * CELL[1]))
                    filled.append((x, y))
        across, down = [x for x, _ in filled], [y for _, y in filled]
        box = (min(across), min(down), max(across) + 1, max(down) + 1) if filled else (0, 0, 0, 0)
        return window, (box[0] * 8, box[1] * 16, box[2] * 8, box[3] * 16)

    def _placed(
        self, cell: Cell | None, left: tuple[int, int, int] | None
    ) -> tuple[int, int, int] | None:
        """Picture, row and column of a cell; what it does not say, its left neighbour does."""
        if cell is None or cell.character != "\U0010eeee" or cell.colour not in self.pictures:
            return None
        said = [MARKS[mark] for mark in cell.marks]
        if len(said) == 2:
            return cell.colour, said[0], said[1]
        assert not said
        assert left is not None, "the first of a run names its place"
        assert left[0] == cell.colour
        return cell.colour, left[1], left[2] + 1

    def _tile(self, number: int, row: int, column: int) -> Image.Image:
        picture, columns, lines = self.pictures[number]
        scaled = picture.resize((columns * CELL[0], lines * CELL[1]), Image.Resampling.BILINEAR)
        box = column * CELL[0], row * CELL[1], (column + 1) * CELL[0], (row + 1) * CELL[1]
        return scaled.crop(box)

    def _graphics(self, keys: str, text: str) -> None:
        found = dict(key.split("=") for key in keys.split(","))
        if found.get("a") == "q":
            return
        assert found["q"] == "2", "an answer would be typed into the program"
        assert len(text) <= 4096
        if found.get("a") == "d":
            assert found["d"] == "I"
            del self.pictures[int(found["i"])]
            return
        if self._loading is not None:
            assert set(found) <= {"m", "q"}
            found, text = self._loading[0], self._loading[1] + text
            found["m"] = dict(key.split("=") for key in keys.split(","))["m"]
        self._loading = (found, text) if found["m"] == "1" else None
        if self._loading is None:
            self._hold(found, base64.standard_b64decode(text))

    def _hold(self, keys: dict[str, str], png: bytes) -> None:
        assert (keys["a"], keys["U"], keys["f"]) == ("T", "1", "100")
        assert int(keys["i"]) not in self.pictures, "a number that is in use"
        picture = Image.open(io.BytesIO(png), formats=["PNG"])
        assert picture.mode == "P"
        self.pictures[int(keys["i"])] = picture.convert("RGB"), int(keys["c"]), int(keys["r"])
        self.sent += 1

    def _control(self, final: str, numbers: str) -> None:
        if final == "H":
            line, column = [int(one or 1) for one in (numbers + ";").split(";")[:2]]
            self._at = column - 1, line - 1
        assert final in "Hhluct", f"CSI {final} is not known to this terminal"

    def _style(self, codes: list[int]) -> None:
        if codes == [0]:
            self._colour = None
        if 38 in codes:
            place = codes.index(38)
            self._colour = None
            if codes[place + 1] == 2:
                red, green, blue = codes[place + 2 : place + 5]
                dimmed = 2 in codes[:place]
                self._colour = None if dimmed else red << 16 | green << 8 | blue

    def _show(self, character: str) -> None:
        x, y = self._at
        if character == "\r":
            self._at = 0, y
        elif character == "\n":
            self._at = x, y + 1
        elif unicodedata.combining(character):
            self._cells[x - 1, y].marks += character
        else:
            self._cells[x, y] = Cell(character, self._colour)
            self._at = x + 1, y
