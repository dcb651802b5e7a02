"""Foreign text made harmless: what a memo or a name may hold, and how it is shown.

Control characters (C0, C1) and bidirectional overrides can rewrite a reviewer's terminal; they are
refused where text enters and replaced where it is shown.
"""

from __future__ import annotations

import unicodedata

from workdiary.errors import InvalidError

MEMO_LONGEST = 500
NAME_LONGEST = 100
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REPLACEMENT = "\ufffd"


def is_unsafe(character: str) -> bool:
    """Whether a character could command a terminal, reorder a line or break it."""
    return character in _BIDI or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def check_text(text: str, what: str, longest: int = MEMO_LONGEST) -> str:
    """Return ``text`` when it is safe and at most ``longest`` characters long.

    :raises InvalidError: code ``text``; names the place of the first unsafe character
    """
    if len(text) > longest:
        raise InvalidError(f"{what} is {len(text)} characters long; at most {longest}", "text")
    if text.isascii() and text.isprintable():
        return text
    for place, character in enumerate(text):
        if is_unsafe(character):
            raise InvalidError(
                f"{what} holds U+{ord(character):04X} at character {place + 1}: "
                "control and bidirectional characters are not allowed",
                "text",
            )
    return text


def folded(text: str) -> str:
    """``text`` as it is compared when case, and how an accent is written, do not matter."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def harmless(text: str) -> str:
    """``text`` for a screen: every unsafe character becomes U+FFFD."""
    return "".join(_REPLACEMENT if is_unsafe(character) else character for character in text)
