"""Asks the terminal what it can show, before anything is drawn, and leaves it as it was."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from workdiary_tui.terminal.replies import Replies, answers, is_tmux, read_replies, terminal_of
from workdiary_tui.terminal.stream import ESC, Piece, Stream
from workdiary_tui.terminal.terminal import Terminal

_PATIENCE = 1.0
_DRAIN = 0.02
_MUTE = ("dumb", "unknown", "linux", "vt", "ansi", "cons")

_GRAPHICS = f"{ESC}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA{ESC}\\"  # Kitty's; tmux takes it for a title
_QUESTIONS = (
    f"{ESC}[>0q"  # XTVERSION
    f"{ESC}[16t{ESC}[14t"  # pixels of a cell, and of the window
    f"{ESC}[48;2;1;2;3m{ESC}P$qm{ESC}\\{ESC}[0m"  # is this very colour kept
    f"{ESC}[?2026$p"  # synchronized output
    f"{ESC}]11;?{ESC}\\"  # the background
)
_SENTINEL = f"{ESC}[c"  # every terminal answers this, and in order


@dataclass(slots=True)
class Probe:
    """What was found, what was ``typed`` meanwhile, and the stream with a late reply half read."""

    terminal: Terminal = field(default_factory=Terminal)
    stream: Stream = field(default_factory=Stream)
    typed: list[Piece] = field(default_factory=list)
    milliseconds: int = 0


def probe(environment: Mapping[str, str]) -> Probe:
    """Ask this process's terminal; one that is none, or too old to be asked, is left alone."""
    term = environment.get("TERM", "")
    if not term or term.startswith(_MUTE):
        return Probe()
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return Probe()
    return ask(sys.stdin.fileno(), sys.stderr.fileno(), term)


def ask(keyboard: int, screen: int, term: str) -> Probe:
    """Ask the terminal behind two descriptors, at most twice: itself, and the one around tmux."""
    found = Probe()
    begun = time.monotonic()
    with _quietly(keyboard):
        graphics = "" if is_tmux(Replies(), term) else _GRAPHICS
        own = _batch(keyboard, screen, graphics + _QUESTIONS + _SENTINEL, found)
        tmux = is_tmux(own, term)
        around = None
        if tmux:
            through = "".join(map(_wrapped, (_GRAPHICS, _QUESTIONS, _SENTINEL)))
            around = _batch(keyboard, screen, through, found)
    found.terminal = terminal_of(own, around, tmux)
    found.milliseconds = round((time.monotonic() - begun) * 1000)
    return found


def _wrapped(questions: str) -> str:
    doubled = questions.replace(ESC, ESC + ESC)
    return f"{ESC}Ptmux;{doubled}{ESC}\\"


def _batch(keyboard: int, screen: int, questions: str, found: Probe) -> Replies:
    """Write all questions at once; read until the last is answered, then what still trickles."""
    _write(screen, questions.encode())
    decode = getincrementaldecoder("utf-8")("replace").decode
    pieces: list[Piece] = []
    deadline = time.monotonic() + _PATIENCE
    finished = False
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([keyboard], [], [], left)
        if not ready:
            break
        read = os.read(keyboard, 4096)
        if not read:
            break
        pieces += found.stream.feed(decode(read), time.monotonic())
        if not finished and read_replies(pieces).finished:
            finished, deadline = True, time.monotonic() + _DRAIN
    found.typed += (piece for piece in pieces if not answers(piece))
    return read_replies(pieces)


def _write(screen: int, questions: bytes) -> None:
    while questions:
        questions = questions[os.write(screen, questions) :]


@contextmanager
def _quietly(keyboard: int) -> Iterator[None]:
    """No echo and no lines; Ctrl-C still interrupts, and the terminal is put back after it."""
    before = termios.tcgetattr(keyboard)
    quiet = termios.tcgetattr(keyboard)
    quiet[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, quiet)
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
