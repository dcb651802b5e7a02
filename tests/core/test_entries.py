from __future__ import annotations

import json
import os
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from workdiary import canonical, entries
from workdiary.bodies import PictureClaim, Rendition, TrackedBody
from workdiary.entries import Entry, EntryKind, Seen
from workdiary.errors import InvalidError, RefusedError
from workdiary.notes import SigningKey, sign_note
from workdiary.segments import MinuteActivity

KEY = SigningKey(entries.device_key_name("d" * 32), bytes(range(32)))
BODY = TrackedBody(
    session="5" * 16,
    memo="Fix invoice rounding – čeština",
    minutes=((1, 2, 3, 1),) * 10,
    down=0,
    counts="counts",
    pictures=(),
    no_picture="locked",
)


def an_entry(**changes: Any) -> Entry:
    entry = Entry(
        kind=EntryKind.SEGMENT_TRACKED,
        contract="c" * 32,
        device="d" * 32,
        seq=3,
        prev="a" * 64,
        seen=Seen(7, "b" * 64),
        body="e" * 64,
        start=1_790_000_400,
        part=1,
        mask=0b1111,
        sampled=True,
    )
    return msgspec.structs.replace(entry, **changes)


def test_a_signed_entry_is_read_back_whole() -> None:
    note = entries.sign_entry(an_entry(), KEY)
    assert entries.verify_entry(note, KEY.public) == an_entry()
    assert len(note) <= 700


def test_an_entry_is_rfc_8785_json() -> None:
    line = canonical.encode(an_entry())
    assert rfc8785.dumps(json.loads(line)) == line


@given(
    memo=st.text(max_size=60),
    counts=st.integers(0, 2**40),
    mask=st.integers(0, 1023),
)
def test_canonical_json_is_that_of_an_independent_implementation(
    memo: str, counts: int, mask: int
) -> None:
    value = msgspec.structs.replace(BODY, memo=memo, minutes=((counts, 0, mask, 1),) * 10)
    line = canonical.encode(value)
    assert rfc8785.dumps(json.loads(line)) == line


@pytest.mark.parametrize(
    "alter",
    [
        lambda line: line.replace(b'"seq":3', b'"seq": 3'),
        lambda line: line.replace(b'"seq":3', b'"seq":3,"seq":3'),
        lambda line: line.replace(b'"seq":3', b'"seq":3.0'),
        lambda line: line.replace(b'"seq":3', b'"seq":3,"sex":1'),
        lambda line: line.replace(b'"part":1', b'"part":0'),
        lambda line: line.replace(b'"cccc', b'"\\u0063ccc'),
        lambda line: line.replace(b'"part":1', b'"part":-0'),
        lambda line: b" " + line,
        lambda line: line.replace(b"segment.tracked", b"segment.invented"),
        lambda line: line.replace(b'"mask":15', b'"mask":1024'),
        lambda line: line.replace(b'"start":1790000400', b'"start":1790000401'),
        lambda line: line.replace(b',"start":1790000400', b""),
        lambda line: line.replace(b"cccc", b"CCCC", 1),
    ],
)
def test_what_does_not_encode_back_to_itself_is_refused(alter: Any) -> None:
    line = canonical.encode(an_entry())
    altered = alter(line)
    assert altered != line
    with pytest.raises(InvalidError):
        entries.read_entry(sign_note(altered.decode() + "\n", KEY))


def test_a_body_is_committed_to_with_its_salt() -> None:
    one = entries.make_body(BODY, lambda count: b"\1" * count)
    two = entries.make_body(BODY, lambda count: b"\2" * count)
    assert one[16:] == two[16:]
    assert entries.commitment(one) != entries.commitment(two)
    assert entries.read_body(one, TrackedBody) == BODY


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"memo": "x\x1b]52;c;aGk=\x07"}, "U\\+001B"),
        ({"memo": "abc\u202edef"}, "U\\+202E"),
        ({"memo": "m" * 501}, "at most 500"),
        ({"minutes": ((0, 0, 0, 0),) * 9}, "ten minutes"),
        ({"minutes": ((-1, 0, 0, 0),) * 10}, "0 to 1,000,000"),
        ({"no_picture": ""}, "reason for none"),
        ({"session": "x"}, "session"),
        ({"counts": "all"}, "counting"),
    ],
)
def test_a_body_that_breaks_a_rule_is_named(changes: dict[str, Any], why: str) -> None:
    raw = entries.make_body(msgspec.structs.replace(BODY, **changes), os.urandom)
    with pytest.raises(InvalidError, match=why):
        entries.read_body(raw, TrackedBody)


def test_pictures_of_one_monitor_come_once() -> None:
    rendition = Rendition("f" * 64, 10)
    claim = PictureClaim(0, 1_790_000_410, 8, 8, rendition, rendition, rendition)
    body = msgspec.structs.replace(BODY, pictures=(claim, claim), no_picture="")
    with pytest.raises(InvalidError, match="one picture a monitor"):
        entries.read_body(entries.make_body(body, os.urandom), TrackedBody)


def test_a_device_counts_its_entries_without_gap_or_fork() -> None:
    entries.check_chain(an_entry(), 2, "a" * 64)
    for last_seq, last_id in ((1, "a" * 64), (3, "a" * 64), (2, "f" * 64)):
        with pytest.raises(RefusedError) as caught:
            entries.check_chain(an_entry(), last_seq, last_id)
        assert caught.value.code == "chain"


def test_a_leaf_is_the_second_of_receipt_and_the_note() -> None:
    note = entries.sign_entry(an_entry(), KEY)
    assert entries.read_leaf(entries.leaf(1_790_000_999, note)) == (1_790_000_999, note)


def test_an_entry_and_its_body_make_a_part() -> None:
    part = entries.part_of(an_entry(), BODY)
    assert part.minutes == (MinuteActivity(1, 2, 3, True),) * 10
    assert (part.mask, part.tracked_minutes, part.no_picture) == (0b1111, 4, "locked")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_body_or_a_clear_error(raw: bytes) -> None:
    with pytest.raises(InvalidError):
        entries.read_body(raw, TrackedBody)
