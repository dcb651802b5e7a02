"""A whole tracker with its clock and desktop in a test's hands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from spoolkit import CONTRACT, Dice, a_device, a_shot
from workdiary import api
from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureBackend, CaptureEvent, Counts, Monitor, NoPicture
from workdiary.client import DiaryClient
from workdiary.mirror import Mirror
from workdiary_tracker.clocks import Reading
from workdiary_tracker.parts import Sealer
from workdiary_tracker.shots import Shooter
from workdiary_tracker.spool import Spool
from workdiary_tracker.tracker import Tracker


class HandClock:
    """A clock that moves when told to; to sleep on it is to let others go first."""

    def __init__(self, at: float) -> None:
        self._now = Reading(at, 100.0, 100.0)

    def read(self) -> Reading:
        return self._now

    def forward(self, seconds: float) -> None:
        n = self._now
        self._now = Reading(n.wall + seconds, n.mono + seconds, n.boot + seconds)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.01)


class Desktop:
    """A desktop without a screen; a test types on it through ``counter``."""

    counts = Counts.COUNTS

    def __init__(self) -> None:
        self.counter: MinuteCounter | None = None
        self.tell: Callable[[CaptureEvent], None] = lambda event: None

    def probe(self) -> str:
        return ""

    def start(self, counter: MinuteCounter, tell: Callable[[CaptureEvent], None]) -> None:
        self.counter, self.tell = counter, tell

    def stop(self) -> None:
        self.counter = None

    def screens(self) -> tuple[Monitor, ...] | NoPicture:
        return NoPicture("no-display")

    def idle(self) -> float | None:
        return None


@asynccontextmanager
async def a_tracker(
    spool: Spool,
    clock: HandClock,
    desktop: CaptureBackend,
    shooter: Shooter | None = None,
    server: str = "http://127.0.0.1:9",
    token: str = "",
    sealer: Sealer | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> AsyncIterator[Tracker]:
    dice = Dice(sealer.device.id if sealer else "tracker")
    mirror = Mirror(spool.path.parent)
    async with DiaryClient(server, token) as client:
        tracker = Tracker(
            spool=spool,
            mirror=mirror,
            sealer=sealer or Sealer(a_device(), dice),
            clock=clock,
            backend=desktop,
            shooter=shooter or a_shot(),
            client=client,
            random=dice,
            jitter=lambda: 0.0,
            say=say,
        )
        await tracker.open()
        try:
            yield tracker
        finally:
            await tracker.close(0.2 if server.endswith(":9") else 10)
            mirror.close()
            spool.close()


def a_contract(contract: str = CONTRACT, name: str = "acme/website") -> api.Contract:
    when = datetime(2026, 9, 1, tzinfo=UTC)
    jane = api.Person(id="e" * 32, name="Jane Dolan")
    return api.Contract(
        id=contract,
        name=name,
        freelancer=jane,
        clients=(),
        rate=4500,
        currency="USD",
        weekly_limit=1200,
        hourly=True,
        manual=False,
        screenshots="required",
        zone="UTC",
        policy="weekly_limit",
        opened=when,
        today=api.Minutes(tracked=150, billable=140, by_status={"auto": 150}),
        week=api.Minutes(tracked=610, billable=600, by_status={"auto": 610}),
        last_segment=None,
        role="freelancer",
        origin="diary.example/c",
        log_key="",
    )
