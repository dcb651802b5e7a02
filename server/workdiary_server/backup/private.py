"""The server's own secrets in a backup: sealed by the master key, which is in no backup."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

import msgspec
from workdiary import sealing
from workdiary.errors import ConfigError
from workdiary.storage import CorruptError

from workdiary_server.folder import Folder
from workdiary_server.settings import SETTINGS_FILE

SEALED = "private.sealed"
_BOUND = ("backup", "private")


def seal_private(folder: Folder, name: str, master: bytes) -> bytes:
    """What a server is this server by: its name, keys, certificate, owner's token and settings."""
    files = (
        folder.owner_key,
        folder.log_key,
        folder.certificate,
        folder.certificate_key,
        folder.owner_token,
        folder.path / SETTINGS_FILE,
    )
    found = {file.name: file.read_bytes() for file in files if file.is_file()}
    found["name"] = name.encode()
    return sealing.seal(msgspec.msgpack.encode(found), _key(master), _BOUND, os.urandom)


def open_private(keys: Path, master: bytes) -> dict[str, bytes]:
    """Each file's content by its name.

    :raises ConfigError: the master key is another one, or the file is missing or damaged
    """
    try:
        sealed = (keys / SEALED).read_bytes()
        plain = sealing.unseal(sealed, _key(master), _BOUND)
    except OSError as error:
        raise ConfigError(
            f"{keys / SEALED}: {error.strerror}; copies of keys are kept for a short time only: "
            "take a later backup"
        ) from error
    except CorruptError as error:
        raise ConfigError(
            f"{keys / SEALED} does not open with this master key, or was altered"
        ) from error
    return msgspec.msgpack.decode(plain, type=dict[str, bytes])


def _key(master: bytes) -> bytes:
    return hmac.digest(master, b"backup of the server's secrets", hashlib.sha256)
