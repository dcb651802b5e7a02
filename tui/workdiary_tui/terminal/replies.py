"""Reads the replies of a terminal, in any order, with any of them missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workdiary_tui.terminal.stream import Piece
from workdiary_tui.terminal.terminal import ALL_COLOURS, Terminal

DA1 = re.compile(r"\x1b\[\?([\d;]*)c")
_VERSION = re.compile(r"\x1bP>\|([^\x1b\x07]*)(?:\x1b\\|\x07)")
_NAME = re.compile(r"([A-Za-z][\w.-]*?)[ (]+v?([\w.-]*)\)?")
_KITTY_OK = re.compile(r"\x1b_G[^;]*;OK\x1b\\")
_PALETTE = re.compile(r"\x1bP1\$r[^\x1b]*48[:;]5[:;]\d+[^\d\x1b]*m\x1b\\")
_COLOUR = re.compile(r"\x1bP1\$r[^\x1b]*48[:;]2[:;]+(?:0?[:;])?1[:;]2[:;]3[^\d\x1b]*m\x1b\\")
_CELL = re.compile(r"\x1b\[6;(\d+);(\d+)t")
_GROUND = re.compile(
    r"\x1b\]11;rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]+)?"
    r"(?:\x1b\\|\x07)"
)
_SYNCHRONIZED = re.compile(r"\x1b\[\?2026;([1-3])\$y")


@dataclass(frozen=True, slots=True)
class Replies:
    """What one batch of questions brought back."""

    answered: bool = False
    finished: bool = False
    name: str = ""
    version: str = ""
    colours: int = 0
    cell: tuple[int, int] | None = None
    sixel: bool = False
    kitty_graphics: bool = False
    synchronized: bool = False
    light: bool | None = None


def read_replies(pieces: Iterable[Piece]) -> Replies:
    """Return what the replies among ``pieces`` say; what was typed says nothing."""
    texts = [piece.text for piece in pieces if answers(piece)]
    attributes = _first(DA1, texts)
    cell = _first(_CELL, texts)
    name, version = _named(texts)
    return Replies(
        answered=bool(texts),
        finished=attributes is not None,
        name=name,
        version=version,
        colours=_colours(texts),
        cell=(int(cell[2]), int(cell[1])) if cell else None,
        sixel=attributes is not None and "4" in attributes[1].split(";")[1:],
        kitty_graphics=_first(_KITTY_OK, texts) is not None,
        synchronized=_first(_SYNCHRONIZED, texts) is not None,
        light=_light(texts),
    )


def answers(piece: Piece) -> bool:
    """Whether the terminal said it. A mode report is for the app's parser: no reply to a stream."""
    return piece.reply or _SYNCHRONIZED.fullmatch(piece.text) is not None


def is_tmux(own: Replies, term: str) -> bool:
    """Whether a multiplexer stands between; over ssh only TERM may tell."""
    return own.name.lower() == "tmux" or term.startswith(("tmux", "screen"))


def terminal_of(own: Replies, around: Replies | None, tmux: bool) -> Terminal:
    """Put together what answered first and, in tmux, what answered from ``around`` it."""
    said = around if around is not None and around.answered else own
    return Terminal(
        answered=own.answered,
        name=said.name,
        version=said.version,
        tmux=tmux,
        passthrough=around is not None and around.answered,
        colours=max(own.colours, said.colours),
        cell=said.cell or own.cell,
        sixel=said.sixel,
        kitty_graphics=said.kitty_graphics,
        synchronized=own.synchronized,
        light=own.light if own.light is not None else said.light,
    )


def _first(pattern: re.Pattern[str], texts: Iterable[str]) -> re.Match[str] | None:
    return next((found for found in map(pattern.fullmatch, texts) if found), None)


def _colours(texts: Sequence[str]) -> int:
    if _first(_COLOUR, texts):
        return ALL_COLOURS
    return 256 if _first(_PALETTE, texts) else 0


def _light(texts: Sequence[str]) -> bool | None:
    found = _first(_GROUND, texts)
    if found is None:
        return None
    red, green, blue = (int(part, 16) / int("f" * len(part), 16) for part in found.groups())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5


def _named(texts: Iterable[str]) -> tuple[str, str]:
    found = _first(_VERSION, texts)
    if found is None:
        return "", ""
    parts = _NAME.match(found[1])
    return (parts[1], parts[2]) if parts else (found[1][:40], "")
