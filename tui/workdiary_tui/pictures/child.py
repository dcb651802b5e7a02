"""The process in which strangers' pictures are decoded: limits first, then one picture a request.

A request is four-byte numbers (widest, highest, length) and a WebP file; the answer is width,
height, length and RGB bytes, or 0, 0, length and the reason.
"""

from __future__ import annotations

import io
import sys
from typing import BinaryIO

_MEMORY = 512 * 1024 * 1024
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
    while head := requests.read(12):
        width, height, length = (int.from_bytes(head[at : at + 4], "big") for at in (0, 4, 8))
        webp = requests.read(length)
        _answer(answers, webp, (width, height))


def _answer(answers: BinaryIO, webp: bytes, longest: tuple[int, int]) -> None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(webp), formats=["WEBP"]) as image:
            image.thumbnail(longest, Image.Resampling.BOX)  # first: a copy of 8K is 100 MB
            picture = image.convert("RGB")
        size, content = picture.size, picture.tobytes()
    except MemoryError:
        size, content = (0, 0), b"it needs more than 512 MB to decode"
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        size, content = (0, 0), f"it is not a picture: {error}".encode()[:REASON]
    numbers = (*size, len(content))
    answers.write(b"".join(number.to_bytes(4, "big") for number in numbers) + content)
    answers.flush()


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
