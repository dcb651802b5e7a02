"""A spreadsheet: a table of measurements with a chart laid over it."""

from __future__ import annotations

import random

from workdiary_capture_demo.paint import Canvas
from workdiary_capture_demo.scenes.charts import bars

_SHEETS = ("Battery", "Scrolling", "Syncing", "Release")
_HEADINGS = ("Device", "Build", "Idle mW", "Scroll mW", "Sync mW", "Hours", "Change", "Status")
_SPANS = ((90, 160), (400, 900), (200, 480))
_GREEN, _INK, _LINES = "#1e7145", "#2b3138", "#d5dae0"
_ROW, _MARGIN = 24, 44


def spreadsheet(canvas: Canvas, habit: random.Random, now: random.Random) -> None:
    canvas.fill("#ffffff")
    sheet = habit.choice(_SHEETS)
    chosen = now.randrange(2, 12), now.randrange(2, 6)
    _tools(canvas, sheet)
    _formula(canvas.part(0, 78, canvas.width, 30), chosen)
    table = canvas.part(0, 108, canvas.width, canvas.height - 136)
    _table(table, habit, now, chosen)
    wide, high = canvas.width * 0.36, canvas.height * 0.4
    left, top = canvas.width * 0.52, canvas.height * 0.36
    canvas.rounded(left - 2, top - 2, wide + 4, high + 4, "#b8c0ca", 8)
    canvas.rounded(left, top, wide, high, "#ffffff", 7)
    canvas.text(left + 18, top + 12, f"{sheet}: this build and the last", _INK, 16, bold=True)
    chart = canvas.part(left + 18, top + 46, wide - 36, high - 64)
    bars(chart, now, 8, ("#9fc5ad", _GREEN))
    _sheets(canvas.part(0, canvas.height - 28, canvas.width, 28), sheet)


def _tools(canvas: Canvas, sheet: str) -> None:
    canvas.block(0, 0, canvas.width, 40, _GREEN)
    canvas.text(18, 9, f"{sheet}.xlsx", "#ffffff", 17, bold=True)
    x = 260.0
    for name in ("Home", "Insert", "Formulas", "Data", "Review"):
        x = canvas.text(x, 11, name, "#e3f1e9", 15) + 26
    canvas.block(0, 40, canvas.width, 38, "#f1f4f2")
    for number in range(18):
        tint = ("#5f7a6b", "#8fa89a", "#c2d2c9")[number % 3]
        canvas.rounded(18 + number * 34 + number // 4 * 16, 50, 20, 18, tint, 4)


def _formula(canvas: Canvas, chosen: tuple[int, int]) -> None:
    row, column = chosen
    canvas.block(0, 0, canvas.width, 30, "#ffffff")
    canvas.text(14, 6, f"{chr(65 + column)}{row + 1}", _INK, 14, bold=True)
    canvas.block(66, 5, 1, 20, _LINES)
    letter = chr(65 + column)
    canvas.text(80, 6, f"=AVERAGE(Runs!{letter}{row * 8}:{letter}{row * 8 + 7})", _INK, 14)


def _table(
    canvas: Canvas, habit: random.Random, now: random.Random, chosen: tuple[int, int]
) -> None:
    wide = (canvas.width - _MARGIN) / len(_HEADINGS)
    canvas.block(0, 0, canvas.width, _ROW, "#e6ebe8")
    canvas.block(0, 0, _MARGIN, canvas.height, "#e6ebe8")
    for column in range(len(_HEADINGS)):
        x = _MARGIN + column * wide
        if column == chosen[1]:
            canvas.block(x, 0, wide, _ROW, "#b7d7c4")
        canvas.text(x + wide / 2 - 5, 4, chr(65 + column), "#4d5a53", 13)
    rows = int(canvas.height / _ROW)
    figures = random.Random(habit.random())  # noqa: S311 (a picture, not a secret)
    for row in range(rows):
        y = _ROW + row * _ROW
        canvas.text(14, y + 4, str(row + 1), "#4d5a53", 13)
        _cells(canvas, row, (y, wide), figures, row < rows - now.randrange(3))
    for row in range(rows + 1):
        canvas.block(0, _ROW * (row + 1) - 1, canvas.width, 1, _LINES)
    for column in range(len(_HEADINGS) + 1):
        canvas.block(_MARGIN + column * wide - 1, 0, 1, canvas.height, _LINES)
    x, y = _MARGIN + chosen[1] * wide, _ROW * (chosen[0] + 1)
    canvas.frame(x - 2, y - 2, wide + 3, _ROW + 3, _GREEN)


def _cells(
    canvas: Canvas, row: int, place: tuple[float, float], figures: random.Random, filled: bool
) -> None:
    y, wide = place
    if row == 0:
        canvas.block(_MARGIN, y, canvas.width, _ROW, "#d3e7da")
        for column, name in enumerate(_HEADINGS):
            canvas.text(_MARGIN + column * wide + 10, y + 3, name, "#14482c", 14, bold=True)
        return
    if row % 2 == 0:
        canvas.block(_MARGIN, y, canvas.width, _ROW, "#f4f8f6")
    change = figures.uniform(-14, 9)
    cells = [f"P-{300 + row}", f"2.{row % 7}.{figures.randrange(9)}"]
    cells += [str(figures.randrange(*span)) for span in _SPANS]
    cells += [f"{figures.randrange(90, 190) / 10:.1f}", f"{change:+.1f} %"]
    cells.append("slower" if change > 3 else "ok")
    if not filled:
        return
    if change > 3:
        canvas.block(_MARGIN + 7 * wide, y, wide, _ROW, "#f8d7d3")
    for column, cell in enumerate(cells):
        ink = "#b3261e" if column >= 6 and change > 3 else _INK
        canvas.text(_MARGIN + column * wide + 10, y + 3, cell, ink, 14)


def _sheets(canvas: Canvas, sheet: str) -> None:
    canvas.fill("#e6ebe8")
    x = 44.0
    for name in _SHEETS:
        wide = 36 + len(name) * 8.0
        if name == sheet:
            canvas.block(x, 0, wide, 28, "#ffffff")
            canvas.block(x, 25, wide, 3, _GREEN)
        canvas.text(x + 18, 5, name, _GREEN if name == sheet else "#59645e", 14)
        x += wide
