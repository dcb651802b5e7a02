"""Terminals of few colours or signs: every status is a word, and ASCII alone is ASCII alone."""

from __future__ import annotations

import pytest
from diaries import PaperDiary, a_contract, a_segment, at
from terminalkit import READER, a_server, a_terminal

SCREENS: tuple[str, ...] = (
    *("?", "?", "m", "m", "a", "a", "a", "f", "\x1b", "Z", "\x1b", "\x10", "\x1b", "v", "v"),
    *("c", "q", "w", "q", "T", "q", "e", "\x1b", ":x\r", "\x1b", "/inv\r", "q", "g", "\r"),
    *("x", "q", "Y", "\x1b"),
)
"""Keys that lead through every screen and strip, and back to the segment."""


def a_day() -> PaperDiary:
    """One segment of each status; the memos and names are of other alphabets."""
    paper = PaperDiary(a_contract(name="acme/büro"))
    paper.write(
        a_segment(at(9), status="auto", memo="Größe – 大きさ", pictures=paper.paint(at(9))),
        a_segment(at(9, 10), status="manual", kind="manual", memo="Приветствие"),
        a_segment(at(9, 20), status="over_limit", memo="invoice"),
    )
    return paper


@pytest.mark.parametrize("term", ["linux", "vt100", "dumb", "xterm", "screen", "xterm-256color"])
@pytest.mark.parametrize("wish", [{}, {"NO_COLOR": "1"}, {"WORKDIARY_ASCII": "1"}], ids=str)
async def test_every_status_is_a_word_on_every_terminal(term: str, wish: dict[str, str]) -> None:
    async with a_server(a_day()) as url, a_terminal({}) as terminal:
        await terminal.start("--server", url, **READER, **wish, TERM=term, COLORTERM="")
        await terminal.until("acme/")
        seen = await terminal.press("\r")
        for word in (b"AUTO", b"MANUAL", b"OVER"):
            assert word in seen
        assert b"Traceback" not in seen
        await terminal.press("Q")
        assert await terminal.ended() == 0


async def test_in_ascii_nothing_else_is_written_on_any_screen() -> None:
    """Foreign text keeps its own letters: what it is written in is not ours to change."""
    paper = a_day()
    for start, segment in list(paper.segments[paper.found[0].id].items()):
        paper.write(a_segment(start, status=segment.status, kind=segment.kind, memo="invoice"))
    paper.found = (a_contract(name="acme/website"),)
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, "--ascii", **READER)
        seen = await terminal.until("acme/")
        seen += await terminal.press("\r")
        for keys in SCREENS:
            seen += await terminal.press(keys)
        await terminal.press("Q")
        assert await terminal.ended() == 0
    foreign = {chr(byte) for byte in seen if byte > 0x7F}
    assert not foreign, sorted(set(seen.decode(errors="replace")) - set(map(chr, range(128))))
