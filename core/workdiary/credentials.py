"""Who this machine is to a server: the token and key that an invite was exchanged for.

One JSON file of mode 0600 in the user's own folder. Its secrets never show in a repr.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
import platformdirs

from workdiary.entries import device_key_name
from workdiary.errors import ConfigError
from workdiary.notes import SigningKey

SIGNING = frozenset({"tracker", "review"})
"""The scopes of machines whose key signs entries and heads; the others only read."""

OWNER_TOKEN = "owner.token"  # noqa: S105 - a file's name
ADDRESS = "address"
"""Files of a server's data folder: its owner's secret, and the URL of the running server."""


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """``secret`` is the device's Ed25519 key and ``storage_key`` seals its spool, both in hex."""

    server: str
    token: str
    scope: str
    person: str
    person_name: str
    device: str
    secret: str
    storage_key: str

    def __repr__(self) -> str:
        return f"Credentials({self.person_name!r} at {self.server!r})"

    def signing_key(self) -> SigningKey:
        return SigningKey(device_key_name(self.device), bytes.fromhex(self.secret))


def home() -> Path:
    """The user's own folder of workdiary: ``WORKDIARY_HOME``, else the platform's."""
    named = os.environ.get("WORKDIARY_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("workdiary", appauthor=False))


def load(folder: Path) -> Credentials:
    """:raises ConfigError: this machine is not enrolled, or the file is damaged"""
    path = folder / "credentials.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    except FileNotFoundError:
        raise ConfigError(
            "this machine is not enrolled: ask the owner for an invite and run "
            "'workdiary enrol URL INVITE'"
        ) from None
    except (msgspec.DecodeError, OSError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def save(folder: Path, credentials: Credentials) -> Path:
    """Write the file whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, temporary = folder / "credentials.json", folder / "credentials.json.new"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(credentials), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return path


def owner_of(folder: Path, otherwise: str = "") -> tuple[str, str]:
    """The running server of a data folder and its owner's token: (URL, token).

    ``otherwise`` is the URL to try where the folder does not know of a running server.

    :raises ConfigError: the folder holds no owner's token, or no server runs on it
    """
    token, address = folder / OWNER_TOKEN, folder / ADDRESS
    try:
        secret = token.read_text().strip()
    except OSError as error:
        raise ConfigError(
            f"{token} cannot be read ({error.strerror}): run this where the diary is, "
            "or name it with --folder"
        ) from error
    try:
        return address.read_text().strip(), secret
    except OSError:
        if otherwise:
            return otherwise, secret
        raise ConfigError(f"no server runs on {folder}: start it with 'workdiary serve'") from None


def whose(folder: Path | None) -> tuple[str, str]:
    """Whom a command asks as: the owner of ``folder``, if it is named, else this machine's person.

    Where this machine is not enrolled and a diary lies in ``WORKDIARY_SERVER__FOLDER`` or in the
    user's own data folder, its owner.

    :raises ConfigError: neither
    """
    if folder is not None:
        return owner_of(folder)
    mine = home()
    hosted = server_folder()
    if not (mine / "credentials.json").exists() and (hosted / OWNER_TOKEN).exists():
        return owner_of(hosted)
    known = load(mine)
    return known.server, known.token


def server_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where this user's own diary server keeps its data, unless a command says otherwise."""
    named = environment.get("WORKDIARY_SERVER__FOLDER")
    if named:
        return Path(named)
    return Path(platformdirs.user_data_dir("workdiary-data", appauthor=False))
