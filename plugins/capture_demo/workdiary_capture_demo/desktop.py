"""Drawing a plausible desktop with Pillow: panel, window, content, and the mark of a demo.

All of it is a pure function of scene, instant and seed. Few colours are used and text is not
smoothed, so that a picture stays small without loss, like most real screens.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from PIL import Image, ImageDraw

from workdiary_capture_demo import scenes
from workdiary_capture_demo.paint import PANEL, Canvas, face

SCENES: dict[str, Callable[[Canvas, random.Random], None]] = {
    "editor": scenes.editor,
    "terminal": scenes.terminal,
    "spreadsheet": scenes.spreadsheet,
    "browser": scenes.browser,
}
_WALL = (38, 62, 92)
_WALL_STRIPE = (44, 71, 104)
_BADGE = (255, 196, 0)


def draw_desktop(
    scene: str, instant: datetime, seed: int, size: tuple[int, int] = (1280, 800), memo: str = ""
) -> Image.Image:
    """An RGB picture of ``size``; ``scene`` is one of SCENES, ``memo`` is the window's title."""
    image = _wallpaper(size).copy()
    rng = random.Random(f"{scene} {seed} {instant:%Y-%m-%d %H:%M}")  # noqa: S311 (a picture)
    width, height = size
    canvas = Canvas(image, (width // 24, 52, width - width // 24, height - 34))
    canvas.window(f"{memo or scene.capitalize()} - {scene}")
    SCENES[scene](canvas, rng)
    _panel(image, instant)
    _badge(image)
    return image


@lru_cache(maxsize=4)
def _wallpaper(size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, _WALL)
    draw = ImageDraw.Draw(image)
    for x in range(-size[1], size[0], 96):
        draw.polygon(
            [(x, size[1]), (x + 48, size[1]), (x + 48 + size[1], 0), (x + size[1], 0)],
            fill=_WALL_STRIPE,
        )
    return image


def _panel(image: Image.Image, instant: datetime) -> None:
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    draw.rectangle((0, 0, image.width, 30), fill=PANEL)
    draw.text((14, 6), "Activities   Files   Mail", font=face(15), fill=(225, 230, 236))
    clock = f"{instant:%a %d %b %Y   %H:%M} UTC"
    draw.text((image.width - 250, 6), clock, font=face(15), fill=(255, 255, 255))


def _badge(image: Image.Image) -> None:
    """Nobody shall take a drawn picture for a real one, at any size."""
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    right, bottom = image.width - 18, image.height - 12
    draw.rectangle((right - 330, bottom - 66, right, bottom), fill=_BADGE)
    draw.rectangle((right - 326, bottom - 62, right - 4, bottom - 4), outline=(60, 40, 0), width=3)
    draw.text((right - 312, bottom - 58), "DEMO", font=face(44), fill=(40, 28, 0))
    draw.text((right - 168, bottom - 52), "drawn picture,", font=face(19), fill=(40, 28, 0))
    draw.text((right - 168, bottom - 30), "not a real screen", font=face(19), fill=(40, 28, 0))
