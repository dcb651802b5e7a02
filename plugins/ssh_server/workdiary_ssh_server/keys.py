"""Whom the ``authorized_keys`` file lets in, read again whenever it matters; and the host key."""

from __future__ import annotations

import base64
import os
from datetime import datetime
from pathlib import Path

import asyncssh
from workdiary.authorized_keys import KeyLine, our_line
from workdiary.errors import ConfigError


def lines_of(path: Path) -> list[KeyLine]:
    """Every line of ours that is in force; none while the file is not there.

    :raises ConfigError: it cannot be read, or others may write it
    """
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o022:
                raise ConfigError(f"others may write {path}: chmod 600 {path}")
            text = file.read().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    now = datetime.now().astimezone()
    lines = [line for line in map(our_line, text.split("\n")) if line is not None]
    return [line for line in lines if not line.is_over(now) and line.command[1:2] == ("tui",)]


def line_for(path: Path, key: asyncssh.SSHKey) -> KeyLine | None:
    """The first line that lets this key in, as sshd takes it."""
    blob = base64.b64encode(key.public_data).decode()
    return next((line for line in lines_of(path) if line.key.blob == blob), None)


def host_key(path: Path) -> asyncssh.SSHKey:
    """This server's own key; it is made, mode 0600, where there is none yet.

    :raises ConfigError: the file holds none, or others may read it
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(descriptor)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"others may read {path}: chmod 600 {path}")
    try:
        return asyncssh.read_private_key(path)
    except (OSError, asyncssh.KeyImportError) as error:
        raise ConfigError(f"{path} holds no private key that can be used: {error}") from error
