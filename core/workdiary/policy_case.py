"""Billing cases as JSON: a policy's input written down, and what the policy makes of it.

One case has ``policy`` and its ``options``, the ``week`` (a Monday, UTC), ``terms`` (each in force
``from`` a time until the next one's) and ``segments`` in no order, where ``count`` stands for that
many neighbours. Whatever it is ``expect``-ed to give is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from workdiary.billing import (
    WEEK,
    Counted,
    Policy,
    Terms,
    Verdict,
    bill,
    check_verdicts,
    limit_of_week,
    week_start,
)
from workdiary.bodies import Option
from workdiary.errors import InvalidError
from workdiary.segments import MINUTES, SEGMENT, SEGMENT_SECONDS, Kind

Moment = Annotated[datetime, Meta(tz=True)]


class CaseTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Terms from a moment on. ``rate`` in minor units an hour, ``weekly_limit`` in minutes."""

    since: Moment = msgspec.field(name="from")
    rate: Annotated[int, Meta(ge=0)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    weekly_limit: Annotated[int, Meta(ge=0)] | None
    kind: Literal["hourly", "fixed"] = "hourly"


class CaseSegment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``count`` neighbouring segments that are alike."""

    start: Moment
    count: Annotated[int, Meta(ge=1, le=1008)] = 1
    kind: Literal["tracked", "manual"] = "tracked"
    tracked_minutes: Annotated[int, Meta(ge=1, le=MINUTES)] = MINUTES
    sampled: bool = True
    deleted: bool = False
    late: bool = False
    accepted: bool = False
    claimed_elsewhere: bool = False


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One week to be judged."""

    name: str = ""
    policy: str = ""
    options: dict[str, Option] = msgspec.field(default_factory=dict)
    week: date
    terms: Annotated[tuple[CaseTerms, ...], Meta(min_length=1)]
    segments: tuple[CaseSegment, ...]
    expect: Any = None


class Outcome(Struct, frozen=True, kw_only=True):
    """What a policy makes of a case.

    ``limit`` is the week's; ``statuses`` are run lengths in the order of start, ``minutes`` the
    counted minutes by status, and ``amount`` the bill in minor units.
    """

    limit: int | None
    statuses: tuple[tuple[str, int], ...]
    minutes: dict[str, int]
    amount: int


def read_cases(content: bytes) -> tuple[list[Case], bool]:
    """The cases of a file that holds one or a list of them, and whether it is a list.

    :raises InvalidError: code ``case``; the message names the case and the field
    """
    try:
        raw = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidError(f"this is no JSON: {error}", "case") from error
    listed = raw if isinstance(raw, list) else [raw]
    cases = [_read(number, one) for number, one in enumerate(listed, 1)]
    return cases, isinstance(raw, list)


def _read(number: int, raw: object) -> Case:
    name = raw.get("name") if isinstance(raw, dict) else None
    which = f"case {number}" + (f" ({name})" if isinstance(name, str) and name else "")
    try:
        case = msgspec.convert(raw, Case)
        _check(case)
    except (msgspec.ValidationError, InvalidError, OverflowError) as error:
        raise InvalidError(f"{which}: {error}", "case") from error
    return case


def _check(case: Case) -> None:
    """What the types cannot say: Mondays, ten-minute marks, each slot once, terms in order."""
    if case.week.weekday():
        raise InvalidError(f"week {case.week} is no Monday", "case")
    if case.week > date.max - WEEK:
        raise InvalidError(f"week {case.week} is too late", "case")
    since = [terms.since for terms in case.terms]
    if since != sorted(since):
        raise InvalidError("terms stand in the order of their 'from'", "case")
    starts = [start for segment in case.segments for start in _starts(segment)]
    if any(start.timestamp() % SEGMENT_SECONDS for start in starts):
        raise InvalidError("a segment starts on a ten-minute mark (UTC)", "case")
    standing = [start for one in case.segments if not one.deleted for start in _starts(one)]
    if len(set(standing)) != len(standing):
        raise InvalidError("two segments start at one time", "case")


def _starts(segment: CaseSegment) -> Iterator[datetime]:
    first = segment.start.astimezone(UTC)
    return (first + number * SEGMENT for number in range(segment.count))


def terms_of(case: Case) -> list[Terms]:
    return [
        Terms(one.since, one.rate, one.currency, one.weekly_limit, one.kind == "hourly")
        for one in case.terms
    ]


def week_of(case: Case) -> list[Counted]:
    """The week's segments by start; deleted ones, and those of other weeks, are left out."""
    found = [
        Counted(
            start=start,
            kind=Kind.MANUAL if one.kind == "manual" else Kind.AUTO,
            tracked_minutes=one.tracked_minutes,
            sampled=one.sampled,
            claimed_elsewhere=one.claimed_elsewhere,
            late=one.late,
            accepted=one.accepted,
        )
        for one in case.segments
        if not one.deleted
        for start in _starts(one)
        if week_start(start).date() == case.week
    ]
    return sorted(found, key=lambda segment: segment.start)


def judge(case: Case, policy: Policy) -> Outcome:
    """Run a policy on a case, and hold it to its promise.

    :raises InvalidError: code ``policy``; it broke its promise
    """
    terms, week = terms_of(case), week_of(case)
    verdicts = list(policy(terms, week))
    check_verdicts(verdicts, terms, week)
    return Outcome(
        limit=limit_of_week(terms, datetime.combine(case.week, time(), UTC)),
        statuses=tuple(_runs(verdicts)),
        minutes=_minutes(verdicts),
        amount=sum(line.amount for line in bill(terms, verdicts)),
    )


def _runs(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, int]]:
    for status, run in groupby(verdicts, key=lambda verdict: str(verdict.status)):
        yield status, len(list(run))


def _minutes(verdicts: Sequence[Verdict]) -> dict[str, int]:
    found: dict[str, int] = {}
    for verdict in verdicts:
        found[str(verdict.status)] = found.get(str(verdict.status), 0) + verdict.minutes
    return dict(sorted(found.items()))
