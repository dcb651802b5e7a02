"""What a verification has to say against a bundle, and what it learned of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Complaint:
    """``code`` names what is wrong, ``place`` where, ``meaning`` what that means to the reader."""

    code: str
    place: str
    meaning: str


@dataclass(slots=True)
class Learned:
    """The facts of a log that verified, or of as much of it as could be read."""

    origin: str = ""
    size: int = 0
    root: bytes = b""
    devices: int = 0
    segments: int = 0
    deleted: int = 0
    late: int = 0
    afterwards: int = 0
    pictures: int = 0
    cosigners: list[tuple[str, int]] = field(default_factory=list)
    weeks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
