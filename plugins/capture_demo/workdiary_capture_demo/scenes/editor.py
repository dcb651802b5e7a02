"""An editor: files at the left, code in colours, a map of it, and sometimes a test run below."""

from __future__ import annotations

import random
import re
from functools import lru_cache

from workdiary_capture_demo.paint import Canvas, Colour
from workdiary_capture_demo.scenes.code import FILES, PROJECT, TESTS

_INK: dict[str, Colour] = {
    "comment": "#7f8797",
    "string": "#98c379",
    "number": "#d19a66",
    "keyword": "#c678dd",
    "call": "#61afef",
    "type": "#e5c07b",
    "name": "#d7dae0",
    "sign": "#abb2bf",
}
_TOKEN = re.compile(
    r"(?P<comment>#.*|//.*|--.*)"
    r"|(?P<string>\"\"\".*?\"\"\"|\"[^\"]*\"|'[^']*'|`[^`]*`)"
    r"|(?P<number>\b\d[\d_.]*\b)"
    r"|(?P<keyword>\b(?:def|class|return|for|in|if|else|not|raise|yield|from|import|with|as|async"
    r"|await|const|let|export|function|new|type|select|where|join|on|group|by|order|create|index"
    r"|table|update|set|and|or|None|self|null)\b)"
    r"|(?P<call>\b[a-z_]\w*(?=\())"
    r"|(?P<type>\b[A-Z]\w*\b)"
    r"|(?P<name>\b\w+\b)"
    r"|(?P<sign>[^\s\w])"
)
_LINE, _SIZE, _LETTER = 21, 14, 8


def editor(canvas: Canvas, habit: random.Random, now: random.Random) -> None:
    canvas.fill("#1f2229")
    files = habit.sample(sorted(FILES), len(FILES))
    opened = now.choice(files)
    panel = 150 if habit.random() < 0.5 else 0
    _bar(canvas)
    _explorer(canvas.part(46, 0, 190, canvas.height - 24), opened)
    _tabs(canvas.part(236, 0, canvas.width - 236, 34), files, opened)
    text = canvas.part(236, 34, canvas.width - 236, canvas.height - 58 - panel)
    lines = FILES[opened]
    first = now.randrange(max(1, len(lines) - round(text.height / _LINE) + 1))
    current = first + now.randrange(4, 16)
    _code(text, lines, first, current)
    _map(text.part(text.width - 96, 0, 96, text.height), lines, first)
    if panel:
        below = canvas.height - 24 - panel
        _run(canvas.part(236, below, canvas.width - 236, panel), now)
    canvas.block(0, canvas.height - 24, canvas.width, 24, "#0a66b5")
    place = f"Ln {current + 1}, Col {now.randrange(2, 60)}    UTF-8    {opened.rpartition('.')[2]}"
    canvas.text(14, canvas.height - 22, f"main*    0 errors    {place}", "#ffffff", 13)


def _bar(canvas: Canvas) -> None:
    canvas.block(0, 0, 46, canvas.height, "#2b2f38")
    for number in range(5):
        shade = "#e4e7ec" if number == 0 else "#6d7584"
        canvas.rounded(13, 16 + number * 44, 20, 20, shade, 5)
        canvas.rounded(17, 20 + number * 44, 12, 12, "#2b2f38", 3)
    canvas.block(0, 10, 3, 32, "#61afef")


def _explorer(canvas: Canvas, opened: str) -> None:
    canvas.fill("#262a32")
    canvas.text(16, 10, "EXPLORER", "#8b93a3", 12, bold=True)
    for number, (depth, name) in enumerate(PROJECT):
        y = 34 + number * 24
        if name == opened:
            canvas.block(0, y - 2, canvas.width, 24, "#3a4150")
        folder = "." not in name
        canvas.rounded(18 + depth * 14, y + 4, 10, 10, "#d9b46a" if folder else "#5b9fd6", 2)
        shade = "#ffffff" if name == opened else "#b4bbc8"
        canvas.text(34 + depth * 14, y, name, shade)


def _tabs(canvas: Canvas, files: list[str], opened: str) -> None:
    canvas.fill("#191c22")
    x = 0.0
    for name in files:
        wide = 44 + len(name) * 7.5
        if name == opened:
            canvas.block(x, 0, wide, 34, "#1f2229")
            canvas.block(x, 0, wide, 3, "#61afef")
        canvas.text(x + 16, 8, name, "#ffffff" if name == opened else "#8b93a3")
        x += wide


def _code(canvas: Canvas, lines: tuple[str, ...], first: int, current: int) -> None:
    shown = lines[first : first + int(canvas.height / _LINE) + 1]
    for row, line in enumerate(shown):
        y, here = 6 + row * _LINE, first + row == current
        if here:
            canvas.block(0, y - 2, canvas.width, _LINE, "#2b303b")
        shade = "#c5cad3" if here else "#5c6370"
        canvas.text(16, y, f"{first + row + 1:>3}", shade, 13, typed=True)
        indent = len(line) - len(line.lstrip())
        for guide in range(0, indent, 4):
            canvas.block(64 + guide * _LETTER, y - 2, 1, _LINE, "#343a46")
        for start, token, kind in _tokens(line):
            canvas.text(64 + start * _LETTER, y, token, _INK[kind], _SIZE, typed=True)


def _map(canvas: Canvas, lines: tuple[str, ...], first: int) -> None:
    """The whole file, too small to read, as editors show it."""
    canvas.fill("#1b1e24")
    canvas.block(0, 6 + first * 4, canvas.width, 100, "#2a2e37")
    for row, line in enumerate(lines):
        for start, token, kind in _tokens(line):
            canvas.block(8 + start * 1.3, 8 + row * 4, len(token) * 1.3, 2, _INK[kind])


def _run(canvas: Canvas, now: random.Random) -> None:
    canvas.fill("#171a1f")
    canvas.block(0, 0, canvas.width, 1, "#3a4150")
    x = 16.0
    for name in ("PROBLEMS", "OUTPUT", "TERMINAL"):
        shade = "#ffffff" if name == "TERMINAL" else "#7f8797"
        x = canvas.text(x, 8, name, shade, 12) + 22
    failed = now.random() < 0.3
    rows = [("$ uv run pytest -q", "#d7dae0")]
    rows += [(line, "#98c379") for line in TESTS]
    count = now.randrange(80, 140)
    verdict = f"1 failed, {count} passed" if failed else f"{count} passed"
    rows.append(
        (f"{verdict} in {now.randrange(300, 900) / 100}s", "#e06c75" if failed else "#98c379")
    )
    for number, (line, colour) in enumerate(rows):
        canvas.text(16, 32 + number * 22, line, colour, 13, typed=True)
    canvas.block(16, 34 + len(rows) * 22, 8, 15, "#d7dae0")


@lru_cache(maxsize=512)
def _tokens(line: str) -> tuple[tuple[int, str, str], ...]:
    """Where each token starts, the token, and its kind."""
    return tuple((m.start(), m.group(), str(m.lastgroup)) for m in _TOKEN.finditer(line))
