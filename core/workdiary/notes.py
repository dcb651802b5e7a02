"""Signed notes (C2SP signed-note) with Ed25519: a text, a blank line, and signature lines.

A key's name stands on its signature line; its 4-byte hash is the start of
SHA-256(name ‖ newline ‖ 0x01 ‖ public key). The format is that of Go's golang.org/x/mod/sumdb/note.
The cryptography package costs 4 MB: it is imported by whoever signs or verifies, and not by a
session that only reads.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from workdiary.errors import InvalidError

NOTE_LONGEST = 65_535
"""C2SP tlog-tiles prefixes an entry with a 16-bit length."""

_ED25519 = b"\x01"
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key under the name that its signatures carry."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """The key as C2SP writes it: ``name+hash+base64``."""
        key = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.hash.hex()}+{key}"

    def verify(self, message: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """An Ed25519 private key under a name; its repr shows the name alone."""

    def __init__(self, name: str, secret: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        _check_name(name)
        self._private = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = VerifyingKey(name, self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"SigningKey({self.public.name!r})"

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def sign_note(text: str, key: SigningKey) -> bytes:
    """Sign ``text``, which ends in a newline, and return the whole note."""
    if not text.endswith("\n"):
        raise ValueError("a note's text ends in a newline")
    blob = base64.b64encode(key.public.hash + key.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{key.public.name} {blob}\n".encode()


def split_note(note: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Split a note into its text and its (name, key hash, signature) lines.

    :raises InvalidError: code ``note``; it is not a signed note
    """
    if len(note) > NOTE_LONGEST:
        raise InvalidError(f"a note has at most {NOTE_LONGEST} bytes, not {len(note)}", "note")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise InvalidError("a note is UTF-8 text", "note") from error
    text, blank, signatures = whole.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise InvalidError("a note ends in a blank line and its signatures", "note")
    if any(ord(character) < 0x20 and character != "\n" for character in whole):
        raise InvalidError("a note holds no control characters", "note")
    return text + "\n", [_signature(line) for line in signatures[:-1].split("\n")]


def open_note(note: bytes, key: VerifyingKey) -> str:
    """Return the text of a note that ``key`` signed, alone.

    :raises InvalidError: code ``note`` or ``signature``
    """
    text, signatures = split_note(note)
    if len(signatures) != 1:
        raise InvalidError("this note must have exactly one signature", "note")
    name, hashed, signature = signatures[0]
    if name != key.name or hashed != key.hash or not key.verify(text.encode(), signature):
        raise InvalidError(f"the signature is not one by {key.name}", "signature")
    return text


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise InvalidError("a signature line is '— name base64'", "note")
    _check_name(name)
    try:
        blob = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise InvalidError("a signature is base64", "note") from error
    if len(blob) != 68 or base64.b64encode(blob).decode() != encoded:
        raise InvalidError("a signature is 4 bytes of key hash and 64 of Ed25519", "note")
    return name, blob[:4], blob[4:]


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise InvalidError(f"{name!r} cannot name a key: no spaces, no plus, not empty", "note")
