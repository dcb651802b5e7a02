"""People, their invites, devices and tokens. Secrets are shown once and kept as SHA-256 alone."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import apsw
from workdiary import api
from workdiary.errors import InvalidError, NotFoundError, RefusedError, UnauthenticatedError
from workdiary.segments import from_epoch

from workdiary_server.db.models import Device, Invite, Party, Person, Token, rows
from workdiary_server.diary.access import Action, Actor, Scope, authorize
from workdiary_server.diary.names import open_name, seal_name
from workdiary_server.diary.service import Diary, identifier
from workdiary_server.folder import Random
from workdiary_server.vault.keyring import Keyring

INVITE_SECONDS = 48 * 3600
TOKEN_SECONDS = 365 * 86_400
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYMBOLS = 20


def token_secret(random: Random) -> str:
    """``wdt_`` and 256 random bits."""
    return "wdt_" + base64.urlsafe_b64encode(random(32)).decode().rstrip("=")


def invite_code(random: Random) -> str:
    """100 random bits in groups of five, to be read aloud."""
    number = int.from_bytes(random(13), "big")
    symbols = "".join(_CROCKFORD[number >> 5 * at & 31] for at in range(_SYMBOLS))
    return "-".join(symbols[at : at + 5] for at in range(0, _SYMBOLS, 5))


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def insert_person(
    db: apsw.Connection, keyring: Keyring, key: bytes, name: str, owner: bool, now: int
) -> api.Person:
    sealed = seal_name(keyring, db, "person", key, name)
    rows(db, Person.insert(id=key, owner=owner, created=now, sealed=sealed))
    return api.Person(id=key.hex(), name=name, owner=owner)


def insert_token(db: apsw.Connection, keyring: Keyring, token: api.Token) -> None:
    if token.secret is None:
        raise ValueError("a new token has its secret")
    key = bytes.fromhex(token.id)
    sealed = seal_name(keyring, db, "token", key, token.label)
    rows(
        db,
        Token.insert(
            digest=digest(token.secret),
            id=key,
            person=bytes.fromhex(token.person),
            device=bytes.fromhex(token.device) if token.device else None,
            scope=token.scope,
            created=int(token.created.timestamp()),
            expires=int(token.expires.timestamp()),
            sealed=sealed,
        ),
    )


def new_token(
    random: Random, now: int, person: str, scope: str, label: str, device: str | None = None
) -> api.Token:
    return api.Token(
        id=random(16).hex(),
        person=person,
        scope=scope,
        label=label,
        created=from_epoch(now),
        expires=from_epoch(now + TOKEN_SECONDS),
        device=device,
        secret=token_secret(random),
    )


def find_person(db: apsw.Connection, keyring: Keyring, key: bytes) -> api.Person:
    """:raises NotFoundError: there is none"""
    found = rows(db, Person.select(Person.owner, Person.sealed).where(Person.id == key))
    if not found:
        raise NotFoundError(f"there is no person {key.hex() or 'of that id'}")
    owner, sealed = found[0]
    name = open_name(keyring, db, "person", key, sealed)
    return api.Person(id=key.hex(), name=name, owner=bool(owner))


def may_manage(actor: Actor) -> None:
    """Asked before a body is read: who may not, is told so whatever they sent."""
    authorize(actor, Action.MANAGE)


async def who_is(diary: Diary, secret: str) -> Actor:
    """The holder of a token.

    :raises UnauthenticatedError: it is unknown, expired or revoked
    """
    query = Token.select(Token.person, Token.scope, Token.device, Token.expires)
    found = await diary.db.read(lambda db: rows(db, query.where(Token.digest == digest(secret))))
    if not found or found[0][3] <= diary.now():
        raise UnauthenticatedError("this token is unknown, expired or revoked")
    person, scope, device, _ = found[0]
    return Actor(person.hex(), Scope(scope), device.hex() if device else None)


async def me(diary: Diary, actor: Actor) -> api.Me:
    person = await diary.db.read(
        lambda db: find_person(db, diary.keyring, bytes.fromhex(actor.person))
    )
    return api.Me(
        person=person,
        device=actor.device,
        scope=actor.scope,
        server=diary.name,
        now=from_epoch(int(diary.now())),
    )


async def list_people(diary: Diary, actor: Actor) -> tuple[api.Person, ...]:
    authorize(actor, Action.MANAGE)

    def listed(db: apsw.Connection) -> tuple[api.Person, ...]:
        keys = rows(db, Person.select(Person.id).order_by(Person.created, Person.id))
        return tuple(find_person(db, diary.keyring, key) for (key,) in keys)

    return await diary.db.read(listed)


async def add_person(diary: Diary, actor: Actor, wanted: api.NewPerson) -> api.Person:
    authorize(actor, Action.MANAGE)
    key = diary.random(16)
    return await diary.db.write(
        lambda db: insert_person(db, diary.keyring, key, wanted.name, False, int(diary.now()))
    )


async def invite(diary: Diary, actor: Actor, wanted: api.NewInvite) -> api.Invite:
    """Make a one-time invite for a person; its code is in the answer and nowhere else."""
    authorize(actor, Action.MANAGE)
    if wanted.scope not in (Scope.TRACKER, Scope.REVIEW, Scope.READ):
        raise InvalidError(
            f"an invite is for tracker, review or read, not {wanted.scope!r}", "scope"
        )
    code, expires = invite_code(diary.random), int(diary.now()) + INVITE_SECONDS
    person = bytes.fromhex(wanted.person)

    def insert(db: apsw.Connection) -> None:
        find_person(db, diary.keyring, person)
        secret = digest(_plain(code))
        rows(db, Invite.insert(digest=secret, person=person, scope=wanted.scope, expires=expires))

    await diary.db.write(insert)
    return api.Invite(
        code=code,
        pins=diary.pins,
        person=wanted.person,
        scope=wanted.scope,
        expires=from_epoch(expires),
    )


async def enrol(diary: Diary, enrolment: api.Enrolment) -> api.Enrolled:
    """Use up an invite: register the device and hand out its token.

    :raises UnauthenticatedError: the code is unknown, used or expired
    :raises RefusedError: code ``device``; that device id is taken
    """
    now = int(diary.now())

    def use(db: apsw.Connection) -> api.Enrolled:
        person, scope = _take_invite(db, enrolment.code, now)
        device = bytes.fromhex(enrolment.device)
        if rows(db, Device.select(Device.id).where(Device.id == device)):
            raise RefusedError(f"device {enrolment.device} is enrolled already", "device")
        label = seal_name(diary.keyring, db, "device", device, enrolment.device_name)
        public = bytes.fromhex(enrolment.public_key)
        rows(
            db,
            Device.insert(id=device, person=person, public=public, enrolled=now, sealed=label),
        )
        token = new_token(
            diary.random, now, person.hex(), scope, enrolment.device_name, enrolment.device
        )
        insert_token(db, diary.keyring, token)
        return api.Enrolled(
            token=token.secret or "",
            person=find_person(db, diary.keyring, person),
            scope=scope,
            server=diary.name,
        )

    return await diary.db.write(use)


def _take_invite(db: apsw.Connection, code: str, now: int) -> tuple[bytes, str]:
    this = Invite.digest == digest(_plain(code))
    found = rows(db, Invite.select(Invite.person, Invite.scope, Invite.expires).where(this))
    if not found or found[0][2] <= now:
        raise UnauthenticatedError("this invite is unknown, used or expired: ask for a new one")
    rows(db, Invite.delete().where(this))
    return found[0][0], found[0][1]


def _plain(code: str) -> str:
    """An invite as Crockford reads it: hyphens and case do not matter, O is 0, I and L are 1."""
    plain = code.upper().replace("-", "").strip()
    return plain.translate(str.maketrans("OIL", "011"))


async def list_devices(diary: Diary, actor: Actor) -> tuple[api.Device, ...]:
    """All devices for the owner, their own for anyone else."""
    query = Device.select().order_by(Device.enrolled, Device.id)
    if actor.scope is not Scope.OWNER:
        query = query.where(Device.person == bytes.fromhex(actor.person))

    def listed(db: apsw.Connection) -> tuple[api.Device, ...]:
        return tuple(_device(db, diary.keyring, row) for row in rows(db, query))

    return await diary.db.read(listed)


def _device(db: apsw.Connection, keyring: Keyring, row: tuple[Any, ...]) -> api.Device:
    key, person, public, enrolled, revoked, sealed = row
    return api.Device(
        id=key.hex(),
        person=person.hex(),
        name=open_name(keyring, db, "device", key, sealed),
        public_key=public.hex(),
        enrolled=from_epoch(enrolled),
        revoked=None if revoked is None else from_epoch(revoked),
    )


async def revoke_device(diary: Diary, actor: Actor, device: str) -> None:
    """Refuse what the device signs from now on, and its tokens."""
    authorize(actor, Action.MANAGE)
    key = identifier(device)

    def revoke(db: apsw.Connection) -> None:
        rows(db, Token.delete().where(Token.device == key))
        this = (Device.id == key) & Device.revoked.is_null()
        rows(db, Device.update(revoked=int(diary.now())).where(this))
        if not rows(db, Device.select(Device.id).where(Device.id == key)):
            raise NotFoundError(f"there is no device {device[:32]!r}")

    await diary.db.write(revoke)


async def list_tokens(diary: Diary, actor: Actor) -> tuple[api.Token, ...]:
    authorize(actor, Action.MANAGE)
    query = Token.select(
        Token.id,
        Token.person,
        Token.scope,
        Token.created,
        Token.expires,
        Token.device,
        Token.sealed,
    ).order_by(Token.created, Token.id)

    def listed(db: apsw.Connection) -> tuple[api.Token, ...]:
        return tuple(_token(db, diary.keyring, row) for row in rows(db, query))

    return await diary.db.read(listed)


def _token(db: apsw.Connection, keyring: Keyring, row: tuple[Any, ...]) -> api.Token:
    key, person, scope, created, expires, device, sealed = row
    return api.Token(
        id=key.hex(),
        person=person.hex(),
        scope=scope,
        label=open_name(keyring, db, "token", key, sealed),
        created=from_epoch(created),
        expires=from_epoch(expires),
        device=device.hex() if device else None,
    )


async def add_token(diary: Diary, actor: Actor, wanted: api.NewToken) -> api.Token:
    authorize(actor, Action.MANAGE)
    if wanted.scope not in set(Scope):
        raise InvalidError(
            f"a token's scope is tracker, review, read or owner, not {wanted.scope!r}", "scope"
        )
    token = new_token(diary.random, int(diary.now()), wanted.person, wanted.scope, wanted.label)

    def insert(db: apsw.Connection) -> None:
        person = find_person(db, diary.keyring, bytes.fromhex(wanted.person))
        if wanted.scope == Scope.OWNER and not person.owner:
            raise RefusedError(f"{person.name} is not an owner of this server", "scope")
        insert_token(db, diary.keyring, token)

    await diary.db.write(insert)
    return token


async def revoke_token(diary: Diary, actor: Actor, token: str) -> None:
    authorize(actor, Action.MANAGE)
    this = Token.id == identifier(token)

    def revoke(db: apsw.Connection) -> None:
        if not rows(db, Token.select(Token.id).where(this)):
            raise NotFoundError(f"there is no token {token[:32]!r}")
        rows(db, Token.delete().where(this))

    await diary.db.write(revoke)


def parties(db: apsw.Connection, contract: bytes) -> list[tuple[bytes, str]]:
    query = Party.select(Party.person, Party.role).where(Party.contract == contract)
    return [(person, role) for person, role in rows(db, query.order_by(Party.role, Party.person))]
