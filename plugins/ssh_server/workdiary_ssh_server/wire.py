"""What the SSH server and the process that forks its sessions say to each other.

One message is one packet of a Unix socket; the descriptors of a session travel with its start.
"""

from __future__ import annotations

import msgspec

LONGEST = 65_536


class Start(msgspec.Struct, frozen=True, tag=True):
    """Fork a session; with it come the descriptors of its stdin, stdout and stderr."""

    session: int
    arguments: tuple[str, ...]
    environment: dict[str, str]
    terminal: bool


class End(msgspec.Struct, frozen=True, tag=True):
    """Hang up on a session, and kill it where it does not care."""

    session: int


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A session's process is gone, and so is all that it started."""

    session: int
    code: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Everything is imported."""


Told = Start | End
Said = Ended | Ready

encode = msgspec.msgpack.encode
told = msgspec.msgpack.Decoder(Told).decode
said = msgspec.msgpack.Decoder(Said).decode
