"""The form of a bundle: a zip archive, nothing compressed, each file in one place and one order.

``bundle.json``       which log this is, and what was put in
``checkpoint``        the log's signed head (C2SP tlog-checkpoint), with cosignatures on it
``cosigned.json``     the heads that parties and witnesses have cosigned, with their keys
``tile/…``            the log's tiles and bundles of entries, as C2SP tlog-tiles lays them out
``bodies/ID``         what entry ID commits to: salt and canonical JSON
``pictures/DIGEST.webp``  the original of a picture that a body names

There is one way to write a bundle: a byte that is another is a file that is another.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from workdiary.entries import BODY_LONGEST
from workdiary.errors import InvalidError
from workdiary.notes import NOTE_LONGEST
from workdiary.tlog.tiles import WIDTH
from workdiary.webp import PICTURE_BYTES

MANIFEST, CHECKPOINT, COSIGNED = "bundle.json", "checkpoint", "cosigned.json"
FORM = 1
_HEX = "[0-9a-f]{64}"
_KINDS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(re.escape(MANIFEST)), 1 << 20),
    (re.compile(CHECKPOINT), NOTE_LONGEST),
    (re.compile(re.escape(COSIGNED)), 1 << 24),
    (re.compile(r"tile/(?:\d{1,2}|entries)/[x\d/.p]+"), WIDTH * (2 + 65_535)),
    (re.compile(f"bodies/{_HEX}"), BODY_LONGEST),
    (re.compile(rf"pictures/{_HEX}\.webp"), PICTURE_BYTES),
)
_WHEN = (1980, 1, 1, 0, 0, 0)


class Signer(msgspec.Struct, frozen=True):
    """A device and its public key in hex, as the server told: no entry introduces the owner's."""

    device: str
    key: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``log_key`` is named after the log's origin; without ``bodies`` there is no content."""

    form: int
    log_key: str
    bodies: bool
    pictures: bool
    signers: tuple[Signer, ...]


class Cosigned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cosigner's key as C2SP writes it, and the head with its cosignature."""

    key: str
    note: str


def body_name(entry: str) -> str:
    return f"bodies/{entry}"


def picture_file(digest: str) -> str:
    return f"pictures/{digest}.webp"


def longest(name: str) -> int | None:
    """The most bytes that a file of this name may have; None where a bundle has no such file."""
    return next((most for kind, most in _KINDS if kind.fullmatch(name)), None)


def rank(name: str) -> tuple[int, str]:
    """The order of the files."""
    return next(n for n, (kind, _) in enumerate(_KINDS) if kind.fullmatch(name)), name


def in_order(names: Iterable[str]) -> list[str]:
    return sorted(names, key=rank)


class Forward(io.RawIOBase):
    """Takes an archive as it is written, and lets nothing be rewritten: one way, one result."""

    def __init__(self, take: Callable[[bytes], object]) -> None:
        super().__init__()
        self._take = take
        self._at = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        return self._at

    def write(self, content: Any) -> int:
        raw = bytes(content)
        self._take(raw)
        self._at += len(raw)
        return len(raw)


def placed(name: str) -> zipfile.ZipInfo:
    """A file's header: without time, owner or mode."""
    return zipfile.ZipInfo(name, _WHEN)


def encode(value: Manifest | tuple[Cosigned, ...]) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def decode_manifest(raw: bytes) -> Manifest:
    """:raises InvalidError: code ``bundle``"""
    try:
        found = msgspec.json.decode(raw, type=Manifest)
    except msgspec.DecodeError as error:
        raise InvalidError(f"{MANIFEST}: {error}", "bundle") from error
    if found.form != FORM:
        raise InvalidError(f"this bundle is of form {found.form}; {FORM} is known", "bundle")
    return found


def decode_cosigned(raw: bytes) -> tuple[Cosigned, ...]:
    """:raises InvalidError: code ``bundle``"""
    try:
        return msgspec.json.decode(raw, type=tuple[Cosigned, ...])
    except msgspec.DecodeError as error:
        raise InvalidError(f"{COSIGNED}: {error}", "bundle") from error
