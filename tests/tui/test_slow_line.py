"""Over a slow line: 256 kbit/s and 200 ms there and back, compressed as SSH does it.

The line stands between the program's pseudo-terminal and the reader. It reads ahead as sshd does:
what the program wrote waits on the line, and nothing tells the program so.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from diaries import PaperDiary, a_contract, a_full_day
from terminalkit import READER, Terminal, a_server, a_terminal

_BYTES_A_SECOND = 256_000 / 8
_ONE_WAY = 0.1


class SlowLine:
    """Types into a terminal and reads from it, both late."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._packer = zlib.compressobj(6)
        self._changed = asyncio.Event()
        self._free_at = 0.0
        self.carried = 0
        """Bytes that the program wrote."""
        self.arrived: list[tuple[float, bytes]] = []
        """When, and what: each piece as the program wrote it."""

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def type(self, keys: str) -> None:
        asyncio.get_running_loop().call_later(_ONE_WAY, self._terminal.type, keys)

    def carry(self, content: bytes) -> None:
        """What the program wrote arrives once the line has carried what was written before."""
        self.carried += len(content)
        packed = self._packer.compress(content) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        self._free_at = max(self._free_at, self.now) + len(packed) / _BYTES_A_SECOND
        asyncio.get_running_loop().call_at(self._free_at + _ONE_WAY, self._arrive, content)

    @property
    def queued(self) -> int:
        """Bytes that were written and have not arrived."""
        return self.carried - sum(len(content) for _, content in self.arrived)

    def _arrive(self, content: bytes) -> None:
        self.arrived.append((self.now, content))
        self._changed.set()

    async def until(self, text: str, since: int = 0) -> None:
        async with asyncio.timeout(20):
            while text.encode() not in b"".join(content for _, content in self.arrived[since:]):
                self._changed.clear()
                await self._changed.wait()

    async def quiet(self) -> None:
        """Until nothing has come for half a second."""
        while True:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), 0.5)
            except TimeoutError:
                return


@asynccontextmanager
async def a_slow_line(*arguments: str) -> AsyncIterator[SlowLine]:
    """A reader at the far end, with the contracts on the screen."""
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    async with a_server(paper) as url, a_terminal() as terminal:
        line = SlowLine(terminal)
        terminal.listener = line.carry
        await terminal.start("--server", url, *arguments, **READER)
        await line.until("acme/website")
        await line.quiet()
        yield line


async def test_a_step_to_a_neighbouring_day_is_there_in_a_round_trip_and_100_ms() -> None:
    async with a_slow_line() as line:
        line.type("\r")
        await line.until("Fri 06 Nov 2026")
        await line.quiet()
        for key, day in (("[", "Thu 05 Nov 2026"), ("[", "Wed 04 Nov 2026")):
            typed = line.now
            line.type(key)
            await line.until(day)
            await line.quiet()
            assert line.arrived[-1][0] - typed <= 2 * _ONE_WAY + 0.1


async def test_back_answers_at_once_after_next_was_held() -> None:
    async with a_slow_line("--images", "quadrant") as line:
        line.type("\r")
        await line.until("Fri 06 Nov 2026")
        await line.quiet()
        line.type("g\r")
        await line.until("set")
        await line.quiet()
        for _ in range(60):
            line.type("n")
            await asyncio.sleep(2 / 60)
        typed = line.now
        before = len(line.arrived)
        line.type("q")
        await line.until("Fri 06 Nov 2026", before)
        assert line.arrived[-1][0] - typed <= 2 * _ONE_WAY + 0.5


async def test_holding_next_for_two_seconds_queues_at_most_two_pictures() -> None:
    async with a_slow_line("--images", "half") as line:
        line.type("\r")
        await line.until("Fri 06 Nov 2026")
        await line.quiet()
        line.type("g\r")
        await line.until("set")
        await line.quiet()
        begun = line.carried
        line.type("n")
        await line.quiet()
        picture = line.carried - begun
        assert picture > 4_000, "a picture was drawn"
        most = 0
        for _ in range(60):
            line.type("n")
            await asyncio.sleep(2 / 60)
            most = max(most, line.queued)
        assert 0 < most <= 2 * picture
        await line.quiet()
        assert line.queued == 0
        assert line.carried - begun <= 5 * picture, "what was only passed was not sent"
