"""What a freelancer's deed costs and what it did, in words for its form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from workdiary import api, edits
from workdiary.billing import week_start
from workdiary.money import written
from workdiary.segments import MINUTES

from workdiary_tui.day_header import policy_failed, week_state
from workdiary_tui.words import hours, week_name

_STAYS = "Pictures, counts and memo are destroyed; that you deleted it, and when, stays."


def memo_costs(segments: Sequence[api.Segment], weeks: Iterable[api.Week]) -> list[str]:
    minutes = MINUTES * len(segments)
    return [
        f"{counted(len(segments))}, {hours(minutes)}: no minute and no money is lost. "
        "The client sees ~ and when it was edited.",
        *_closed(weeks),
    ]


def manual_costs(starts: Sequence[datetime], weeks: Iterable[api.Week]) -> list[str]:
    lines = [
        f"{hours(MINUTES * len(starts))} by hand: no picture, no counts; your reason is shown."
    ]
    for week in weeks:
        minutes = MINUTES * sum(week_start(start) == week.start for start in starts)
        after = edits.week_with(week, minutes)
        lines += _week(week, after, f"up to {hours(after.most)}")
    return lines


def delete_costs(losses: Sequence[tuple[api.Week, edits.Loss]]) -> list[str]:
    lines = []
    for week, loss in losses:
        words = edits.loss_words(loss, hours, week.policy_error)
        lines.append(f"You lose {words}.")
        after = edits.week_without(week, loss)
        moved = f" to {hours(after.most)}, as the limit decides" if after.most > after.least else ""
        lines += _week(week, after, f"{hours(after.least)}{moved}")
    return [*lines, _STAYS]


def memo_done(segments: int, memo: str) -> str:
    what = "changed" if memo else "cleared"
    return f"memo of {counted(segments)} {what}"


def manual_done(segments: int) -> str:
    return f"{hours(MINUTES * segments)} added by hand"


def delete_done(segments: int) -> str:
    return f"deleted {counted(segments)}, {hours(MINUTES * segments)}"


def week_now(week: api.Week) -> str:
    """What a week came to, once the server has priced it anew."""
    if week.policy_error:
        return policy_failed(week.policy_error)
    totals, money = week.totals, written(week.amount, week.currency)
    billed = f"billed {hours(totals.billable)}, {money}"
    return f"{week_name(week.start)}: {hours(totals.tracked)}, {billed}"


def counted(segments: int) -> str:
    return f"{segments} segment{'' if segments == 1 else 's'}"


def _week(week: api.Week, after: edits.WeekAfter, billed: str) -> list[str]:
    """How tracked and billed change; a week that could not be billed says so instead."""
    if week.policy_error:
        return [policy_failed(week.policy_error)]
    totals = week.totals
    line = (
        f"{week_name(week.start).capitalize()}: {hours(totals.tracked)} tracked becomes "
        f"{hours(after.tracked)}; {hours(totals.billable)} billed becomes {billed}."
    )
    return [line, *_closed([week])]


def _closed(weeks: Iterable[api.Week]) -> list[str]:
    """A week that nobody changes any more says so before anything is typed."""
    return [
        f"{week_name(week.start).capitalize()} is {week_state(week)}: nothing in it can be changed."
        for week in weeks
        if week.state != "open"
    ]
