"""The charts of spreadsheet and browser: bars, and a curve with what lies under it."""

from __future__ import annotations

import random

from workdiary_capture_demo.paint import Canvas, Colour


def bars(canvas: Canvas, now: random.Random, count: int, colours: tuple[Colour, ...]) -> None:
    """Groups of bars on a grid, one bar of each colour a group."""
    _grid(canvas)
    wide = (canvas.width - 16) / count
    each = wide * 0.76 / len(colours)
    for group in range(count):
        rise = 0.3 + 0.45 * group / count
        for number, colour in enumerate(colours):
            height = canvas.height * min(0.95, rise + now.uniform(-0.15, 0.2))
            x = 8 + group * wide + number * each
            canvas.block(x, canvas.height - height, each - 1, height, colour)


def curve(canvas: Canvas, now: random.Random, colour: Colour, under: Colour) -> None:
    level, points = 0.35, []
    for step in range(25):
        level = min(0.92, max(0.12, level + now.uniform(-0.09, 0.12)))
        points.append((step * canvas.width / 24, canvas.height * (1 - level)))
    canvas.area([(0, canvas.height), *points, (canvas.width, canvas.height)], under)
    _grid(canvas)
    canvas.line(points, colour, 3)


def _grid(canvas: Canvas) -> None:
    for line in range(4):
        canvas.block(0, canvas.height * line / 4, canvas.width, 1, "#d9dee5")
    canvas.block(0, canvas.height - 1, canvas.width, 1, "#8d96a3")
