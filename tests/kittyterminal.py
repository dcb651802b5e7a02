"""``workdiary tui`` on a pseudo-terminal that shows Kitty's pictures and answers when told to."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from answering import KITTY, Answers
from kittykit import KittyScreen

_QUIET_SECONDS = 0.4
_QUESTION, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_LEFT_OUT = {"NO_COLOR", "SSH_CONNECTION", "COLORTERM", "TMUX"}


class KittyTerminal:
    """80 columns and 24 lines; ``answers`` is how many questions it still answers."""

    def __init__(self) -> None:
        self.screen = KittyScreen()
        self.answers = 1_000_000
        self._replies = Answers(KITTY)
        self.unanswered = 0
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.set_blocking(self._master, False)
        self._bytes, self._fed = bytearray(), 0
        self._changed = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: str, **variables: str) -> None:
        asyncio.get_running_loop().add_reader(self._master, self._read)
        kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        environment = kept | {"TERM": "xterm-kitty", "WORKDIARY_TOKEN": "reader"} | variables
        command = str(Path(sys.executable).with_name("workdiary"))
        self._process = await asyncio.create_subprocess_exec(
            command, "tui", *arguments,
            stdin=self._slave, stdout=self._slave, stderr=self._slave, env=environment,
        )  # fmt: skip

    async def press(self, keys: str) -> int:
        """Type, wait until the line is quiet, and say how many bytes came."""
        before = len(self._bytes)
        self.type(keys)
        await self._quiet()
        return len(self._bytes) - before

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    async def until(self, condition: Callable[[], object]) -> int:
        """Wait until it holds and the line is quiet; how many bytes came meanwhile."""
        before = len(self._bytes)
        async with asyncio.timeout(30):
            while not condition():
                self._changed.clear()
                await self._changed.wait()
                await self._quiet()
        return len(self._bytes) - before

    def answer(self) -> None:
        """Answer one question that was left open."""
        assert self.unanswered
        self.unanswered -= 1
        os.write(self._master, _ANSWER)

    async def ended(self) -> int:
        assert self._process is not None
        code = await asyncio.wait_for(self._process.wait(), 20)
        self._show()
        return code

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)

    async def _quiet(self) -> None:
        while True:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), _QUIET_SECONDS)
            except TimeoutError:
                self._show()
                return

    def _show(self) -> None:
        self.screen.feed(bytes(self._bytes[self._fed :]))
        self._fed = len(self._bytes)

    def _read(self) -> None:
        content = os.read(self._master, 65536)
        self._bytes += content
        if reply := self._replies.to(content):
            os.write(self._master, reply)
        while _QUESTION in self._bytes[self._asked :]:
            self._asked = self._bytes.index(_QUESTION, self._asked) + len(_QUESTION)
            self.unanswered += 1
            if self.answers:
                self.answers -= 1
                self.answer()
        self._changed.set()

    _asked = 0


@asynccontextmanager
async def a_kitty() -> AsyncIterator[KittyTerminal]:
    terminal = KittyTerminal()
    try:
        yield terminal
    finally:
        await terminal.close()
