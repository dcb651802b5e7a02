"""An OpenSSH public key as its owner sends it: read from a file, and refused where it is weak."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from workdiary.errors import InvalidError

SHORTEST_RSA = 3072
KINDS = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
_MAKE_ONE = "make one with 'ssh-keygen -t ed25519' and send the file that ends in .pub"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """``blob`` is the key's base64, as it stands in every file that names the key."""

    kind: str
    blob: str

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` prints it."""
        digest = hashlib.sha256(base64.b64decode(self.blob)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def read_public_key(text: str) -> PublicKey:
    """The one key of a ``.pub`` file.

    :raises InvalidError: code ``key``; it is private, of another form, several or too weak
    """
    if "PRIVATE KEY" in text or text.startswith("PuTTY-User-Key-File"):
        raise _refused(
            "this is a PRIVATE key: it must never leave its owner's machine, and one that was "
            "sent here should be replaced. Ask for the file that ends in .pub"
        )
    if text.startswith("---- BEGIN SSH2"):
        raise _refused("this is not OpenSSH's form: convert it with 'ssh-keygen -i -f FILE'")
    lines = [line.split() for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    if not lines or len(lines[0]) < 2:
        raise _refused(f"this is not a public key: {_MAKE_ONE}")
    if len(lines) > 1:
        raise _refused(f"there are {len(lines)} lines here: add one key at a time")
    kind, blob = lines[0][:2]
    _check(kind, blob)
    return PublicKey(kind, blob)


def _check(kind: str, blob: str) -> None:
    # Of 4 MB, which no other command that knows of keys needs.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    if kind not in KINDS:
        weak = kind in {"ssh-dss", "ssh-dsa"}
        why = "DSA keys are too weak" if weak else "this is not a public key of a kind that is kept"
        raise _refused(f"{why}: {_MAKE_ONE}")
    try:
        base64.b64decode(blob, validate=True)
        key = load_ssh_public_key(f"{kind} {blob}".encode())
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise _refused(f"this {kind} key is damaged: ask for the .pub file again") from error
    if isinstance(key, RSAPublicKey) and key.key_size < SHORTEST_RSA:
        raise _refused(
            f"an RSA key of {key.key_size} bits is too weak ({SHORTEST_RSA} at least): {_MAKE_ONE}"
        )


def _refused(why: str) -> InvalidError:
    return InvalidError(why, "key")
