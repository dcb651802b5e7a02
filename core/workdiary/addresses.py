"""A server's address, with what it must show to be that server: its certificate and its log key.

``https://diary.example:8347#cXXXX.lYYYY``: behind ``c`` the SHA-256 of the certificate, behind
``l`` the Ed25519 key that signs the logs' heads, each 32 bytes in base64url. They come with an
invite, so that nothing is trusted on first contact. An address without them is held to the
machine's certificate authorities alone.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from workdiary.errors import ConfigError

_BYTES = 32


@dataclass(frozen=True, slots=True)
class Address:
    """``url`` without a slash at its end; ``certificate`` and ``log`` are 32 bytes, or b""."""

    url: str
    certificate: bytes = b""
    log: bytes = b""

    @classmethod
    def read(cls, text: str) -> Address:
        """:raises ConfigError: it is no server's address, or what stands behind # is damaged"""
        url, _, pins = text.strip().partition("#")
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"{text!r} is not a server's address such as http://host:8347")
        return cls(url.rstrip("/"), **read_pins(pins))

    @property
    def text(self) -> str:
        pins = write_pins(self.certificate, self.log)
        return f"{self.url}#{pins}" if pins else self.url


def write_pins(certificate: bytes, log: bytes) -> str:
    """What stands behind the # of an address, and of an invite."""
    named = (("c", certificate), ("l", log))
    return ".".join(letter + _encoded(raw) for letter, raw in named if raw)


def read_pins(text: str) -> dict[str, bytes]:
    """:raises ConfigError: it was cut off, or mistyped"""
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(".")):
        name = {"c": "certificate", "l": "log"}.get(part[0])
        try:
            raw = base64.b64decode(part[1:] + "=", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if name is None or len(raw) != _BYTES or _encoded(raw) != part[1:]:
            raise ConfigError("what stands behind the # was cut off or mistyped: copy it whole")
        found[name] = raw
    return found


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
