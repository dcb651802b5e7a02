"""``workdiary tui`` in a pseudo-terminal in tests: what it writes, and what it is typed."""

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

from answering import XTERM, Answers
from diaries import PaperDiary
from paperserver import PaperServer

COMMAND = str(Path(sys.executable).with_name("workdiary"))
_QUIET_SECONDS = 0.5
READER = {"WORKDIARY_TOKEN": "reader"}


class Terminal:
    """``workdiary tui`` on a pseudo-terminal of 80 columns and 24 lines, which answers."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = Answers(answers)
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.set_blocking(self._master, False)
        self._bytes = bytearray()
        self._changed = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self.listener: Callable[[bytes], None] = lambda content: None
        """Told what the program wrote, as it comes."""

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
        self.type(keys)
        return await self.quiet()

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

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

    @property
    def process(self) -> int:
        assert self._process is not None
        return self._process.pid

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
        content = os.read(self._master, 65536)
        self._bytes += content
        if answer := self._answers.to(content):
            os.write(self._master, answer)
        self._changed.set()
        self.listener(content)


@asynccontextmanager
async def a_terminal(answers: dict[str, str] = XTERM) -> AsyncIterator[Terminal]:
    terminal = Terminal(answers)
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
