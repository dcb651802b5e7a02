from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary import canonical
from workdiary.bodies import MemoBody
from workdiary.errors import InvalidError
from workdiary.text import check_text, harmless, is_unsafe


@pytest.mark.parametrize(
    "text",
    ["\x1b[2J", "\x1b]52;c;aGk=\x07", "\x9b31m", "a\nb", "\u202eevil", "\u2066x", "\x7f", "\u2028"],
)
def test_what_could_command_a_terminal_is_refused_and_never_shown(text: str) -> None:
    with pytest.raises(InvalidError, match="not allowed"):
        check_text(text, "the memo")
    assert not any(map(is_unsafe, harmless(text)))


@pytest.mark.parametrize("text", ["", "naïve Ω 漢字 🙂", "fix [/bug] [@click=app.quit]x[/]"])
def test_ordinary_text_of_any_language_passes_unchanged(text: str) -> None:
    assert check_text(text, "the memo") == harmless(text) == text


@given(st.text())
def test_what_is_refused_is_just_what_is_unsafe(text: str) -> None:
    try:
        check_text(text, "the memo")
    except InvalidError:
        assert any(map(is_unsafe, text))
    else:
        assert not any(map(is_unsafe, text))


@pytest.mark.parametrize("long", [False, True])
def test_canonical_json_refuses_the_same_characters_however_long_it_is(long: bool) -> None:
    for character in [*map(chr, range(0x250)), "\u202e", "\u2066", "\u2028", "\u0416"]:
        body = MemoBody(segments=(600,) * (900 if long else 1), memo=f"a{character}b")
        line = canonical.encode(body)
        if is_unsafe(character):
            with pytest.raises(InvalidError):
                canonical.decode(line, MemoBody)
        else:
            assert canonical.decode(line, MemoBody) == body


@given(st.text())
def test_harmless_text_keeps_its_length(text: str) -> None:
    assert len(harmless(text)) == len(text)
