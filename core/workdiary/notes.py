"""Signed notes (C2SP signed-note) with Ed25519: a text, a blank line, and signature lines.

A key's name stands on its signature line; its 4-byte hash is the start of
SHA-256(name ‖ newline ‖ 0x01 ‖ public key). The format is that of Go's golang.org/x/mod/sumdb/note.
The cryptography package costs 4 MB: it is imported by whoever signs or verifies, and not by a
session that only reads.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from workdiary.errors import InvalidError
from workdiary.strict import read_base64, to_base64

NOTE_LONGEST = 65_500
"""C2SP tlog-tiles prefixes a leaf, which is a note and its second of receipt, with 16 bits."""

SIGNATURES_MOST = 64
"""More signatures than a note of ours could have are not looked at."""

_ED25519 = b"\x01"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key under the name that its signatures carry."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        return key_hash(self.name, _ED25519, self.public)

    @property
    def text(self) -> str:
        """The key as C2SP writes it: ``name+hash+base64``."""
        return key_text(self.name, _ED25519, self.public)

    @classmethod
    def read(cls, text: str) -> VerifyingKey:
        """Read a key as C2SP writes it.

        :raises InvalidError: code ``key``; it is not an Ed25519 key in that form
        """
        return cls(*read_key(text, _ED25519))

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

        check_name(name)
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
    line = signature_line(key.public.name, key.public.hash, key.sign(text.encode()))
    return f"{text}\n{line}".encode()


def signature_line(name: str, hashed: bytes, signature: bytes) -> str:
    """One line below a note's text, its newline included."""
    return f"{_DASH}{name} {to_base64(hashed + signature)}\n"


def key_hash(name: str, kind: bytes, public: bytes) -> bytes:
    """The 4 bytes that tell a name's keys apart; ``kind`` is the signature type's byte."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


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
    if _CONTROL.search(whole):
        raise InvalidError("a note holds no control characters", "note")
    lines = signatures[:-1].split("\n")
    if len(lines) > SIGNATURES_MOST:
        raise InvalidError(f"a note has at most {SIGNATURES_MOST} signatures", "note")
    return text + "\n", [read_signature(line) for line in lines]


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


def key_text(name: str, kind: bytes, public: bytes) -> str:
    return f"{name}+{key_hash(name, kind, public).hex()}+{to_base64(kind + public)}"


def read_key(text: str, kind: bytes) -> tuple[str, bytes]:
    """The name and the public key of 32 bytes of ``name+hash+base64``, if it is of this kind.

    :raises InvalidError: code ``key`` or ``note``
    """
    name, _, rest = text.partition("+")
    public = read_base64(rest[9:], "a key", "key")[1:]
    if len(public) != 32 or key_text(name, kind, public) != text:
        raise InvalidError(f"{text[:80]!r} is not name+hash+key, with such a key", "key")
    check_name(name)
    return name, public


def open_among(note: bytes, key: VerifyingKey) -> str:
    """Return the text of a note that ``key`` signed, whoever else did; others' lines are ignored.

    :raises InvalidError: code ``note`` or ``signature``
    """
    text, signatures = split_note(note)
    own = [signed for name, hashed, signed in signatures if (name, hashed) == (key.name, key.hash)]
    if not own or not all(key.verify(text.encode(), signature) for signature in own):
        raise InvalidError(f"there is no signature by {key.name}", "signature")
    return text


def read_signature(line: str) -> tuple[str, bytes, bytes]:
    """The name, key hash and signature of a line without its newline.

    :raises InvalidError: code ``note``
    """
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise InvalidError("a signature line is '— name base64'", "note")
    check_name(name)
    blob = read_base64(encoded, "a signature", "note")
    if len(blob) < 5:
        raise InvalidError("a signature is 4 bytes of key hash and more", "note")
    return name, blob[:4], blob[4:]


def check_name(name: str) -> None:
    """:raises InvalidError: code ``note``; no key can have this name"""
    if name.split() != [name] or "+" in name:
        raise InvalidError(f"{name!r} cannot name a key: no spaces, no plus, not empty", "note")
