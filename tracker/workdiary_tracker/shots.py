"""A picture from asking to having: taken in a process of its own, which is killed if it hangs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import msgspec

SHOT_SECONDS = 20.0


class Frame(msgspec.Struct, frozen=True):
    """One monitor's picture, encoded; the bytes are WebP files."""

    monitor: int
    width: int
    height: int
    original: bytes
    preview: bytes
    thumbnail: bytes


class Shot(msgspec.Struct, frozen=True):
    """What a moment's attempt gave: frames, or the reason why there is none."""

    taken_at: int
    frames: tuple[Frame, ...] = ()
    no_picture: str = ""


Shooter = Callable[[], "Future[Shot]"]
"""Begins to take a picture and returns at once; the future never raises."""


class ProcessShooter:
    """Runs ``python -m workdiary_tracker.shot`` for each picture.

    Pillow and the desktop's libraries live and die there: a capture that crashes or hangs costs
    one picture, and the tracker itself stays small.
    """

    def __init__(
        self,
        backend: str,
        options: Mapping[str, Any],
        now: Callable[[], float],
        seconds: float = SHOT_SECONDS,
    ) -> None:
        self._order = msgspec.json.encode({"backend": backend, "options": dict(options)})
        self._now = now
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="shot")

    def __call__(self) -> Future[Shot]:
        return self._thread.submit(self._take)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _take(self) -> Shot:
        taken_at = int(self._now())
        try:
            done = subprocess.run(
                [sys.executable, "-m", "workdiary_tracker.shot"],
                input=self._order,
                capture_output=True,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return failed(taken_at, f"no picture within {self._seconds:g} s")
        except OSError as error:
            return failed(taken_at, str(error))
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            return failed(taken_at, said[-1] if said else f"exit status {done.returncode}")
        return self._read(taken_at, done.stdout)

    def _read(self, taken_at: int, output: bytes) -> Shot:
        try:
            shot = msgspec.msgpack.decode(output, type=Shot)
        except msgspec.DecodeError as error:
            return failed(taken_at, f"the picture's process said nonsense: {error}")
        return msgspec.structs.replace(shot, taken_at=taken_at)


def failed(taken_at: int, why: str) -> Shot:
    """No picture, for a reason that fits an entry's rules for text."""
    from workdiary.text import harmless

    return Shot(taken_at, no_picture=harmless(f"failed: {why}")[:200])
