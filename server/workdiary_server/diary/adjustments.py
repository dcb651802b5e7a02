"""Adjustments: the client's word on time that came after the lock, at the money that they saw."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
from workdiary.bodies import AdjustmentBody
from workdiary.entries import EntryKind
from workdiary.errors import InvalidError, RefusedError
from workdiary.segments import epoch, from_epoch

from workdiary_server.diary.contracts import Held
from workdiary_server.diary.counting import Row
from workdiary_server.diary.service import Diary
from workdiary_server.diary.verdicts import Judged, judge_week, offer

_ACCEPT = (
    "UPDATE segment SET accepted = 1, status = ?, counted = ?, billable = ? "
    "WHERE contract = ? AND start = ?"
)
_DECLINE = "UPDATE segment SET accepted = 0 WHERE contract = ? AND start = ?"


def check_adjustment(
    db: apsw.Connection, diary: Diary, held: Held, kind: EntryKind, body: AdjustmentBody
) -> None:
    """The listed segments wait for a word, and accepting them does what the client signed.

    :raises RefusedError: code ``decided``, ``segment``, ``window`` or ``adjustment``
    :raises InvalidError: code ``policy``; without the policy there is no offer
    """
    judged = judge_week(db, diary, held, from_epoch(body.week))
    if epoch(judged.start) != body.week:
        raise InvalidError("a week is named by its Monday 00:00 UTC", "body")
    if judged.closed is None:
        raise RefusedError("this week is not closed yet: nothing in it is late", "window")
    chosen = [_pending(judged, start) for start, *_ in body.verdicts]
    if body.currency != judged.terms[0].currency:
        raise RefusedError(f"this contract is paid in {judged.terms[0].currency}", "adjustment")
    if kind is EntryKind.ADJUSTMENT_DECLINED:
        if body.amount:
            raise InvalidError("what is declined adds nothing", "body")
        return
    _check_offer(db, diary, held, judged, chosen, body)


def _check_offer(
    db: apsw.Connection,
    diary: Diary,
    held: Held,
    judged: Judged,
    chosen: Sequence[Row],
    body: AdjustmentBody,
) -> None:
    verdicts, added = offer(db, diary, held, judged, chosen)
    rows = tuple((epoch(v.start), v.status, v.minutes, v.billable_minutes) for v in verdicts)
    if rows != body.verdicts or added != body.amount:
        raise RefusedError(
            f"accepting these segments now adds {added}, not {body.amount} minor units: "
            "look at the supplement again",
            "adjustment",
        )


def _pending(judged: Judged, start: int) -> Row:
    row = next((row for row in judged.rows if row.start == start), None)
    when = f"{from_epoch(start):%Y-%m-%d %H:%M} UTC"
    if row is None:
        raise RefusedError(f"there is no segment at {when} in this week", "segment")
    if row.accepted is not None:
        word = "accepted" if row.accepted else "declined"
        raise RefusedError(f"the segment at {when} is {word} already", "decided")
    if not row.open_to_adjustment:
        raise RefusedError(f"the segment at {when} was not late", "segment")
    return row


def apply_adjustment(
    db: apsw.Connection, contract: bytes, kind: EntryKind, body: AdjustmentBody
) -> None:
    """Write the word into the projection; what is accepted has its verdict for good."""
    if kind is EntryKind.ADJUSTMENT_DECLINED:
        db.executemany(_DECLINE, [(contract, start) for start, *_ in body.verdicts])
        return
    rows = [(*verdict, contract, start) for start, *verdict in body.verdicts]
    db.executemany(_ACCEPT, rows)
