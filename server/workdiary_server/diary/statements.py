"""The bill in the API's words: weeks, timesheets, supplements, payrolls, and what explains them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import apsw
import msgspec
from workdiary import api
from workdiary.billing import (
    BillingStatus,
    Terms,
    Verdict,
    amounts,
    bill,
    contest_end,
    lock_time,
    terms_at,
    week_end,
)
from workdiary.bodies import AdjustmentBody
from workdiary.entries import EntryKind, read_body
from workdiary.errors import NotFoundError
from workdiary.explaining import explanation_text
from workdiary.segments import epoch, from_epoch

from workdiary_server.diary import log
from workdiary_server.diary.contracts import Held, terms_answer
from workdiary_server.diary.counting import Row
from workdiary_server.diary.people import find_person, parties
from workdiary_server.diary.projection import open_content
from workdiary_server.diary.service import Diary
from workdiary_server.diary.verdicts import Judged, minutes_of, offer

_DAYS = 7
_ADJUSTMENTS = frozenset({EntryKind.ADJUSTMENT_ACCEPTED, EntryKind.ADJUSTMENT_DECLINED})
_DELETED = (
    "SELECT coalesce(sum(minutes), 0) FROM tombstone "
    "WHERE contract = ? AND start >= ? AND start < ?"
)
_CONTESTED = (
    "SELECT count(DISTINCT start) FROM mark "
    "WHERE contract = ? AND start >= ? AND start < ? AND kind = 'segment.contested'"
)
_CONTENT = "SELECT received, sealed FROM segment WHERE contract = ? AND start = ?"


def minutes(verdicts: Iterable[Verdict]) -> api.Minutes:
    tracked, billable, by_status = minutes_of(verdicts)
    return api.Minutes(tracked=tracked, billable=billable, by_status=by_status)


def days(
    terms: Sequence[Terms], week: datetime, verdicts: Sequence[Verdict]
) -> tuple[api.WeekDay, ...]:
    """A week's seven days in UTC; their money adds up to the week's."""
    shares = amounts(terms, verdicts)
    found = []
    for number in range(_DAYS):
        day = (week + timedelta(days=number)).date()
        places = [at for at, verdict in enumerate(verdicts) if verdict.start.date() == day]
        found.append(
            api.WeekDay(
                date=day,
                totals=minutes(verdicts[at] for at in places),
                amount=sum(shares[at] for at in places),
            )
        )
    return tuple(found)


def lines(terms: Sequence[Terms], verdicts: Iterable[Verdict]) -> tuple[api.BillLine, ...]:
    return tuple(
        api.BillLine(rate=line.rate, minutes=line.minutes, amount=line.amount)
        for line in bill(terms, verdicts)
    )


def state_of(judged: Judged) -> str:
    if judged.closed is not None:
        return "closed"
    return "locked" if judged.locked else "open"


def week_answer(db: apsw.Connection, held: Held, judged: Judged) -> api.Week:
    """The week's totals and money: one rounded line a rate, never one a segment."""
    verdicts = list(judged.verdicts.values())
    found = lines(judged.terms, verdicts)
    span = (held.key, epoch(judged.start), epoch(week_end(judged.start)))
    return api.Week(
        contract=held.id,
        start=judged.start,
        limit=held.limit(judged.start),
        totals=minutes(verdicts),
        amount=sum(line.amount for line in found),
        currency=judged.terms[0].currency,
        policy_error=judged.error,
        state=state_of(judged),
        locks=lock_time(judged.start),
        closed=None if judged.closed is None else from_epoch(judged.closed.at),
        days=days(judged.terms, judged.start, verdicts),
        lines=found,
        pending=sum(judged.verdicts[row.begins].minutes for row in judged.pending),
        contested=next(iter(db.execute(_CONTESTED, span)))[0],
        deleted=_deleted(db, held, judged.start),
    )


def _deleted(db: apsw.Connection, held: Held, week: datetime) -> int:
    span = (held.key, epoch(week), epoch(week_end(week)))
    return int(next(iter(db.execute(_DELETED, span)))[0])


def timesheet(
    db: apsw.Connection,
    diary: Diary,
    held: Held,
    judged: Judged,
    verdicts: Sequence[Verdict],
    closed: tuple[datetime, str] | None = None,
) -> api.Timesheet:
    """The week's timesheet from these verdicts; ``closed`` is when and by whom, if it is."""
    week, terms = judged.start, held.judge_of(judged.start)
    freelancer, clients = names_of(db, diary, held)
    totals, found = minutes(verdicts), lines(judged.terms, verdicts)
    tree, _ = log.state(db, held.key)
    return api.Timesheet(
        contract=held.id,
        name=terms.name,
        freelancer=freelancer,
        clients=clients,
        week=week.date(),
        state="closed" if closed else state_of(judged),
        closed=closed[0] if closed else None,
        closed_by=closed[1] if closed else "",
        currency=terms.currency,
        limit=held.limit(week),
        days=days(judged.terms, week, verdicts),
        totals=totals,
        over_limit=totals.by_status.get(BillingStatus.OVER_LIMIT, 0),
        manual=totals.by_status.get(BillingStatus.MANUAL, 0),
        deleted=_deleted(db, held, week),
        lines=found,
        amount=sum(line.amount for line in found),
        terms=_terms_of_week(terms_answer(db, diary.keyring, held), week),
        policy=terms.policy,
        policy_version=diary.plugins.billing_version(terms.policy),
        policy_options=terms.policy_options,
        policy_error="" if closed else judged.error,
        size=tree.size,
        root=tree.root.hex(),
    )


def names_of(db: apsw.Connection, diary: Diary, held: Held) -> tuple[str, tuple[str, ...]]:
    """The freelancer's name, and the clients'."""

    def name(person: bytes) -> str:
        return find_person(db, diary.keyring, person).name

    clients = tuple(name(p) for p, role in parties(db, held.key) if role == "client")
    return name(held.freelancer), clients


def _terms_of_week(terms: Sequence[api.Terms], week: datetime) -> tuple[api.Terms, ...]:
    """Those in force at any moment of the week; the first ones, for a week before them."""
    ends = week_end(week)
    found = [
        one
        for at, one in enumerate(terms)
        if one.since < ends and (at + 1 == len(terms) or terms[at + 1].since > week)
    ]
    return tuple(found or terms[:1])


def supplement(db: apsw.Connection, diary: Diary, held: Held, judged: Judged) -> api.Supplement:
    """What came after the lock.

    :raises InvalidError: code ``policy``; something waits, and without the policy there is no offer
    """
    pending, offered = offer(db, diary, held, judged, judged.pending) if judged.pending else ([], 0)
    frozen = judged.closed.frozen.amount if judged.closed else judged.amount
    return api.Supplement(
        contract=held.id,
        week=judged.start.date(),
        currency=judged.terms[0].currency,
        pending=tuple(_late(db, held, verdict) for verdict in pending),
        offered=offered,
        adjustments=_adjustments(db, diary, held, judged),
        amount=judged.amount - frozen,
        total=judged.amount,
        contested=_contested(db, diary, held, judged),
        contest_until=contest_end(judged.start),
    )


def _late(db: apsw.Connection, held: Held, verdict: Verdict) -> api.LateSegment:
    received, _ = next(iter(db.execute(_CONTENT, (held.key, epoch(verdict.start)))))
    return api.LateSegment(
        start=verdict.start,
        received=from_epoch(received),
        status=verdict.status,
        minutes=verdict.minutes,
        billable=verdict.billable_minutes,
        reason=verdict.reason,
    )


def _adjustments(
    db: apsw.Connection, diary: Diary, held: Held, judged: Judged
) -> tuple[api.Adjustment, ...]:
    span = (epoch(judged.start), epoch(week_end(judged.start)))
    found = []
    for entry in log.marked(db, held.key, *span):
        if entry.kind in _ADJUSTMENTS:
            raw = log.unseal_body(db, diary.keyring, held.key, entry.id, entry.sealed)
            found.append(
                _adjustment(db, diary, held, judged, entry, read_body(raw, AdjustmentBody))
            )
    return tuple(found)


def _adjustment(
    db: apsw.Connection,
    diary: Diary,
    held: Held,
    judged: Judged,
    entry: log.Stored,
    body: AdjustmentBody,
) -> api.Adjustment:
    starts = [from_epoch(row[0]) for row in body.verdicts]
    now = {verdict.start: verdict for verdict in judged.verdicts.values()}
    accepted = entry.kind == EntryKind.ADJUSTMENT_ACCEPTED
    return api.Adjustment(
        accepted=accepted,
        by=find_person(db, diary.keyring, log.person_of(db, entry.device)).name,
        at=from_epoch(entry.received),
        reason=body.reason,
        segments=tuple(_late(db, held, now[start]) for start in starts),
        amount=body.amount,
        index=entry.index,
    )


def _contested(
    db: apsw.Connection, diary: Diary, held: Held, judged: Judged
) -> tuple[api.ContestedSegment, ...]:
    span = (epoch(judged.start), epoch(week_end(judged.start)))
    starts = {
        start
        for entry in log.marked(db, held.key, *span)
        if entry.kind == EntryKind.SEGMENT_CONTESTED
        for start in log.named(db, held.key, entry.index)
        if span[0] <= start < span[1]
    }
    found = []
    for start in sorted(starts):
        _, sealed = next(iter(db.execute(_CONTENT, (held.key, start))))
        mark = open_content(db, diary.keyring, held.key, start, sealed).contest
        if mark is not None:
            by = find_person(db, diary.keyring, mark.person).name
            contest = api.Contest(by=by, at=from_epoch(mark.at), reason=mark.reason)
            found.append(api.ContestedSegment(start=from_epoch(start), contest=contest))
    return tuple(found)


def range_timesheet(
    db: apsw.Connection,
    diary: Diary,
    held: Held,
    judged: Mapping[datetime, Judged],
    first: date,
    last: date,
) -> api.RangeTimesheet:
    """The days from ``first`` to ``last`` out of their weeks."""
    freelancer, clients = names_of(db, diary, held)
    found: list[api.WeekDay] = []
    adjusted = pending = 0
    for week in judged.values():
        verdicts = list(week.verdicts.values())
        waiting = {row.begins for row in week.pending}
        taken = {row.begins for row in week.rows if row.accepted}
        inside = [first <= verdict.start.date() <= last for verdict in verdicts]
        for verdict, share, within in zip(
            verdicts, amounts(week.terms, verdicts), inside, strict=True
        ):
            adjusted += share if within and verdict.start in taken else 0
            pending += verdict.minutes if within and verdict.start in waiting else 0
        found += [d for d in days(week.terms, week.start, verdicts) if first <= d.date <= last]
    errors = sorted({week.error for week in judged.values() if week.error})
    return api.RangeTimesheet(
        contract=held.id,
        name=held.terms[0].body.name,
        freelancer=freelancer,
        clients=clients,
        first=first,
        last=last,
        currency=held.billing[0].currency,
        days=tuple(found),
        totals=_sum(day.totals for day in found),
        amount=sum(day.amount for day in found),
        adjusted=adjusted,
        pending=pending,
        open=any(week.closed is None and week.rows for week in judged.values()),
        policy_error="; ".join(errors),
    )


def _row_at(rows: Sequence[Row], start: datetime) -> Row:
    return next(row for row in rows if row.start == epoch(start))


def _sum(totals: Iterable[api.Minutes]) -> api.Minutes:
    by_status: dict[str, int] = {}
    tracked = billable = 0
    for one in totals:
        tracked, billable = tracked + one.tracked, billable + one.billable
        for status, counted in one.by_status.items():
            by_status[status] = by_status.get(status, 0) + counted
    return api.Minutes(
        tracked=tracked, billable=billable, by_status=dict(sorted(by_status.items()))
    )


def payroll(first: date, last: date, sheets: Sequence[api.RangeTimesheet]) -> api.Payroll:
    sums: dict[str, int] = {}
    for sheet in sheets:
        sums[sheet.currency] = sums.get(sheet.currency, 0) + sheet.amount
    return api.Payroll(
        first=first, last=last, contracts=tuple(sheets), amounts=dict(sorted(sums.items()))
    )


def explanation(held: Held, judged: Judged, start: datetime) -> api.Explanation:
    """:raises NotFoundError: there is no segment at ``start``"""
    verdicts = list(judged.verdicts.values())
    at = next((at for at, verdict in enumerate(verdicts) if verdict.start == start), None)
    if at is None:
        raise NotFoundError(f"nothing was recorded at {start:%Y-%m-%d %H:%M} UTC")
    verdict, terms = verdicts[at], held.judge_of(judged.start)
    found = api.Explanation(
        contract=held.id,
        start=start,
        status=verdict.status,
        minutes=verdict.minutes,
        billable=verdict.billable_minutes,
        amount=amounts(judged.terms, verdicts)[at],
        currency=terms.currency,
        rate=terms_at(judged.terms, start).rate,
        policy=terms.policy,
        rule=verdict.rule,
        reason=verdict.reason,
        limit=held.limit(judged.start),
        billed_before=_billed_before(judged, start),
        frozen=judged.closed is not None and _row_at(judged.rows, start).status is not None,
        text="",
    )
    return msgspec.structs.replace(found, text=explanation_text(found))


def _billed_before(judged: Judged, start: datetime) -> int:
    """Billable minutes that stand before a segment in the order of billing."""
    ordered = sorted(judged.rows, key=lambda row: (row.late, row.start))
    total = 0
    for row in ordered:
        if row.begins == start:
            break
        total += judged.verdicts[row.begins].billable_minutes
    return total
