"""The freelancer's hand: what writes into their own diary from this machine, if anything may."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workdiary import credentials
from workdiary.client import DiaryClient
from workdiary.pen import Pen, machine_name, pen_of

_SCOPE = "tracker"
NO_HAND = "you only read here: writing needs an invite of scope tracker"


@dataclass(frozen=True, slots=True)
class Hand:
    """``folder`` is the freelancer's own: a tracker's spool beside it is told what was deleted."""

    pen: Pen
    folder: Path


def hand_in(folder: Path | None, client: DiaryClient) -> Hand | None:
    """The hand of a machine that was enrolled to write a diary, and not only to read one."""
    if folder is None:
        return None
    known = credentials.load(folder)
    if known.scope != _SCOPE:
        return None
    return Hand(pen_of(client, known, machine_name(), folder), folder)
