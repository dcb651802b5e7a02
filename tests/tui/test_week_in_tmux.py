"""The week in a real tmux, end to end: command, keys, and what stands on the terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from diaries import CONTRACT, PaperDiary, a_contract, a_segment, a_tombstone
from paperserver import PaperServer
from tmuxkit import a_tmux
from workdiary.billing import week_start

LAST_MONDAY = week_start(datetime.now(UTC)) - timedelta(weeks=1)
TUESDAY = LAST_MONDAY + timedelta(days=1, hours=9)


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
