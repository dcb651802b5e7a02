"""The command in a real terminal: bytes over the line, exit codes, and nothing hostile in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from answering import XTERM
from desktops import a_diary
from diaries import PaperDiary, a_contract, a_full_day, a_segment, at
from terminalkit import READER, a_server, a_terminal
from workdiary import api


async def test_start_day_and_move_cost_few_bytes_and_an_idle_screen_none() -> None:
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, **READER)
        assert len(await terminal.until("acme/website")) <= 16 * 1024
        await terminal.press("\r")
        for _ in range(3):
            moved = await terminal.press("k")
            assert 0 < len(moved) <= 600
        for key in ("[", "[", "]"):
            assert 0 < len(await terminal.press(key)) <= 6 * 1024
        for key, most in (("w", 12), ("h", 1), ("[", 6), ("q", 10), ("a", 6), ("a", 6)):
            assert 0 < len(await terminal.press(key)) <= most * 1024
        assert await terminal.press("") == b""
        await terminal.press("Q")
        assert await terminal.ended() == 0


@pytest.mark.parametrize("mode", ["half", "quadrant", "sextant"])
async def test_a_contact_sheet_of_blocks_costs_its_share_and_moving_a_kilobyte(mode: str) -> None:
    paper, _ = a_diary()
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, "--images", mode, **READER)
        await terminal.until("acme/website")
        await terminal.press("\r")
        await terminal.press("g")
        sheet = await terminal.press("v")
        while more := b"".join([await terminal.press("") for _ in range(3)]):
            sheet += more
        assert sheet.count(b"/10") >= 12
        assert len(sheet) > 12 * 1024, "the pictures came"
        assert len(sheet) <= 12 * 116 * 1024 // 42 + 4 * 1024, "42 of them within 120 KB"
        for key in ("l", "l", "h", "j", "k"):
            assert 0 < len(await terminal.press(key)) <= 1024
        await terminal.press("Q")
        assert await terminal.ended() == 0


async def test_a_hostile_diary_writes_no_sequence_of_its_own() -> None:
    hostile = "\x1b]52;c;aGFja2Vk\x07 \x1b]0;owned\x07 \x1b[2J \x9b2J \u202e [@click=app.quit]x[/]"
    freelancer = api.Person(id="1" * 32, name=hostile)
    paper = PaperDiary(a_contract(name=hostile, freelancer=freelancer, last_segment=at(9)))
    paper.write(a_segment(at(9), memo=hostile, reason=hostile, no_picture=hostile))
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, **READER)
        seen = await terminal.until("contract")
        for keys in ("\r", "m", "\r", "z", "?"):
            seen += await terminal.press(keys)
        assert b"aGFja2Vk" in seen
        for sequence in (b"\x1b]52", b"\x1b]0;owned", "\x9b".encode(), "\u202e".encode()):
            assert sequence not in seen
        await terminal.press("Q")
        assert await terminal.ended() == 0


@pytest.mark.parametrize(
    ("arguments", "token", "code", "words"),
    [
        (("--server", "{url}"), "stranger", 3, "there is no such token"),
        (("--server", "http://127.0.0.1:9"), "reader", 4, "no answer from http://127.0.0.1:9"),
        (("--server", "{url}"), "", 2, "needs a token"),
        (("--server", "{url}", "--token-file", "/no/file"), "", 2, "cannot be read"),
        ((), "", 2, "not enrolled"),
    ],
)
async def test_who_may_not_read_gets_one_line_and_an_exit_code(
    arguments: tuple[str, ...], token: str, code: int, words: str, tmp_path: Path
) -> None:
    async with a_server(PaperDiary()) as url, a_terminal() as terminal:
        filled = [argument.format(url=url) for argument in arguments]
        await terminal.start(*filled, WORKDIARY_TOKEN=token, WORKDIARY_HOME=str(tmp_path))
        seen = await terminal.until(words)
        assert await terminal.ended() == code
        assert b"Traceback" not in seen
        assert b"\x1b" not in seen


LATE_REPLIES = (
    "\x1b[?62;4c",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1bP>|XTerm(379)\x1b\\",
    "\x1bP1$r0;48:2:1:2:3m\x1b\\",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    "\x1b[6;18;9t",
)


@pytest.mark.parametrize("answers", [{}, XTERM], ids=["silent", "xterm"])
async def test_late_and_broken_replies_of_the_terminal_press_no_key(
    answers: dict[str, str],
) -> None:
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    async with a_server(paper) as url, a_terminal(answers) as terminal:
        await terminal.start("--server", url, **READER)
        await terminal.until("acme/website")
        await terminal.press("\r")
        for reply in LATE_REPLIES:
            assert await terminal.press(reply) == b"", reply
            assert await terminal.press(reply[:5]) == b"", reply
            assert await terminal.press(reply[5:]) == b"", reply
        assert len(await terminal.press("k")) > 0
        await terminal.press("Q")
        assert await terminal.ended() == 0
