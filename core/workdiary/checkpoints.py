"""Signed heads of a contract's log (C2SP tlog-checkpoint): origin, size, root.

The key that signs a head is named after the log's origin, which is never used again.
"""

from __future__ import annotations

from dataclasses import dataclass

from workdiary.errors import InvalidError
from workdiary.notes import SigningKey, VerifyingKey, check_name, open_among, sign_note
from workdiary.strict import read_base64, read_decimal, to_base64

ROOT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Head:
    """A log of ``size`` entries with the tree hash ``root``."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed: three lines, and no extension lines."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def sign_head(head: Head, key: SigningKey) -> str:
    """The checkpoint: call this only after the entries it covers are durable."""
    return sign_note(head.text, key).decode()


def read_head(text: str) -> Head:
    """Read the text of a checkpoint; whoever signed it is not looked at.

    :raises InvalidError: code ``checkpoint``
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise InvalidError("a checkpoint is three lines: origin, size, root", "checkpoint")
    check_name(lines[0])
    size = read_decimal(lines[1], "a checkpoint's size", "checkpoint")
    root = read_base64(lines[2], "a checkpoint's root", "checkpoint")
    if len(root) != ROOT_BYTES:
        raise InvalidError(f"a checkpoint's root is {ROOT_BYTES} bytes", "checkpoint")
    return Head(lines[0], size, root)


def open_head(checkpoint: str, key: VerifyingKey) -> Head:
    """Check a checkpoint's form and the log's signature; signatures of others are ignored.

    :raises InvalidError: code ``note``, ``signature`` or ``checkpoint``
    """
    head = read_head(open_among(checkpoint.encode(), key))
    if head.origin != key.name:
        raise InvalidError("a checkpoint is signed by the key of its own origin", "checkpoint")
    return head
