"""The diary in plain lines: for a screen reader, a script or a file; no columns, no colours.

Every line stands by itself and says its units. Numbers are the API's own; foreign text is shown as
it is, and ``page`` makes all of it harmless at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from workdiary.text import harmless, is_unsafe


def page(lines: Iterable[str]) -> str:
    """Lines as one text that commands no terminal: what a memo breaks off stays in its line."""
    return "\n".join(harmless(line.rstrip()) for line in lines)


def harmless_json(text: str) -> str:
    """JSON that says the same, with what could command a terminal written as ``\\u009b``."""
    return "".join(
        f"\\u{ord(character):04x}" if character != "\n" and is_unsafe(character) else character
        for character in text
    )
