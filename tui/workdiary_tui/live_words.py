"""What is said while a diary is followed live: is there tracking now, and when is news due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from workdiary import api
from workdiary.segments import Kind

from workdiary_tui.sets import sets_of
from workdiary_tui.zones import Clock

LIVE = timedelta(minutes=25)
"""A segment is uploaded up to two minutes after its end; two missing ones mean it stopped."""
_SLOT = timedelta(minutes=10)


def tracked_now(segments: Sequence[api.Segment], now: datetime) -> tuple[api.Segment, ...]:
    """The set that is being tracked now, as far as the server knows; empty if there is none."""
    sets = sets_of([one for one in segments if one.kind == Kind.AUTO])
    return sets[-1] if sets and now - sets[-1][-1].start < LIVE else ()


def live_words(name: str, segments: Sequence[api.Segment], clock: Clock, now: datetime) -> str:
    """One sentence on ``segments``, the day's on ``clock`` that holds ``now``."""
    running = tracked_now(segments, now)
    if running:
        closes = _next_mark(now)
        minutes = -(-(closes - now) // timedelta(minutes=1))
        return (
            f"{name} tracking since {clock.time(running[0].start)}; "
            f"next segment closes {clock.time(closes)} (in {minutes} min)"
        )
    tracked = [one for one in segments if one.kind == Kind.AUTO]
    if not tracked:
        return f"{name} has tracked nothing today"
    return f"{name} is not tracking; the last segment began {clock.time(tracked[-1].start)}"


def _next_mark(now: datetime) -> datetime:
    """Segments close on the clock's ten minutes, UTC."""
    seconds = int(_SLOT.total_seconds())
    return datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, UTC)
