"""The command in a real terminal: bytes over the line, exit codes, and nothing hostile in them."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from diaries import PaperDiary, a_contract, a_full_day, a_segment, at
from paperserver import PaperServer
from workdiary import api

COMMAND = str(Path(sys.executable).with_name("workdiary"))
_QUIET_SECONDS = 0.5
READER = {"WORKDIARY_TOKEN": "reader"}


class Terminal:
    """``workdiary tui`` on a pseudo-terminal of 80 columns and 24 lines."""

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.set_blocking(self._master, False)
        self._bytes = bytearray()
        self._changed = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: str, **variables: str) -> None:
        asyncio.get_running_loop().add_reader(self._master, self._read)
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"NO_COLOR", "SSH_CONNECTION"}
        }
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", **variables}
        self._process = await asyncio.create_subprocess_exec(
            COMMAND,
            "tui",
            *arguments,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=environment,
        )

    async def press(self, keys: str) -> bytes:
        """Type, and return what came over the line until it was quiet."""
        del self._bytes[:]
        os.write(self._master, keys.encode())
        return await self.quiet()

    async def until(self, text: str) -> bytes:
        async with asyncio.timeout(20):
            while text.encode() not in self._bytes:
                self._changed.clear()
                await self._changed.wait()
        return await self.quiet()

    async def quiet(self) -> bytes:
        while True:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), _QUIET_SECONDS)
            except TimeoutError:
                return bytes(self._bytes)

    async def ended(self) -> int:
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), 20)

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)

    def _read(self) -> None:
        self._bytes += os.read(self._master, 65536)
        self._changed.set()


@asynccontextmanager
async def a_terminal() -> AsyncIterator[Terminal]:
    terminal = Terminal()
    try:
        yield terminal
    finally:
        await terminal.close()


@asynccontextmanager
async def a_server(paper: PaperDiary) -> AsyncIterator[str]:
    server = PaperServer(paper)
    await server.start()
    try:
        yield server.url
    finally:
        paper.go_away()
        await server.stop()


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


async def test_late_and_broken_replies_of_the_terminal_press_no_key() -> None:
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    async with a_server(paper) as url, a_terminal() as terminal:
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
