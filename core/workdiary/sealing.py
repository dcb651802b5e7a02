"""Sealing bytes at rest: AES-256-GCM with a key of each object's own, wrapped by a subject's key.

Format: ``WDB1`` ‖ 12-byte nonce ‖ ciphertext ‖ 16-byte tag. What an object is bound to (contract,
segment, role, key …) is its associated data, so that sealed bytes cannot change places. The
object's key is kept apart, wrapped by AES-KW (RFC 3394): destroying it erases every copy.
The cryptography package costs 4 MB: it is imported by whoever seals, and by no command that does
not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workdiary.storage import CorruptError

KEY_BYTES = 32
WRAPPED_BYTES = 40
_MAGIC = b"WDB1"
_NONCE_BYTES = 12
OVERHEAD = len(_MAGIC) + _NONCE_BYTES + 16


def seal(plain: bytes, key: bytes, bound: Sequence[str], random: Callable[[int], bytes]) -> bytes:
    """Seal ``plain`` under a key that is used for this object alone, bound to ``bound``."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = random(_NONCE_BYTES)
    return _MAGIC + nonce + AESGCM(key).encrypt(nonce, plain, _associated(bound))


def unseal(sealed: bytes, key: bytes, bound: Sequence[str]) -> bytes:
    """Return what was sealed.

    :raises CorruptError: the bytes were altered, cut, or belong to another place or key
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if sealed[:4] != _MAGIC or len(sealed) < OVERHEAD:
        raise CorruptError("these bytes are not sealed ones")
    try:
        return AESGCM(key).decrypt(sealed[4:16], sealed[16:], _associated(bound))
    except InvalidTag as error:
        raise CorruptError("sealed bytes were altered or belong elsewhere") from error


def wrap_key(key: bytes, by: bytes) -> bytes:
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    return aes_key_wrap(by, key)


def unwrap_key(wrapped: bytes, by: bytes) -> bytes:
    """:raises CorruptError: ``by`` is not the key that wrapped it"""
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    try:
        return aes_key_unwrap(by, wrapped)
    except (InvalidUnwrap, ValueError) as error:
        raise CorruptError("a wrapped key does not open with this key") from error


def _associated(bound: Sequence[str]) -> bytes:
    """Length-prefixed fields, so that no two sequences are one string of bytes."""
    fields = [field.encode() for field in bound]
    return _MAGIC + b"".join(len(field).to_bytes(4, "big") + field for field in fields)
