"""Tells what a terminal answered from what was typed, in one stream that may break anywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ESC = "\x1b"
_GIVE_UP = 5.0
_KEY_WAIT = 0.1
_LONGEST = 4096

# The grammar is that of replies alone, so that Alt-] or Alt-P and the keys after it stay keys.
_STRING = re.compile(r"\x1b(?:P[0-9>!]|_G|\]\d)")
_STRING_BEGINS = (ESC + "P", ESC + "_", ESC + "]")
_REPLY = re.compile(r"\x1b\[(?:[?>=][\d;:]*[cu]|(?:4|6|8|9);\d+;\d+t)")
_CSI_OPEN = re.compile(r"\x1b\[[0-?]*[ -/]*")
_ORPHAN = re.compile(r"\[(?:[?>=][\d;:]+c|(?:4|6|8|9);\d+;\d+t)|\[\?[\d;]+\$y")
_ORPHAN_STRING = re.compile(
    r"(?:P[01]\$r[^\x1b\x07]*|P>\|[^\x1b\x07]*|_G[^\x1b\x07]*|\]1[0-9];rgb:[^\x1b\x07]*)(?:\x1b\\|\x07)"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A whole reply of the terminal, or something typed."""

    text: str
    reply: bool


@dataclass(slots=True)
class Stream:
    """What has come so far of a sequence that is not complete yet."""

    held: str = ""
    _since: float = 0.0
    _lone_escape_at: float = field(default=-_GIVE_UP)

    def feed(self, text: str, now: float) -> list[Piece]:
        """Return what is complete; the rest is held until more comes, or :meth:`tick`."""
        pieces: list[Piece] = []
        if not self.held and now - self._lone_escape_at < _GIVE_UP:
            orphan = _ORPHAN.match(text) or _ORPHAN_STRING.match(text)
            if orphan:  # its ESC came alone, too long ago to be waited for
                pieces.append(Piece(ESC + orphan[0], True))
                text = text[orphan.end() :]
        for character in text:
            pieces += self._take(character, now)
        return pieces

    def tick(self, now: float) -> list[Piece]:
        """Give up on what was held too long: a key if it may be one, else nothing."""
        held = self.held
        if not held:
            return []
        if held in (ESC, ESC + "[", *_STRING_BEGINS):
            if now - self._since < _KEY_WAIT:
                return []
            self._lone_escape_at = now if held == ESC else self._lone_escape_at
            self.held = ""
            return [Piece(held, False)]
        if now - self._since >= _GIVE_UP:
            self.held = ""
        return []

    def _take(self, character: str, now: float) -> list[Piece]:
        if not self.held and character != ESC:
            return [Piece(character, False)]
        before, self.held, self._since = self.held, self.held + character, now
        if _STRING.match(before):
            return self._in_string(character)
        if character == ESC and before:
            self.held = ESC
            typed = before in (ESC, ESC + "[", *_STRING_BEGINS)
            return [Piece(before, False)] if typed else []
        if self.held in (ESC, ESC + "[", *_STRING_BEGINS) or _STRING.fullmatch(self.held):
            return []
        if _CSI_OPEN.fullmatch(self.held):
            return []
        return [self._whole(bool(_REPLY.fullmatch(self.held)))]

    def _in_string(self, character: str) -> list[Piece]:
        if self.held.endswith((ESC + "\\", "\x07")):
            return [self._whole(True)]
        if self.held[-2] == ESC:  # another sequence began: this one lost its end
            self.held = ESC
            return self._take(character, self._since)
        if len(self.held) > _LONGEST:
            self.held = ""
        return []

    def _whole(self, reply: bool) -> Piece:
        text, self.held = self.held, ""
        return Piece(text, reply)
