"""What is typed after ``/`` and ``:``, and what a filter leaves: read without an app."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from diaries import NOW, a_contract, a_hit, a_picture, a_segment, at
from workdiary import api
from workdiary.errors import InvalidError
from workdiary.links import Link
from workdiary_tui.diary_rows import SegmentRow, SetRow, rows_of
from workdiary_tui.filtering import Filter, filter_words, filtered
from workdiary_tui.jumping import Place, destination
from workdiary_tui.searching import Query, bars_of, parse_query
from workdiary_tui.zones import Whose, clock

TODAY = date(2026, 11, 26)
WEBSITE = a_contract(name="acme/website")
MOBILE = a_contract("d" * 32, name="acme/mobile")
CONTRACTS = (WEBSITE, MOBILE, a_contract("e" * 32, name="infra/backups"))


def asked(typed: str) -> Query:
    return parse_query(typed, TODAY)


def test_words_are_the_memo_s_and_the_year_before_today_is_searched() -> None:
    assert asked("  Fix  invoice ") == Query(date(2025, 11, 26), TODAY, text="Fix invoice")


def test_conditions_are_told_from_words() -> None:
    query = asked("is:over invoice is:late meter<=3 is:nopicture is:manual is:auto is")
    assert query.text == "invoice is"
    assert query.statuses == ("over_limit", "auto")
    assert (query.late, query.no_picture, query.manual, query.meter_at_most) == (*3 * (True,), 3)


def test_a_range_is_a_year_at_most_and_ends_today_unless_said() -> None:
    assert asked("from:2026-08-01").first == date(2026, 8, 1)
    query = asked("from:2020-01-01 to:2026-03-01")
    assert (query.first, query.last) == (date(2025, 3, 1), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("is:red", "is:auto, is:over, is:manual, is:late, is:nopicture"),
        ("meter<=11", "10 minutes"),
        ("from:yesterday", "2026-11-03"),
        ("from:2026-11-27", "after to:2026-11-26"),
    ],
)
def test_a_wrong_condition_is_told_what_would_be_right(typed: str, words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        asked(typed)


def test_neighbours_of_one_memo_and_status_are_one_bar() -> None:
    segments = [
        a_segment(at(9), memo="a"),
        a_segment(at(9, 10), memo="a"),
        a_segment(at(9, 20), memo="a", status="over_limit"),
        a_segment(at(9, 40), memo="a", status="over_limit"),
        a_segment(at(9, 50), memo="b", status="over_limit"),
    ]
    bars = bars_of([a_hit(segment) for segment in segments])
    assert [len(bar.hits) for bar in bars] == [2, 1, 1, 1]
    assert (bars[0].start, bars[0].end, bars[0].minutes) == (at(9), at(9, 20), 20)


def going(typed: str, zone: str = "UTC", seen: tuple[api.Segment, ...] = ()) -> Link:
    place = Place(WEBSITE, date(2026, 11, 6), clock(Whose.MINE, zone), NOW)
    return destination(typed, place, CONTRACTS, seen)


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("2026-11-03", Link(WEBSITE.id, date(2026, 11, 3))),
        ("today", Link(WEBSITE.id, NOW.date())),
        ("week 44", Link(WEBSITE.id, week=date(2026, 10, 26))),
        ("2025-W52", Link(WEBSITE.id, week=date(2025, 12, 22))),
        ("w50", Link(WEBSITE.id, week=date(2025, 12, 8))),
        ("acme/mobile", Link(MOBILE.id)),
        ("MOBILE", Link(MOBILE.id)),
        ("infra", Link("e" * 32)),
    ],
)
def test_a_place_is_read_from_what_was_typed(typed: str, link: Link) -> None:
    assert going(typed) == link


def test_a_time_is_of_the_clock_that_is_shown_and_names_its_segment() -> None:
    found = going("2026-11-03 08:27", "Asia/Manila")
    assert found.start == datetime(2026, 11, 3, 0, 20, tzinfo=UTC)
    assert going("08:27").start == datetime(2026, 11, 6, 8, 20, tzinfo=UTC)
    assert going("2026-11-03 07:10", "Asia/Manila").day == date(2026, 11, 2)


def test_a_link_is_a_place_too() -> None:
    assert going("diary://acme/mobile/2026-11-03#08:20").start == at(8, 20, 3)


def test_a_digest_is_found_among_the_days_that_were_seen() -> None:
    picture = a_picture(at(9), b"any")
    seen = (a_segment(at(8)), a_segment(at(9), pictures=(picture,)))
    assert going(f"seg {picture.digest[:6]}", seen=seen).start == at(9)
    with pytest.raises(InvalidError, match="looked at"):
        going("seg 0123456789", seen=seen)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("acme", "acme/mobile"),
        ("acme/wbsite", "is it acme/website"),
        ("zzz", "try 2026-11-03 08:20"),
        ("2026-13-01", "no day and time"),
        ("25:00", "no day and time"),
        ("week 60", "no week 60"),
        ("2026-10-31", "the contract begins on Sun 01 Nov 2026"),
        ("2026-10-31 08:20", "the contract begins on Sun 01 Nov 2026"),
        ("2026-11-07", "Sat 07 Nov 2026 is still to come"),
    ],
)
def test_a_place_that_is_none_gets_the_nearest_or_an_example(typed: str, words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        going(typed)


def test_a_time_that_the_clock_skipped_is_said_to_be_none() -> None:
    contract = a_contract(opened=datetime(2026, 1, 1, tzinfo=UTC))
    place = Place(contract, date(2026, 11, 6), clock(Whose.MINE, "Europe/Paris"), NOW)
    with pytest.raises(InvalidError, match="the clock skipped that time on Sun 29 Mar 2026"):
        destination("2026-03-29 02:30", place, CONTRACTS)
    assert destination("2026-03-29 03:30", place, CONTRACTS).start == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )


def test_a_day_without_a_contract_asks_for_one() -> None:
    place = Place(None, date(2026, 11, 6), clock(Whose.UTC, "UTC"), NOW)
    with pytest.raises(InvalidError, match="contract"):
        destination("2026-11-03", place, CONTRACTS)


async def test_a_filter_keeps_headings_true_and_says_how_much_is_left() -> None:
    from diaries import PaperDiary

    paper = PaperDiary()
    paper.write(
        a_segment(at(9), sessions=("s",)),
        a_segment(at(9, 10), sessions=("s",), status="over_limit"),
        a_segment(at(12), sessions=("t",)),
    )
    rows = rows_of(await paper.day(WEBSITE.id, date(2026, 11, 6)))
    left = filtered(rows, Filter.OVER)
    assert [row.segments for row in left if isinstance(row, SetRow)] == [2]
    assert [row.segment.start for row in left if isinstance(row, SegmentRow)] == [at(9, 10)]
    assert filter_words(rows, left, Filter.OVER) == "only OVER: 1 of 3 segments"
    assert filtered(rows, Filter.ALL) == rows
    assert filter_words(rows, rows, Filter.ALL) == ""


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        (Filter.AUTO, [at(9), at(9, 10)]),
        (Filter.MANUAL, [at(9, 20)]),
        (Filter.OVER, [at(9, 30)]),
        (Filter.LOW, [at(9, 10)]),
        (Filter.NO_PICTURE, [at(9, 10), at(9, 20), at(9, 30)]),
    ],
)
def test_each_filter_keeps_what_it_says(chosen: Filter, kept: list[datetime]) -> None:
    picture = (a_picture(at(9), b"any"),)
    segments = [
        a_segment(at(9), status="auto", pictures=picture, meter=9),
        a_segment(at(9, 10), status="auto", pictures=(), meter=2),
        a_segment(at(9, 20), status="manual", kind="manual", pictures=(), meter=0),
        a_segment(at(9, 30), status="over_limit", pictures=(), meter=9),
    ]
    assert [one.start for one in segments if chosen.keeps(one)] == kept
