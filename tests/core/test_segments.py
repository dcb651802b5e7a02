from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.segments import (
    FULL_MASK,
    MINUTES,
    QUIET,
    SEGMENT,
    Kind,
    MinuteActivity,
    Part,
    Screenshot,
    Segment,
    epoch,
    from_epoch,
    merge,
    sets,
    slot_start,
)

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
TEN_QUIET = (QUIET,) * MINUTES


def a_part(mask: int = FULL_MASK, **fields: Any) -> Part:
    return Part(
        **{
            "start": NINE,
            "mask": mask,
            "minutes": TEN_QUIET,
            "memo": "invoices",
            "session": "aa",
            "sampled": False,
            **fields,
        }
    )


def a_shot(monitor: int = 0, digest: str = "d") -> Screenshot:
    return Screenshot(monitor, NINE + timedelta(seconds=90), 1920, 1080, digest)


def a_segment(slot: int, *sessions: str, kind: Kind = Kind.AUTO) -> Segment:
    return merge(
        a_part(start=NINE + slot * SEGMENT, session=session, kind=kind)
        for session in sessions or ("",)
    )


def typing_in(minute: int, keystrokes: int) -> tuple[MinuteActivity, ...]:
    return tuple(
        MinuteActivity(keystrokes=keystrokes if index == minute else 0) for index in range(MINUTES)
    )


minutes = st.builds(
    MinuteActivity, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.booleans()
)
shots = st.builds(
    Screenshot,
    monitor=st.integers(0, 2),
    taken_at=st.integers(0, 2).map(lambda second: NINE + timedelta(seconds=second)),
    width=st.integers(1, 2),
    height=st.integers(1, 2),
    digest=st.sampled_from("ab"),
)
parts = st.builds(
    Part,
    start=st.just(NINE),
    mask=st.integers(0, FULL_MASK) | st.sampled_from([0, 1, 2, 3]),
    minutes=st.tuples(*[minutes] * MINUTES),
    memo=st.sampled_from(["", "invoices", "letters"]),
    session=st.sampled_from(["", "aa", "bb"]),
    sampled=st.booleans(),
    kind=st.sampled_from(Kind),
    screenshots=st.lists(shots, max_size=2).map(tuple),
    no_picture=st.sampled_from(["", "locked", "blank", "not sampled"]),
    down=st.integers(0, FULL_MASK),
)


@given(st.lists(parts, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_parts_merge_to_one_segment_in_whatever_order_they_arrive(
    given_parts: list[Part], random: Any
) -> None:
    shuffled = random.sample(given_parts, len(given_parts))
    assert merge(shuffled) == merge(given_parts)


@given(st.lists(parts, min_size=1, max_size=5))
def test_tracked_minutes_are_the_union_and_counts_the_sum(given_parts: list[Part]) -> None:
    tracked = [part for part in given_parts if part.kind is Kind.AUTO] or given_parts
    merged = merge(given_parts)
    for index in range(MINUTES):
        bit = 1 << index
        assert bool(merged.mask & bit) == any(part.mask & bit for part in tracked)
        assert bool(merged.down & bit) == any(part.down & bit for part in tracked)
        assert merged.minutes[index].keystrokes == sum(p.minutes[index].keystrokes for p in tracked)
        assert merged.minutes[index].moved == any(p.minutes[index].moved for p in tracked)
    assert merged.tracked_minutes <= MINUTES
    assert merged.totals.clicks == sum(minute.clicks for p in tracked for minute in p.minutes)


def test_no_parts_are_no_segment() -> None:
    with pytest.raises(ValueError, match="at least one part"):
        merge([])


def test_the_memo_with_the_most_tracked_minutes_is_shown() -> None:
    short, long = a_part(0b111, memo="letters"), a_part(0b1111000, memo="invoices")
    assert merge([short, long]).memo == "invoices"


def test_between_equal_memos_the_earlier_minute_decides() -> None:
    late, early = a_part(0b11000, memo="a"), a_part(0b00011, memo="b")
    assert merge([late, early]).memo == "b"


def test_a_segment_is_sampled_if_one_of_its_parts_is() -> None:
    assert merge([a_part(0b1), a_part(0b10, sampled=True)]).sampled
    assert not merge([a_part(0b1), a_part(0b10)]).sampled


def test_manual_time_adds_nothing_where_tracked_time_stands() -> None:
    tracked = a_part(0b11, memo="invoices")
    manual = a_part(FULL_MASK, memo="from memory", session="", kind=Kind.MANUAL)
    assert merge([manual, tracked]) == merge([tracked])
    assert merge([manual]).kind is Kind.MANUAL


def test_counts_outside_the_mask_are_added_to_the_minute_that_was_claimed_before() -> None:
    first = a_part(0b001, minutes=typing_in(0, 5))
    again = a_part(0b110, minutes=typing_in(0, 3))
    merged = merge([first, again])
    assert merged.minutes[0].keystrokes == 8
    assert merged.tracked_minutes == 3


def test_two_machines_show_their_pictures_side_by_side_and_one_picture_once() -> None:
    one, other = a_shot(0, "d1"), a_shot(1, "d2")
    merged = merge([a_part(screenshots=(other,)), a_part(screenshots=(one, other))])
    assert merged.screenshots == (one, other)


def test_a_reason_for_no_picture_is_shown_only_where_there_is_none() -> None:
    locked = a_part(0b1, sampled=True, no_picture="locked")
    unsampled = a_part(0b110, no_picture="not sampled")
    pictured = a_part(0b1000, sampled=True, screenshots=(a_shot(),))
    assert merge([unsampled, locked]).no_picture == "locked"
    assert merge([unsampled]).no_picture == "not sampled"
    assert merge([unsampled, locked, pictured]).no_picture == ""


def test_the_meter_counts_minutes_with_any_activity() -> None:
    active = (
        MinuteActivity(keystrokes=1),
        MinuteActivity(clicks=1),
        MinuteActivity(scrolls=1),
        MinuteActivity(moved=True),
    )
    merged = merge([a_part(minutes=active + (QUIET,) * 6)])
    assert merged.activity_meter == 4


def test_a_phone_call_leaves_the_meter_empty() -> None:
    assert merge([a_part()]).activity_meter == 0


def runs(segments: list[Segment]) -> list[int]:
    return [len(run) for run in sets(segments)]


def test_neighbours_of_one_session_are_one_set() -> None:
    assert runs([a_segment(0, "aa"), a_segment(1, "aa"), a_segment(2, "aa")]) == [3]


def test_a_missing_slot_begins_a_new_set() -> None:
    assert runs([a_segment(0, "aa"), a_segment(2, "aa")]) == [1, 1]


def test_stopping_the_tracker_begins_a_new_set_even_without_a_missing_slot() -> None:
    assert runs([a_segment(0, "aa"), a_segment(1, "bb"), a_segment(2, "bb")]) == [1, 2]


def test_a_segment_with_parts_of_two_sessions_joins_both() -> None:
    assert runs([a_segment(0, "aa"), a_segment(1, "aa", "bb"), a_segment(2, "bb")]) == [3]


def test_manual_neighbours_are_one_set_of_their_own() -> None:
    manual = [a_segment(slot, kind=Kind.MANUAL) for slot in (1, 2)]
    assert runs([a_segment(0, "aa"), *manual, a_segment(3, "aa")]) == [1, 2, 1]


def test_a_day_without_work_has_no_sets() -> None:
    assert runs([]) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["aa", "bb"]), st.sampled_from(Kind)),
        unique_by=lambda made: made[0],
    )
)
def test_sets_hold_every_segment_once_and_in_order(made: list[tuple[int, str, Kind]]) -> None:
    segments = [a_segment(slot, session, kind=kind) for slot, session, kind in sorted(made)]
    cut = list(sets(segments))
    assert [segment for run in cut for segment in run] == segments
    assert all(cut)
    for run in cut:
        assert run[-1].start - run[0].start == (len(run) - 1) * SEGMENT
        assert len({segment.kind for segment in run}) == 1


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis wants naive bounds
def test_a_slot_starts_on_a_ten_minute_mark_at_or_before_its_instants(instant: datetime) -> None:
    start = slot_start(instant)
    assert start <= instant < start + SEGMENT
    assert (start.minute % 10, start.second, start.microsecond) == (0, 0, 0)
    assert start == from_epoch(epoch(start))
