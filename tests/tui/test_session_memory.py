"""What a session of text alone costs the host: its own memory, and what it does not load."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from diaries import PaperDiary, a_contract, a_full_day, a_segment, at
from terminalkit import READER, Terminal, a_server, a_terminal

MOST = 43 * 1024
"""KiB of its own; the libraries' files are in the host's memory once for all sessions."""


def own_memory(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    found = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return found["Pss_Anon"]


async def test_a_year_of_days_costs_a_session_at_most_twelve_mebibytes() -> None:
    paper = PaperDiary(a_contract(opened=at(0) - timedelta(days=400)))
    for back in range(366):
        for slot in range(40):
            paper.write(a_segment(at(9) - timedelta(days=back) + timedelta(minutes=10 * slot)))
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, "--images", "off", **READER)
        await terminal.until("acme/website")
        for key in ("\r", "[", "[", "[", "]"):
            await terminal.press(key)
        before = own_memory(terminal.process)
        for _ in range(363):
            terminal.type("[")
            await asyncio.sleep(0.05)
        await terminal.until("Thu 06 Nov 2025")
        assert own_memory(terminal.process) - before <= 12 * 1024
        await terminal.press("Q")
        assert await terminal.ended() == 0


async def test_a_session_of_text_stays_small_and_loads_neither_pillow_nor_cryptography(
    tmp_path: Path,
) -> None:
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    compiled = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    async with a_server(paper) as url:
        async with a_terminal() as first:  # which compiles: what that needs is no session's
            await first.start("--server", url, "--images", "off", **READER, **compiled)
            await first.until("acme/website")
        async with a_terminal() as terminal:
            await terminal.start("--server", url, "--images", "off", **READER, **compiled)
            await reads_and_quits(terminal)


async def reads_and_quits(terminal: Terminal) -> None:
    await terminal.until("acme/website")
    for keys in ("\r", "[", "]", "w", "q"):
        await terminal.press(keys)
    maps = Path(f"/proc/{terminal.process}/maps").read_text()
    assert "/PIL/" not in maps
    assert "/cryptography/" not in maps
    assert own_memory(terminal.process) <= MOST
    await terminal.press("Q")
    assert await terminal.ended() == 0
