"""Which keys the reader chose for what: by the names of a terminal's keys, and as they are shown.

A binding has an id, such as ``segment.next``. A keymap gives ids other keys than their own; words
that name keys (the last line, the help) are written with the keys that came with the program, and
are told here in those that hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.dom import DOMNode
from textual.keys import _character_to_key

_SHOWN = {"escape": "esc", "left": "←", "right": "→", "up": "↑", "down": "↓"}
_BY_SIGN = {sign: key for key, sign in _SHOWN.items()}
_SIGNS = {_character_to_key(chr(code)): chr(code) for code in range(0x21, 0x7F)}
_RESERVED = frozenset({"ctrl+c", "ctrl+q"})
"""Textual has these before any screen."""


def _sent_by_terminals() -> frozenset[str]:
    names = {
        key.value
        for keys in ANSI_SEQUENCES_KEYS.values()
        if isinstance(keys, tuple) and len(keys) == 1
        for key in keys
    }
    return frozenset(name for name in names if re.fullmatch(r"[a-z0-9_+]+", name)) - {"ignore"}


_NAMED = _sent_by_terminals() | {"space"} | set(_SIGNS)


def key_named(text: str) -> str | None:
    """Textual's name of a key that a terminal can send: ``n``, ``[``, ``ctrl+n``, ``f5``, ``esc``.

    None where it is no key, or one that never reaches a screen.
    """
    name = _BY_SIGN.get(text, text)
    if len(name) == 1 and name.isprintable() and not name.isspace():
        return _character_to_key(name)
    return name if name in _NAMED - _RESERVED else None


def types_something(key: str) -> bool:
    """Whether the key is a character of a text, where a line is typed into."""
    return key == "space" or key in _SIGNS or len(key) == 1


def sign_of(key: str) -> str:
    """A key as it is shown: ``[`` for left_square_bracket."""
    return _SHOWN.get(key) or _SIGNS.get(key, key)


def keys_in(word: str) -> list[str]:
    """The keys that a word of a hint names: ``n/p`` and ``hjkl`` are several."""
    single = key_named(word)
    if single is not None:
        return [single]
    found = [key_named(sign) for sign in (word.split("/") if "/" in word else word)]
    return [key for key in found if key is not None] if all(found) else []


@dataclass(frozen=True, slots=True)
class Keymap:
    """``changed`` has for an id the keys that it has instead of its own."""

    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def sign(self, binding: str, own: str) -> str:
        """The key to press for an id whose ``own`` key is shown so, as it is shown."""
        keys = self.changed.get(binding)
        return sign_of(keys[0]) if keys else own

    def hints(
        self, hints: Sequence[tuple[str, str]], ids: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...]:
        """Hints in the keys that hold; ``ids`` has what each own key of a screen does."""
        if not self.changed:
            return tuple(hints)
        return tuple((self._told(keys, ids), what) for keys, what in hints)

    def _told(self, keys: str, ids: Mapping[str, str]) -> str:
        """Each own key of an id becomes the next of its chosen ones, while there are any."""
        used: Counter[str] = Counter()
        words: list[str] = []
        for word in keys.split(" "):
            named = ["left", "right", "up", "down"] if word == "arrows" else keys_in(word)
            if self.changed.keys().isdisjoint(ids.get(key, "") for key in named):
                words.append(word)
                continue
            for key in named:
                binding = ids.get(key, "")
                if binding not in self.changed:
                    words.append(sign_of(key))
                elif used[binding] < len(self.changed[binding]):
                    words.append(sign_of(self.changed[binding][used[binding]]))
                    used[binding] += 1
        return " ".join(dict.fromkeys(words))

    def for_textual(self) -> dict[str, str]:
        return {binding: ",".join(keys) for binding, keys in self.changed.items()}


def own_ids(part: type[DOMNode]) -> dict[str, str]:
    """The id that each key has in a screen or a widget before anything is changed."""
    bindings = part._merged_bindings
    return {key: binding.id for key, binding in bindings or () if binding.id is not None}


def split_keys(text: str) -> list[str]:
    """The keys of ``"n,ctrl+n"``; the comma itself is ``comma``."""
    return [part.strip() for part in text.split(",")]


def shown_keys(keys: Iterable[str]) -> str:
    return " ".join(map(sign_of, keys))
