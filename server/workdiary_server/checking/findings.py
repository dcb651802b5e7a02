"""What a check found: where, what it means, what helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import apsw

RESTORE = "bring it back from a backup; trackers send again what they still keep (14 days)"
REPAIR = "workdiary fsck --repair"
ASK = "nothing here can mend that: keep the folder as it is, and compare with a backup"


@dataclass(frozen=True, slots=True)
class Finding:
    """``mend`` rewrites what is derived; ``stray`` is a blob that nothing names and may go."""

    code: str
    place: str
    meaning: str
    remedy: str
    mend: Callable[[apsw.Connection], object] | None = None
    stray: str = ""

    @property
    def mendable(self) -> bool:
        return self.mend is not None or bool(self.stray)
