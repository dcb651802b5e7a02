"""A server's address and what stands behind its #."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.addresses import Address
from workdiary.errors import ConfigError

THIRTY_TWO = st.binary(min_size=32, max_size=32)


@given(st.one_of(st.just(b""), THIRTY_TWO), st.one_of(st.just(b""), THIRTY_TWO))
def test_an_address_is_read_as_it_was_written(certificate: bytes, log: bytes) -> None:
    one = Address("https://diary.example:8347", certificate, log)
    assert Address.read(one.text) == one
    assert Address.read(f" {one.text}\n") == one


@given(THIRTY_TWO, st.integers(0, 90), st.text(max_size=3))
def test_what_was_cut_off_or_mistyped_is_never_taken_for_another_pin(
    pin: bytes, at: int, junk: str
) -> None:
    one = Address("https://diary.example", pin, pin).text
    damaged = one[: at + 22] + junk + one[at + 22 + len(junk) + 1 :]
    try:
        found = Address.read(damaged)
    except ConfigError:
        return
    changed = found.certificate not in (b"", pin) or found.log not in (b"", pin)
    assert not changed or len(damaged) == len(one)


@pytest.mark.parametrize("text", ["", "diary.example", "ftp://x", "https://x#c", "https://x#zAAAA"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        Address.read(text)


def test_a_slash_at_the_end_is_none() -> None:
    assert Address.read("http://host:8347/").url == "http://host:8347"
