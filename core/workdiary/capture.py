"""What a capture backend is: it counts input, takes pictures and says when it cannot.

It decides nothing about time, upload or billing. docs/plugins.md shows the smallest one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from workdiary.activity import MinuteCounter

if TYPE_CHECKING:
    from PIL.Image import Image


class Counts(StrEnum):
    """What a backend can count on this desktop."""

    COUNTS = "counts"
    ACTIVE_ONLY = "active-only"
    NONE = "none"


class CaptureEvent(StrEnum):
    """What a backend tells the tracker of the desktop, at the moment it notices.

    ``DOWN`` means that input can no longer be seen (the X server is gone): time from here on is
    not known to be quiet, and is marked as down. ``UP`` ends it.
    """

    LOCK = "lock"
    UNLOCK = "unlock"
    SUSPEND = "suspend"
    RESUME = "resume"
    DOWN = "down"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Monitor:
    """One monitor's picture: an RGB image in native pixels, and where it lies on the desktop."""

    number: int
    x: int
    y: int
    primary: bool
    image: Image


@dataclass(frozen=True, slots=True)
class NoPicture:
    """Why there is none: ``locked``, ``blank``, ``wayland``, ``no-display``, ``failed: …``."""

    reason: str


class CaptureBackend(Protocol):
    """One desktop. Methods are called from the tracker's threads, never at the same time.

    ``screens`` runs in a short-lived process of its own, in which ``start`` was not called; it may
    take as long as it likes, for the tracker kills that process after its time-out.
    """

    @property
    def counts(self) -> Counts:
        """What can be counted; meaningful after ``start``."""
        ...

    def probe(self) -> str:
        """Say why this desktop cannot be used, in one line with the remedy; "" when it can."""
        ...

    def start(self, counter: MinuteCounter, tell: Callable[[CaptureEvent], None]) -> None:
        """Begin to count into ``counter`` and to ``tell`` events, from a thread of its own.

        Returns at once, also when the desktop is not there yet: the backend waits for it, and
        tells ``DOWN`` first.

        :raises CaptureError: the desktop can never be used (``probe`` says why)
        """
        ...

    def stop(self) -> None:
        """Stop counting and release everything; harmless when not started."""
        ...

    def screens(self) -> tuple[Monitor, ...] | NoPicture:
        """Take one picture of every monitor now, or say why there is none; never raises."""
        ...

    def idle(self) -> float | None:
        """Seconds since the last input, None where the desktop cannot say."""
        ...


CaptureFactory = Callable[[Mapping[str, Any]], CaptureBackend]
"""Called with the options of the setting ``[capture.NAME]``; raises ConfigError on a wrong one."""
