"""Encoding a screen once, at native size, with a preview and a thumbnail beside it.

Text is what a reviewer reads: few-coloured screens are kept lossless (smaller there than lossy),
others at quality 75. Only the picture's own process imports this module, and Pillow with it.
"""

from __future__ import annotations

import io

from PIL import Image
from workdiary.capture import Monitor
from workdiary.webp import PICTURE_BYTES, PICTURE_PIXELS

from workdiary_tracker.shots import Frame

FEW_COLOURS = 4096
PREVIEW_WIDTH = 960
THUMBNAIL = (320, 200)
_EFFORT = 2
_QUALITIES = (75, 50, 25)


def encode(monitor: Monitor) -> Frame | None:
    """One monitor's frame; None where even a coarse picture is over the size limit."""
    image = monitor.image.convert("RGB")
    if image.width * image.height > PICTURE_PIXELS:
        return None
    original = _original(image)
    if original is None:
        return None
    return Frame(
        monitor=monitor.number,
        width=image.width,
        height=image.height,
        original=original,
        preview=_smaller(image, (PREVIEW_WIDTH, image.height)),
        thumbnail=_smaller(image, THUMBNAIL),
    )


def _original(image: Image.Image) -> bytes | None:
    """Never downscaled: of a terminal at 1280 wide, one word in twenty can still be read."""
    if image.getcolors(FEW_COLOURS) is not None:
        exact = _webp(image, quality=50, lossless=True)
        if len(exact) <= PICTURE_BYTES:
            return exact
    coded = (_webp(image, quality=quality) for quality in _QUALITIES)
    return next((webp for webp in coded if len(webp) <= PICTURE_BYTES), None)


def _smaller(image: Image.Image, box: tuple[int, int]) -> bytes:
    copy = image.copy()
    copy.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _webp(copy, quality=75)


def _webp(image: Image.Image, *, quality: int, lossless: bool = False) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", quality=quality, method=_EFFORT, lossless=lossless, exact=lossless)
    return file.getvalue()
