"""The HTTP API's types, shared by server, tracker and TUI; the OpenAPI document is made of them.

Times are RFC 3339 in UTC, durations minutes, money integer minor units with an ISO 4217 code, ids
and digests lower-case hex. Requests refuse unknown fields; answers may gain some.
"""

from __future__ import annotations

from datetime import date, datetime
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


class Person(Answer, frozen=True, kw_only=True):
    id: Hex32
    name: str
    owner: bool = False


class Me(Answer, frozen=True, kw_only=True):
    """Who the token belongs to. ``server`` is the log's host name, in every origin."""

    person: Person
    device: Hex32 | None
    scope: str
    server: str
    now: Moment


class NewPerson(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name


class NewInvite(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``scope`` is ``tracker`` (a freelancer's device) or ``read`` (a reviewer)."""

    person: Hex32
    scope: str


class Invite(Answer, frozen=True, kw_only=True):
    """The code is shown this once; it works once, until ``expires``."""

    code: str
    person: Hex32
    scope: str
    expires: Moment


class Enrolment(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Turning an invite into a device: its name and Ed25519 public key."""

    code: str
    device: Hex32
    device_name: Name
    public_key: Hex64


class Enrolled(Answer, frozen=True, kw_only=True):
    """The token is shown this once."""

    token: str
    person: Person
    scope: str
    server: str


class NewToken(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    person: Hex32
    scope: str
    label: Name


class Token(Answer, frozen=True, kw_only=True):
    """A token as it is listed: never the secret, which ``secret`` holds once, when it is made."""

    id: Hex32
    person: Hex32
    scope: str
    label: str
    created: Moment
    expires: Moment
    device: Hex32 | None = None
    secret: str | None = None


class Device(Answer, frozen=True, kw_only=True):
    id: Hex32
    person: Hex32
    name: str
    public_key: Hex64
    enrolled: Moment
    revoked: Moment | None = None


class Minutes(Answer, frozen=True, kw_only=True):
    """Totals in minutes, all integers: ``by_status`` adds up to ``tracked``."""

    tracked: int
    billable: int
    by_status: dict[str, int]


class Contract(Answer, frozen=True, kw_only=True):
    """A contract as its parties see it. ``weekly_limit`` is this week's, in minutes; None: none."""

    id: Hex32
    name: str
    freelancer: Person
    clients: tuple[Person, ...]
    rate: int
    currency: str
    weekly_limit: int | None
    hourly: bool
    manual: bool
    screenshots: str
    zone: str
    policy: str
    opened: Moment
    today: Minutes
    week: Minutes
    last_segment: Moment | None
    role: str
    origin: str
    log_key: str


class Picture(Answer, frozen=True, kw_only=True):
    """One monitor's picture. Fetch ``{digest}/{rendition}``: original, preview or thumbnail."""

    digest: Hex64
    monitor: int
    width: int
    height: int
    size: int
    taken_at: Moment


class Segment(Answer, frozen=True, kw_only=True):
    """Ten minutes with their verdict; the arrays have ten numbers, one a minute.

    ``tracked``, ``moved`` and ``down`` are masks: bit i is minute i. ``down`` minutes were not
    seen, so that their zeros are unknown. ``reason`` says why the status is what it is.
    """

    start: Moment
    kind: str
    status: str
    billable: int
    reason: str
    memo: str
    meter: int
    keystrokes: tuple[int, ...]
    clicks: tuple[int, ...]
    scrolls: tuple[int, ...]
    moved: int
    tracked: int
    down: int
    sampled: bool
    sessions: tuple[str, ...]
    pictures: tuple[Picture, ...]
    no_picture: str
    received: Moment
    index: int


class Week(Answer, frozen=True, kw_only=True):
    """A contract's week: Monday 00:00 to Sunday 24:00 UTC, in every zone. ``amount`` is money."""

    contract: Hex32
    start: Moment
    limit: int | None
    totals: Minutes
    amount: int
    currency: str
    policy_error: str = ""


class Day(Answer, frozen=True, kw_only=True):
    """A day of a contract in a zone: segments by start that begin on that local date."""

    contract: Hex32
    date: date
    zone: str
    begins: Moment
    ends: Moment
    segments: tuple[Segment, ...]
    totals: Minutes
    week: Week


class LogHead(Answer, frozen=True, kw_only=True):
    """A contract's log: size, root, and the signed head (a C2SP checkpoint)."""

    size: int
    root: Hex64
    checkpoint: str


class ChainState(Answer, frozen=True, kw_only=True):
    """Where a device's chain in a contract's log stands: -1 and 64 zeros before its first."""

    seq: int
    id: Hex64


class Receipt(Answer, frozen=True, kw_only=True):
    """An entry is durable: its id, its index and second of receipt, and a head that covers it."""

    id: Hex64
    index: int
    received: int
    head: LogHead


class Event(Answer, frozen=True, kw_only=True):
    """Something was added to a log. ``number`` is the server's arrival number (Last-Event-ID)."""

    number: int
    contract: Hex32
    index: int
    kind: str
    start: Moment | None
    received: Moment


def frame(*pieces: bytes) -> bytes:
    """Join pieces into one framed body: each is preceded by its length, 4 bytes, big-endian."""
    return b"".join(len(piece).to_bytes(4, "big") + piece for piece in pieces)


def to_json(value: object) -> bytes:
    return msgspec.json.encode(value)
