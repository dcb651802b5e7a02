"""A month at a glance: the sums of its days, out of the same verdicts as the days themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import apsw
from workdiary import api
from workdiary.billing import WEEK, BillingStatus, Verdict, week_start
from workdiary.days import day_bounds, local_day, zone_named
from workdiary.segments import SEGMENT

from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.contracts import held
from workdiary_server.diary.service import Diary, permit
from workdiary_server.diary.verdicts import judge_week, minutes_of


async def calendar(
    diary: Diary, actor: Actor, contract: str, month: date, zone: str
) -> api.Calendar:
    """The days of the month that begins with ``month``, by the dates of ``zone``."""
    tz = zone_named(zone)
    following = (month + timedelta(days=31)).replace(day=1)
    begins = day_bounds(month, tz)[0]
    last = day_bounds(following, tz)[0] - SEGMENT

    def read(db: apsw.Connection) -> api.Calendar:
        this = held(db, diary.keyring, permit(db, actor, Action.READ_CONTRACT, contract))
        verdicts: list[Verdict] = []
        errors: set[str] = set()
        week = week_start(begins)
        while week <= last:
            judged = judge_week(db, diary, this, week)
            verdicts += judged.within(begins, last + SEGMENT)
            errors |= {judged.error} - {""}
            week += WEEK
        return api.Calendar(
            contract=this.id,
            month=f"{month:%Y-%m}",
            zone=zone,
            days=_days(month, (following - month).days, verdicts, tz),
            policy_error="; ".join(sorted(errors)),
        )

    return await diary.db.judge(read)


def _days(
    first: date, length: int, verdicts: Iterable[Verdict], tz: ZoneInfo
) -> tuple[api.CalendarDay, ...]:
    found: dict[date, list[Verdict]] = {first + timedelta(days=n): [] for n in range(length)}
    for verdict in verdicts:
        found[local_day(verdict.start, tz)].append(verdict)
    return tuple(_day(day, of_day) for day, of_day in found.items())


def _day(day: date, verdicts: Iterable[Verdict]) -> api.CalendarDay:
    tracked, billable, by_status = minutes_of(verdicts)
    over = by_status.get(BillingStatus.OVER_LIMIT, 0)
    return api.CalendarDay(date=day, tracked=tracked, billable=billable, over=over)
