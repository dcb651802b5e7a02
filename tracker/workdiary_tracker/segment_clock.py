"""The segment clock: cuts tracked time into parts on UTC ten-minute marks, from readings alone.

It reads no clock and touches no disk. Time counts only between two readings that agree; time
locked, asleep, stalled or behind what was already claimed is never tracked. Since claimed time
only ever moves forwards, one number, the last claimed minute, keeps all masks of a device disjoint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from workdiary.segments import MINUTE_SECONDS, MINUTES, SEGMENT_SECONDS, MinuteActivity

from workdiary_tracker.clocks import Passage, Reading, passage


class OpenPart(msgspec.Struct):
    """A part in the making. ``minutes`` are ten rows [keystrokes, clicks, scrolls, moved 0/1]."""

    contract: str
    memo: str
    session: str
    start: int
    mask: int = 0
    down: int = 0
    sampled: bool = False
    minutes: list[tuple[int, int, int, int]] = msgspec.field(
        default_factory=lambda: [(0, 0, 0, 0)] * MINUTES
    )

    def count(self, index: int, activity: MinuteActivity) -> None:
        keys, clicks, scrolls, moved = self.minutes[index]
        self.minutes[index] = (
            keys + activity.keystrokes,
            clicks + activity.clicks,
            scrolls + activity.scrolls,
            moved | activity.moved,
        )

    @property
    def holds_something(self) -> bool:
        return bool(self.mask or self.sampled or any(map(any, self.minutes)))


@dataclass(frozen=True, slots=True)
class Shoot:
    """The slot's moment has come in tracked time: take its picture."""

    slot: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A part is complete."""

    part: OpenPart


@dataclass(frozen=True, slots=True)
class Gap:
    """Time that cannot be vouched for has passed, and is not tracked."""

    why: Passage


Happening = Shoot | Closed | Gap


class SegmentClock:
    """Follows one freelancer's work; every method first accounts for the time since the last.

    ``moment`` gives a slot's random moment in milliseconds after its start, ``take`` hands over a
    minute's counts once, and ``claimed`` is the last minute (since 1970) that any part has.
    """

    def __init__(
        self,
        moment: Callable[[int], int],
        take: Callable[[int], MinuteActivity],
        claimed: int = -1,
    ) -> None:
        self._moment = moment
        self._take = take
        self.claimed = claimed
        self._frontier = claimed * float(MINUTE_SECONDS)
        self._last: Reading | None = None
        self._work: tuple[str, str, str] | None = None
        self.part: OpenPart | None = None
        self._away: set[str] = set()
        self.down = False
        self.session_minutes = 0

    @property
    def running(self) -> bool:
        """Whether a session is on, be it locked or not."""
        return self._work is not None

    @property
    def locked(self) -> bool:
        """Whether the screen is locked or the machine about to sleep."""
        return bool(self._away)

    @property
    def counting(self) -> bool:
        """Whether input belongs to tracked time now."""
        return self.running and not self.locked and not self.behind

    @property
    def behind(self) -> bool:
        """Whether the wall clock was set back behind time that is already claimed."""
        return self._last is not None and self._last.wall < self._frontier - 2

    @property
    def catches_up_at(self) -> float:
        """When the wall clock will have passed all that is claimed."""
        return self._frontier

    def start(self, now: Reading, contract: str, memo: str, session: str) -> None:
        """Begin a session; a running one must be stopped first."""
        if self.running:
            raise RuntimeError("a session is running")
        self._work, self._last, self.session_minutes = (contract, memo, session), now, 0

    def tick(self, now: Reading) -> list[Happening]:
        """Account for the time since the last reading."""
        before, self._last = self._last, now
        if before is None or self._work is None or self.locked:
            return []
        how = passage(before, now)
        if how is Passage.CONTINUOUS:
            return self._run(before.wall, now.wall)
        self._drain(before.wall, before.wall + 1)
        return [*self._close(), Gap(how)]

    def stop(self, now: Reading) -> list[Happening]:
        """End the session and close its part."""
        happened = [*self.tick(now), *self._close()]
        self._work = None
        return happened

    def change_memo(self, now: Reading, memo: str) -> list[Happening]:
        """Go on under another memo. The minute they share goes to the new part, counts and all."""
        happened = self.tick(now)
        if self._work is None or self._work[1] == memo:
            return happened
        contract, _, session = self._work
        self._work = (contract, memo, session)
        if self.part is None:
            return happened
        new = self._split_off(self.part, int(now.wall // MINUTE_SECONDS))
        happened += self._close()
        self.part = new
        return happened

    def change_contract(self, now: Reading, contract: str, memo: str) -> list[Happening]:
        """Go on under another contract. The minute they share stays with the old one.

        So does a picture that was taken in it: it may show what only the old client may see.
        """
        happened = [*self.tick(now), *self._close()]
        if self._work is not None:
            self._work = (contract, memo, self._work[2])
        return happened

    def leave(self, now: Reading, why: str) -> list[Happening]:
        """The screen was locked, or the machine is about to sleep: nothing is tracked from here."""
        happened = [*self.tick(now), *self._close()]
        self._away.add(why)
        return happened

    def come_back(self, now: Reading, why: str) -> list[Happening]:
        """One reason to be away is over; a machine that wakes up locked is still locked."""
        happened = self.tick(now)
        self._away.discard(why)
        return happened

    def blind(self, now: Reading, down: bool) -> list[Happening]:
        """Input can no longer be seen (or can again): such minutes are marked, not zero."""
        happened = self.tick(now)
        self.down = down
        return happened

    def forget_claims_after(self, claimed: int) -> None:
        """Time that was claimed by a wrong clock was refused: it may be claimed again."""
        if self.part is None:
            self.claimed, self._frontier = claimed, claimed * float(MINUTE_SECONDS)

    def next_event(self, now: Reading) -> float:
        """Seconds until the clock must be looked at on time: a minute's end, or the moment."""
        waits = [MINUTE_SECONDS - now.wall % MINUTE_SECONDS]
        slot = _slot(now.wall)
        until = slot + self._moment(slot) / 1000 - now.wall
        if until >= 0 and self.running:
            waits.append(until)
        return min(waits)

    def _run(self, begin: float, end: float) -> list[Happening]:
        happened: list[Happening] = []
        begin = max(begin, self._frontier)
        while begin < end:
            slot = _slot(begin)
            until = min(end, slot + SEGMENT_SECONDS)
            happened += self._run_in_slot(slot, begin, until)
            begin = self._frontier = until
        return happened

    def _run_in_slot(self, slot: int, begin: float, until: float) -> list[Happening]:
        happened: list[Happening] = []
        if self.part is not None and self.part.start != slot:
            happened += self._close()
        part = self.part = self.part or self._open(slot)
        for minute in _minutes(begin, until):
            self._claim(part, minute)
        self._drain(begin, until)
        if begin <= slot + self._moment(slot) / 1000 < until:
            part.sampled = True
            happened.append(Shoot(slot))
        if until == slot + SEGMENT_SECONDS:
            happened += self._close()
        return happened

    def _open(self, slot: int) -> OpenPart:
        if self._work is None:
            raise RuntimeError("no session is running")
        contract, memo, session = self._work
        return OpenPart(contract, memo, session, slot)

    def _claim(self, part: OpenPart, minute: int) -> None:
        if minute > self.claimed:
            self.claimed = minute
            self.session_minutes += 1
            part.mask |= 1 << minute % MINUTES
        if self.down:
            part.down |= 1 << minute % MINUTES

    def _drain(self, begin: float, until: float) -> None:
        """Move counts of the time just run into the open part."""
        if self.part is None:
            return
        for minute in _minutes(begin, until):
            if _slot(minute * MINUTE_SECONDS) == self.part.start:
                self.part.count(minute % MINUTES, self._take(minute))

    def _split_off(self, old: OpenPart, minute: int) -> OpenPart | None:
        """Open the next part with what the old one holds of ``minute``: time, counts, sample."""
        if _slot(minute * MINUTE_SECONDS) != old.start:
            return None
        new, index = self._open(old.start), minute % MINUTES
        bit = 1 << index
        new.mask, new.down = old.mask & bit, old.down & bit
        old.mask, old.down = old.mask & ~bit, old.down & ~bit
        new.minutes[index], old.minutes[index] = old.minutes[index], (0, 0, 0, 0)
        if self._moment(old.start) // (MINUTE_SECONDS * 1000) == index:
            new.sampled, old.sampled = old.sampled, False
        return new

    def _close(self) -> list[Happening]:
        part, self.part = self.part, None
        return [Closed(part)] if part is not None and part.holds_something else []


def _slot(wall: float) -> int:
    return int(wall // SEGMENT_SECONDS) * SEGMENT_SECONDS


def _minutes(begin: float, until: float) -> range:
    """The minutes, since 1970, that [begin, until) touches."""
    if until <= begin:
        return range(0)
    last = int(-(-until // MINUTE_SECONDS))
    return range(int(begin // MINUTE_SECONDS), last)
