"""Reading a WebP file's header: enough to refuse a picture without ever decoding it.

The layout is that of the WebP container specification (RFC 9649): RIFF, then VP8, VP8L or VP8X.
"""

from __future__ import annotations

from workdiary.errors import InvalidError, TooLargeError

PICTURE_BYTES = 2 * 1024 * 1024
PICTURE_PIXELS = 40_000_000
HEADER_BYTES = 30
_ANIMATED = 0x02


def check_picture(header: bytes, size: int) -> tuple[int, int]:
    """Return (width, height) of a still WebP image of ``size`` bytes from its first 30.

    :raises InvalidError: code ``picture``: not WebP, cut short, bytes appended, or animated
    :raises TooLargeError: over 2 MiB or 40 megapixels
    """
    if size > PICTURE_BYTES:
        raise TooLargeError(f"a picture has at most {PICTURE_BYTES} bytes, not {size}")
    if len(header) < HEADER_BYTES or header[:4] != b"RIFF" or header[8:12] != b"WEBP":
        raise InvalidError("a picture is a WebP file", "picture")
    claimed = int.from_bytes(header[4:8], "little") + 8
    if claimed != size:
        raise InvalidError(f"the picture says it has {claimed} bytes, not {size}", "picture")
    width, height = _dimensions(header)
    if width * height > PICTURE_PIXELS:
        raise TooLargeError(f"a picture has at most 40 megapixels, not {width}x{height}")
    return width, height


def _dimensions(header: bytes) -> tuple[int, int]:
    chunk = header[12:16]
    if chunk == b"VP8 " and header[23:26] == b"\x9d\x01\x2a":
        width, height = header[26:28], header[28:30]
        return _little(width) & 0x3FFF, _little(height) & 0x3FFF
    if chunk == b"VP8L" and header[20] == 0x2F:
        bits = _little(header[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8X":
        if header[20] & _ANIMATED:
            raise InvalidError("a picture has one frame", "picture")
        return _little(header[24:27]) + 1, _little(header[27:30]) + 1
    raise InvalidError("the picture's WebP header is not one", "picture")


def _little(raw: bytes) -> int:
    return int.from_bytes(raw, "little")
