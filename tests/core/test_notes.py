from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.checkpoints import Head, open_head, sign_head
from workdiary.errors import InvalidError
from workdiary.notes import SigningKey, check_name, open_note, sign_note, split_note

KEY = SigningKey("diary.example/c/1", bytes(range(32)))
OTHER = SigningKey("diary.example/c/1", bytes(32))
NOTE = sign_note("hello\nworld\n", KEY)


def test_a_note_gives_its_text_back() -> None:
    assert open_note(NOTE, KEY.public) == "hello\nworld\n"


def test_the_layout_is_the_one_that_go_writes() -> None:
    text, _, signature = NOTE.decode().rpartition("\n\n")
    assert text == "hello\nworld"
    assert signature.startswith("\u2014 diary.example/c/1 ")
    assert KEY.public.text.startswith(f"diary.example/c/1+{KEY.public.hash.hex()}+A")


def test_another_key_of_the_same_name_is_noticed() -> None:
    with pytest.raises(InvalidError, match="signature"):
        open_note(NOTE, OTHER.public)


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_no_altered_byte_goes_unnoticed(place: int, change: int) -> None:
    altered = bytearray(NOTE)
    altered[place] ^= change
    with pytest.raises(InvalidError):
        open_note(bytes(altered), KEY.public)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_note_or_a_clear_error(raw: bytes) -> None:
    with pytest.raises(InvalidError):
        open_note(raw, KEY.public)


def test_a_head_survives_the_way_and_back() -> None:
    head = Head(KEY.public.name, 17, b"r" * 32)
    assert open_head(sign_head(head, KEY), KEY.public) == head


def test_a_head_of_another_origin_is_refused() -> None:
    signed = sign_head(Head("elsewhere/c/1", 1, b"r" * 32), KEY)
    with pytest.raises(InvalidError, match="origin"):
        open_head(signed, KEY.public)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\t"])
def test_a_key_needs_a_name_that_fits_on_a_signature_line(name: str) -> None:
    with pytest.raises(InvalidError):
        SigningKey(name, bytes(32))


@pytest.mark.parametrize("space", [*" \t\n\r\x0b\x0c\x1c\x85\xa0\u2028\u3000", "+", ""])
def test_a_name_that_could_end_early_names_no_key(space: str) -> None:
    for name in (f"a{space}b", f"{space}ab", f"ab{space}", space):
        if space or not name:
            with pytest.raises(InvalidError):
                check_name(name)


@pytest.mark.parametrize("code", [code for code in range(0x20) if code != 0x0A])
def test_a_note_with_a_control_character_is_refused(code: int) -> None:
    note = sign_note("text\n", KEY).replace(b"text", b"te%cxt" % code)
    with pytest.raises(InvalidError, match="control"):
        split_note(note)
