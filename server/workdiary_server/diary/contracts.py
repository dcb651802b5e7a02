"""Contracts: opened by the owner's signed entry, read by their parties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import apsw
from workdiary import canonical
from workdiary.billing import Terms
from workdiary.bodies import ContractBody
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
from workdiary_server.diary.service import Diary
from workdiary_server.vault.keyring import Keyring, place_of

_OWNER_DEVICE = (
    "SELECT device.public FROM device JOIN person ON person.id = device.person "
    "WHERE device.id = ? AND person.owner AND device.revoked IS NULL"
)
_READ = "SELECT freelancer, opened, size, sealed FROM contract WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Held:
    """A contract as the database holds it, its terms unsealed; ``size`` is its log's."""

    key: bytes
    freelancer: bytes
    opened: datetime
    size: int
    body: ContractBody

    @property
    def id(self) -> str:
        return self.key.hex()

    @property
    def terms(self) -> Terms:
        body = self.body
        since = from_epoch(body.since)
        return Terms(since, body.rate, body.currency, body.weekly_limit, body.hourly)


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
    diary.policy(body.policy)
    if body.freelancer in body.clients or len(set(body.clients)) != len(body.clients):
        raise InvalidError("freelancer and clients are different people, each once", "body")
    appended = await diary.db.write(lambda db: _open(db, diary, submission, body))
    if appended.new:
        contract = submission.entry.contract
        diary.announcer.appended(contract, appended.index, EntryKind.CONTRACT_OPENED)
    return appended, appended.new


def _open(
    db: apsw.Connection, diary: Diary, submission: Submission, body: ContractBody
) -> Appended:
    entry, contract, keyring = submission.entry, submission.contract, diary.keyring
    _check_opening(db, submission)
    if rows(db, Contract.select(Contract.id).where(Contract.id == contract)):
        known = log.find(db, contract, submission.id)
        if known is None:
            raise RefusedError(f"contract {entry.contract} is open already", "contract")
        return known
    for person in (body.freelancer, *body.clients):
        find_person(db, keyring, bytes.fromhex(person))
    keyring.new_subject(db, contract)
    bound = ("contract", entry.contract)
    sealed = keyring.seal(db, contract, place_of(*bound), canonical.encode(body), bound)
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
            sealed=sealed,
        ),
    )
    _insert_party(db, freelancer, contract, Role.FREELANCER)
    for client in body.clients:
        _insert_party(db, bytes.fromhex(client), contract, Role.CLIENT)
    return log.append(db, keyring, submission, now)


def _check_opening(db: apsw.Connection, submission: Submission) -> None:
    """The first entry of a log: by a device of the owner's, after nothing."""
    entry = submission.entry
    row = db.execute(_OWNER_DEVICE, (bytes.fromhex(entry.device),)).fetchone()
    if row is None:
        raise RefusedError(f"device {entry.device} is not the owner's", "device")
    verify_entry(submission.note, VerifyingKey(device_key_name(entry.device), row[0]))
    if (entry.seq, entry.prev) != (0, NO_ENTRY):
        raise RefusedError("a contract's first entry begins a chain", "chain")
    if (entry.seen.size, entry.seen.root) != (0, EMPTY_ROOT.hex()):
        raise RefusedError("a contract's first entry has seen an empty log", "seen")


def _insert_party(db: apsw.Connection, person: bytes, contract: bytes, role: Role) -> None:
    rows(db, Party.insert(person=person, contract=contract, role=role))


def held(db: apsw.Connection, keyring: Keyring, contract: bytes) -> Held:
    """The contract, which is there: access was asked first."""
    freelancer, opened, size, sealed = next(iter(db.execute(_READ, (contract,))))
    bound = ("contract", contract.hex())
    plain = keyring.unseal(db, contract, place_of(*bound), sealed, bound)
    body = canonical.decode(plain, ContractBody)
    return Held(contract, freelancer, from_epoch(opened), size, body)


def visible(db: apsw.Connection, actor: Actor) -> Sequence[bytes]:
    """The contracts that the actor may read, oldest first."""
    query = Contract.select(Contract.id).order_by(Contract.opened, Contract.id)
    if not _sees_all(actor):
        mine = Party.select(Party.contract).where(Party.person == bytes.fromhex(actor.person))
        query = query.where(Contract.id.in_(mine))
    return [key for (key,) in rows(db, query)]


def _sees_all(actor: Actor) -> bool:
    return actor.scope == Role.OWNER.value
