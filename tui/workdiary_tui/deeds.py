"""What a freelancer can do to their own diary, from what they typed to the entry that is written.

A deed turns the fields of its form into a plan, says what the plan costs, and writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from workdiary import api, edits, forgetting
from workdiary.billing import week_start
from workdiary.errors import InvalidError
from workdiary.segments import MINUTES, SEGMENT

from workdiary_tui import deed_words
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.hand import Hand
from workdiary_tui.sets import set_around
from workdiary_tui.zones import Clock

_DAY = timedelta(days=1)

Typed = Mapping[str, str]
"""What stands in the form, by the names of its fields."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the diary that a form offers under a name."""

    name: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written, once its minutes are typed; ``segments`` are those that stand there.

    What it costs hangs on ``starts`` alone.
    """

    begins: datetime
    ends: datetime
    starts: tuple[datetime, ...]
    segments: tuple[api.Segment, ...] = ()
    memo: str = ""
    reason: str = ""

    @property
    def minutes(self) -> int:
        return MINUTES * len(self.starts)


class Deed:
    """One form with ``FIELDS``, of which ``FIRST`` has the keys; ``spans`` are what it offers."""

    VERB: ClassVar[str]
    FIELDS: ClassVar[tuple[str, ...]] = ("from", "to")
    FIRST: ClassVar[str]

    def __init__(
        self,
        contract: api.Contract,
        clock: Clock,
        day: date,
        segments: Sequence[api.Segment],
        at: api.Segment | None,
    ) -> None:
        self.contract, self.clock, self.day = contract, clock, day
        self.segments = tuple(segments)
        self.at = at
        self.spans = tuple(self._spans(at)) if at is not None else ()

    def before(self) -> dict[str, str]:
        """What stands in the fields at first."""
        first = self.spans[0] if self.spans else None
        return {
            "day": f"{self.day:%Y-%m-%d}",
            "from": self.clock.time(first.begins) if first else "",
            "to": self.clock.time(first.ends) if first else "",
        }

    def plan(self, typed: Typed) -> Plan:
        """:raises WorkdiaryError: what was typed names nothing that can be written"""
        span = self._span(typed)
        found = edits.within(self.segments, span.begins, span.ends)
        starts = tuple(segment.start for segment in found)
        return Plan(span.begins, span.ends, starts, tuple(found), typed.get("memo", "").strip())

    async def costs(self, plan: Plan, cache: DiaryCache) -> Sequence[str]:
        raise NotImplementedError

    async def write(self, plan: Plan, hand: Hand) -> str:
        """:raises WorkdiaryError: the server says no; else what was done, in a few words"""
        raise NotImplementedError

    def _span(self, typed: Typed) -> Span:
        """An offered span is taken by its instants: on some nights 02:30 comes twice."""
        day, first, last = _day(typed["day"]), typed["from"].strip(), typed["to"].strip()
        for span in self.spans:
            times = self.clock.time(span.begins), self.clock.time(span.ends)
            if (first, last) == times and day == self.day:
                return span
        if not first or not last:
            raise InvalidError("write from when to when, such as 14:00 to 15:30", "time")
        begins, ends = (edits.moment_on(day, text, self.clock.zone) for text in (first, last))
        if ends <= begins and last in ("00:00", "0:00"):
            ends = edits.moment_on(day + _DAY, last, self.clock.zone)
        return Span("", begins, ends)

    def _spans(self, at: api.Segment) -> list[Span]:
        """The segment itself, its memo bar, and its set; each only if it is more than the last."""
        members = set_around(self.segments, at.start) or (at,)
        spans = [Span("this segment", at.start, at.start + SEGMENT)]
        for name, run in (("memo bar", _memo_bar(members, at)), ("set", members)):
            span = Span(name, run[0].start, run[-1].start + SEGMENT)
            if (span.begins, span.ends) != (spans[-1].begins, spans[-1].ends):
                spans.append(span)
        return spans


class EditMemo(Deed):
    VERB = "Memo"
    FIELDS = ("from", "to", "memo")
    FIRST = "memo"

    def before(self) -> dict[str, str]:
        return {**super().before(), "memo": self.at.memo if self.at else ""}

    async def costs(self, plan: Plan, cache: DiaryCache) -> Sequence[str]:
        return deed_words.memo_costs(plan.segments, await _weeks(cache, self.contract, plan))

    async def write(self, plan: Plan, hand: Hand) -> str:
        await edits.edit_memo(hand.pen, self.contract.id, plan.starts, plan.memo)
        return deed_words.memo_done(len(plan.starts), plan.memo)


class AddManual(Deed):
    VERB = "Manual time"
    FIELDS = ("day", "from", "to", "memo", "reason")
    FIRST = "from"

    def before(self) -> dict[str, str]:
        return {"day": f"{self.day:%Y-%m-%d}", "from": "", "to": "", "memo": "", "reason": ""}

    def plan(self, typed: Typed) -> Plan:
        span = self._span(typed)
        starts = edits.slots_between(span.begins, span.ends, self.clock.zone)
        memo, reason = typed["memo"].strip(), typed["reason"].strip()
        return Plan(span.begins, span.ends, tuple(starts), (), memo, reason)

    async def costs(self, plan: Plan, cache: DiaryCache) -> Sequence[str]:
        weeks = await _weeks(cache, self.contract, plan)
        return deed_words.manual_costs(plan.starts, weeks)

    async def write(self, plan: Plan, hand: Hand) -> str:
        words = plan.memo, plan.reason
        zone = self.clock.zone
        added = await edits.add_manual(
            hand.pen, self.contract.id, plan.begins, plan.ends, *words, zone
        )
        return deed_words.manual_done(added)

    def _spans(self, at: api.Segment) -> list[Span]:
        """Manual time stands where nothing stands yet: there is nothing to offer."""
        return []


class Delete(Deed):
    VERB = "Delete"
    FIRST = "confirm"

    async def costs(self, plan: Plan, cache: DiaryCache) -> Sequence[str]:
        weeks = await _weeks(cache, self.contract, plan)
        losses = [
            (week, await edits.loss_of(cache, self.contract, _of_week(plan.segments, week)))
            for week in weeks
        ]
        return deed_words.delete_costs(losses)

    async def write(self, plan: Plan, hand: Hand) -> str:
        await forgetting.delete(hand.pen, hand.folder, self.contract.id, plan.starts)
        return deed_words.delete_done(len(plan.starts))


def _memo_bar(members: Sequence[api.Segment], at: api.Segment) -> Sequence[api.Segment]:
    """The neighbours in a set that have the same memo."""
    first = last = next(i for i, one in enumerate(members) if one.start == at.start)
    while first > 0 and members[first - 1].memo == at.memo:
        first -= 1
    while last + 1 < len(members) and members[last + 1].memo == at.memo:
        last += 1
    return members[first : last + 1]


async def _weeks(cache: DiaryCache, contract: api.Contract, plan: Plan) -> list[api.Week]:
    """The weeks that a plan touches: two, over Monday 00:00 UTC."""
    mondays = sorted({week_start(start).date() for start in plan.starts})
    return [await cache.week(contract.id, monday) for monday in mondays]


def _of_week(segments: Sequence[api.Segment], week: api.Week) -> list[api.Segment]:
    return [one for one in segments if week_start(one.start) == week.start]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidError(f"{text!r} is no day such as 2026-11-06", "time") from None
