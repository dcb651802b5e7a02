"""What all of the API's types stand on: their bases, their constrained texts, and its encodings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

PREFIX = "/api/v1"
FRAMES = "application/vnd.workdiary.frames"
PROBLEM = "application/problem+json"

Moment = Annotated[datetime, Meta(tz=True)]
Hex32 = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Hex64 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a caller sends."""


class Answer(Struct, frozen=True, kw_only=True):
    """Base of what the server says."""


class Problem(Answer, frozen=True, kw_only=True):
    """RFC 9457: what went wrong. ``code`` is for programs, ``detail`` for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str


def frame(*pieces: bytes) -> bytes:
    """Join pieces into one framed body: each is preceded by its length, 4 bytes, big-endian."""
    return b"".join(len(piece).to_bytes(4, "big") + piece for piece in pieces)


def to_json(value: object) -> bytes:
    return msgspec.json.encode(value)
