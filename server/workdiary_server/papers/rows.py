"""Papers as CSV (RFC 4180), so that adding up a column gives the paper's own total."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from workdiary import api
from workdiary.money import plain
from workdiary.text import harmless

from workdiary_server.papers import words

COLUMNS = (
    "record",
    "contract",
    "name",
    "freelancer",
    "clients",
    "first",
    "last",
    "state",
    "week",
    "date",
    "status",
    "minutes",
    "billable_minutes",
    "amount",
    "amount_minor",
    "currency",
    "rate",
    "line_minutes",
    "line_amount",
    "deleted_minutes",
    "pending_minutes",
    "adjusted",
    "weekly_limit_minutes",
    "policy",
    "policy_error",
    "log_size",
    "log_root",
)
SUPPLEMENT_COLUMNS = (
    "record",
    "contract",
    "week",
    "start",
    "received",
    "status",
    "minutes",
    "billable_minutes",
    "amount",
    "amount_minor",
    "offered",
    "offered_minor",
    "total",
    "total_minor",
    "currency",
    "by",
    "at",
    "reason",
    "log_index",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Row = Mapping[str, str | int]


def as_csv(paper: api.Timesheet | api.Supplement | api.RangeTimesheet | api.Payroll) -> bytes:
    """The paper as UTF-8 lines that end in CR LF, under one line of column names.

    ``record`` says what a row is, and a number stands in one kind of row only, so that no sum
    counts it twice:

    * ``status``: a day's counted ``minutes`` of one billing status; they add up to what was tracked
    * ``day``: the day's ``billable_minutes`` and its part of the money: ``amount`` as a decimal
      number and ``amount_minor`` in the currency's smallest unit; they add up to the amount due
    * ``line`` (a week's timesheet): ``line_minutes`` at ``rate`` an hour make ``line_amount``;
      these add up to the amount due once more
    * ``summary``, one a contract: minutes deleted and pending, what adjustments added, the limit
      (empty: none), the policy and its error, and the log that this was made from

    In a payroll, add up by ``currency``. A supplement has columns of its own:

    * ``frozen``: the week as it was locked, in ``total``
    * ``pending``: late ``minutes`` and what of them would be billed
    * ``offer``: in ``offered``, what accepting all that is pending would add
    * ``accepted``, ``declined``: an adjustment with who, when and why, and in ``amount`` and
      ``total`` what it added; ``accepted segment``, ``declined segment``: what it was about
    * ``contested``: the client's mark on a segment

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    if isinstance(paper, api.Supplement):
        return _written(SUPPLEMENT_COLUMNS, _supplement_rows(paper))
    if isinstance(paper, api.Payroll):
        return _written(COLUMNS, (row for part in paper.contracts for row in _range_rows(part)))
    rows = _week_rows(paper) if isinstance(paper, api.Timesheet) else _range_rows(paper)
    return _written(COLUMNS, rows)


def _written(columns: tuple[str, ...], rows: Iterable[Row]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _safe(value) for key, value in row.items()})
    return file.getvalue().encode()


def _safe(value: str | int) -> str | int:
    if not isinstance(value, str) or not value.lstrip(" ").startswith(_FORMULA):
        return harmless(value) if isinstance(value, str) else value
    return f"'{harmless(value)}"


def _week_rows(sheet: api.Timesheet) -> Iterator[Row]:
    week = words.week_number(sheet.week)
    common = {
        **_common(sheet),
        "state": sheet.state,
        "first": sheet.week.isoformat(),
        "last": (sheet.week + timedelta(days=6)).isoformat(),
        "week": week,
    }
    yield from _day_rows(common, sheet.days)
    for line in sheet.lines:
        yield {
            **common,
            "record": "line",
            "rate": plain(line.rate, sheet.currency),
            "line_minutes": line.minutes,
            "line_amount": plain(line.amount, sheet.currency),
        }
    yield {
        **common,
        "record": "summary",
        "deleted_minutes": sheet.deleted,
        "weekly_limit_minutes": "" if sheet.limit is None else sheet.limit,
        "policy": f"{sheet.policy} {sheet.policy_version}".rstrip(),
        "policy_error": sheet.policy_error,
        "log_size": sheet.size,
        "log_root": sheet.root,
    }


def _range_rows(paper: api.RangeTimesheet) -> Iterator[Row]:
    common = {
        **_common(paper),
        "state": "open" if paper.open else "closed",
        "first": paper.first.isoformat(),
        "last": paper.last.isoformat(),
    }
    yield from _day_rows(common, paper.days)
    yield {
        **common,
        "record": "summary",
        "pending_minutes": paper.pending,
        "adjusted": plain(paper.adjusted, paper.currency),
        "policy_error": paper.policy_error,
    }


def _common(paper: api.Timesheet | api.RangeTimesheet) -> dict[str, str | int]:
    return {
        "contract": paper.contract,
        "name": paper.name,
        "freelancer": paper.freelancer,
        "clients": "; ".join(paper.clients),
        "currency": paper.currency,
    }


def _day_rows(common: dict[str, str | int], days: Iterable[api.WeekDay]) -> Iterator[Row]:
    for day in days:
        dated = common | {"week": words.week_number(day.date), "date": day.date.isoformat()}
        for status in words.in_order(day.totals.by_status):
            yield {
                **dated,
                "record": "status",
                "status": status,
                "minutes": day.totals.by_status[status],
            }
        yield dated | {
            "record": "day",
            "billable_minutes": day.totals.billable,
            "amount": plain(day.amount, str(common["currency"])),
            "amount_minor": day.amount,
        }


def _supplement_rows(paper: api.Supplement) -> Iterator[Row]:
    common: dict[str, str | int] = {
        "contract": paper.contract,
        "week": words.week_number(paper.week),
        "currency": paper.currency,
    }
    yield common | {"record": "frozen"} | _money("total", paper.total - paper.amount, paper)
    for segment in paper.pending:
        yield {**common, "record": "pending", **_late(segment)}
    yield common | {"record": "offer"} | _money("offered", paper.offered, paper)
    for adjustment in paper.adjustments:
        yield from _adjustment_rows(common, adjustment, paper)
    for found in paper.contested:
        yield {
            **common,
            "record": "contested",
            "start": _moment(found.start),
            "by": found.contest.by,
            "at": _moment(found.contest.at),
            "reason": found.contest.reason,
        }


def _adjustment_rows(
    common: dict[str, str | int], adjustment: api.Adjustment, paper: api.Supplement
) -> Iterator[Row]:
    record = "accepted" if adjustment.accepted else "declined"
    decided: dict[str, str | int] = {
        "record": record,
        "by": adjustment.by,
        "at": _moment(adjustment.at),
        "reason": adjustment.reason,
        "log_index": adjustment.index,
    }
    added = adjustment.amount if adjustment.accepted else 0
    money = _money("amount", added, paper) | _money("total", added, paper)
    yield {**common, **decided, **money}
    for segment in adjustment.segments:
        yield {**common, "record": f"{record} segment", **_late(segment)}


def _money(column: str, amount: int, paper: api.Supplement) -> dict[str, str | int]:
    return {column: plain(amount, paper.currency), f"{column}_minor": amount}


def _late(segment: api.LateSegment) -> dict[str, str | int]:
    return {
        "start": _moment(segment.start),
        "received": _moment(segment.received),
        "status": segment.status,
        "minutes": segment.minutes,
        "billable_minutes": segment.billable,
        "reason": segment.reason,
    }


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()
