"""What the demo's two freelancers did in the last two weeks: a pure function of now and a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from workdiary.segments import MinuteActivity, slot_start

DAYS = 14


@dataclass(frozen=True, slots=True)
class Job:
    """A contract of the demo: rate in minor units an hour, weekly limit in minutes."""

    name: str
    freelancer: str
    rate: int
    currency: str
    weekly_limit: int | None
    zone: str
    memos: tuple[tuple[str, str], ...]
    """What is worked on, and the kind of screen that it is done on."""
    hours: tuple[tuple[float, float], ...]
    """From when to when a working day goes, in hours UTC."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of tracked time with one memo."""

    begin: datetime
    end: datetime
    memo: str
    scene: str


JOBS = (
    Job(
        name="acme/website",
        freelancer="Jane Dolan",
        rate=4500,
        currency="USD",
        weekly_limit=18 * 60,
        zone="Asia/Manila",
        memos=(
            ("Fix invoice rounding", "editor"),
            ("Write tests for the price table", "terminal"),
            ("Call with the client", "browser"),
            ("Migrate storage of attachments", "editor"),
            ("Review the release checklist", "spreadsheet"),
        ),
        hours=((8.0, 10.5), (11.0, 13.0)),
    ),
    Job(
        name="acme/mobile",
        freelancer="Ravi Kapoor",
        rate=3850,
        currency="EUR",
        weekly_limit=40 * 60,
        zone="Asia/Kathmandu",
        memos=(
            ("Sign-in screen, second round", "editor"),
            ("Crash reports of last week", "browser"),
            ("Battery measurements", "spreadsheet"),
            ("Build and ship the beta", "terminal"),
        ),
        hours=((5.25, 7.5), (9.0, 11.0)),
    ),
)


def stretches(job: Job, now: datetime, seed: int) -> Iterator[Stretch]:
    """The job's tracked time of the last fourteen days, in order, all of it before ``now``.

    Weekends are free, and so is an occasional afternoon; the last stretch ends near ``now``.
    """
    rng = random.Random(f"{job.name} {seed}")  # noqa: S311 (a plausible day, not a secret)
    first = now.date() - timedelta(days=DAYS - 1)
    for day in (first + timedelta(days=n) for n in range(DAYS)):
        if day == now.date():
            yield from _today(job, now, rng)
        elif day.weekday() < 5:
            yield from _working_day(job, day, rng)


def activity(stretch: Stretch, minute: datetime, seed: int) -> MinuteActivity:
    """Plausible counts for one minute of a stretch: calls are quiet, editors are busy."""
    rng = random.Random(f"{stretch.memo} {minute.isoformat()} {seed}")  # noqa: S311
    if stretch.memo.startswith("Call") or rng.random() < 0.12:
        return MinuteActivity(moved=rng.random() < 0.1)
    keys = {"editor": 120, "terminal": 85, "spreadsheet": 45, "browser": 25}[stretch.scene]
    return MinuteActivity(
        keystrokes=max(0, round(rng.gauss(keys, keys / 3))),
        clicks=rng.randrange(0, 14),
        scrolls=rng.randrange(0, 40) if stretch.scene in {"browser", "spreadsheet"} else 3,
        moved=True,
    )


def _working_day(job: Job, day: date, rng: random.Random) -> Iterator[Stretch]:
    for begin, end in job.hours:
        if rng.random() < 0.08:
            continue
        start = _at(day, begin) + timedelta(minutes=rng.randrange(0, 12))
        stop = _at(day, end) + timedelta(minutes=rng.randrange(-8, 9))
        yield from _memos(job, start, stop, rng)


def _today(job: Job, now: datetime, rng: random.Random) -> Iterator[Stretch]:
    """Two hours that end just before the slot that is running: there is something new to see."""
    end = slot_start(now)
    yield from _memos(job, end - timedelta(hours=2), end, rng)


def _memos(job: Job, start: datetime, stop: datetime, rng: random.Random) -> Iterator[Stretch]:
    """Cut a stretch into memos on ten-minute marks, as people change task between segments."""
    while start < stop:
        mark = slot_start(start) + timedelta(minutes=10 * rng.randrange(3, 9))
        end = min(mark, stop)
        memo, scene = rng.choice(job.memos)
        yield Stretch(start, end, memo, scene)
        start = end


def _at(day: date, hours: float) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(hours=hours)
