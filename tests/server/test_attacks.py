"""Attacks on a log, each noticed by exactly those who can.

From the bundle alone; by a client who saw three quarters of it; by the tracker that saw all.

The dishonest server holds the log's key and signs every head anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from billkit import TEN
from bundlekit import NOON, Forgery, Parties, a_worked_day, complaints
from serverkit import Device, Signed, sign, tracked_entry
from workdiary.bodies import ChangeBody, ContractBody, ManualBody, TrackedBody
from workdiary.bundles import form
from workdiary.entries import (
    EntryKind,
    Seen,
    commitment,
    make_body,
    note_id,
    read_body,
    read_entry,
    read_leaf,
    sign_entry,
)

SEEN = 12
"""How much of the sixteen entries the client has seen."""


@dataclass(frozen=True)
class Case:
    """Who notices what: codes from the bundle alone, for the client, for the tracker."""

    attack: Callable[[Parties, Forgery], None]
    alone: set[str]
    client: set[str]
    tracker: set[str]


def everywhere(attack: Callable[[Parties, Forgery], None], *codes: str) -> Case:
    return Case(attack, set(codes), set(codes), set(codes))


def altered(attack: Callable[[Parties, Forgery], None], *codes: str) -> Case:
    """History is another for whoever remembers some of it."""
    return Case(attack, set(codes), {"history", *codes}, {"history", *codes})


def body_of(forgery: Forgery, index: int) -> str:
    return form.body_name(note_id(forgery.note(index)))


def _alter_counts(_: Parties, forgery: Forgery) -> None:
    name = body_of(forgery, 6)
    body = read_body(forgery.files[name], TrackedBody)
    rows = ((999, 0, 0, 1), *body.minutes[1:])
    forged = msgspec.structs.replace(body, minutes=rows)
    forgery.files[name] = make_body(forged, lambda size: forgery.files[name][:size])


def _swap_pictures(_: Parties, forgery: Forgery) -> None:
    one, two = [name for name in forgery.files if name.startswith("pictures/")][:2]
    files = forgery.files
    files[one], files[two] = files[two], files[one]


def _lose_content(_: Parties, forgery: Forgery) -> None:
    del forgery.files[body_of(forgery, 6)]


def _alter_entry(_: Parties, forgery: Forgery) -> None:
    received, note = read_leaf(forgery.leaves[6])
    changed = note.replace(b'"mask":1023', b'"mask":1022')
    assert changed != note
    forgery.files[form.body_name(note_id(changed))] = forgery.files.pop(body_of(forgery, 6))
    forgery.leaves[6] = b"%d\n%b" % (received, changed)


def _reorder(_: Parties, forgery: Forgery) -> None:
    leaves = forgery.leaves
    (first, one), (second, two) = read_leaf(leaves[8]), read_leaf(leaves[9])
    assert read_entry(one).device != read_entry(two).device
    leaves[8], leaves[9] = b"%d\n%b" % (first, two), b"%d\n%b" % (second, one)


def _drop_from_the_middle(_: Parties, forgery: Forgery) -> None:
    forgery.drop(7)


def _add_in_the_freelancers_name(parties: Parties, forgery: Forgery) -> None:
    forged = Device(
        parties.ada.id, parties.ada.person, "", parties.ada.client, forgery.key,
        dict(parties.ada.chains), dict(parties.ada.seen),
    )  # fmt: skip
    forgery.add(tracked_entry(forged, parties.contract, NOON - 5 * TEN))


def _replay(_: Parties, forgery: Forgery) -> None:
    forgery.leaves.append(forgery.leaves[-1])


def _date_a_receipt_back(_: Parties, forgery: Forgery) -> None:
    received, note = read_leaf(forgery.leaves[9])
    forgery.leaves[9] = b"%d\n%b" % (received - 300, note)


def _drop_the_newest(_: Parties, forgery: Forgery) -> None:
    for _number in range(2):
        forgery.drop(len(forgery.leaves) - 1)


def _drop_what_the_client_saw(_: Parties, forgery: Forgery) -> None:
    while len(forgery.leaves) >= SEEN:
        forgery.drop(len(forgery.leaves) - 1)


def _rewrite_the_rate(parties: Parties, forgery: Forgery) -> None:
    """With the real owner's key."""
    opened = read_entry(forgery.note(0))
    name = body_of(forgery, 0)
    terms = read_body(forgery.files.pop(name), ContractBody)
    raw = make_body(msgspec.structs.replace(terms, rate=1), lambda size: bytes(size))
    forged = sign_entry(msgspec.structs.replace(opened, body=commitment(raw)), parties.owner.key)
    received, _ = read_leaf(forgery.leaves[0])
    forgery.leaves[0] = b"%d\n%b" % (received, forged)
    forgery.files[form.body_name(note_id(forged))] = raw


def _clock_back(parties: Parties, forgery: Forgery) -> None:
    forgery.add(tracked_entry(parties.ada, parties.contract, NOON - 60 * TEN))


def _clone_the_disk(parties: Parties, forgery: Forgery) -> None:
    forgery.add(tracked_entry(parties.ada, parties.contract, NOON - 5 * TEN))
    forgery.add(tracked_entry(parties.ada, parties.contract, NOON - 4 * TEN))


def _claim_a_slot_twice(parties: Parties, forgery: Forgery) -> None:
    forgery.add(tracked_entry(parties.ada, parties.contract, NOON - 9 * TEN))


def _claim_the_future(parties: Parties, forgery: Forgery) -> None:
    forgery.add(tracked_entry(parties.ada, parties.contract, NOON + 99 * TEN))


def _set_own_terms(parties: Parties, forgery: Forgery) -> None:
    body = ChangeBody(since=NOON, rate=10**6)
    forgery.add(sign(parties.ada, parties.contract, EntryKind.CONTRACT_CHANGED, body))


def _client_adds_time(parties: Parties, forgery: Forgery) -> None:
    body = ManualBody(segments=(NOON - 30 * TEN,), memo="x", reason="y")
    forgery.add(sign(parties.grace, parties.contract, EntryKind.SEGMENT_MANUAL, body))


def _entry_of_another_contract(parties: Parties, forgery: Forgery) -> None:
    signed = tracked_entry(parties.ada, parties.contract, NOON - 5 * TEN)
    entry = msgspec.structs.replace(read_entry(signed.note), contract="ab" * 16)
    forgery.add(Signed(sign_entry(entry, parties.ada.key), signed.body))


def _another_history_was_seen(parties: Parties, forgery: Forgery) -> None:
    parties.ada.seen[parties.contract] = Seen(9, "ab" * 32)
    forgery.add(tracked_entry(parties.ada, parties.contract, NOON - 5 * TEN))


def _more_was_seen_than_there_is(parties: Parties, forgery: Forgery) -> None:
    parties.ada.seen[parties.contract] = Seen(99, "ab" * 32)
    forgery.add(tracked_entry(parties.ada, parties.contract, NOON - 5 * TEN))


def _hide_what_was_seen(parties: Parties, forgery: Forgery) -> None:
    """A machine with a clock set back and no memory: its delay is shown, and nothing proves it."""
    first = read_entry(forgery.note(4))
    parties.second.seen[parties.contract] = first.seen
    forgery.add(tracked_entry(parties.second, parties.contract, NOON - 10 * TEN))


CASES = {
    "counts are altered": everywhere(_alter_counts, "content"),
    "two pictures are swapped": everywhere(_swap_pictures, "picture"),
    "content is lost that nobody deleted": everywhere(_lose_content, "missing"),
    "an entry is altered": altered(_alter_entry, "gap", "seen", "signature"),
    "entries are reordered": altered(_reorder, "seen"),
    "one is dropped from the middle": Case(
        _drop_from_the_middle,
        {"gap", "seen"},
        {"gap", "seen", "history"},
        {"gap", "seen", "shrunk"},
    ),
    "a segment is added in the freelancer's name": everywhere(
        _add_in_the_freelancers_name, "signature"
    ),
    "an entry is replayed": everywhere(_replay, "gap", "twice"),
    "a receipt is dated back": altered(_date_a_receipt_back, "seen"),
    "the newest are dropped, which the client has not seen": Case(
        _drop_the_newest, set(), set(), {"shrunk"}
    ),
    "entries are dropped that the client saw": Case(
        _drop_what_the_client_saw, set(), {"shrunk"}, {"shrunk"}
    ),
    "the owner rewrites the rate": altered(_rewrite_the_rate, "seen"),
    "a freelancer's clock is set back": everywhere(_clock_back, "time-back"),
    "a disk is cloned": everywhere(_clone_the_disk, "gap"),
    "a slot is claimed twice": everywhere(_claim_a_slot_twice, "twice"),
    "time is claimed that is not over": everywhere(_claim_the_future, "future"),
    "a freelancer sets their own terms": everywhere(_set_own_terms, "role"),
    "a client adds time": everywhere(_client_adds_time, "role"),
    "an entry is of another contract": everywhere(_entry_of_another_contract, "contract"),
    "an entry was made on another history": everywhere(_another_history_was_seen, "seen"),
    "an entry has seen more than there is": everywhere(_more_was_seen_than_there_is, "seen"),
    "a machine hides what it saw": everywhere(_hide_what_was_seen),
}


@pytest.mark.parametrize("name", CASES)
def test_an_attack_is_noticed_by_exactly_those_who_can(name: str, tmp_path: Path) -> None:
    asyncio.run(attacked(CASES[name], tmp_path))


async def attacked(case: Case, folder: Path) -> None:
    async with a_worked_day(folder) as parties:
        honest = Forgery.of(parties.bundle, parties.log_key)
        assert len(honest.leaves) == 16
        heads = {size: folder / f"head-{size}" for size in (SEEN, 16)}
        for size, path in heads.items():
            some = Forgery(dict(honest.files), honest.key, honest.leaves[:size])
            path.write_bytes(some.checkpoint())
        forgery = Forgery.of(parties.bundle, parties.log_key)
        untouched = forgery.write(folder / "untouched.zip")
        for options in ([], ["--head", str(heads[SEEN])], ["--head", str(heads[16])]):
            assert complaints(untouched, "--full", *options) == set()
        case.attack(parties, forgery)
        forged = forgery.write(folder / "forged.zip")
        assert complaints(forged, "--full") == case.alone
        assert complaints(forged, "--full", "--head", str(heads[SEEN])) == case.client
        assert complaints(forged, "--full", "--head", str(heads[16])) == case.tracker
        quickly = complaints(forged)
        assert quickly <= case.alone
        assert bool(quickly) == bool(case.alone), "what is found at all is found quickly too"


def test_a_bundle_of_another_log_is_told_from_the_one_that_is_known(tmp_path: Path) -> None:
    async def two() -> None:
        async with a_worked_day(tmp_path / "one") as one, a_worked_day(tmp_path / "two") as two:
            head = tmp_path / "head"
            head.write_bytes(Forgery.of(two.bundle, two.log_key).checkpoint())
            assert complaints(one.bundle, "--head", str(head)) == {"origin"}

    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    asyncio.run(two())
