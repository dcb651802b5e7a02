"""Three clocks read together, and what their disagreement says: sleep, a clock step, a stall."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

TICK_SECONDS = 5.0
"""How often the clocks are compared: at most this much is unknown about when a sleep began."""

_APART_SECONDS = 2.0
_STALL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Reading:
    """Wall clock (since 1970), monotonic clock (stands still asleep), boot clock (runs on)."""

    wall: float
    mono: float
    boot: float


class Clock(Protocol):
    """Where the tracker learns the time, and waits."""

    def read(self) -> Reading: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """This machine's clocks. Without a boot clock, sleep shows as a clock step instead."""

    def read(self) -> Reading:
        mono = time.monotonic()
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return Reading(time.time(), mono, mono if boot is None else time.clock_gettime(boot))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Passage(StrEnum):
    """How the time between two readings passed."""

    CONTINUOUS = "continuous"
    SUSPEND = "suspend"
    STEP = "clock step"
    STALL = "stall"


def passage(before: Reading, after: Reading) -> Passage:
    """Tell how time passed; only continuous time can be vouched for.

    A sleep during which the clock was also set is a suspend: either way the time between does not
    count. A stall (the process was stopped, the machine thrashed) is time in which nobody looked.
    """
    mono, boot = after.mono - before.mono, after.boot - before.boot
    wall = after.wall - before.wall
    if boot - mono > _APART_SECONDS:
        return Passage.SUSPEND
    if abs(wall - boot) > _APART_SECONDS:
        return Passage.STEP
    if mono > _STALL_SECONDS:
        return Passage.STALL
    return Passage.CONTINUOUS
