"""Decimals and base64 read strictly: each value has one way to be written, and no other is read."""

from __future__ import annotations

import base64
import binascii

from workdiary.errors import InvalidError

SIZE_LIMIT = 1 << 63
"""No log is as long as this."""


def read_decimal(text: str, what: str, code: str, limit: int = SIZE_LIMIT) -> int:
    """ASCII digits without leading zeros, below ``limit``.

    :raises InvalidError: ``code``
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 19) or text != str(int(text)):
        raise InvalidError(f"{what} is a number without leading zeros, not {text[:40]!r}", code)
    number = int(text)
    if number >= limit:
        raise InvalidError(f"{what} is below {limit}, not {number}", code)
    return number


def to_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def read_base64(text: str, what: str, code: str) -> bytes:
    """Standard base64 with its padding, and no bit set that says nothing.

    :raises InvalidError: ``code``
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise InvalidError(f"{what} is base64", code) from error
    if to_base64(raw) != text:
        raise InvalidError(f"{what} is base64 as RFC 4648 writes it", code)
    return raw
