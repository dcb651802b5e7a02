"""What terminals answer to the questions that are asked before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

_QUESTIONS = {
    "\x1b[>0q": "version",
    "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\": "kitty",
    "\x1b[16t": "cell",
    "\x1b[14t": "window",
    "\x1bP$qm\x1b\\": "colour",
    "\x1b[?2026$p": "synchronized",
    "\x1b]11;?\x1b\\": "ground",
    "\x1b[c": "attributes",
}
XTERM = {
    "version": "\x1bP>|XTerm(379)\x1b\\",
    "colour": "\x1bP1$r0;48:2::1:2:3m\x1b\\",
    "attributes": "\x1b[?64;1;2c",
}
VT340 = XTERM | {"attributes": "\x1b[?63;1;2;4;6;9;15;22c"}
KITTY = {
    "version": "\x1bP>|kitty(0.41.1)\x1b\\",
    "kitty": "\x1b_Gi=31;OK\x1b\\",
    "cell": "\x1b[6;18;9t",
    "window": "\x1b[4;432;720t",
    "colour": "\x1bP1$r0;48:2:1:2:3m\x1b\\",
    "attributes": "\x1b[?62;c",
}


@dataclass
class Answers:
    """``known`` are the questions that this terminal understands, by name, and its answers."""

    known: dict[str, str]
    _read: str = field(default="", init=False)

    def to(self, written: bytes) -> bytes:
        """The answers to what has been asked in ``written``, whose parts may come broken."""
        self._read += written.decode(errors="replace")
        answers = ""
        while found := self._next():
            at, question = found
            self._read = self._read[at + len(question) :]
            answers += self.known.get(_QUESTIONS[question], "")
        self._read = self._read[-64:]
        return answers.encode()

    def _next(self) -> tuple[int, str] | None:
        places = [(self._read.find(question), question) for question in _QUESTIONS]
        return min((place for place in places if place[0] >= 0), default=None)
