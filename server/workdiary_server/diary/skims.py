"""What a search needs of each segment, remembered by week in the server's memory.

A week is remembered under a stamp of all that its skims are made of, so that it is never wrong,
only sometimes made again. Deletion empties the memory.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec

_SEGMENTS_KEPT = 40_000


class Skim(msgspec.Struct, frozen=True, gc=False):
    """A segment for searching; ``folded`` is its memo without case, ``seal`` of its content."""

    start: int
    kind: str
    status: str
    minutes: int
    billable: int
    meter: int
    memo: str
    folded: str
    pictures: int
    late: int
    seal: bytes


class SkimmedWeek(msgspec.Struct, frozen=True):
    """A week's skims by start; ``error`` says why its policy gave no verdicts."""

    stamp: bytes
    skims: tuple[Skim, ...]
    error: str = ""


class Skims:
    """The weeks that were used last; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._weeks: OrderedDict[tuple[bytes, int], SkimmedWeek] = OrderedDict()
        self._kept = 0

    def get(self, contract: bytes, week: int) -> SkimmedWeek | None:
        with self._lock:
            found = self._weeks.get((contract, week))
            if found is not None:
                self._weeks.move_to_end((contract, week))
            return found

    def put(self, contract: bytes, week: int, skimmed: SkimmedWeek) -> None:
        with self._lock:
            before = self._weeks.pop((contract, week), None)
            self._kept += len(skimmed.skims) - (0 if before is None else len(before.skims))
            self._weeks[contract, week] = skimmed
            while self._kept > _SEGMENTS_KEPT:
                _, oldest = self._weeks.popitem(last=False)
                self._kept -= len(oldest.skims)

    def clear(self) -> None:
        with self._lock:
            self._weeks.clear()
            self._kept = 0
