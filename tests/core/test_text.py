from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
def test_harmless_text_keeps_its_length(text: str) -> None:
    assert len(harmless(text)) == len(text)
