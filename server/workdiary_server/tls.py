"""How the server speaks TLS: with a certificate of its own, that clients pin, or with one given.

Its own is made once, for ten years: nobody has to trust an authority, because each invite carries
its SHA-256. Behind a proxy the server speaks plainly, to the addresses that are listed.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workdiary.errors import ConfigError

from workdiary_server.folder import Folder, write_private
from workdiary_server.settings import ServerSection, Settings

_YEARS = timedelta(days=3650)
_CHOICES = ("auto", "own", "proxy")


@dataclass(frozen=True, slots=True)
class Tls:
    """``context`` is None where the server speaks plainly; ``pin`` is what clients hold it to."""

    context: ssl.SSLContext | None = None
    pin: bytes = b""


def tls_of(settings: Settings, now: float) -> Tls:
    """What ``[server] tls`` says; the server's own certificate is made where there is none.

    :raises ConfigError: the settings contradict each other, or a file cannot be used
    """
    section, folder = settings.server, Folder(settings.folder)
    _check(section)
    if section.certificate:
        return Tls(_context(Path(section.certificate), Path(section.certificate_key)))
    if section.tls == "proxy" or (section.tls == "auto" and is_loopback(section.host)):
        return Tls()
    if not folder.certificate.exists():
        make_certificate(folder, now)
    pin = fingerprint(folder.certificate)
    return Tls(_context(folder.certificate, folder.certificate_key), pin)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def fingerprint(certificate: Path) -> bytes:
    """The SHA-256 of a certificate.

    :raises ConfigError: the file holds none
    """
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).digest()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{certificate} holds no certificate: {error}") from error


def make_certificate(folder: Folder, now: float) -> None:
    """A self-signed P-256 certificate for ten years; its key beside it, mode 0600."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "workdiary")])
    begins = datetime.fromtimestamp(int(now), UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + _YEARS)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_private(folder.certificate_key, secret.decode().strip())
    part = folder.certificate.with_suffix(".new")
    part.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    os.replace(part, folder.certificate)


def _check(section: ServerSection) -> None:
    if section.tls not in _CHOICES:
        raise ConfigError(f"[server] tls = {section.tls!r}: one of {', '.join(_CHOICES)}")
    if bool(section.certificate) != bool(section.certificate_key):
        raise ConfigError("[server] certificate and certificate_key are set together")
    if section.tls == "proxy" and not section.proxies:
        raise ConfigError(
            '[server] tls = "proxy" needs proxies = ["127.0.0.1"]: the addresses that proxies '
            "connect from"
        )
    if section.tls == "proxy" and section.certificate:
        raise ConfigError('[server] tls = "proxy" and certificate exclude each other')


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{certificate} and {key} cannot be used: {error}") from error
    return context
