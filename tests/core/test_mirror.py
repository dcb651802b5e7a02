"""The mirror: what it takes, what it refuses and calls by name, and what is durable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tlogkit import KeptLog
from workdiary.checkpoints import Head, sign_head
from workdiary.entries import (
    NO_ENTRY,
    Entry,
    EntryKind,
    Seen,
    device_key_name,
    leaf,
    note_id,
    sign_entry,
)
from workdiary.errors import InconsistentError, InvalidError
from workdiary.merkle import EMPTY_ROOT
from workdiary.mirror import Mirror, MirrorError
from workdiary.notes import SigningKey

CONTRACT = "c0" * 16
DEVICE = SigningKey(device_key_name("ab" * 16), bytes(32))
KEY = SigningKey(f"diary.example/contract/{CONTRACT}", bytes(range(32)))
SIZE = 600


def a_note(seq: int, prev: str, contract: str = CONTRACT) -> bytes:
    """A signed entry; nothing but its place in its device's chain tells it from the others."""
    entry = Entry(
        kind=EntryKind.DEVICE_ENROLLED,
        contract=contract,
        device="ab" * 16,
        seq=seq,
        prev=prev,
        seen=Seen(0, EMPTY_ROOT.hex()),
        body="00" * 32,
    )
    return sign_entry(entry, DEVICE)


def a_chain(length: int) -> list[bytes]:
    notes = [a_note(0, NO_ENTRY)]
    for seq in range(1, length):
        notes.append(a_note(seq, note_id(notes[-1])))
    return notes


NOTES = a_chain(SIZE)


def an_entry(number: int, received: int) -> bytes:
    return leaf(received, NOTES[number])


def a_log_of(leaves: Sequence[bytes]) -> KeptLog:
    log = KeptLog()
    for one in leaves:
        log.append(one)
    return log


LEAVES = [an_entry(number, 1000 + number) for number in range(SIZE)]
LOG = a_log_of(LEAVES)


def signed(log: KeptLog, size: int) -> str:
    return sign_head(Head(KEY.public.name, size, log.root(size)), KEY)


def show(mirror: Mirror, log: KeptLog, size: int) -> Head:
    """Show a log of ``size`` as a server does: a head, and bundles from the last one on."""
    since = mirror.held(CONTRACT).tree.size
    leaves = log.leaves[since // 256 * 256 : size]
    return mirror.take(CONTRACT, KEY.public, signed(log, size), since, leaves)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    opened = Mirror(tmp_path)
    yield opened
    opened.close()


def refusal(mirror: Mirror, log: KeptLog, size: int) -> tuple[str, str]:
    before = mirror.held(CONTRACT)
    with pytest.raises(InconsistentError) as refused:
        show(mirror, log, size)
    assert mirror.held(CONTRACT) == before
    return refused.value.code, str(refused.value)


def test_a_mirror_follows_a_log_as_it_grows(mirror: Mirror) -> None:
    for size in (0, 1, 2, 255, 256, 257, 300, 300, 511, 512, 600):
        assert show(mirror, LOG, size).size == size
        assert mirror.held(CONTRACT).tree == LOG.trees[size]
    for size in (0, 1, 77, 256, 511, 600):
        assert mirror.root_at(CONTRACT, size) == LOG.root(size)
    assert mirror.covers(CONTRACT, 599, LEAVES[599])
    assert not mirror.covers(CONTRACT, 599, LEAVES[598])
    assert not mirror.covers(CONTRACT, 600, LEAVES[599])
    assert not mirror.covers("dd" * 16, 0, LEAVES[0])


def test_what_was_taken_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    first = Mirror(tmp_path)
    show(first, LOG, 300)
    first.cosigned(CONTRACT, 300)
    second = Mirror(tmp_path)
    assert second.held(CONTRACT) == first.held(CONTRACT)
    assert second.held(CONTRACT).cosigned == 300
    assert second.path.stat().st_mode & 0o777 == 0o600
    first.close()
    show(second, LOG, 301)
    second.close()


def test_a_log_that_shrank_is_named(mirror: Mirror) -> None:
    show(mirror, LOG, 300)
    assert refusal(mirror, LOG, 298) == (
        "shrunk",
        "2 of 300 entries are gone from the server's log",
    )


def test_an_altered_entry_is_named(mirror: Mirror) -> None:
    show(mirror, LOG, 300)
    leaves = list(LEAVES)
    leaves[280] = an_entry(280, 1279)
    assert refusal(mirror, a_log_of(leaves), 310) == ("altered", "entry 280 is not the one it was")


@pytest.mark.parametrize("size", [300, 310])
def test_a_head_that_forgets_what_was_shown_is_a_fork(mirror: Mirror, size: int) -> None:
    show(mirror, LOG, 300)
    leaves = list(LEAVES)
    leaves[3] = an_entry(3, 1002)
    forked = a_log_of(leaves)
    assert forked.leaves[256:] == LOG.leaves[256:]
    assert refusal(mirror, forked, size)[0] == "forked"


def test_a_head_without_its_entries_is_refused(mirror: Mirror) -> None:
    show(mirror, LOG, 100)
    for leaves in (LEAVES[:100], LEAVES[:109], []):
        with pytest.raises(InconsistentError) as refused:
            mirror.take(CONTRACT, KEY.public, signed(LOG, 110), 100, leaves)
        assert refused.value.code == "forked"


def test_a_receipt_that_was_dated_back_is_named(mirror: Mirror) -> None:
    leaves = [*LEAVES[:10], an_entry(10, 1008)]
    assert refusal(mirror, a_log_of(leaves), 11) == (
        "unordered",
        "entry 10 says that it was received before the one before it",
    )
    show(mirror, LOG, 10)
    assert refusal(mirror, a_log_of(leaves), 11)[0] == "unordered"


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"no leaf",
        b"1010\nno note",
        b"01010\n" + LEAVES[10].partition(b"\n")[2],
        b"9" * 5000 + b"\n" + LEAVES[10].partition(b"\n")[2],
        b"-5\n" + LEAVES[10].partition(b"\n")[2],
        leaf(1010, a_note(10, note_id(NOTES[9]), contract="dd" * 16)),
        LEAVES[10].replace(b'"seq":10', b'"seq": 10'),
    ],
)
def test_what_is_no_entry_of_this_contract_is_refused(mirror: Mirror, entry: bytes) -> None:
    assert refusal(mirror, a_log_of([*LEAVES[:10], entry]), 11)[0] == "unreadable"


def test_an_entry_that_was_dropped_before_anyone_saw_it_leaves_a_gap(mirror: Mirror) -> None:
    told = ("gap", "entry 10 does not follow the one that its device made before it")
    assert refusal(mirror, a_log_of([*LEAVES[:10], an_entry(11, 1010)]), 11) == told
    show(mirror, LOG, 10)
    for other in (NOTES[11], NOTES[9], a_note(10, note_id(NOTES[8])), a_note(0, NO_ENTRY)):
        assert refusal(mirror, a_log_of([*LEAVES[:10], leaf(1010, other)]), 11) == told
    show(mirror, LOG, 11)


def test_the_key_of_a_log_does_not_change(mirror: Mirror) -> None:
    show(mirror, LOG, 10)
    other = SigningKey(KEY.public.name, bytes(32))
    again = sign_head(Head(KEY.public.name, 10, LOG.root(10)), other)
    with pytest.raises(InconsistentError) as refused:
        mirror.take(CONTRACT, other.public, again, 10, LEAVES[:10])
    assert refused.value.code == "key"
    with pytest.raises(InvalidError):
        mirror.take(CONTRACT, KEY.public, again, 10, LEAVES[:10])


def test_another_contracts_head_is_no_head_of_this_one(mirror: Mirror) -> None:
    elsewhere = SigningKey("diary.example/contract/" + "dd" * 16, bytes(32))
    checkpoint = sign_head(Head(elsewhere.public.name, 10, LOG.root(10)), elsewhere)
    with pytest.raises(InvalidError, match="another contract"):
        mirror.take(CONTRACT, elsewhere.public, checkpoint, 0, LEAVES[:10])


def test_a_head_that_was_fetched_before_another_process_took_a_newer_one_is_no_lie(
    tmp_path: Path,
) -> None:
    tracker, tui = Mirror(tmp_path), Mirror(tmp_path)
    show(tracker, LOG, 100)
    since, checkpoint, leaves = 100, signed(LOG, 110), LEAVES[:110]
    show(tracker, LOG, 120)
    assert tui.take(CONTRACT, KEY.public, checkpoint, since, leaves).size == 110
    assert tui.held(CONTRACT).tree.size == 120
    forked = signed(a_log_of([*LEAVES[:105], an_entry(105, 1104), *LEAVES[106:110]]), 110)
    with pytest.raises(InconsistentError):
        tui.take(CONTRACT, KEY.public, forked, since, leaves)
    tracker.close()
    tui.close()


def test_a_complaint_is_kept_once_with_its_evidence(mirror: Mirror) -> None:
    error = InconsistentError("entry 5 is not the one it was", "altered")
    for at in (10, 20):
        mirror.complain(CONTRACT, error, "the head", at)
    mirror.complain(CONTRACT, error, "another head", 30)
    mirror.complain("dd" * 16, error, "the head", 40)
    found = [(one.contract, one.at, one.evidence) for one in mirror.complaints()]
    assert found == [
        (CONTRACT, 10, "the head"),
        (CONTRACT, 30, "another head"),
        ("dd" * 16, 40, "the head"),
    ]


def test_a_file_that_is_no_mirror_is_named(tmp_path: Path) -> None:
    (tmp_path / "mirror.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(MirrorError, match=r"mirror\.sqlite"):
        Mirror(tmp_path)
