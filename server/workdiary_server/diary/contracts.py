"""Contracts: opened, changed and ended by signed entries; their terms as of any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import apsw
import msgspec
from workdiary import api, canonical
from workdiary.agreement import (
    Agreed,
    InForce,
    agree,
    fold,
    policy_of_week,
    terms_in_force,
)
from workdiary.billing import Terms, limit_of_week, week_start
from workdiary.bodies import ChangeBody, ContractBody, EndBody
from workdiary.days import zone_named
from workdiary.entries import NO_ENTRY, EntryKind, device_key_name, verify_entry
from workdiary.errors import InvalidError, RefusedError
from workdiary.merkle import EMPTY_ROOT
from workdiary.notes import VerifyingKey
from workdiary.segments import from_epoch

from workdiary_server.db.models import Contract, Party, rows
from workdiary_server.diary import log
from workdiary_server.diary.access import Action, Actor, Role, authorize
from workdiary_server.diary.log import Appended, Submission
from workdiary_server.diary.people import find_person
from workdiary_server.diary.service import Diary, roles_in
from workdiary_server.vault.keyring import Keyring, place_of

_OWNER_DEVICE = (
    "SELECT device.public FROM device JOIN person ON person.id = device.person "
    "WHERE device.id = ? AND person.owner AND device.revoked IS NULL"
)
_READ = "SELECT freelancer, opened, size, sealed FROM contract WHERE id = ?"
_AGREE = "UPDATE contract SET sealed = ? WHERE id = ?"
_OF_CLIENTS = frozenset({"weekly_limit", "paused"})


@dataclass(frozen=True)
class Held:
    """A contract as the database holds it, its terms unsealed; ``size`` is its log's."""

    key: bytes
    freelancer: bytes
    opened: datetime
    size: int
    history: tuple[Agreed, ...]

    @property
    def id(self) -> str:
        return self.key.hex()

    @cached_property
    def terms(self) -> tuple[InForce, ...]:
        return fold(self.history)

    @cached_property
    def billing(self) -> list[Terms]:
        """The terms as a policy gets them."""
        return [held.billing for held in self.terms]

    def at(self, instant: datetime) -> InForce:
        return terms_in_force(self.terms, instant)

    def judge_of(self, week: datetime) -> ContractBody:
        """The terms whose policy judges the week of an instant."""
        return policy_of_week(self.terms, week).body

    def limit(self, week: datetime) -> int | None:
        """The week's limit in minutes; before the first terms hold, theirs."""
        return limit_of_week(self.billing, max(week, week_start(self.billing[0].since)))


def may_open(actor: Actor) -> None:
    """Asked before the body is read."""
    authorize(actor, Action.OPEN_CONTRACT)


async def open_contract(
    diary: Diary, actor: Actor, submission: Submission
) -> tuple[Appended, bool]:
    """Begin a contract's log with its terms; whether it is new."""
    may_open(actor)
    body = submission.body
    if not isinstance(body, ContractBody):
        raise InvalidError("a contract begins with contract.opened", "kind")
    zone_named(body.zone)
    await diary.check_policy(body.policy, body.policy_options)
    _check_parties(body.freelancer, body.clients)
    appended = await diary.db.write(lambda db: _open(db, diary, submission, body))
    if appended.new:
        contract = submission.entry.contract
        diary.announcer.appended(contract, appended.index, EntryKind.CONTRACT_OPENED)
    return appended, appended.new


def _open(
    db: apsw.Connection, diary: Diary, submission: Submission, body: ContractBody
) -> Appended:
    entry, contract, keyring = submission.entry, submission.contract, diary.keyring
    owner = _check_opening(db, submission)
    if rows(db, Contract.select(Contract.id).where(Contract.id == contract)):
        known = log.find(db, contract, submission.id)
        if known is None:
            raise RefusedError(f"contract {entry.contract} is open already", "contract")
        return known
    for person in (body.freelancer, *body.clients):
        find_person(db, keyring, bytes.fromhex(person))
    keyring.new_subject(db, contract)
    freelancer, now = bytes.fromhex(body.freelancer), int(diary.now())
    rows(
        db,
        Contract.insert(
            id=contract,
            freelancer=freelancer,
            opened=now,
            size=0,
            edge=b"",
            received=now,
            sealed=b"",
        ),
    )
    _keep(db, keyring, contract, agree((), 0, now, owner, entry.kind, body))
    _insert_party(db, freelancer, contract, Role.FREELANCER)
    for client in body.clients:
        _insert_party(db, bytes.fromhex(client), contract, Role.CLIENT)
    return log.append(db, keyring, submission, now)


def _check_opening(db: apsw.Connection, submission: Submission) -> bytes:
    """The first entry of a log: by a device of the owner's, after nothing. Returns the owner."""
    entry = submission.entry
    device = bytes.fromhex(entry.device)
    row = db.execute(_OWNER_DEVICE, (device,)).fetchone()
    if row is None:
        raise RefusedError(f"device {entry.device} is not the owner's", "device")
    verify_entry(submission.note, VerifyingKey(device_key_name(entry.device), row[0]))
    if (entry.seq, entry.prev) != (0, NO_ENTRY):
        raise RefusedError("a contract's first entry begins a chain", "chain")
    if (entry.seen.size, entry.seen.root) != (0, EMPTY_ROOT.hex()):
        raise RefusedError("a contract's first entry has seen an empty log", "seen")
    return log.person_of(db, device)


def _check_parties(freelancer: str, clients: Sequence[str]) -> None:
    if freelancer in clients or len(set(clients)) != len(clients):
        raise InvalidError("freelancer and clients are different people, each once", "body")


async def check_terms(diary: Diary, body: ChangeBody) -> None:
    """What no state decides: the zone exists, and the policy can be used.

    :raises InvalidError: code ``zone`` or ``policy``
    """
    if body.zone is not msgspec.UNSET:
        zone_named(body.zone)
    if body.policy is not msgspec.UNSET:
        options = {} if body.policy_options is msgspec.UNSET else body.policy_options
        await diary.check_policy(body.policy, options)
    elif body.policy_options is not msgspec.UNSET:
        raise InvalidError("options are set together with their policy", "policy")


def check_change(
    db: apsw.Connection,
    keyring: Keyring,
    actor: Actor,
    contract: bytes,
    body: ChangeBody | EndBody,
    now: float,
) -> None:
    """Whether these terms may be set now, by this caller.

    :raises DeniedError: a client changes the limit, pauses, resumes and ends, and no more
    :raises RefusedError: code ``ended``
    """
    roles = roles_in(db, actor, contract)
    authorize(actor, Action.SET_TERMS, roles)
    this = held(db, keyring, contract)
    if this.at(from_epoch(int(now))).ended:
        raise RefusedError("this contract has ended: open a new one", "ended")
    if isinstance(body, EndBody):
        return
    named = {name for name in body.__struct_fields__ if getattr(body, name) is not msgspec.UNSET}
    if not named - {"since"} <= _OF_CLIENTS:
        authorize(actor, Action.SET_ALL_TERMS, roles)
    if body.clients is not msgspec.UNSET:
        _check_parties(this.freelancer.hex(), body.clients)
        for person in body.clients:
            find_person(db, keyring, bytes.fromhex(person))
        if body.since > now + 120:
            raise InvalidError("clients change at once: their rights are not planned", "body")


def apply_change(
    db: apsw.Connection, keyring: Keyring, submission: Submission, appended: Appended
) -> None:
    """Add an appended entry about terms to the contract's history."""
    contract, body = submission.contract, submission.body
    if not isinstance(body, ChangeBody | EndBody):
        raise TypeError("terms are set by contract.changed and contract.ended")
    this = held(db, keyring, contract)
    person = log.person_of(db, bytes.fromhex(submission.entry.device))
    place = (appended.index, appended.received, person, submission.entry.kind)
    _keep(db, keyring, contract, agree(this.history, *place, body))
    if isinstance(body, ChangeBody) and body.clients is not msgspec.UNSET:
        query = Party.delete().where((Party.contract == contract) & (Party.role == Role.CLIENT))
        rows(db, query)
        for client in body.clients:
            _insert_party(db, bytes.fromhex(client), contract, Role.CLIENT)


def _insert_party(db: apsw.Connection, person: bytes, contract: bytes, role: Role) -> None:
    rows(db, Party.insert(person=person, contract=contract, role=role))


def _keep(
    db: apsw.Connection, keyring: Keyring, contract: bytes, history: Sequence[Agreed]
) -> None:
    bound = ("contract", contract.hex())
    plain = msgspec.msgpack.encode(history)
    db.execute(_AGREE, (keyring.seal(db, contract, place_of(*bound), plain, bound), contract))


def held(db: apsw.Connection, keyring: Keyring, contract: bytes) -> Held:
    """The contract, which is there: access was asked first."""
    freelancer, opened, size, sealed = next(iter(db.execute(_READ, (contract,))))
    bound = ("contract", contract.hex())
    plain = keyring.unseal(db, contract, place_of(*bound), sealed, bound)
    return Held(contract, freelancer, from_epoch(opened), size, _history(db, contract, plain))


def _history(db: apsw.Connection, contract: bytes, plain: bytes) -> tuple[Agreed, ...]:
    if plain.startswith(b"{"):  # written before terms had a history: the opening ones alone
        opening = log.entry_at(db, contract, 0)
        owner = log.person_of(db, opening.device)
        body = canonical.decode(plain, ContractBody)
        return agree((), 0, opening.received, owner, EntryKind.CONTRACT_OPENED, body)
    return msgspec.msgpack.decode(plain, type=tuple[Agreed, ...])


def visible(db: apsw.Connection, actor: Actor) -> Sequence[bytes]:
    """The contracts that the actor may read, oldest first."""
    query = Contract.select(Contract.id).order_by(Contract.opened, Contract.id)
    if not _sees_all(actor):
        mine = Party.select(Party.contract).where(Party.person == bytes.fromhex(actor.person))
        query = query.where(Contract.id.in_(mine))
    return [key for (key,) in rows(db, query)]


def _sees_all(actor: Actor) -> bool:
    return actor.scope == Role.OWNER.value


def terms_answer(db: apsw.Connection, keyring: Keyring, held: Held) -> tuple[api.Terms, ...]:
    """The whole history as the API tells it."""
    names = {agreed.person: find_person(db, keyring, agreed.person).name for agreed in held.history}
    return tuple(
        api.Terms(
            since=one.since,
            rate=one.body.rate,
            currency=one.body.currency,
            weekly_limit=one.body.weekly_limit,
            hourly=one.body.hourly,
            manual=one.body.manual,
            screenshots=one.body.screenshots,
            zone=one.body.zone,
            policy=one.body.policy,
            policy_options=one.body.policy_options,
            paused=one.paused,
            ended=one.ended,
            by=names[one.agreed.person],
            received=from_epoch(one.agreed.received),
            index=one.agreed.index,
            changed=one.changed,
        )
        for one in held.terms
    )
