"""The sets of a day as the diary shows them: core's rule, on the API's segments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workdiary import api, segments

Set = tuple[api.Segment, ...]


def sets_of(diary: Sequence[api.Segment]) -> list[Set]:
    """Cut segments, sorted by start, into sets."""
    by_start = {segment.start: segment for segment in diary}
    return [
        tuple(by_start[member.start] for member in run)
        for run in segments.sets([_domain(segment) for segment in diary])
    ]


def set_around(diary: Sequence[api.Segment], start: datetime) -> Set:
    """The set that holds the segment at ``start``; empty if the diary has none there."""
    for run in sets_of(diary):
        if run[0].start <= start <= run[-1].start:
            return run
    return ()


def _domain(segment: api.Segment) -> segments.Segment:
    """What core's rule for sets looks at; it never reads the minutes."""
    return segments.Segment(
        start=segment.start,
        mask=segment.tracked,
        minutes=(),
        memo=segment.memo,
        sessions=frozenset(segment.sessions),
        sampled=segment.sampled,
        kind=segments.Kind(segment.kind),
    )
