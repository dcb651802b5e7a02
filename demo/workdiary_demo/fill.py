"""Filling the diary: the real recorder and uploader live through a plan on a simulated clock."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workdiary.activity import MinuteCounter
from workdiary.client import DiaryClient
from workdiary.credentials import Credentials
from workdiary.segments import MINUTE_SECONDS, SEGMENT_SECONDS, MinuteActivity, from_epoch
from workdiary_tracker.parts import Device, Sealer
from workdiary_tracker.recorder import DISCARD_SECONDS, Recorder
from workdiary_tracker.shots import Shot
from workdiary_tracker.spool import Spool
from workdiary_tracker.uploader import Uploader

from workdiary_demo.drawings import draw_ahead, moments_within
from workdiary_demo.plan import Stretch, activity
from workdiary_demo.simulated import SimulatedClock

_STEP_SECONDS = 20
"""Shorter than a stall: the recorder must believe that somebody looked at the clock."""

_AFTER_THE_MARK = 0.05


@dataclass(frozen=True, slots=True)
class Worker:
    """One freelancer of the demo on their own machine."""

    credentials: Credentials
    contract: str
    stretches: tuple[Stretch, ...]
    home: Path


class Past:
    """One worker's past fortnight: ``prepare`` begins to draw, ``live`` records and uploads."""

    def __init__(self, worker: Worker, clock: SimulatedClock, seed: int) -> None:
        self._worker = worker
        self._clock = clock
        self._seed = seed
        self._counter = MinuteCounter(clock.now)
        self._spool = Spool(
            worker.home / "spool.sqlite", bytes.fromhex(worker.credentials.storage_key), os.urandom
        )
        self._shots: dict[int, Future[Shot]] = {}
        self._taking: Future[Shot] | None = None
        self._minute = 0

    def prepare(self, pool: Executor) -> int:
        """Begin to draw every picture that will be asked for; returns how many."""
        wanted = moments_within(self._worker.stretches, self._spool.moment)
        self._shots = draw_ahead(pool, wanted, self._seed)
        return len(self._shots)

    async def live(self, progress: Callable[[int], None]) -> None:
        """Record every stretch and send it; ``progress`` hears of each picture taken."""
        who = self._worker.credentials
        device = Device(who.device, who.person, f"{who.person_name}'s laptop", who.signing_key())
        sealer = Sealer(device, os.urandom)

        def shoot() -> Future[Shot]:
            progress(1)
            self._taking = self._shots.pop(self._slot_of_last_moment())
            return self._taking

        recorder = Recorder(self._spool, sealer, self._counter, shoot, os.urandom)
        async with DiaryClient(who.server, who.token) as client:
            uploader = Uploader(self._spool, client, sealer, self._clock.now)
            self._clock.put(self._worker.stretches[0].begin)
            recorder.introduce(self._worker.contract, self._clock.read())
            await self._send(uploader)
            await self._record(recorder, uploader)
        self._spool.close()

    async def _record(self, recorder: Recorder, uploader: Uploader) -> None:
        ended: datetime | None = None
        for stretch in self._worker.stretches:
            if ended != stretch.begin:
                await self._rest(recorder, uploader)
                self._clock.put(stretch.begin)
                recorder.start(self._worker.contract, stretch.memo, self._clock.read())
            else:
                recorder.set_memo(stretch.memo, self._clock.read())
            await self._work(recorder, uploader, stretch)
            ended = stretch.end
        await self._rest(recorder, uploader)

    async def _work(self, recorder: Recorder, uploader: Uploader, stretch: Stretch) -> None:
        end = stretch.end.timestamp()
        while (now := self._clock.now()) < end:
            if now // MINUTE_SECONDS != self._minute:
                self._minute = int(now // MINUTE_SECONDS)
                self._type(activity(stretch, from_epoch(self._minute * 60), self._seed))
                await self._send(uploader)
            on_time = recorder.clock.next_event(self._clock.read()) + _AFTER_THE_MARK
            self._clock.advance(min(_STEP_SECONDS, on_time, end - now))
            recorder.tick(self._clock.read())
            await self._wait_for_picture()

    async def _wait_for_picture(self) -> None:
        """A drawing that is not done yet holds the simulated time, not the order of entries."""
        if self._taking is not None:
            await asyncio.wrap_future(self._taking)
            self._taking = None

    def _slot_of_last_moment(self) -> int:
        """The slot whose picture is being asked for: the newest whose moment has come."""
        now = self._clock.now()
        slot = int(now // SEGMENT_SECONDS) * SEGMENT_SECONDS
        come = slot + self._spool.moment(slot) / 1000 <= now
        return slot if come else slot - SEGMENT_SECONDS

    async def _rest(self, recorder: Recorder, uploader: Uploader) -> None:
        """Stop, and let the minute pass in which the last picture could be discarded."""
        if not recorder.clock.running:
            return
        recorder.stop(self._clock.read())
        for _ in range(0, DISCARD_SECONDS + _STEP_SECONDS, _STEP_SECONDS):
            self._clock.advance(_STEP_SECONDS)
            recorder.tick(self._clock.read())
        await self._send(uploader)

    async def _send(self, uploader: Uploader) -> None:
        while await uploader.send_next(due_or_not=True):
            pass

    def _type(self, counted: MinuteActivity) -> None:
        self._counter.keystroke(counted.keystrokes)
        self._counter.click(counted.clicks)
        self._counter.scroll(counted.scrolls)
        if counted.moved:
            self._counter.moved()
