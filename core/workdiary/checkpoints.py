"""Signed heads of a contract's log (C2SP tlog-checkpoint): origin, size, root.

The key that signs a head is named after the log's origin, which is never used again.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from workdiary.errors import InvalidError
from workdiary.notes import SigningKey, VerifyingKey, open_note, sign_note


@dataclass(frozen=True, slots=True)
class Head:
    """A log of ``size`` entries with the tree hash ``root``."""

    origin: str
    size: int
    root: bytes


def sign_head(head: Head, key: SigningKey) -> str:
    """The checkpoint: call this only after the entries it covers are durable."""
    root = base64.b64encode(head.root).decode()
    return sign_note(f"{head.origin}\n{head.size}\n{root}\n", key).decode()


def open_head(checkpoint: str, key: VerifyingKey) -> Head:
    """Check a checkpoint's signature and form.

    :raises InvalidError: code ``note``, ``signature`` or ``checkpoint``
    """
    lines = open_note(checkpoint.encode(), key).split("\n")
    if len(lines) != 4 or not lines[1].isdecimal() or str(int(lines[1])) != lines[1]:
        raise InvalidError("a checkpoint is three lines: origin, size, root", "checkpoint")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error as error:
        raise InvalidError("a checkpoint's root is base64", "checkpoint") from error
    if len(root) != 32 or lines[0] != key.name:
        raise InvalidError("a checkpoint's root is 32 bytes under its own origin", "checkpoint")
    return Head(lines[0], int(lines[1]), root)
