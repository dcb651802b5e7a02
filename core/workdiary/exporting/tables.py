"""A day's segments as a table: one row each, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC

from workdiary import api
from workdiary.text import harmless

_HEAD = ("contract", "start", "status", "kind", "billable_minutes", "active_minutes",
         "tracked_minutes", "keystrokes", "clicks", "scrolls", "pictures", "no_picture", "memo",
         "reason", "late_minutes", "contested", "deleted_by", "deleted_at")  # fmt: skip
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def segments_csv(contract: api.Contract, day: api.Day) -> bytes:
    """Segments by their start, and what was deleted with who deleted it."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_HEAD)
    rows = [(one.start, _segment(contract.name, one)) for one in day.segments]
    rows += [(one.start, _deleted(contract.name, one)) for one in day.deleted]
    for _, row in sorted(rows, key=lambda one: one[0]):
        writer.writerow([_cell(value) for value in row])
    return file.getvalue().encode()


def _segment(contract: str, segment: api.Segment) -> Sequence[str | int]:
    contest = segment.contested
    return (
        contract, _moment(segment.start), segment.status, segment.kind, segment.billable,
        segment.meter, segment.tracked.bit_count(), sum(segment.keystrokes), sum(segment.clicks),
        sum(segment.scrolls), " ".join(picture.digest for picture in segment.pictures),
        segment.no_picture, segment.memo, segment.why_manual or segment.reason,
        segment.late.bit_count(), f"{contest.by}: {contest.reason}" if contest else "", "", "",
    )  # fmt: skip


def _deleted(contract: str, stone: api.Tombstone) -> Sequence[str | int]:
    known = (contract, _moment(stone.start), "deleted", stone.kind, 0, "", stone.minutes)
    return (*known, *("" for _ in _HEAD[len(known) : -2]), stone.by, _moment(stone.at))


def _moment(instant: api.Moment) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _cell(value: str | int) -> str | int:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if isinstance(value, int):
        return value
    text = harmless(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
