"""Progress of long work on a terminal's stderr; nothing where nobody looks."""

from __future__ import annotations

import sys
import time

_SECONDS = 0.2


class Bar:
    """Called with what is being done, how much of it is done, and of how much."""

    def __init__(self) -> None:
        self._shown = 0.0
        self._looked_at = sys.stderr.isatty()

    def __call__(self, what: str, done: int, whole: int) -> None:
        now = time.monotonic()
        if not self._looked_at or (done < whole and now - self._shown < _SECONDS):
            return
        self._shown = now
        end = "\n" if done >= whole else ""
        sys.stderr.write(f"\r{what}: {done} of {whole}\x1b[K{end}")
        sys.stderr.flush()
