"""The process in which strangers' pictures are decoded: limits first, then one picture a request.

A request is four-byte numbers (left, top, right, bottom, width, height, length) and a WebP file.
With no right and bottom the whole picture is made to fit width x height, else that part of it is
made exactly so large. The answer is width, height, length and RGB bytes, or 0, 0, length and why.
"""

from __future__ import annotations

import io
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

    Box = tuple[int, int, int, int]

_MEMORY = 512 * 1024 * 1024
NUMBERS = 7
LENGTH = 4
REASON = 200
"""The longest reason in bytes."""
_PIXELS = 20_000_000
"""Pillow warns above this and refuses twice of it: 40 megapixels, as the server does."""


def main() -> None:
    _limit()
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = _PIXELS
    answers, requests = sys.stdout.buffer, sys.stdin.buffer
    answers.write(b"!")
    answers.flush()
    while head := requests.read(NUMBERS * LENGTH):
        numbers = [
            int.from_bytes(head[at : at + LENGTH], "big") for at in range(0, len(head), LENGTH)
        ]
        left, top, right, bottom, width, height, length = numbers
        webp = requests.read(length)
        _answer(answers, webp, (left, top, right, bottom), (width, height))


def _answer(answers: BinaryIO, webp: bytes, box: Box, size: tuple[int, int]) -> None:
    from PIL import Image

    try:
        picture = _spot(webp, box, size) if any(box) else _fitted(webp, size)
        found, content = picture.size, picture.tobytes()
    except MemoryError:
        found, content = (0, 0), b"it needs more than 512 MB to decode"
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        found, content = (0, 0), f"it is not a picture: {error}".encode()[:REASON]
    numbers = (*found, len(content))
    answers.write(b"".join(number.to_bytes(LENGTH, "big") for number in numbers) + content)
    answers.flush()


def _fitted(webp: bytes, longest: tuple[int, int]) -> Image.Image:
    from PIL import Image

    with Image.open(io.BytesIO(webp), formats=["WEBP"]) as image:
        image.thumbnail(longest, Image.Resampling.BOX)  # first: a copy of 8K is 100 MB
        return image.convert("RGB")


def _spot(webp: bytes, box: Box, size: tuple[int, int]) -> Image.Image:
    """Enlarged pixels stay hard: text is read by its edges."""
    from PIL import Image

    part = _whole(webp).crop(box)
    larger = size[0] > part.width or size[1] > part.height
    return part.resize(size, Image.Resampling.NEAREST if larger else Image.Resampling.BOX)


@lru_cache(maxsize=1)
def _whole(webp: bytes) -> Image.Image:
    """The picture under the loupe is kept: it moves over one picture many times."""
    from PIL import Image

    with Image.open(io.BytesIO(webp), formats=["WEBP"]) as image:
        return image.convert("RGB")


def _limit() -> None:
    """Address space, and no core file; time is kept by the parent, for each picture."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
