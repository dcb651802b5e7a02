"""The diary in plain lines: every line stands by itself, and none commands a terminal."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import msgspec
import pytest
from diaries import (
    FREELANCER,
    PaperDiary,
    a_contract,
    a_segment,
    a_tombstone,
    at,
    some_terms,
)
from workdiary import api
from workdiary.commands.pages import json_text
from workdiary.plain import contracts, days, page, segments, weeks
from workdiary.text import is_unsafe

HOSTILE = "\x1b]52;c;aGk=\x07\nforged 10h00\x9b2J\u202e\u2028[b]"
UTC, MANILA = ZoneInfo("UTC"), ZoneInfo("Asia/Manila")


async def a_day(paper: PaperDiary, zone: str = "UTC") -> list[str]:
    contract = paper.found[0]
    day = await paper.day(contract.id, at(9).date(), zone)
    return [*days.day_lines(contract, day, ZoneInfo(zone))]


async def test_a_day_says_its_totals_its_week_and_each_segment() -> None:
    paper = PaperDiary()
    paper.write(
        a_segment(at(9), pictures=paper.paint(at(9))),
        a_segment(at(9, 10), status="partial", billable=0, tracked=0b111, no_picture="locked"),
        a_segment(
            at(11), kind="manual", status="manual", why_manual="a call", memo="", sessions=()
        ),
    )
    paper.delete(a_tombstone(at(9, 10), minutes=1))
    paper.write(a_segment(at(9, 20), status="partial", billable=0, tracked=0b111))
    assert await a_day(paper) == [
        "acme/website, Jane D.",
        "day Fri 06 Nov 2026, times in UTC",
        "tracked 0h30, billable 0h20, 0.00 USD",
        "auto 0h10",
        "manual 0h10",
        "partial 0h10",
        "week 2026-W45: tracked 0h30, billable 0h20, limit 40h, 15.00 USD, "
        "open, locks Mon 09 Nov 2026 12:00 UTC",
        "set 1, 09:00 to 09:10, 1 segment, 0h10",
        "09:00 auto, 8 of 10 minutes active, 812 keys, 75 clicks, 193 scrolls, 1 picture, "
        "Fix invoice rounding",
        "09:10 deleted by Jane D., 1 minute, Fri 06 Nov 2026 10:31 UTC",
        "set 2, 09:20 to 09:30, 1 segment, 0h10, 0h10 after the one before",
        "09:20 partial, 8 of 10 minutes active, 3 tracked, 812 keys, 75 clicks, 193 scrolls, "
        "no picture, Fix invoice rounding",
        "set 3, 11:00 to 11:10, 1 segment, 0h10, 1h30 after the one before",
        "11:00 manual, added by hand: a call, no memo",
    ]


async def test_a_day_of_another_zone_says_both_times() -> None:
    paper = PaperDiary()
    paper.write(a_segment(at(17, day=5)))
    lines = await a_day(paper, "Asia/Manila")
    assert lines[1] == "day Fri 06 Nov 2026, times in Asia/Manila +08:00"
    assert lines[-1].startswith("01:00 (Thu 05 Nov 17:00 UTC) auto, ")


async def test_a_day_without_time_and_one_that_cannot_be_billed_say_so() -> None:
    paper = PaperDiary()
    assert (await a_day(paper))[-1] == "nothing was recorded"
    paper.week_changes[at(9, day=2).date()] = {"policy_error": "policy failed: it hung"}
    assert (await a_day(paper))[2:] == [
        "policy failed; nothing is billed: it hung",
        "nothing was recorded",
    ]


def test_a_segment_and_its_minutes() -> None:
    contest = api.Contest(by="Grace", at=at(12), reason="a holiday")
    segment = a_segment(
        at(9), pictures=PaperDiary().paint(at(9), monitors=2), contested=contest, late=0b11,
        down=1 << 2, moved=0, tracked=0b0111111111,
    )  # fmt: skip
    lines = [*segments.segment_lines(a_contract(), segment, MANILA)]
    assert lines[1:4] == [
        "segment Fri 06 Nov 2026 17:00 to 17:10 Asia/Manila +08:00, Fri 06 Nov 2026 09:00 UTC",
        "status auto, 10 of 10 minutes billed: within the weekly limit",
        "memo: Fix invoice rounding",
    ]
    assert f"sha256 {segment.pictures[1].digest}" in lines[-3]
    assert lines[-2:] == [
        "2 minutes late, not decided",
        "contested by Grace, Fri 06 Nov 2026 12:00 UTC: a holiday",
    ]
    minutes = [*segments.minute_lines(a_contract(), segment, UTC)]
    assert minutes[2] == "09:00 active, 142 keys, 9 clicks, 21 scrolls, late"
    assert minutes[4] == "09:02 unseen, 0 keys, 0 clicks, 0 scrolls"
    assert minutes[-1] == "sum 812 keys, 75 clicks, 193 scrolls, 8 of 10 minutes active"


async def test_a_week_says_each_day_and_the_bill() -> None:
    paper = PaperDiary()
    paper.write(a_segment(at(9)), a_segment(at(9, day=4), status="over_limit", billable=0))
    contract = paper.found[0]
    week = await paper.week(contract.id, at(9).date())
    late = msgspec.structs.replace(week, pending=20, contested=1, deleted=6)
    lines = [*weeks.week_lines(contract, late)]
    assert lines[1:] == [
        "week 2026-W45, Mon 02 Nov 2026 to Sun 08 Nov 2026, UTC",
        "open, locks Mon 09 Nov 2026 12:00 UTC",
        "limit 40h",
        "tracked 0h20, billable 0h10, 7.50 USD",
        "auto 0h10",
        "over_limit 0h10",
        "billable 0h10 x 45.00 USD = 7.50 USD",
        "late, not decided 0h20",
        "contested 1 segment",
        "deleted 0h06",
        "Mon 02 Nov: nothing",
        "Tue 03 Nov: nothing",
        "Wed 04 Nov: tracked 0h10, over_limit 0h10, 0.00 USD",
        "Thu 05 Nov: nothing",
        "Fri 06 Nov: tracked 0h10, auto 0h10, 7.50 USD",
        "Sat 07 Nov: nothing",
        "Sun 08 Nov: nothing",
    ]


def test_contracts_and_their_months() -> None:
    paused = a_contract(paused=True, weekly_limit=None, last_segment=None)
    over = a_contract(week_error="policy failed: it hung", ended=at(0, day=9))
    assert [*contracts.contract_lines([paused, over])] == [
        "acme/website, Jane D.: today 10h00 tracked and 9h00 billable, "
        "this week 41h00 tracked and 40h00 billable, no limit, paused, no time yet",
        "acme/website, Jane D.: policy failed; nothing is billed: it hung, limit 40h, "
        "ends Mon 09 Nov 2026 00:00 UTC, last segment Fri 06 Nov 2026 18:30 UTC",
    ]
    assert [*contracts.contract_lines([])] == ["there is no contract that you may read"]
    month = api.Calendar(
        contract="c" * 32, month="2026-11", zone="UTC",
        days=tuple(api.CalendarDay(date=at(0, day=day).date(), tracked=60 * (day % 2),
                                   billable=50 * (day % 2), over=10 * (day % 2))
                   for day in (1, 2, 3)),
    )  # fmt: skip
    assert [*contracts.calendar_lines(a_contract(), month)][1:] == [
        "month 2026-11, days in UTC",
        "Sun 01 Nov: tracked 1h00, billable 0h50, over limit 0h10",
        "Tue 03 Nov: tracked 1h00, billable 0h50, over limit 0h10",
        "month: tracked 2h00, billable 1h40, over limit 0h20",
    ]


def test_terms_stand_with_the_newest_first() -> None:
    first = some_terms(at(0, day=1))
    then = some_terms(at(9), weekly_limit=3000, index=4, changed=("weekly_limit",))
    assert [*contracts.terms_lines(a_contract(), (first, then))][1:5] == [
        "from Fri 06 Nov 2026 09:00 UTC, by Grace (entry 4 of the log)",
        "limit 40h -> 50h",
        "holds from Mon 02 Nov 00:00 UTC",
        "from Sun 01 Nov 2026 00:00 UTC, by Grace (entry 0 of the log)",
    ]


@pytest.mark.parametrize("zone", [UTC, MANILA])
async def test_foreign_text_stays_in_its_line_and_commands_nothing(zone: ZoneInfo) -> None:
    person = msgspec.structs.replace(FREELANCER, name=HOSTILE)
    contract = a_contract(name=HOSTILE, freelancer=person, week_error="")
    paper = PaperDiary(contract)
    contest = api.Contest(by=HOSTILE, at=at(12), reason=HOSTILE)
    segment = a_segment(at(9), memo=HOSTILE, status=HOSTILE, reason=HOSTILE, no_picture=HOSTILE,
                        why_manual=HOSTILE, contested=contest)  # fmt: skip
    paper.write(segment)
    paper.deleted[contract.id].append(a_tombstone(at(8), by=HOSTILE))
    day = await paper.day(contract.id, at(9).date(), zone.key)
    pages = [
        days.day_lines(contract, day, zone),
        weeks.week_lines(contract, day.week),
        segments.segment_lines(contract, segment, zone),
        segments.minute_lines(contract, segment, zone),
        contracts.contract_lines([contract]),
        contracts.terms_lines(contract, [some_terms(at(9), by=HOSTILE)]),
    ]
    for lines in pages:
        found = [*lines]
        shown = page(found).split("\n")
        assert len(shown) == len(found)
        assert not any(is_unsafe(character) for line in shown for character in line)
    for value in (day, contract):
        text = json_text(value)
        assert not any(is_unsafe(one) for one in text.replace("\n", ""))
        assert json.loads(text) == json.loads(api.to_json(value))
