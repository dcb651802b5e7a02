"""What the client's commands read, sign and say, without a server."""

from __future__ import annotations

from datetime import date, datetime

import click
import msgspec
import pytest
from diaries import CONTRACT, NOW, at, some_terms
from workdiary import api
from workdiary.bodies import ChangeBody
from workdiary.errors import NotFoundError
from workdiary_tui.client_commands.adjustment import decision, described
from workdiary_tui.client_commands.contest import span_of
from workdiary_tui.client_commands.terms import LimitType, changes_nothing, outcome

MONDAY = date(2026, 11, 2)


def raised_limit() -> tuple[api.Terms, api.Terms]:
    return (
        some_terms(at(0, day=1)),
        some_terms(at(9, 30, day=4), index=7, weekly_limit=3000, changed=("weekly_limit",)),
    )


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("40h", 2400), ("37h30m", 2250), ("37h30", 2250), ("90m", 90), ("0", 0), ("none", None)],
)
def test_a_limit_is_read_as_people_write_it(written: str, minutes: int | None) -> None:
    assert LimitType().convert(written, None, None) == minutes


@pytest.mark.parametrize("written", ["40", "", "h", "forty", "-3h", "1.5h", "40h 30m"])
def test_what_is_no_limit_is_told_how_to_write_one(written: str) -> None:
    with pytest.raises(click.BadParameter, match="write 40h, 37h30m, 0 or none"):
        LimitType().convert(written, None, None)


def test_the_outcome_of_a_change_says_from_when_it_holds() -> None:
    first, raised = raised_limit()
    assert (
        outcome((first, raised), 7) == "limit 40h -> 50h; raised: holds for the whole of this week"
    )
    lowered = msgspec.structs.replace(raised, weekly_limit=1200)
    assert outcome((first, lowered), 7) == ("limit 40h -> 20h; lowered: from Mon 09 Nov 00:00 UTC")
    paused = some_terms(at(9), index=8, paused=True, changed=("paused",))
    assert outcome((first, paused), 8) == "contract paused, from Fri 06 Nov 09:00 UTC"
    assert changes_nothing((first,), ChangeBody(since=0, weekly_limit=2400))
    assert not changes_nothing((first,), ChangeBody(since=0, paused=True))


def test_what_is_contested_is_a_slot_or_a_span_of_one_week_at_most() -> None:
    assert span_of("2026-11-05T10:04", None, NOW) == (at(10, 0, day=5), at(10, 10, day=5))
    assert span_of("2026-11-05T10:00", "11:30", NOW) == (at(10, day=5), at(11, 30, day=5))
    for last in ("09:00", "2026-11-20T10:00"):
        with pytest.raises(click.BadParameter, match="not within a week"):
            span_of("2026-11-05T10:00", last, NOW)


def a_supplement(*pending: api.LateSegment) -> api.Supplement:
    return api.Supplement(
        contract=CONTRACT, week=MONDAY, currency="USD", pending=pending, offered=1500,
        adjustments=(), amount=0, total=153000, contested=(), contest_until=at(0, day=14),
    )  # fmt: skip


def a_late_one(start: datetime) -> api.LateSegment:
    return api.LateSegment(
        start=start, received=at(9, day=12), status="auto", minutes=10, billable=10, reason="fits"
    )


def test_a_decision_signs_what_the_server_offered_and_a_part_can_only_be_declined() -> None:
    found = a_supplement(a_late_one(at(9)), a_late_one(at(10)))
    body = decision(found, (), "fine", True)
    assert body.amount == 1500
    assert body.week == int(at(0, day=2).timestamp())
    assert [row[1:] for row in body.verdicts] == [("auto", 10, 10)] * 2
    declined = decision(found, [at(10)], "", False)
    assert declined.amount == 0
    assert [start for start, *_ in declined.verdicts] == [int(at(10).timestamp())]
    with pytest.raises(NotFoundError, match="nothing late waits at Fri 06 Nov 11:00 UTC"):
        decision(found, [at(11)], "", False)
    with pytest.raises(NotFoundError, match="no late time waits"):
        decision(a_supplement(), (), "", True)


def test_a_supplement_is_told_in_lines() -> None:
    lines = "\n".join(described(a_supplement(a_late_one(at(9)))))
    assert "Fri 06 Nov 09:00  arrived Thu 12 Nov 09:00  auto, 10 of 10 min billed: fits" in lines
    assert "accepting all of it adds 15.00 USD" in lines
    assert described(a_supplement())[1] == "no late time waits for a decision"
