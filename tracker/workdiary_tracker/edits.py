"""What freelancers change in their own diary, until the week's lock: signed and sent at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workdiary import api
from workdiary.bodies import DeletedBody, ManualBody, MemoBody
from workdiary.entries import EntryKind
from workdiary.errors import InvalidError, RefusedError
from workdiary.pen import Pen
from workdiary.segments import SEGMENT, SEGMENT_SECONDS, epoch, slot_start


async def edit_memo(pen: Pen, contract: str, starts: Sequence[datetime], memo: str) -> None:
    """Give several segments one new memo, or none of them.

    :raises RefusedError: code ``locked`` or ``segment``
    """
    body = MemoBody(segments=_seconds(starts), memo=memo)
    await pen.write(contract, EntryKind.MEMO_EDITED, body)


async def add_manual(
    pen: Pen, contract: str, begins: datetime, ends: datetime, memo: str, reason: str
) -> int:
    """Add the ten-minute slots from ``begins`` to ``ends``, all or none; how many there are.

    :raises InvalidError: the two are not on ten-minute marks, or a word is missing
    :raises RefusedError: code ``manual``, ``future``, ``locked`` or ``overlap``
    """
    starts = slots_between(begins, ends)
    body = ManualBody(segments=_seconds(starts), memo=memo, reason=reason)
    await pen.write(contract, EntryKind.SEGMENT_MANUAL, body)
    return len(starts)


async def delete_segments(pen: Pen, contract: str, starts: Sequence[datetime]) -> None:
    """Give up segments with their pictures, counts, memos and pay.

    :raises RefusedError: code ``locked`` or ``segment``
    """
    body = DeletedBody(segments=_seconds(starts))
    await pen.write(contract, EntryKind.SEGMENT_DELETED, body)


def slots_between(begins: datetime, ends: datetime) -> list[datetime]:
    """The slots of a range whose two ends are ten-minute marks.

    :raises InvalidError: code ``marks``; says which marks are near
    """
    for moment in (begins, ends):
        if slot_start(moment) != moment:
            before = slot_start(moment)
            raise InvalidError(
                f"manual time goes in steps of ten minutes: {moment:%H:%M} is none, "
                f"{before:%H:%M} and {before + SEGMENT:%H:%M} are",
                "marks",
            )
    if ends <= begins:
        raise InvalidError(f"{ends:%Y-%m-%d %H:%M} is not after {begins:%H:%M}", "marks")
    count = (epoch(ends) - epoch(begins)) // SEGMENT_SECONDS
    return [begins + number * SEGMENT for number in range(count)]


def within(day: Sequence[api.Segment], begins: datetime, ends: datetime) -> list[api.Segment]:
    """The segments that start in a range.

    :raises RefusedError: code ``segment``; there is none
    """
    found = [segment for segment in day if begins <= segment.start < ends]
    if not found:
        raise RefusedError(
            f"there is no segment from {begins:%Y-%m-%d %H:%M} to {ends:%H:%M} UTC", "segment"
        )
    return found


def _seconds(starts: Sequence[datetime]) -> tuple[int, ...]:
    return tuple(sorted(epoch(start) for start in starts))
