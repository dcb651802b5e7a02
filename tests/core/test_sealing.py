from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.sealing import OVERHEAD, seal, unseal, unwrap_key, wrap_key
from workdiary.storage import CorruptError, InvalidKeyError, check_key

KEY = bytes(range(32))
BOUND = ("contract", "1790000400", "original", "202611/ab")
SEALED = seal(b"a screenshot", KEY, BOUND, os.urandom)


def test_what_was_sealed_opens_in_its_own_place() -> None:
    assert unseal(SEALED, KEY, BOUND) == b"a screenshot"
    assert len(SEALED) == len(b"a screenshot") + OVERHEAD


@pytest.mark.parametrize("place", range(4))
def test_sealed_bytes_cannot_change_places(place: int) -> None:
    elsewhere = [*BOUND]
    elsewhere[place] += "x"
    with pytest.raises(CorruptError):
        unseal(SEALED, KEY, elsewhere)


def test_fields_do_not_run_into_each_other() -> None:
    with pytest.raises(CorruptError):
        unseal(seal(b"", KEY, ("ab", "c"), os.urandom), KEY, ("a", "bc"))


@given(st.integers(0, len(SEALED) * 8 - 1))
def test_no_flipped_bit_opens(bit: int) -> None:
    flipped = bytearray(SEALED)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CorruptError):
        unseal(bytes(flipped), KEY, BOUND)


@given(st.integers(0, len(SEALED) - 1))
def test_no_cut_or_lengthened_bytes_open(length: int) -> None:
    for altered in (SEALED[:length], SEALED + b"\0"):
        with pytest.raises(CorruptError):
            unseal(altered, KEY, BOUND)


def test_a_wrapped_key_opens_only_with_its_wrapper() -> None:
    wrapped = wrap_key(KEY, b"k" * 32)
    assert unwrap_key(wrapped, b"k" * 32) == KEY
    with pytest.raises(CorruptError):
        unwrap_key(wrapped, b"l" * 32)


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/..", "A", "a b", "a\n", ".a", "a/.b", "a" * 256]
)
def test_a_key_that_could_leave_its_root_is_refused(key: str) -> None:
    with pytest.raises(InvalidKeyError):
        check_key(key)
