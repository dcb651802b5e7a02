"""The week in a real tmux, end to end: command, keys, and what stands on the terminal."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from diaries import CONTRACT, PaperDiary, a_contract, a_segment, a_tombstone
from needs import require_program
from paperserver import PaperServer
from workdiary.billing import week_start

COMMAND = str(Path(sys.executable).with_name("workdiary"))
LAST_MONDAY = week_start(datetime.now(UTC)) - timedelta(weeks=1)
TUESDAY = LAST_MONDAY + timedelta(days=1, hours=9)


class Tmux:
    """A tmux server of its own with one window of 80 columns and 24 lines."""

    def __init__(self, socket: Path) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, timeout=20, check=True
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        self.run("send-keys", *keys)

    def screen(self) -> str:
        return self.run("capture-pane", "-p")

    async def until(self, *words: str, seconds: float = 20) -> str:
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            seen = await asyncio.to_thread(self.screen)
            if all(word in seen for word in words):
                return seen
            assert asyncio.get_running_loop().time() < deadline, f"{words} never stood in\n{seen}"
            await asyncio.sleep(0.05)


@contextmanager
def a_tmux(folder: Path, url: str) -> Iterator[Tmux]:
    require_program("tmux", "apt-get install tmux")
    tmux = Tmux(folder / "tmux")
    command = f"WORKDIARY_TOKEN=reader {COMMAND} tui --server {url} --zone UTC --ascii"
    tmux.run("new-session", "-d", "-x", "80", "-y", "24", command)
    try:
        yield tmux
    finally:
        subprocess.run([*tmux._tmux, "kill-server"], capture_output=True, check=False)


@asynccontextmanager
async def a_server(paper: PaperDiary) -> AsyncIterator[str]:
    server = PaperServer(paper)
    await server.start()
    try:
        yield server.url
    finally:
        paper.go_away()
        await server.stop()


def last_week() -> PaperDiary:
    """Tuesday from nine until noon, one segment of it deleted, one late and one contested."""
    paper = PaperDiary(a_contract(opened=LAST_MONDAY, last_segment=TUESDAY))
    for slot in range(18):
        start = TUESDAY + timedelta(minutes=10 * slot)
        late = slot == 17
        paper.write(
            a_segment(start, status="late", billable=0, late=1023) if late else a_segment(start)
        )
    gone = a_tombstone(TUESDAY + timedelta(minutes=50), at=TUESDAY + timedelta(hours=4))
    del paper.segments[CONTRACT][gone.start]
    paper.deleted[CONTRACT].append(gone)
    paper.week_changes[LAST_MONDAY.date()] = {"pending": 10, "deleted": 6}
    return paper


async def test_the_week_is_read_with_keys_alone_and_leads_to_its_days(tmp_path: Path) -> None:
    async with a_server(last_week()) as url:
        with a_tmux(tmp_path, url) as tmux:
            await tmux.until("acme/website", "0h10 late in week")
            tmux.press("w")
            await tmux.until("Week ", "total")
            tmux.press("[")
            week = await tmux.until("2h40", "120.00", "a letter is 30 min", "AAAAAA")
            assert f"{LAST_MONDAY:%a %d}" in week
            assert "billable 2h40 x 45.00 USD = 120.00 USD   not billable 0h10" in week
            assert "0h10 late, not decided" in week
            assert "0h06 was deleted" in week
            ribbon = next(line for line in week.split("\n") if f"Tue {TUESDAY:%d}" in line)
            assert ribbon.split()[-1] == "AAAAAA"
            for _ in range(6):
                tmux.press("h")
            await tmux.until(">Mon")
            tmux.press("l", "Enter")
            day = await tmux.until("deleted by Jane D., 6 min", "LATE")
            assert f"{TUESDAY:%a %d %b %Y}" in day
            tmux.press("q")
            await tmux.until("Contracts")
            tmux.press("Q")
