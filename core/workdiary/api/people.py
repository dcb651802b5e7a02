"""People, invites, devices and tokens."""

from __future__ import annotations

from workdiary.api.base import Answer, Hex32, Hex64, Moment, Name, Request


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
    """``scope``: ``tracker`` (a freelancer's device), ``review`` (a client's) or ``read``."""

    person: Hex32
    scope: str


class Invite(Answer, frozen=True, kw_only=True):
    """The code is shown this once; it works once, until ``expires``.

    ``pins`` is what the machine that takes it up holds the server to: certificate and log key.
    """

    code: str
    pins: str
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
