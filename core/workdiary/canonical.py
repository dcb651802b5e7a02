"""Canonical JSON: the one way to write a value, and a decoder that accepts no other.

Sorted keys, no spaces, ASCII field names and integers below 2**53 make msgspec's output equal to
RFC 8785 (JCS). Whoever signs keeps the bytes: nothing is ever encoded again to be checked.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from workdiary.errors import InvalidError
from workdiary.text import check_text

T = TypeVar("T")

_encoder = msgspec.json.Encoder(order="sorted")
_LONGEST_STRING = 2000


def encode(value: object) -> bytes:
    """Write a value of msgspec's types as canonical JSON."""
    return _encoder.encode(value)


def decode(line: bytes, kind: type[T]) -> T:
    """Read canonical JSON strictly: what does not encode back to itself is refused.

    Unknown and doubled fields, other spacing or order, escapes of printable characters and
    negative zero all fail that test. Control and bidirectional characters inside strings are
    refused as well.

    :raises InvalidError: code ``canonical`` or ``text``
    """
    try:
        value = msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidError(f"not a {kind.__name__}: {error}", "canonical") from error
    if encode(value) != line:
        raise InvalidError(f"{kind.__name__} is not written as canonical JSON", "canonical")
    if not _is_plain(line):
        _check_strings(msgspec.to_builtins(value))
    return value


def _is_plain(line: bytes) -> bool:
    """Whether no string in a line can be unsafe or too long: printable ASCII, without escapes.

    JSON has no other control character than DEL unescaped.
    """
    short = len(line) <= _LONGEST_STRING
    return short and line.isascii() and b"\\" not in line and b"\x7f" not in line


def _check_strings(value: Any) -> None:
    if isinstance(value, str):
        check_text(value, "a string", _LONGEST_STRING)
    elif isinstance(value, dict):
        for inner in value.values():
            _check_strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_strings(inner)
