"""What the freelancer deleted, for the tracker's spool to forget, whichever process deleted it.

The spool keeps what was sent, so that a restored server can be healed; a deleted segment must not
come back that way. Only this machine's own word counts: a server that says so is not believed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from workdiary.edits import delete_segments
from workdiary.pen import Pen
from workdiary.segments import epoch

_FOLDER = "deleted"


class Deletion(msgspec.Struct, frozen=True):
    """Segments of a contract, by their starts in seconds since 1970."""

    contract: str
    starts: tuple[int, ...]


async def delete(pen: Pen, folder: Path, contract: str, starts: Sequence[datetime]) -> None:
    """Give up segments, and leave word of it in this person's own ``folder``.

    :raises RefusedError: code ``locked`` or ``segment``; then nothing was deleted
    """
    await delete_segments(pen, contract, starts)
    note(folder, contract, starts)


def note(folder: Path, contract: str, starts: Iterable[datetime]) -> None:
    """Leave word beside the spool, which a running tracker holds for itself."""
    place = folder / _FOLDER
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    deletion = Deletion(contract, tuple(epoch(start) for start in starts))
    name = secrets.token_hex(8)
    temporary = place / f"{name}.new"
    with temporary.open("wb") as file:
        file.write(msgspec.json.encode(deletion))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(place / f"{name}.json")


def noted(folder: Path) -> Iterator[tuple[Path, Deletion]]:
    """What was left, each with the file to unlink once it is forgotten."""
    files: Sequence[Path] = sorted((folder / _FOLDER).glob("*.json"))
    for path in files:
        yield path, msgspec.json.decode(path.read_bytes(), type=Deletion)
