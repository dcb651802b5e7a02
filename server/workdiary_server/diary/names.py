"""Names of people, devices and tokens: sealed where they lie, each with a key of its own."""

from __future__ import annotations

import apsw
from workdiary.text import NAME_LONGEST, check_text

from workdiary_server.vault.keyring import SERVER, Keyring


def seal_name(keyring: Keyring, db: apsw.Connection, what: str, place: bytes, name: str) -> bytes:
    """Seal a name after checking it; ``what`` is person, device or token."""
    plain = check_text(name, f"the {what}'s name", NAME_LONGEST).encode()
    return keyring.seal(db, SERVER, place, plain, (what, place.hex()))


def open_name(keyring: Keyring, db: apsw.Connection, what: str, place: bytes, sealed: bytes) -> str:
    return keyring.unseal(db, SERVER, place, sealed, (what, place.hex())).decode()
