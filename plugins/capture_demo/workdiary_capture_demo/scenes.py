"""What is in the drawn window: an editor, a terminal, a spreadsheet or a browser."""

from __future__ import annotations

import random

from workdiary_capture_demo.paint import Canvas, Colour

_CODE = (
    "from decimal import ROUND_HALF_UP, Decimal",
    "",
    "def line_total(rate: Decimal, minutes: int) -> Decimal:",
    '    """Round once a line, never once a segment."""',
    "    exact = rate * minutes / 60",
    "    return exact.quantize(CENT, rounding=ROUND_HALF_UP)",
    "",
    "class Invoice:",
    "    def __init__(self, number: int, lines: list[Line]) -> None:",
    "        self.number = number",
    "        self.lines = lines",
    "",
    "    @property",
    "    def total(self) -> Decimal:",
    "        return sum((line.total for line in self.lines), start=ZERO)",
    "",
    "    def as_rows(self) -> Iterator[Row]:",
    "        for line in self.lines:",
    "            yield Row(line.label, line.minutes, line.total)",
    "",
    "    def check(self) -> None:",
    "        if self.total != sum(row.amount for row in self.as_rows()):",
    '            raise ValueError("the rows do not add up to the total")',
)
_KEYWORDS = {"from", "import", "def", "class", "return", "for", "in", "if", "raise", "yield"}
_FILES = ("invoice.py", "lines.py", "rounding.py", "pdf.py", "mail.py", "tests/test_lines.py")
_RUNS = (
    ("$ uv run pytest -q", "plain"),
    ("....................................................... [ 61%]", "good"),
    (".................................F.                     [100%]", "bad"),
    ("FAILED tests/test_prices.py::test_a_week_adds_up - assert 3889 == 3892", "bad"),
    ("1 failed, 89 passed in 4.12s", "bad"),
    ("$ git diff --stat", "plain"),
    (" app/prices.py        | 14 ++++++++------", "plain"),
    (" tests/test_prices.py | 31 +++++++++++++++++++++++++++++++", "good"),
    ("$ uv run pytest -q", "plain"),
    ("90 passed in 4.05s", "good"),
    ("$ git commit -am 'Round each line of the price table once'", "plain"),
    ("[prices 4be21f0] Round each line of the price table once", "plain"),
)
_PROSE = (
    "Attachments move in three steps. First every new upload is written to both",
    "stores, so that nothing is lost when a step has to be taken back. Then old",
    "ones are copied in the background, a day at a time, and each copy is read",
    "back and compared before its row is switched. Only when a month has passed",
    "without a single read from the old store is it emptied.",
)


def editor(canvas: Canvas, rng: random.Random) -> None:
    canvas.fill((30, 33, 40))
    canvas.block(0, 0, 190, canvas.height, (37, 41, 50))
    chosen = rng.randrange(len(_FILES))
    for number, name in enumerate(_FILES):
        if number == chosen:
            canvas.block(0, 14 + number * 26, 190, 24, (58, 66, 82))
        canvas.text(18, 17 + number * 26, name, (176, 184, 198))
    first, current = rng.randrange(0, 9), rng.randrange(3, 20)
    rows = (canvas.height - 40) // 22
    for row in range(rows):
        y = 10 + row * 22
        if row == current:
            canvas.block(190, y - 2, canvas.width, 22, (42, 47, 58))
        canvas.text(204, y, f"{first + row + 1:>3}", (92, 99, 112))
        _code(canvas, 250, y, _CODE[(first + row) % len(_CODE)])
    canvas.block(0, canvas.height - 24, canvas.width, 24, (0, 98, 163))
    canvas.text(12, canvas.height - 22, f"main   {_FILES[chosen]}   Ln {current}", (255, 255, 255))


def terminal(canvas: Canvas, rng: random.Random) -> None:
    canvas.fill((12, 14, 18))
    colours: dict[str, Colour] = {
        "plain": (208, 212, 218),
        "good": (126, 211, 107),
        "bad": (240, 98, 90),
    }
    first = rng.randrange(len(_RUNS))
    for row in range((canvas.height - 20) // 24):
        text, kind = _RUNS[(first + row) % len(_RUNS)]
        canvas.text(16, 12 + row * 24, text, colours[kind], 17)
    canvas.block(16, canvas.height - 24, 10, 18, (208, 212, 218))


def spreadsheet(canvas: Canvas, rng: random.Random) -> None:
    canvas.fill((255, 255, 255))
    canvas.block(0, 0, canvas.width, 34, (33, 115, 70))
    canvas.text(14, 7, "Battery and release figures", (255, 255, 255), 17)
    names = ("Device", "Build", "Idle mW", "Scroll mW", "Sync mW", "Hours", "Status")
    wide = canvas.width // len(names)
    for column, name in enumerate(names):
        canvas.block(column * wide, 34, wide - 1, 26, (222, 232, 226))
        canvas.text(column * wide + 10, 39, name, (30, 60, 44))
    chosen = rng.randrange(2, 14)
    for row in range((canvas.height - 60) // 25):
        y = 60 + row * 25
        canvas.block(0, y, canvas.width, 25, (243, 247, 245) if row % 2 else (255, 255, 255))
        if row == chosen:
            canvas.block(wide * 3, y, wide - 1, 25, (255, 236, 170))
        cells = [f"P-{310 + row}", f"2.{row % 7}.{rng.randrange(9)}"]
        cells += [str(rng.randrange(*span)) for span in ((90, 160), (400, 900), (200, 480))]
        cells += [f"{rng.randrange(90, 190) / 10}", "ok" if rng.random() < 0.8 else "slow"]
        for column, cell in enumerate(cells):
            late = column == 6 and cell == "slow"
            canvas.text(column * wide + 10, y + 4, cell, (200, 40, 40) if late else (40, 44, 50))


def browser(canvas: Canvas, rng: random.Random) -> None:
    canvas.fill((252, 252, 250))
    canvas.block(0, 0, canvas.width, 40, (232, 234, 238))
    canvas.block(110, 8, canvas.width - 220, 24, (255, 255, 255))
    canvas.text(122, 11, "https://wiki.acme.example/storage/moving-attachments", (70, 74, 82))
    canvas.text(80, 62, "Moving attachments without losing one", (24, 28, 36), 32)
    for row in range(2):
        for number, line in enumerate(_PROSE):
            y = 116 + row * 330 + number * 26
            canvas.text(80, y, line, (56, 60, 68), 17)
    _chart(canvas, 80, 260, rng)
    canvas.block(canvas.width - 300, 116, 240, 190, (228, 240, 252))
    canvas.text(canvas.width - 280, 130, "On this page", (20, 80, 150), 18)
    for number, line in enumerate(("Both stores", "Copying", "Reading back", "Emptying")):
        canvas.text(canvas.width - 280, 166 + number * 30, line, (20, 80, 150), 16)


def _code(canvas: Canvas, x: int, y: int, line: str) -> None:
    """A line of code in five colours, split at words as a highlighter would."""
    x += (len(line) - len(line.lstrip())) * 9
    text = line.strip()
    if text.startswith(('"', "@")):
        canvas.text(x, y, text, (152, 195, 121))
        return
    for word in text.split(" "):
        colour: Colour = (198, 120, 221) if word in _KEYWORDS else (212, 216, 224)
        if word.isupper() or word.strip("(),:").isdigit():
            colour = (209, 154, 102)
        x = canvas.text(x, y, word, colour) + 6


def _chart(canvas: Canvas, x: int, y: int, rng: random.Random) -> None:
    canvas.block(x, y, 620, 160, (240, 244, 248))
    for bar in range(20):
        height = 30 + bar * 4 + rng.randrange(0, 36)
        colour: Colour = (66, 133, 244) if bar < 15 else (52, 168, 83)
        canvas.block(x + 14 + bar * 30, y + 154 - height, 20, height, colour)
