"""Closed weeks computed again from the log's prefix that they were made of, and compared.

An implementation of its own beside the server's: both must come to the same verdicts. Of what the
bundle cannot say, the entry's word stands: which ten minutes another contract has the claim to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from workdiary.agreement import TERMS_KINDS, Agreed, agree, fold, policy_of_week
from workdiary.billing import (
    WEEK_SECONDS,
    BillingStatus,
    Counted,
    PolicyFactory,
    Verdict,
    bill,
    check_verdicts,
    lock_time,
)
from workdiary.bodies import Body, DeletedBody, ManualBody, WeekBody
from workdiary.bundles.complaints import Complaint
from workdiary.bundles.walk import Told
from workdiary.entries import Entry, EntryKind
from workdiary.errors import InvalidError, WorkdiaryError
from workdiary.segments import (
    FULL_MASK,
    MINUTES,
    QUIET,
    SEGMENT_SECONDS,
    Kind,
    Part,
    epoch,
    from_epoch,
    merge,
)

_NEEDED = frozenset({*TERMS_KINDS, EntryKind.SEGMENT_MANUAL, EntryKind.SEGMENT_DELETED})


@dataclass(slots=True)
class Weeks:
    """What closed weeks are made of, entry by entry; ``policies`` makes a policy by its name."""

    policies: Mapping[str, PolicyFactory]
    _history: tuple[Agreed, ...] = ()
    _slots: dict[int, list[tuple[int, int, Part]]] = field(default_factory=dict)
    _buried: dict[int, list[int]] = field(default_factory=dict)
    _unknown: str = ""

    def take(self, told: Told, body: Body | None, gone: bool) -> None:
        """Take an entry in, with its content where that is known; ``gone``: it was deleted."""
        entry = told.entry
        if entry.kind is EntryKind.SEGMENT_TRACKED and entry.start is not None:
            self._keep(told, entry.start, _part(entry, entry.start))
        elif body is None:
            if entry.kind in _NEEDED and not gone:
                self._unknown = self._unknown or f"the content of entry {told.index} is not here"
        elif isinstance(body, ManualBody):
            for start in body.segments:
                self._keep(told, start, _by_hand(start))
        elif isinstance(body, DeletedBody):
            for start in body.segments:
                self._buried.setdefault(start, []).append(told.index)
        elif entry.kind in TERMS_KINDS:
            any_body: Any = body
            self._history = agree(
                self._history, told.index, told.received, b"", entry.kind, any_body
            )

    def check(self, told: Told, body: WeekBody) -> Iterator[Complaint | str]:
        """Hold a closed week to its computation: complaints, or a note why there is none."""
        name = f"week of {from_epoch(body.week):%Y-%m-%d}"
        factory = self.policies.get(body.policy)
        if self._unknown or factory is None:
            why = self._unknown or f"no installed plugin brings the policy {body.policy}"
            yield f"{name}: not computed again: {why}"
            return
        try:
            found = self._compute(body, factory)
        except WorkdiaryError as error:
            yield Complaint("week", told.place, f"{name}: its policy gives no result: {error}")
            return
        wanted = (body.segments, body.statuses, body.lines, body.amount, body.currency)
        if found != wanted:
            said = (
                f"{name}: the log makes {found[3]} minor units of it, and {body.amount} were signed"
                if found[3] != body.amount
                else f"{name}: the log makes other verdicts on its segments than were signed"
            )
            yield Complaint("week", told.place, said)

    def _compute(self, body: WeekBody, factory: PolicyFactory) -> tuple[object, ...]:
        """:raises WorkdiaryError: the terms name another policy, or it breaks its promise"""
        history = [agreed for agreed in self._history if agreed.index < body.size]
        terms = fold(history)
        judge = policy_of_week(terms, from_epoch(body.week)).body
        if (judge.policy, judge.policy_options) != (body.policy, body.policy_options):
            raise InvalidError(f"the terms name the policy {judge.policy}", "policy")
        billing = [held.billing for held in terms]
        stated = dict(_stated(body))
        counted = [
            _counted(merge(parts), stated.get(start) == BillingStatus.OVERLAP)
            for start, parts in self._timely(body)
        ]
        verdicts = list(factory(judge.policy_options)(billing, counted))
        check_verdicts(verdicts, billing, counted)
        statuses = tuple(sorted({str(verdict.status) for verdict in verdicts}))
        lines = tuple((line.rate, line.minutes, line.amount) for line in bill(billing, verdicts))
        runs = tuple(_runs(verdicts, body.week, statuses))
        amount = sum(line[2] for line in lines)
        return runs, statuses, lines, amount, billing[0].currency

    def _timely(self, body: WeekBody) -> Iterator[tuple[int, list[Part]]]:
        """Each slot's parts of the log's prefix that came before the lock and were not deleted."""
        lock = epoch(lock_time(from_epoch(body.week)))
        for start in sorted(self._slots):
            if not body.week <= start < body.week + WEEK_SECONDS:
                continue
            graves = [index for index in self._buried.get(start, ()) if index < body.size]
            parts = [
                part
                for index, received, part in self._slots[start]
                if index < body.size and received < lock and index > max(graves, default=-1)
            ]
            if parts:
                yield start, parts

    def _keep(self, told: Told, start: int, part: Part) -> None:
        self._slots.setdefault(start, []).append((told.index, told.received, part))


def _counted(segment: Any, elsewhere: bool) -> Counted:
    return Counted(
        start=segment.start,
        kind=segment.kind,
        tracked_minutes=segment.mask.bit_count(),
        sampled=segment.sampled,
        claimed_elsewhere=elsewhere,
    )


def _stated(body: WeekBody) -> Iterator[tuple[int, str]]:
    for first, length, status, _, _ in body.segments:
        for number in range(length):
            yield body.week + SEGMENT_SECONDS * (first + number), body.statuses[status]


def _runs(
    verdicts: Sequence[Verdict], week: int, statuses: Sequence[str]
) -> Iterable[tuple[int, int, int, int, int]]:
    """Neighbouring slots with one verdict as one row, as week.closed has them."""

    def alike(one: tuple[int, Verdict]) -> tuple[int, int, int, int]:
        number, verdict = one
        place = (epoch(verdict.start) - week) // SEGMENT_SECONDS
        status = statuses.index(verdict.status)
        return place - number, status, verdict.minutes, verdict.billable_minutes

    for (offset, *rest), run in groupby(enumerate(verdicts), key=alike):
        together = list(run)
        first = offset + together[0][0]
        yield first, len(together), rest[0], rest[1], rest[2]


def _part(entry: Entry, start: int) -> Part:
    return Part(
        start=from_epoch(start),
        mask=entry.mask,
        minutes=(QUIET,) * MINUTES,
        memo="",
        session="",
        sampled=entry.sampled,
    )


def _by_hand(start: int) -> Part:
    return Part(
        start=from_epoch(start),
        mask=FULL_MASK,
        minutes=(QUIET,) * MINUTES,
        memo="",
        session="",
        sampled=False,
        kind=Kind.MANUAL,
    )
