"""Drawing a plausible desktop with Pillow: panel, window, dock, and the mark of a demo.

All of it is a pure function of scene, instant and seed. What does not change from one picture to
the next is drawn once and copied.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from PIL import Image

from workdiary_capture_demo.paint import Canvas, Colour
from workdiary_capture_demo.scenes.browser import browser
from workdiary_capture_demo.scenes.editor import editor
from workdiary_capture_demo.scenes.spreadsheet import spreadsheet
from workdiary_capture_demo.scenes.terminal import terminal

SCENES: dict[str, Callable[[Canvas, random.Random, random.Random], None]] = {
    "editor": editor,
    "terminal": terminal,
    "spreadsheet": spreadsheet,
    "browser": browser,
}
_APPLICATIONS = {
    "editor": "Code",
    "terminal": "Terminal",
    "spreadsheet": "Sheets",
    "browser": "Web",
}
_DUSKS: tuple[tuple[Colour, ...], ...] = (
    ("#2b3a67", "#3f4f86", "#6b6ea8", "#a98bb8", "#e3a6a1", "#26335c", "#1c2749"),
    ("#0f3d4c", "#17576a", "#2a7f8e", "#63aaa8", "#b9cfae", "#0d3341", "#092731"),
    ("#402a4f", "#5f3a66", "#8d4f78", "#c2707f", "#eba27f", "#352342", "#261930"),
    ("#1e3a5f", "#2b5480", "#4478a8", "#78a5c9", "#b9d2e0", "#193251", "#11243c"),
)
"""Five bands of sky from the top down, and two ridges of hills."""
_LIGHTS: tuple[Colour, ...] = ("#ed6a5e", "#f5bf4f", "#62c554")
_DOCK: tuple[Colour, ...] = ("#4c8bf5", "#f2994a", "#27ae60", "#eb5757", "#9b51e0", "#2d9cdb")
_BADGE: Colour = "#ffc400"
_BADGE_INK: Colour = "#281c00"
_PANEL, _TITLE = 30, 34


def draw_desktop(
    scene: str, instant: datetime, seed: int, size: tuple[int, int] = (1280, 800), memo: str = ""
) -> Image.Image:
    """An RGB picture of ``size``; ``scene`` is one of SCENES, ``memo`` is the window's title."""
    image = _empty_desktop(scene, seed % len(_DUSKS), size).copy()
    desk = _desk(image)
    habit = random.Random(f"{scene} {seed}")  # noqa: S311 (a picture, not a secret)
    now = random.Random(f"{scene} {seed} {instant:%Y-%m-%d %H:%M}")  # noqa: S311
    window = _window(desk)
    window.text(84, 8, f"{memo or scene.capitalize()} - {_APPLICATIONS[scene]}", "#e4e6ea")
    SCENES[scene](window.part(0, _TITLE, window.width, window.height - _TITLE), habit, now)
    desk.text(desk.width - 196, 6, f"{instant:%a %d %b %Y  %H:%M} UTC", "#ffffff")
    _badge(desk)
    return image


def _desk(image: Image.Image) -> Canvas:
    scale = max(0.6, min(image.width / 1280, image.height / 800))
    return Canvas(image, (0, 0, image.width, image.height), scale)


def _window(desk: Canvas) -> Canvas:
    return desk.part(26, 46, desk.width - 52, desk.height - 120)


@lru_cache(maxsize=32)
def _empty_desktop(scene: str, dusk: int, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size)
    desk = _desk(image)
    _wallpaper(desk, _DUSKS[dusk])
    desk.block(0, 0, desk.width, _PANEL, "#14161b")
    desk.rounded(14, 9, 12, 12, "#8fb8ff", 6)
    x = desk.text(38, 6, _APPLICATIONS[scene], "#ffffff", bold=True) + 18
    for menu in ("File", "Edit", "View", "Help"):
        x = desk.text(x, 6, menu, "#c3c8d1") + 18
    for bar in range(4):
        desk.block(desk.width - 252 + bar * 6, 19 - bar * 3, 4, 3 + bar * 3, "#c3c8d1")
    window = _window(desk)
    desk.rounded(24, 44, window.width + 4, window.height + 4, "#0b0d11", 11)
    window.rounded(0, 0, window.width, _TITLE + 12, "#343841", 10)
    for number, light in enumerate(_LIGHTS):
        window.rounded(14 + number * 21, 11, 12, 12, light, 6)
    _dock(desk, list(SCENES).index(scene))
    return image


def _wallpaper(desk: Canvas, dusk: tuple[Colour, ...]) -> None:
    *sky, far, near = dusk
    band = desk.height / len(sky)
    for number, colour in enumerate(sky):
        desk.block(0, number * band, desk.width, band + 2, colour)
    bottom, step = desk.height, desk.width / 8
    for colour, high, heights in (
        (far, 0.42, (0, 90, 30, 120, 60, 140, 40, 100, 20)),
        (near, 0.2, (60, 10, 80, 30, 50, 0, 70, 20, 90)),
    ):
        ridge = [(n * step, bottom - desk.height * high - up) for n, up in enumerate(heights)]
        desk.area([*ridge, (desk.width, bottom), (0, bottom)], colour)


def _dock(desk: Canvas, running: int) -> None:
    wide = len(_DOCK) * 52 + 16
    left, top = (desk.width - wide) / 2, desk.height - 64
    desk.rounded(left, top, wide, 56, "#20242c", 16)
    for number, colour in enumerate(_DOCK):
        x = left + 14 + number * 52
        desk.rounded(x, top + 8, 40, 36, colour, 10)
        desk.rounded(x + 12, top + 17, 16, 18, "#ffffff", 4)
        if number == running:
            desk.rounded(x + 15, top + 47, 10, 5, "#ffffff", 2)


def _badge(desk: Canvas) -> None:
    """Nobody shall take a drawn picture for a real one, at any size."""
    x, y = desk.width - 304, desk.height - 120
    desk.rounded(x - 4, y - 4, 298, 118, _BADGE_INK, 14)
    desk.rounded(x, y, 290, 110, _BADGE, 11)
    desk.text(x + 27, y - 2, "DEMO", _BADGE_INK, 76, bold=True)
    desk.text(x + 31, y + 82, "drawn picture, not a real screen", _BADGE_INK, 16)
