"""What freelancers change in their own diary, until the week's lock: signed and sent at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Protocol

from workdiary import api
from workdiary.bodies import SEGMENTS_LONGEST, DeletedBody, ManualBody, MemoBody
from workdiary.entries import EntryKind
from workdiary.errors import InvalidError, RefusedError
from workdiary.money import written
from workdiary.pen import Pen
from workdiary.segments import MINUTES, SEGMENT, SEGMENT_SECONDS, epoch, slot_start
from workdiary.text import harmless

_AT_ONCE = 8
"""Explanations that are asked for together: a round trip each would be a long wait for a day."""


class Explaining(Protocol):
    """Who can say what a segment is paid; ``workdiary.client.DiaryClient`` is one."""

    async def explanation(self, contract: str, start: datetime) -> api.Explanation: ...


@dataclass(frozen=True, slots=True)
class Loss:
    """What deleting segments gives up; ``amount`` in minor units, as the bill stands now.

    ``counted`` are the minutes that leave the week's total: a policy may count fewer than ten.
    """

    segments: int
    minutes: int
    counted: int
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
    server: Explaining, contract: api.Contract, segments: Sequence[api.Segment]
) -> Loss:
    """What goes with these segments, in the server's own numbers."""
    told: list[api.Explanation] = []
    for first in range(0, len(segments), _AT_ONCE):
        some = segments[first : first + _AT_ONCE]
        asked = (server.explanation(contract.id, segment.start) for segment in some)
        told += await asyncio.gather(*asked)
    return Loss(
        segments=len(segments),
        minutes=MINUTES * len(segments),
        counted=sum(one.minutes for one in told),
        pictures=sum(len(segment.pictures) for segment in segments),
        billed=sum(one.billable for one in told),
        amount=sum(one.amount for one in told),
        currency=contract.currency,
    )


def loss_words(loss: Loss, hours: Callable[[int], str], policy_error: str = "") -> str:
    """What deleting gives up: ``2 segments (0:20), 2 pictures, 0:20 billed, 15.00 USD``."""
    segments = f"{loss.segments} segment{'' if loss.segments == 1 else 's'}"
    pictures = f"{loss.pictures} picture{'' if loss.pictures == 1 else 's'}"
    if policy_error:
        pay = f"what it would be paid is unknown ({harmless(policy_error)})"
    else:
        pay = f"{hours(loss.billed)} billed, {written(loss.amount, loss.currency)}"
    return f"{segments} ({hours(loss.minutes)}), {pictures}, {pay}"


@dataclass(frozen=True, slots=True)
class WeekAfter:
    """What a week would come to in minutes; the policy decides between ``least`` and ``most``."""

    tracked: int
    least: int
    most: int


def week_without(week: api.Week, loss: Loss) -> WeekAfter:
    """The week once some of its segments are gone: unbilled time may take the room they leave."""
    tracked = week.totals.tracked - loss.counted
    least = week.totals.billable - loss.billed
    return WeekAfter(tracked, least, least + min(loss.billed, tracked - least))


def week_with(week: api.Week, minutes: int) -> WeekAfter:
    """The week with that much more manual time: billed as far as the week's limit has room."""
    tracked, billed = week.totals.tracked + minutes, week.totals.billable
    if week.limit is None:
        return WeekAfter(tracked, billed + minutes, billed + minutes)
    room = max(0, week.limit - billed)
    return WeekAfter(tracked, billed, billed + min(minutes, room))


def moment_on(day: date, text: str, zone: tzinfo) -> datetime:
    """The moment of a day that a person wrote as ``14:00``; ``24:00`` ends the day.

    :raises InvalidError: code ``time``
    """
    hour, colon, minute = text.strip().partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal()) or int(minute) > 59:
        raise InvalidError(f"{text!r} is no time such as 14:00", "time")
    if int(hour) == 24 and not int(minute):
        return datetime.combine(day, time(23, 50), zone).astimezone(UTC) + SEGMENT
    if int(hour) > 23:
        raise InvalidError(f"{text!r} is no time such as 14:00", "time")
    return datetime.combine(day, time(int(hour), int(minute)), zone).astimezone(UTC)


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
