"""What a line of the diary says, without a terminal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from diaries import (
    CONTRACT,
    ME,
    NOW,
    PaperDiary,
    a_contract,
    a_full_day,
    a_picture,
    a_segment,
    at,
)
from rich.cells import cell_len
from textual.strip import Strip
from workdiary import api
from workdiary.changed_terms import limit_hours
from workdiary.plain.segments import minute_word
from workdiary_tui import contract_lines, day_header, diary_lines, look, segment_lines
from workdiary_tui.diary_rows import GapRow, LimitRow, SegmentRow, SetRow, rows_of
from workdiary_tui.minute_lines import full_bar, minute_table
from workdiary_tui.pieces import Pieces, spread, strip_of
from workdiary_tui.sets import set_around, sets_of
from workdiary_tui.widgets.help_strip import help_lines
from workdiary_tui.widgets.key_line import key_line
from workdiary_tui.words import hours, shown
from workdiary_tui.zones import Clock, Whose, clock, described, local_zone_name

UTC_CLOCK = Clock(Whose.UTC, ZoneInfo("UTC"))
MANILA = Clock(Whose.THEIRS, ZoneInfo("Asia/Manila"))


def text(pieces: Pieces) -> str:
    return "".join(piece for piece, _ in pieces)


def a_row(segment: api.Segment, width: int = 78, signs: look.Signs = look.UNICODE) -> str:
    return text(diary_lines.row_line(SegmentRow(segment, 1, 1, 1), UTC_CLOCK, signs, width))


async def a_day(paper: PaperDiary) -> api.Day:
    return await paper.day(CONTRACT, date(2026, 11, 6))


def test_a_segment_is_one_line_with_status_meter_counts_and_memo() -> None:
    line = a_row(a_segment(at(12, 50)))
    assert line == ("12:50   AUTO     ■■■■■■■■□□  8/10  k  812 c  75 s 193  Fix invoice rounding")


def test_every_status_is_told_by_a_word() -> None:
    words = {
        "auto": "AUTO",
        "manual": "MANUAL",
        "over_limit": "OVER",
        "partial": "PARTIAL",
        "not_hourly": "FIXED",
        "overlap": "OVERLAP",
        "late": "LATE",
        "inactive": "INACTIVE",
        "over_daily_cap": "OVER CAP",
        "on_hold": "ON HOLD",
        "waiting_for_the_moon": "WAITING",
        "\x1b[2J": "\ufffd[2J",
    }
    shown_as = {s: a_row(a_segment(at(9), status=s))[8:16].strip() for s in words}
    assert shown_as == words


def test_manual_time_shows_neither_meter_nor_counts() -> None:
    line = a_row(a_segment(at(9), kind="manual", status="manual", memo="Planning"))
    assert "manual time: no picture, no counts" in line
    assert "k " not in line


def test_the_memo_stands_in_the_same_column_on_every_row() -> None:
    segments = [
        a_segment(at(9)),
        a_segment(at(9), kind="manual", status="manual"),
        a_segment(at(9), no_picture="locked"),
        a_segment(at(9), status="partial", tracked=0b11, meter=1, no_picture="not sampled"),
    ]
    for width in (56, 78, 118):
        columns = {a_row(segment, width).index("Fix") for segment in segments}
        assert len(columns) == 1


def test_a_missing_picture_says_why_and_minutes_not_tracked_are_no_quiet_ones() -> None:
    assert " locked " in a_row(a_segment(at(9), no_picture="locked"))
    assert "no picture" in a_row(a_segment(at(9), no_picture="not sampled"))
    assert "■■□····" in a_row(a_segment(at(9), meter=2, tracked=0b111))
    assert "##......" in a_row(a_segment(at(9), meter=2), signs=look.ASCII)


def test_hostile_memos_and_names_bring_nothing_to_the_terminal() -> None:
    hostile = "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m\u202eevil\u2066[@click=app.quit]x[/] 👩\u200d💻"
    segment = a_segment(at(9), memo=hostile, reason=hostile, no_picture=hostile)
    contract = a_contract(name=hostile, freelancer=api.Person(id="1" * 32, name=hostile))
    contract_line = contract_lines.contract_line(contract, UTC_CLOCK, NOW, look.UNICODE, 118)
    lines = [
        a_row(segment),
        text(segment_lines.memo_line(segment, 0, 80)),
        text(segment_lines.counts_line(segment, UTC_CLOCK, look.UNICODE, 80)),
        *segment_lines.without_picture(segment),
        text(contract_line),
        text(day_header.title_line(contract, date(2026, 11, 6), UTC_CLOCK, None, 80)),
        described(MANILA, hostile, NOW),
    ]
    for line in lines:
        assert not set(line) & set("\x1b\x07\x9b\u202e\u2066\u200d"), line


@pytest.mark.parametrize(
    "memo", ["修复发票四舍五入的问题再测试", "x" * 300, "👩\u200d💻 a\ufe0f", "é̂", ""]
)
@pytest.mark.parametrize("width", [58, 78, 118])
def test_a_line_is_exactly_as_wide_as_its_view(memo: str, width: int) -> None:
    row = SegmentRow(a_segment(at(9), memo=memo), 1, 1, 1)
    strip = strip_of(diary_lines.row_line(row, UTC_CLOCK, look.UNICODE, width), width, look.CURSOR)
    assert strip.cell_length == cell_len(strip.text) == width
    assert all(segment.style is not None for segment in strip)


async def test_a_day_has_its_sets_gaps_and_the_moment_the_limit_was_reached() -> None:
    paper = PaperDiary()
    a_full_day(paper)
    rows = rows_of(await a_day(paper))
    sets = [row for row in rows if isinstance(row, SetRow)]
    assert [row.segments for row in sets] == [9, 8, 1, 9, 22]
    assert [row.minutes for row in rows if isinstance(row, GapRow)] == [30, 60]
    limits = [row for row in rows if isinstance(row, LimitRow)]
    assert limits == [LimitRow(2400, at(18))]
    after = rows[rows.index(limits[0]) + 1]
    assert isinstance(after, SegmentRow)
    assert after.segment.start == at(18)
    line = text(diary_lines.row_line(limits[0], UTC_CLOCK, look.UNICODE, 78))
    assert "weekly limit 40h reached at 18:00: time below is not billable" in line


async def test_a_day_that_begins_over_the_limit_says_so_first() -> None:
    paper = PaperDiary()
    paper.write(a_segment(at(9), status="over_limit"))
    rows = rows_of(await a_day(paper))
    assert isinstance(rows[1], LimitRow)
    assert rows[1].at is None


def test_stopping_the_tracker_begins_a_new_set_and_a_set_runs_over_midnight() -> None:
    diary = [
        a_segment(at(23, 40, day=5)),
        a_segment(at(23, 50, day=5)),
        a_segment(at(0, 0, day=6)),
        a_segment(at(0, 10, day=6), sessions=("s2",)),
    ]
    assert [len(run) for run in sets_of(diary)] == [3, 1]
    assert set_around(diary, at(0, 0))[0].start == at(23, 40, day=5)
    assert set_around(diary, at(5)) == ()


async def test_the_header_has_the_days_totals_and_the_week_against_its_limit() -> None:
    paper = PaperDiary()
    a_full_day(paper)
    day = await a_day(paper)
    title = text(day_header.title_line(a_contract(), day.date, UTC_CLOCK, day, 80))
    assert title.startswith(" acme/website > Jane D. > Fri 06 Nov 2026 UTC")
    assert title.endswith("8h10 tracked  7h20 billable ")
    week = text(day_header.week_line(day, look.UNICODE, 140))
    assert "week 45: 34h50 / 40h [■■■■■■■■□□]" in week
    assert "over  0h40" in week
    over = msgspec.structs.replace(day.week, limit=2040)
    bar = text(day_header.week_bar(over, look.UNICODE, 140))
    assert bar.endswith("[■■■■■■■■■■] +0h40"), "what the server calls over; ten more are partial"
    unlimited = msgspec.structs.replace(day.week, limit=None)
    assert text(day_header.week_bar(unlimited, look.UNICODE, 80)) == "34h50, no limit"


async def test_a_policy_that_failed_is_told_and_not_guessed() -> None:
    day = await a_day(PaperDiary())
    week = msgspec.structs.replace(day.week, policy_error="division by zero")
    broken = msgspec.structs.replace(day, week=week)
    title = text(day_header.title_line(a_contract(), day.date, UTC_CLOCK, broken, 80))
    lines = day_header.week_lines(broken, "", look.UNICODE, UTC_CLOCK, 80)
    words = title + "".join(text(line) for line in lines)
    assert "policy failed; nothing is billed: division by zero" in words
    assert "0h00" not in words
    assert "0.00" not in words


def test_both_dates_are_shown_where_the_zones_day_is_another() -> None:
    row = SetRow(1, at(17), at(18), 6)
    line = text(diary_lines.row_line(row, MANILA, look.UNICODE, 78))
    assert "01:00-02:00" in line
    assert "Fri 06 Nov 17:00 UTC" in line
    assert "UTC" not in text(diary_lines.row_line(row, UTC_CLOCK, look.UNICODE, 78))
    assert MANILA.label(at(17)) == "Asia/Manila +08:00"


def test_the_three_zones_follow_each_other_and_an_unknown_one_reads_as_utc() -> None:
    assert Whose.UTC.next().next().next() is Whose.UTC
    assert clock(Whose.MINE, "Europe/Paris").name == "Europe/Paris"
    assert clock(Whose.THEIRS, "UTC", "Mars/Olympus").name == "UTC"


def test_my_zone_is_what_tz_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    assert local_zone_name() == "Asia/Kathmandu"
    monkeypatch.setenv("TZ", "no/zone")
    assert ZoneInfo(local_zone_name())


def test_the_minute_table_prints_every_number_and_marks_the_picture() -> None:
    start = at(12, 50)
    segment = a_segment(start, pictures=(a_picture(start, b"x"),))
    table = [text(line) for line in minute_table(segment, UTC_CLOCK, look.UNICODE, 80)]
    assert table[1].split()[:2] == ["12:50", "142"]
    assert len([line for line in table if line.startswith(" 12:5")]) == 10
    assert " P " in table[4]
    assert "812 keys  75 clicks  193 scrolls" in table[12]
    assert "8 of 10 minutes active, 10 tracked" in table[13]
    assert all(cell_len(line) <= 80 for line in table)


def test_quiet_unseen_and_absent_minutes_are_told_apart() -> None:
    segment = a_segment(
        at(9), keystrokes=(5,) + (0,) * 9, clicks=(0,) * 10, scrolls=(0,) * 10,
        moved=0b10, down=0b100, tracked=0b1111,
    )  # fmt: skip
    words = [minute_word(segment, minute) for minute in range(5)]
    assert words == ["active", "active", "unseen", "quiet", "absent"]


def test_all_bars_have_one_scale() -> None:
    assert full_bar(a_segment(at(9))) == 160
    assert (
        full_bar(a_segment(at(9), keystrokes=(0,) * 10, clicks=(0,) * 10, scrolls=(0,) * 10)) == 20
    )


def test_a_contract_shows_its_week_and_says_over_limit_live_or_idle() -> None:
    over = a_contract(
        week=api.Minutes(tracked=2550, billable=2400, by_status={"auto": 2400, "over_limit": 150})
    )
    full = a_contract(week=api.Minutes(tracked=2400, billable=2400, by_status={"auto": 2400}))
    some = api.Minutes(tracked=60, billable=60, by_status={"auto": 60})
    live = a_contract(week=some)
    idle = a_contract(week=some, last_segment=datetime(2026, 10, 28, tzinfo=UTC))
    never = a_contract(week=some, last_segment=None, weekly_limit=None)

    def line(contract: api.Contract) -> str:
        return text(
            contract_lines.contract_line(contract, UTC_CLOCK, NOW, look.UNICODE, 78)
        ).rstrip()

    assert line(over).endswith("OVER 2h30")
    assert line(full).endswith("AT LIMIT")
    assert line(live).endswith("2% live 18:30")
    assert line(idle).endswith("idle 9 d")
    assert line(never).endswith("no time yet")
    for width in (58, 78, 118, 198):
        pieces = contract_lines.contract_line(over, UTC_CLOCK, NOW, look.UNICODE, width)
        assert cell_len(text(pieces)) <= width


def test_the_contracts_of_a_week_add_up() -> None:
    assert "1 contract " in text(contract_lines.sum_line([a_contract()], 80))
    assert "41h00 tracked  40h00 billable  1h00 not billable" in text(
        contract_lines.sum_line([a_contract()], 80)
    )
    assert text(contract_lines.title_line(ME, UTC_CLOCK, NOW, 80)).endswith("Fri 06 Nov 2026 UTC ")


def test_help_always_stands_at_the_end_of_the_keys() -> None:
    hints = [("enter", "view"), ("n/p", "segment"), ("z", "zone")]
    assert text(key_line(hints, 80)).endswith(" ? help ")
    narrow = text(key_line(hints, 24))
    assert narrow == " enter view      ? help "
    assert len(help_lines(hints, 80)) == 3
    assert len(help_lines(hints, 60)) == 3
    assert len(help_lines(hints, 37)) == 4


def test_durations_limits_and_foreign_text() -> None:
    assert (hours(0), hours(65), limit_hours(2400), limit_hours(450), limit_hours(None)) == (
        "0h00", "1h05", "40h", "7h30", "no limit",
    )  # fmt: skip
    assert shown("a\u200db\ufe0fc\n") == "abc\ufffd"


def test_the_ends_of_a_line_meet_without_overlapping() -> None:
    line = spread([("left" * 10, look.PLAIN)], [("right", look.PLAIN)], 20)
    assert cell_len(text(line)) == 20
    assert text(line).endswith(" right")
    assert isinstance(strip_of(line, 20), Strip)
