"""Cosignatures (C2SP tlog-cosignature, Ed25519): who saw a log's head, and when.

"cosignature/v1" begins what is signed, and an entry begins with a brace: a device's one key signs
both, under key hashes of their own, and neither can be taken for the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from workdiary.checkpoints import Head
from workdiary.errors import InvalidError
from workdiary.notes import (
    SigningKey,
    VerifyingKey,
    key_hash,
    key_text,
    read_key,
    read_signature,
    signature_line,
)
from workdiary.strict import SIZE_LIMIT

_KIND = b"\x04"
_TIME_BYTES = 8
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Cosignature:
    """``signer`` had seen no larger head of that log than this one, at second ``at``."""

    signer: VerifyingKey
    at: int
    line: str


def cosigner_hash(key: VerifyingKey) -> bytes:
    """The key hash of a cosigner's lines."""
    return key_hash(key.name, _KIND, key.public)


def cosigner_text(key: VerifyingKey) -> str:
    """The key as C2SP writes a cosigner's: ``name+hash+base64``."""
    return key_text(key.name, _KIND, key.public)


def read_cosigner(text: str) -> VerifyingKey:
    """Read a cosigner's key as C2SP writes it.

    :raises InvalidError: code ``key`` or ``note``
    """
    return VerifyingKey(*read_key(text, _KIND))


def cosign(head: Head, key: SigningKey, at: int) -> Cosignature:
    """Cosign a head: call this only once what it covers was checked and is durable here."""
    signature = at.to_bytes(_TIME_BYTES, "big") + key.sign(_message(head, at))
    line = signature_line(key.public.name, cosigner_hash(key.public), signature)
    return Cosignature(key.public, at, line)


def read_cosignature(line: str, head: Head, key: VerifyingKey) -> Cosignature:
    """Read one signature line, with its newline, as that of ``key`` on ``head``.

    :raises InvalidError: code ``note`` or ``cosignature``
    """
    if not line.endswith("\n"):
        raise InvalidError("a cosignature is one line", "cosignature")
    name, hashed, blob = read_signature(line[:-1])
    if (name, hashed) != (key.name, cosigner_hash(key)):
        raise InvalidError(f"the cosignature is not one by {key.name}", "cosignature")
    if len(blob) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise InvalidError("a cosignature is 8 bytes of time and 64 of Ed25519", "cosignature")
    at = int.from_bytes(blob[:_TIME_BYTES], "big")
    if at >= SIZE_LIMIT or not key.verify(_message(head, at), blob[_TIME_BYTES:]):
        raise InvalidError(f"{key.name} did not cosign this head", "cosignature")
    return Cosignature(key, at, line)


def _message(head: Head, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{head.text}".encode()
