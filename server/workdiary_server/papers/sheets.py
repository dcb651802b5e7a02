"""An A4 page with its embedded fonts, and text on it in any script that the fonts know."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib import resources
from typing import Final, cast

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection
from fpdf.fonts import TTFFont

MARGIN: Final = 17.0
BOTTOM: Final = 20.0
INK = (28, 36, 46)
GREY = (98, 108, 120)
ACCENT = (27, 58, 87)
_BOX = "\u25a1"
_FONT = "DejaVu"
_RIGHT_TO_LEFT = range(0x0590, 0x0900)
_PRESENTED = range(0xFB1D, 0xFEFD)


class Sheet(FPDF):
    """Pages that are drawn from top to bottom; nothing on them depends on when or where."""

    def __init__(self, title: str, dated: date) -> None:
        super().__init__("portrait", "mm", "A4")
        self.alias_nb_pages("")
        self.set_creation_date(datetime(dated.year, dated.month, dated.day, tzinfo=UTC))
        self.set_producer("workdiary")
        self.set_creator("workdiary")
        self.set_title(title)
        self.set_lang("en")
        fonts = resources.files("workdiary_server.papers") / "fonts"
        with resources.as_file(fonts) as folder:
            self.add_font(_FONT, "", folder / "DejaVuSans.ttf")
            self.add_font(_FONT, "B", folder / "DejaVuSans-Bold.ttf")
        self._known = frozenset(cast(TTFFont, self.fonts[_FONT.lower()]).cmap)
        self.boxed = False
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.add_page()

    @property
    def right(self) -> float:
        return float(self.w - MARGIN)

    @property
    def inner(self) -> float:
        return float(self.w - 2 * MARGIN)

    @property
    def left_below(self) -> float:
        """The height that is left on this page."""
        return float(self.h - BOTTOM - self.get_y())

    def pen(self, size: float, bold: bool = False, color: tuple[int, int, int] = INK) -> None:
        self.set_font(_FONT, "B" if bold else "", size)
        self.set_text_color(*color)

    def put(self, x: float, y: float, width: float, height: float, text: str, align: str) -> None:
        """One line of text in a box; the caller has seen to it that it fits."""
        self.set_xy(x, y)
        self.cell(width, height, self._visual(text), align=align)

    def measured(self, text: str) -> float:
        return float(self.get_string_width(self.drawable(text)))

    def lines(self, text: str, width: float) -> list[str]:
        """``text`` in lines that fit, broken at spaces, and inside what is wider than a line."""
        lines = [""]
        for word in self.drawable(text).split(" "):
            for piece in self._pieces(word, width):
                joined = f"{lines[-1]} {piece}" if lines[-1] else piece
                if self.measured(joined) <= width:
                    lines[-1] = joined
                else:
                    lines.append(piece)
        return lines

    def _pieces(self, word: str, width: float) -> list[str]:
        if self.measured(word) <= width:
            return [word]
        pieces = [""]
        for character in word:
            if pieces[-1] and self.measured(pieces[-1] + character) > width:
                pieces.append("")
            pieces[-1] += character
        return pieces

    def drawable(self, text: str) -> str:
        """``text`` with a box for every character that the fonts lack."""
        if all(ord(character) in self._known for character in text):
            return text
        self.boxed = True
        return "".join(c if ord(c) in self._known else _BOX for c in text)

    def _visual(self, text: str) -> str:
        """The characters as they stand from left to right."""
        drawable = self.drawable(text)
        if not any(ord(c) in _RIGHT_TO_LEFT or ord(c) in _PRESENTED for c in drawable):
            return drawable
        return str(BidiParagraph(drawable, TextDirection.LTR).get_reordered_string())
