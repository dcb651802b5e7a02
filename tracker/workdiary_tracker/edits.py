"""What freelancers change in their own diary, until the week's lock: signed and sent at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from workdiary import api
from workdiary.bodies import SEGMENTS_LONGEST, DeletedBody, ManualBody, MemoBody
from workdiary.client import DiaryClient
from workdiary.entries import EntryKind
from workdiary.errors import InvalidError, RefusedError
from workdiary.pen import Pen
from workdiary.segments import MINUTES, SEGMENT, SEGMENT_SECONDS, epoch, slot_start


@dataclass(frozen=True, slots=True)
class Loss:
    """What deleting segments gives up; ``amount`` in minor units, as the bill stands now."""

    segments: int
    minutes: int
    pictures: int
    billed: int
    amount: int
    currency: str


async def edit_memo(pen: Pen, contract: str, starts: Sequence[datetime], memo: str) -> None:
    """Give several segments one new memo, or none of them.

    :raises RefusedError: code ``locked`` or ``segment``
    """
    body = MemoBody(segments=_seconds(starts), memo=memo)
    await pen.write(contract, EntryKind.MEMO_EDITED, body)


async def add_manual(
    pen: Pen,
    contract: str,
    begins: datetime,
    ends: datetime,
    memo: str,
    reason: str,
    zone: tzinfo = UTC,
) -> int:
    """Add the ten-minute slots from ``begins`` to ``ends``, all or none; how many there are.

    ``zone`` is the one in which a person wrote the two.

    :raises InvalidError: the two are not on ten-minute marks, or a word is missing
    :raises RefusedError: code ``manual``, ``future``, ``locked`` or ``overlap``
    """
    starts = slots_between(begins, ends, zone)
    body = ManualBody(segments=_seconds(starts), memo=memo, reason=reason)
    await pen.write(contract, EntryKind.SEGMENT_MANUAL, body)
    return len(starts)


async def delete_segments(pen: Pen, contract: str, starts: Sequence[datetime]) -> None:
    """Give up segments with their pictures, counts, memos and pay.

    :raises RefusedError: code ``locked`` or ``segment``
    """
    body = DeletedBody(segments=_seconds(starts))
    await pen.write(contract, EntryKind.SEGMENT_DELETED, body)


async def loss_of(
    client: DiaryClient, contract: api.Contract, segments: Sequence[api.Segment]
) -> Loss:
    """What goes with these segments, in the server's own numbers."""
    amount = 0
    for segment in segments:
        amount += (await client.explanation(contract.id, segment.start)).amount
    return Loss(
        segments=len(segments),
        minutes=MINUTES * len(segments),
        pictures=sum(len(segment.pictures) for segment in segments),
        billed=sum(segment.billable for segment in segments),
        amount=amount,
        currency=contract.currency,
    )


def slots_between(begins: datetime, ends: datetime, zone: tzinfo = UTC) -> list[datetime]:
    """The slots of a range whose two ends are ten-minute marks; errors speak in ``zone``.

    :raises InvalidError: code ``marks``; says which marks are near
    """
    for moment in (begins, ends):
        before = slot_start(moment)
        if before != moment:
            marks = [f"{mark.astimezone(zone):%H:%M}" for mark in (before, before + SEGMENT)]
            raise InvalidError(
                "manual time goes in steps of ten minutes: "
                f"{moment.astimezone(zone):%H:%M} is not on a mark; the nearest are "
                f"{marks[0]} and {marks[1]}",
                "marks",
            )
    if ends <= begins:
        raise InvalidError(
            f"{ends.astimezone(zone):%Y-%m-%d %H:%M} is not after "
            f"{begins.astimezone(zone):%Y-%m-%d %H:%M}: manual time has a beginning and an end",
            "marks",
        )
    count = (epoch(ends) - epoch(begins)) // SEGMENT_SECONDS
    if count > SEGMENTS_LONGEST:
        raise InvalidError("manual time is added for at most a week at once", "marks")
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
