"""A third party's record: what it cosigns, what it refuses, and what it keeps of a refusal."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlogkit import KEY, ORIGIN, KeptLog, a_log
from workdiary.checkpoints import Head, open_head, sign_head
from workdiary.errors import (
    ConfigError,
    DeniedError,
    InconsistentError,
    InvalidError,
    NotFoundError,
)
from workdiary.notes import SigningKey
from workdiary.tlog.cosignatures import read_cosignature, read_cosigner
from workdiary.tlog.proofs import consistency_proof
from workdiary.witnessing.record import DATABASE, OtherSizeError, Record, create
from workdiary.witnessing.submissions import PROOF_LONGEST, Submission, read_submission

NAME = "audit.example/w1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path / "witness", NAME, bytes(range(1, 33)))
    return tmp_path / "witness"


@pytest.fixture
def record(folder: Path) -> Record:
    opened = Record(folder)
    opened.follow(KEY.public)
    return opened


def shown(log: KeptLog, old: int, size: int) -> Submission:
    return Submission(old, consistency_proof(old, size, log.nodes(size)), log.checkpoint(size))


def evidence(folder: Path) -> list[tuple[str, str]]:
    db = sqlite3.connect(folder / DATABASE)
    found = list(db.execute("SELECT origin, text FROM evidence"))
    db.close()
    return found


def test_each_head_that_goes_on_is_cosigned(record: Record) -> None:
    log, old = a_log(300), 0
    for size in (1, 2, 2, 255, 256, 300):
        line = record.cosign(shown(log, old, size), at=1_790_000_000 + size)
        made = read_cosignature(line, log.head(size), read_cosigner(record.public))
        assert made.at == 1_790_000_000 + size
        old = size
    (followed,) = record.followed()
    assert (followed.origin, followed.size, followed.root) == (ORIGIN, 300, log.root(300))


def test_what_it_cosigned_outlives_it(folder: Path, record: Record) -> None:
    log = a_log(9)
    record.cosign(shown(log, 0, 8), at=1)
    record.close()
    again = Record(folder)
    with pytest.raises(OtherSizeError) as told:
        again.cosign(shown(log, 0, 9), at=2)
    assert told.value.size == 8
    assert again.cosign(shown(log, 8, 9), at=2)


def test_another_history_is_refused_and_kept_as_evidence(folder: Path, record: Record) -> None:
    log, other = a_log(12), KeptLog()
    for number in range(12):
        other.append(b"another %d" % number)
    record.cosign(shown(log, 0, 7), at=1)
    with pytest.raises(InconsistentError):
        record.cosign(shown(other, 7, 12), at=2)
    with pytest.raises(OtherSizeError):
        record.cosign(shown(other, 7, 7), at=3)
    with pytest.raises(InconsistentError):
        record.cosign(Submission(7, (), log.checkpoint(12)), at=4)
    assert [origin for origin, _ in evidence(folder)] == [ORIGIN] * 3
    assert record.followed()[0].refused == 3
    assert record.cosign(shown(log, 7, 12), at=5)


def test_a_smaller_head_and_one_that_lies_about_its_old_size_are_refused(record: Record) -> None:
    log = a_log(12)
    record.cosign(shown(log, 0, 9), at=1)
    with pytest.raises(OtherSizeError):
        record.cosign(shown(log, 4, 8), at=2)
    with pytest.raises(InvalidError, match="more than the head's"):
        record.cosign(Submission(9, (), log.checkpoint(8)), at=2)


def test_an_empty_log_has_one_root(record: Record) -> None:
    forged = sign_head(Head(ORIGIN, 0, bytes(32)), KEY)
    with pytest.raises(OtherSizeError):
        record.cosign(Submission(0, (), forged), at=1)
    assert record.cosign(shown(a_log(0), 0, 0), at=1)


def test_only_the_key_of_a_log_that_is_followed_counts(record: Record) -> None:
    log = a_log(3)
    stranger = SigningKey(ORIGIN, bytes(32))
    with pytest.raises(DeniedError):
        record.cosign(Submission(0, (), sign_head(log.head(3), stranger)), at=1)
    elsewhere = SigningKey("elsewhere/contract/1", bytes(32))
    checkpoint = sign_head(log.head(3, "elsewhere/contract/1"), elsewhere)
    with pytest.raises(NotFoundError):
        record.cosign(Submission(0, (), checkpoint), at=1)
    record.follow(stranger.public)
    assert record.cosign(Submission(0, (), sign_head(log.head(3), stranger)), at=1)


def test_of_many_that_go_on_from_one_head_one_is_cosigned(record: Record) -> None:
    log = a_log(40)
    record.cosign(shown(log, 0, 20), at=1)

    def ask(size: int) -> bool:
        try:
            return bool(record.cosign(shown(log, 20, size), at=2))
        except OtherSizeError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(21, 41))) == 1


def test_a_witness_is_made_once_and_never_goes_on_without_its_record(folder: Path) -> None:
    assert stat.S_IMODE((folder / "witness.key").stat().st_mode) == 0o600
    with pytest.raises(ConfigError, match="made once"):
        create(folder, NAME, bytes(32))
    (folder / DATABASE).unlink()
    with pytest.raises(ConfigError, match="must not go on"):
        Record(folder)
    with pytest.raises(ConfigError, match="workdiary witness init"):
        Record(folder / "elsewhere")
    with pytest.raises(ConfigError, match="no spaces"):
        create(folder / "other", "two words", bytes(32))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "old 0\n",
        "old 01\n\n",
        "old -1\n\n",
        "new 0\n\n",
        "old 0\nAAAA\n\n",
        "old 0\n" + "A" * 43 + "=\n" * (PROOF_LONGEST + 1),
        "old 0\n\x00\n\n",
        "old 9223372036854775808\n\n",
    ],
)
def test_a_malformed_submission_is_refused(text: str, record: Record) -> None:
    with pytest.raises(InvalidError):
        record.cosign(read_submission(text.encode()), at=1)


def test_a_submission_is_read_as_it_was_written() -> None:
    log = a_log(99)
    for old, size in ((0, 0), (0, 7), (3, 9), (64, 99), (99, 99)):
        one = shown(log, old, size)
        assert read_submission(one.text.encode()) == one
        assert open_head(one.checkpoint, KEY.public).size == size
    long = Submission(1, (bytes(32),) * (PROOF_LONGEST + 1), log.checkpoint(2))
    with pytest.raises(InvalidError, match="at most 63"):
        read_submission(long.text.encode())


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 300))
def test_no_mutation_of_a_submission_is_more_than_refused(junk: bytes, at: int, cut: int) -> None:
    body = shown(a_log(20), 5, 20).text.encode()
    mutated = body[:at] + junk + body[at + cut :]
    try:
        found = read_submission(mutated)
        open_head(found.checkpoint, KEY.public)
    except InvalidError:
        return
    assert read_submission(found.text.encode()) == found
