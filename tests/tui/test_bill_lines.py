"""What a line says of marks, deletions, weeks, money and terms, without a terminal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from diaries import (
    CONTRACT,
    NOW,
    PaperDiary,
    a_contract,
    a_full_day,
    a_segment,
    a_tombstone,
    at,
    some_terms,
)
from rich.cells import cell_len
from workdiary import api
from workdiary.changed_terms import change_words, holds_from
from workdiary_tui import contract_lines, day_header, diary_lines, look, marks, ribbon, week_sheet
from workdiary_tui.diary_rows import GapRow, SegmentRow, SetRow, TombstoneRow, rows_of
from workdiary_tui.minute_lines import minute_table
from workdiary_tui.pieces import Pieces
from workdiary_tui.screens.terms import terms_rows
from workdiary_tui.terms_words import newest_change
from workdiary_tui.widgets.why_strip import PAGE, why_lines, why_text
from workdiary_tui.words import wrapped
from workdiary_tui.zones import Clock, Whose

UTC_CLOCK = Clock(Whose.UTC, ZoneInfo("UTC"))
MONDAY = date(2026, 11, 2)
HOSTILE = "\x1b]52;c;aGk=\x07\x9b2J\u202e\u200dx"


def text(pieces: Pieces) -> str:
    return "".join(piece for piece, _ in pieces)


def all_text(lines: list[Pieces]) -> str:
    return "\n".join(text(line) for line in lines)


def a_row(segment: api.Segment, width: int = 78) -> str:
    row = SegmentRow(segment, 1, 1, 1)
    return text(diary_lines.row_line(row, UTC_CLOCK, look.UNICODE, width))


def contested(reason: str = "not ours") -> api.Contest:
    return api.Contest(by="Alice", at=at(9, 12, day=10), reason=reason)


async def a_week(paper: PaperDiary | None = None, **changes: object) -> api.Week:
    if paper is None:
        paper = PaperDiary()
        a_full_day(paper)
    return msgspec.structs.replace(await paper.week(CONTRACT, MONDAY), **changes)


def test_a_contested_segment_has_a_sign_and_a_word_and_tells_who_when_and_why() -> None:
    segment = a_segment(at(9), contested=contested())
    assert "!contested Fix invoice" in a_row(segment)
    told = all_text(marks.mark_lines(segment, 78))
    assert told == " ! contested by Alice, Tue 10 Nov 09:12 UTC: not ours"


def test_edited_memos_and_late_minutes_are_marked_and_told() -> None:
    segment = a_segment(at(9), edited=at(8, day=7), late=0b110, accepted=True)
    assert "+late ~Fix invoice" in a_row(segment)
    told = all_text(marks.mark_lines(segment, 78))
    assert "+ 2 minutes arrived after the lock: accepted" in told
    assert "~ memo edited Sat 07 Nov 08:00 UTC" in told
    table = [text(line) for line in minute_table(segment, UTC_CLOCK, look.UNICODE, 80)]
    assert [line.endswith("+") for line in table[1:4]] == [False, True, True]
    assert any("2 minutes arrived after the lock: accepted" in line for line in table)
    one = marks.late_words(a_segment(at(9), late=1))
    assert one == "1 minute arrived after the lock: not decided yet"


def test_a_late_segment_is_told_by_its_status_alone() -> None:
    assert "+late" not in a_row(a_segment(at(9), status="late", late=0b1111111111))


def test_manual_time_shows_the_freelancers_reason_where_there_is_room() -> None:
    segment = a_segment(at(9), kind="manual", status="manual", why_manual="on the train to you")
    assert "by hand: on the train to you" in a_row(segment)
    assert "manual time  " in a_row(segment, 60)
    assert a_row(segment).index("Fix") == a_row(a_segment(at(9))).index("Fix")
    assert "by hand: on the train" in all_text(marks.mark_lines(segment, 78))
    assert "on the train" in all_text(minute_table(segment, UTC_CLOCK, look.UNICODE, 80))


def test_what_others_wrote_brings_nothing_to_the_terminal() -> None:
    segment = a_segment(
        at(9), kind="manual", status=HOSTILE, why_manual=HOSTILE, contested=contested(HOSTILE)
    )
    terms = (some_terms(at(0, day=1)), some_terms(NOW, by=HOSTILE, zone=HOSTILE, changed=("zone",)))
    tombstone = TombstoneRow(a_tombstone(at(9), by=HOSTILE))
    lines = [
        a_row(segment),
        all_text(marks.mark_lines(segment, 78)),
        text(diary_lines.row_line(tombstone, UTC_CLOCK, look.UNICODE, 78)),
        newest_change(terms, NOW, "->"),
        day_header.policy_failed(HOSTILE),
        "".join(row.text for row in terms_rows(terms, "->")),
    ]
    for line in lines:
        assert not set(line) & set("\x1b\x07\x9b\u202e\u200d"), line


async def test_what_was_deleted_stays_as_a_row_and_is_no_gap() -> None:
    paper = PaperDiary()
    paper.write(a_segment(at(9)), a_segment(at(9, 20)), a_segment(at(11)))
    paper.deleted[CONTRACT] = [
        a_tombstone(at(9, 10)),
        a_tombstone(at(11), index=78),
        a_tombstone(at(12), index=79, kind="manual", minutes=10),
    ]
    rows = rows_of(await paper.day(CONTRACT, date(2026, 11, 6)))
    kinds = [type(row) for row in rows]
    assert kinds == [
        SetRow, SegmentRow, TombstoneRow, SetRow, SegmentRow, GapRow,
        SetRow, SegmentRow, TombstoneRow, GapRow, TombstoneRow,
    ]  # fmt: skip
    assert [row.minutes for row in rows if isinstance(row, GapRow)] == [90, 50]
    line = text(diary_lines.row_line(rows[2], UTC_CLOCK, look.UNICODE, 78))
    assert line == "09:10   DELETED  deleted by Jane D., 6 min, Fri 06 Nov 10:31 UTC"
    last = text(diary_lines.row_line(rows[-1], UTC_CLOCK, look.UNICODE, 78))
    assert "10 min by hand" in last


async def test_a_day_on_which_all_was_deleted_is_not_an_empty_one() -> None:
    paper = PaperDiary()
    paper.deleted[CONTRACT] = [a_tombstone(at(9)), a_tombstone(at(9, 10))]
    rows = rows_of(await paper.day(CONTRACT, date(2026, 11, 6)))
    assert [type(row) for row in rows] == [TombstoneRow, TombstoneRow]


async def test_late_time_over_the_limit_draws_no_line_above_what_is_billed() -> None:
    paper = PaperDiary()
    paper.write(
        a_segment(at(9), status="over_limit", late=1023, accepted=True), a_segment(at(9, 10))
    )
    rows = rows_of(await paper.day(CONTRACT, date(2026, 11, 6)))
    assert [type(row) for row in rows] == [SetRow, SegmentRow, SegmentRow]


@pytest.mark.parametrize("width", [80, 140])
async def test_the_day_tells_the_weeks_state_what_waits_and_its_money(width: int) -> None:
    week = await a_week(pending=20, contested=2)
    line = text(day_header.state_line(week, width))
    assert "open, locks Mon 09 Nov 12:00 UTC" in line
    assert "0h20 late" in line
    assert "! 2 contested" in line
    assert line.endswith("week 1,530.00 USD ")
    assert cell_len(line) == width


async def test_locked_and_closed_weeks_say_since_when() -> None:
    locked = await a_week(state="locked")
    assert day_header.week_state(locked) == "locked Mon 09 Nov 12:00 UTC"
    closed = await a_week(state="closed", closed=at(10, 5, day=9))
    assert day_header.week_state(closed) == "closed Mon 09 Nov 10:05 UTC"


def test_a_policy_that_failed_shows_in_the_contracts_and_never_as_zero() -> None:
    nothing = api.Minutes(tracked=0, billable=0, by_status={})
    broken = a_contract(today=nothing, week=nothing, week_error="policy failed: x: no verdict")
    for width in (58, 78, 118):
        pieces = contract_lines.contract_line(broken, UTC_CLOCK, NOW, look.UNICODE, width)
        line = text(pieces)
        assert "--     -- " in line
        assert "0h00" not in line
        assert "NO BILL" in line or "POLICY FAILED" in line
    summed = text(contract_lines.sum_line([broken, a_contract()], 80))
    assert " 1 not billed  the others 41h00 tracked" in summed


async def test_notes_tell_failures_late_time_and_new_terms() -> None:
    week = await a_week(policy_error="policy failed: x: it loops", pending=20)
    news = "limit 40h → 50h by Grace, from Mon 02 Nov"
    notes = contract_lines.notes(a_contract(), [week], news)
    lines = all_text(contract_lines.note_lines(notes, 80))
    assert "acme/website: policy failed; nothing is billed: x: it loops" in lines
    assert "acme/website: 0h20 late in week 45, not decided" in lines
    assert "acme/website: limit 40h → 50h by Grace, from Mon 02 Nov" in lines


def test_more_notes_than_fit_are_counted_and_failures_stand_first() -> None:
    told = [("late", look.UNPAID)] * 8 + [("policy failed", look.OVER)]
    lines = [text(line).strip() for line in contract_lines.note_lines(told, 80)]
    assert lines == ["policy failed", *["late"] * 4, "and 4 more"]
    assert len(contract_lines.note_lines(told[:6], 80)) == 6


def test_paused_and_ended_contracts_say_so() -> None:
    some = api.Minutes(tracked=60, billable=60, by_status={"auto": 60})

    def line(contract: api.Contract) -> str:
        return text(contract_lines.contract_line(contract, UTC_CLOCK, NOW, look.UNICODE, 118))

    assert " PAUSED " in line(a_contract(week=some, paused=True))
    assert " ENDED 05 Nov " in line(a_contract(week=some, ended=at(9, day=5)))
    assert "ENDED" not in line(a_contract(week=some, ended=at(9, day=20)))


async def test_the_sheet_has_the_servers_integers_day_by_day() -> None:
    paper = PaperDiary()
    a_full_day(paper)
    week = await a_week(paper)
    lines = [text(line) for line in week_sheet.sheet(week, date(2026, 11, 6), 80)]
    assert lines[0].split() == ["Mon", "Tue", "Wed", "Thu", ">Fri", "Sat", "Sun", "total"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert rows["auto"] == ["6h40", "6h40", "6h40", "6h40", "7h10", "0h00", "0h00", "33h50"]
    assert rows["manual"][4:] == ["0h10", "0h00", "0h00", "0h10"]
    assert rows["over"][4:] == ["0h40", "0h00", "0h00", "0h40"]
    assert rows["partial"][4:] == ["0h10", "0h00", "0h00", "0h10"]
    assert rows["total"] == ["6h40", "6h40", "6h40", "6h40", "8h10", "0h00", "0h00", "34h50"]
    assert rows["USD"][0] == "300.00"
    assert rows["USD"][-1] == "1,530.00"
    for width in (50, 60, 80, 140):
        assert all(cell_len(text(x)) <= width for x in week_sheet.sheet(week, MONDAY, width))


async def test_the_limit_is_a_bar_and_money_has_one_line_a_rate() -> None:
    week = await a_week()
    assert text(week_sheet.limit_lines(week, look.ASCII, 80)[0]).endswith("34h00 + 0h40 over")
    under = msgspec.structs.replace(
        week, totals=api.Minutes(tracked=1200, billable=1200, by_status={"auto": 1200})
    )
    bar = text(week_sheet.limit_lines(under, look.ASCII, 80)[0])
    assert bar.endswith("20h00 of 40h")
    assert bar.count("#") == bar.count(".") == 21
    unlimited = msgspec.structs.replace(week, limit=None)
    assert "no weekly limit" in all_text(week_sheet.limit_lines(unlimited, look.ASCII, 80))
    one = all_text(week_sheet.money_lines(under, 80))
    assert one == " billable 34h00 x 45.00 USD = 1,530.00 USD"
    two = msgspec.structs.replace(
        week,
        amount=95000,
        lines=(
            api.BillLine(rate=4500, minutes=600, amount=45000),
            api.BillLine(rate=5000, minutes=600, amount=50000),
        ),
    )
    assert [text(line).strip() for line in week_sheet.money_lines(two, 140)] == [
        "billable 10h00 x 45.00 USD = 450.00 USD",
        "billable 10h00 x 50.00 USD = 500.00 USD",
        "this week 950.00 USD   not billable 0h50   manual 0.5 %",
    ]
    none = msgspec.structs.replace(under, lines=(), amount=0)
    assert "this week 0.00 USD" in all_text(week_sheet.money_lines(none, 80))


async def test_a_week_that_could_not_be_judged_shows_no_number() -> None:
    week = await a_week(policy_error="policy failed: caps: it loops", amount=0)
    lines = [
        *week_sheet.sheet(week, MONDAY, 80),
        *week_sheet.limit_lines(week, look.ASCII, 80),
        *week_sheet.money_lines(week, 80),
    ]
    assert "policy failed; nothing is billed: caps: it loops" in all_text(lines)
    assert "0h00" not in all_text(lines)
    assert "USD" not in all_text(lines)


def test_shares_are_rounded_half_up_without_fractions() -> None:
    assert week_sheet.share(160, 2530) == "6.3 %"
    assert week_sheet.share(1, 2000) == "0.1 %"
    assert week_sheet.share(0, 0) == "0.0 %"


@pytest.mark.parametrize(("width", "cells", "minutes"), [(80, 2, 30), (140, 3, 20), (160, 6, 10)])
async def test_the_ribbon_has_a_letter_for_each_stretch(
    width: int, cells: int, minutes: int
) -> None:
    assert ribbon.letters_an_hour(width) == cells
    paper = PaperDiary()
    a_full_day(paper)
    days = ribbon.week_days(datetime(2026, 11, 2, tzinfo=UTC))
    known = {days[4]: await paper.day(CONTRACT, days[4])}
    lines = [text(line) for line in ribbon.ribbon(days, known, days[4], width)]
    assert len(lines) == 8
    assert lines[5].startswith(">Fri 06  ")
    hours = lines[5][9:].ljust(24 * cells)
    assert hours[9 * cells : 10 * cells] == "A" * cells
    assert hours[18 * cells] == "O"
    assert not hours[: 9 * cells].strip()
    assert "..." in lines[1]
    assert f"a letter is {minutes} min" in text(ribbon.legend(known, cells))
    assert all(cell_len(line) <= width for line in lines)


def test_a_policys_own_status_has_a_letter_and_its_name() -> None:
    assert ribbon.letter("waiting") == "w"
    assert day_header.in_order(["zeta", "over_limit", "auto"]) == ["auto", "over_limit", "zeta"]


def raised_limit() -> tuple[api.Terms, api.Terms]:
    return (
        some_terms(at(0, day=1)),
        some_terms(at(9, 30, day=4), index=7, weekly_limit=3000, changed=("weekly_limit",)),
    )


def test_a_change_of_terms_is_told_for_a_week_with_who_and_from_when() -> None:
    history = raised_limit()
    told = newest_change(history, NOW, "→")
    assert told == "limit 40h → 50h by Grace, from Mon 02 Nov"
    assert newest_change(history, NOW + timedelta(days=6), "→") == ""
    assert newest_change(history[:1], NOW, "→") == ""


def test_a_lowered_limit_holds_from_monday_and_other_terms_from_their_time() -> None:
    first = some_terms(at(0, day=1))
    lowered = some_terms(at(9, 30, day=4), weekly_limit=1200, changed=("weekly_limit",))
    assert holds_from(first, lowered) == at(0, day=9)
    on_monday = msgspec.structs.replace(lowered, since=at(0, day=9))
    assert holds_from(first, on_monday) == at(0, day=9)
    rate = some_terms(at(9, 30, day=4), rate=5000, changed=("rate",))
    assert holds_from(first, rate) == at(9, 30, day=4)
    assert change_words(first, rate, "->") == ["rate 45.00 -> 50.00 USD"]


def test_the_history_of_terms_is_whole_and_the_newest_stands_first() -> None:
    first, second = raised_limit()
    third = msgspec.structs.replace(
        second, since=at(12), index=9, paused=True, manual=False,
        changed=("manual", "paused", "clients"),
    )  # fmt: skip
    last = msgspec.structs.replace(third, since=at(13), index=10, ended=True, changed=("ended",))
    rows = [row.text.strip() for row in terms_rows((first, second, third, last), "→")]
    assert rows[0].startswith("from Fri 06 Nov 2026 13:00 UTC, by Grace (entry 10")
    assert rows[1] == "contract ended"
    assert "manual time allowed → not allowed" in rows
    assert "contract paused" in rows
    assert "clients changed" in rows
    assert "limit 40h → 50h" in rows
    assert "the contract was opened" in rows
    assert len({row.place for row in terms_rows((first, second), "→")}) == 12


async def test_why_pages_through_a_long_text_and_says_with_which_key() -> None:
    paper = PaperDiary()
    segment = a_segment(at(9), kind="manual", why_manual="train", contested=contested("x " * 400))
    paper.write(segment)
    words = why_text(segment, await paper.explanation(CONTRACT, at(9)))
    assert words.startswith("Fri 06 Nov 09:00 UTC counts ten minutes")
    assert "Added by hand: train." in words
    first = why_lines("Why 09:00 is AUTO", words, 0, 80)
    assert text(first[0]).endswith("a more (1/3) ")
    assert len(first) == PAGE + 1
    assert text(why_lines("Why 09:00 is AUTO", words, 9, 80)[0]).endswith("a closes ")


def test_text_is_wrapped_by_cells_and_cut_with_a_sign() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrapped("one two three four", 7, 2) == ["one two", "thre..."]
    assert all(cell_len(line) <= 5 for line in wrapped("修复发票四舍五入", 5))
    assert wrapped("", 5) == []
