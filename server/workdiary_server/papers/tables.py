"""The table that every paper has: days by statuses, what of it is billed, and its money."""

from __future__ import annotations

from collections.abc import Sequence

from workdiary import api
from workdiary.money import written

from workdiary_server.papers import words
from workdiary_server.papers.blocks import Column, Table

NOTHING = "-"


def day_table(
    days: Sequence[api.WeekDay], totals: api.Minutes, amount: int, currency: str
) -> Table:
    """One row a day, and the totals as the paper has them: nothing is added up here."""
    statuses = words.statuses_of(days, totals)
    return Table(
        columns=(
            Column("day (UTC)", right=False),
            *(Column(words.status_words(status), status=status) for status in statuses),
            Column("tracked"),
            Column("billed"),
            Column(currency),
        ),
        rows=tuple(
            (words.day(day.date), *_cells(statuses, day.totals, day.amount, currency))
            for day in days
        ),
        total=("total", *_cells(statuses, totals, amount, currency)),
    )


def _cells(
    statuses: Sequence[str], totals: api.Minutes, amount: int, currency: str
) -> tuple[str, ...]:
    counted = (totals.by_status.get(status, 0) for status in statuses)
    minutes = (*counted, totals.tracked, totals.billable)
    shown = tuple(words.clock(value) if value else NOTHING for value in minutes)
    return (*shown, written(amount, currency).rpartition(" ")[0])
