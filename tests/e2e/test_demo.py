"""The demo is the first thing that anyone sees."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil
from team import WORKDIARY, Terminal
from workdiary import credentials
from workdiary.client import DiaryClient


async def test_the_demo_fills_two_weeks_and_leaves_only_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    before = set(Path(tempfile.gettempdir()).glob("workdiary-*"))
    demo = subprocess.Popen(
        [*WORKDIARY, "demo", "--no-tui", "--folder", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert demo.stdout is not None
        url, command = demo.stdout.readline().strip(), demo.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        assert command.endswith(f"WORKDIARY_HOME={folder}/alice workdiary tui")
        await check_diary(folder, url)
        check_terminal(folder)
    finally:
        children = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.SIGINT)
        _, narration = demo.communicate(timeout=30)
    assert demo.returncode == 0, narration
    assert str(folder) in narration
    assert "Traceback" not in narration
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
    assert set(Path(tempfile.gettempdir()).glob("workdiary-*")) == before


async def check_diary(folder: Path, url: str) -> None:
    """Both contracts have a fortnight of it, pictures and a week over its limit included."""
    alice = credentials.load(folder / "alice")
    today = datetime.now(UTC).date()
    async with DiaryClient(url, alice.token) as client:
        contracts = await client.contracts()
        assert {contract.name for contract in contracts} == {"acme/website", "acme/mobile"}
        statuses: set[str] = set()
        for contract in contracts:
            days = [await client.day(contract.id, back(today, n)) for n in range(14)]
            assert sum(bool(day.segments) for day in days) >= 8
            segments = [segment for day in days for segment in day.segments]
            assert len(segments) > 150
            statuses |= {segment.status for segment in segments}
            pictured = [segment for segment in segments if segment.pictures]
            assert len(pictured) > 0.8 * len(segments)
            webp = await client.picture(contract.id, pictured[0].pictures[0].digest)
            assert webp[8:12] == b"WEBP"
            tracked = [s for s in segments if s.kind == "auto"]
            late = [s for s in tracked if s.received - s.start > timedelta(minutes=15)]
            assert not late, "the past was received in the past"
        assert statuses >= {"auto", "manual", "over_limit", "partial"}


def check_terminal(folder: Path) -> None:
    with Terminal([*WORKDIARY, "tui"], {"WORKDIARY_HOME": str(folder / "alice")}) as terminal:
        terminal.expect("acme/website")
        terminal.press("Enter")
        terminal.expect("AUTO")


def back(day: date, days: int) -> date:
    return day - timedelta(days=days)
