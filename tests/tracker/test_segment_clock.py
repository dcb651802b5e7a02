from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workdiary.activity import MinuteCounter
from workdiary_tracker.clocks import Passage, Reading, passage
from workdiary_tracker.segment_clock import Closed, Gap, Happening, OpenPart, SegmentClock, Shoot

NOON = 1_790_000_400 // 600 * 600
MINUTE = NOON // 60


class Desk:
    """A freelancer's afternoon: three clocks that a test moves, and a keyboard."""

    def __init__(self, moment: int = 599_999, claimed: int = -1, at: float = NOON) -> None:
        self.now = Reading(at, 100.0, 100.0)
        self.counter = MinuteCounter(lambda: self.now.wall)
        self.clock = SegmentClock(lambda slot: moment, self.counter.take, claimed)
        self.happened: list[Happening] = []

    def start(self, memo: str = "code") -> None:
        self.clock.start(self.now, "c", memo, "s")

    def work(self, seconds: float, step: float = 5.0) -> None:
        """Time passes as it should, looked at every few seconds."""
        while seconds > 0:
            part = min(step, seconds)
            self.jump(part, part, part)
            self.happened += self.clock.tick(self.now)
            seconds -= part

    def jump(self, wall: float, mono: float, boot: float) -> None:
        n = self.now
        self.now = Reading(n.wall + wall, n.mono + mono, n.boot + boot)

    def do(self, method: Callable[..., list[Happening]], *args: object) -> None:
        self.happened += method(self.now, *args)

    @property
    def parts(self) -> list[OpenPart]:
        return [event.part for event in self.happened if isinstance(event, Closed)]

    @property
    def masks(self) -> list[tuple[int, int]]:
        return [((part.start - NOON) // 600, part.mask) for part in self.parts]


def test_time_is_cut_on_the_ten_minute_marks() -> None:
    desk = Desk(at=NOON + 420)
    desk.start()
    desk.work(20 * 60)
    desk.do(desk.clock.stop)
    assert desk.masks == [(0, 0b1110000000), (1, 0b1111111111), (2, 0b0001111111)]


@pytest.mark.parametrize(("stop", "sampled"), [(239, False), (241, True)])
def test_a_part_is_sampled_if_the_moment_was_tracked(stop: int, sampled: bool) -> None:
    desk = Desk(moment=240_000)
    desk.start()
    desk.work(stop)
    desk.do(desk.clock.stop)
    assert [part.sampled for part in desk.parts] == [sampled]
    assert (Shoot(NOON) in desk.happened) == sampled


def test_input_is_counted_in_its_minute() -> None:
    desk = Desk()
    desk.start()
    desk.work(58)
    desk.counter.keystroke(3)
    desk.work(3)
    desk.counter.click()
    desk.work(4)
    desk.do(desk.clock.stop)
    assert desk.parts[0].minutes[:2] == [(3, 0, 0, 0), (0, 1, 0, 0)]


def test_the_minute_of_a_memo_change_goes_to_the_new_memo_with_its_counts_and_sample() -> None:
    desk = Desk(moment=130_000)
    desk.start("one")
    desk.work(140)
    desk.counter.keystroke(5)
    desk.do(desk.clock.change_memo, "two")
    desk.work(100)
    desk.do(desk.clock.stop)
    one, two = desk.parts
    assert (one.memo, one.mask, one.sampled) == ("one", 0b00011, False)
    assert (two.memo, two.mask, two.sampled) == ("two", 0b01100, True)
    assert two.minutes[2][0] == 5


def test_a_memo_of_less_than_a_minute_leaves_no_part() -> None:
    desk = Desk()
    desk.start("typo")
    desk.work(20)
    desk.do(desk.clock.change_memo, "right")
    desk.work(20)
    desk.do(desk.clock.stop)
    assert [(part.memo, part.mask) for part in desk.parts] == [("right", 1)]


def test_the_minute_of_a_contract_change_stays_with_the_old_contract() -> None:
    desk = Desk(moment=130_000)
    desk.start()
    desk.work(140)
    desk.do(desk.clock.change_contract, "other", "b")
    desk.counter.keystroke(2)
    desk.work(60)
    desk.do(desk.clock.stop)
    old, new = desk.parts
    assert (old.contract, old.mask, old.sampled) == ("c", 0b0111, True)
    assert (new.contract, new.mask, new.sampled) == ("other", 0b1000, False)
    assert new.minutes[2][0] == 2


def test_starting_again_in_the_same_minute_keeps_masks_disjoint_and_counts() -> None:
    desk = Desk()
    desk.start()
    desk.work(20)
    desk.do(desk.clock.stop)
    desk.start()
    desk.counter.keystroke(4)
    desk.work(20)
    desk.do(desk.clock.stop)
    assert [part.mask for part in desk.parts] == [1, 0]
    assert desk.parts[1].minutes[0][0] == 4


def test_locked_time_is_never_tracked() -> None:
    desk = Desk(moment=300_000)
    desk.start()
    desk.work(90)
    desk.do(desk.clock.leave, "lock")
    desk.work(300)
    desk.do(desk.clock.come_back, "lock")
    desk.work(60)
    desk.do(desk.clock.stop)
    assert [(p.mask, p.sampled) for p in desk.parts] == [(0b0000011, False), (0b11000000, False)]


def test_a_machine_that_wakes_up_locked_is_still_locked() -> None:
    desk = Desk()
    desk.start()
    desk.do(desk.clock.leave, "lock")
    desk.do(desk.clock.leave, "suspend")
    desk.work(60)
    desk.do(desk.clock.come_back, "suspend")
    desk.work(60)
    assert desk.clock.locked
    desk.do(desk.clock.stop)
    assert desk.parts == []


def test_minutes_without_sight_are_marked_down_not_quiet() -> None:
    desk = Desk()
    desk.start()
    desk.work(70)
    desk.do(desk.clock.blind, True)
    desk.work(80)
    desk.do(desk.clock.blind, False)
    desk.work(60)
    desk.do(desk.clock.stop)
    assert (desk.parts[0].mask, desk.parts[0].down) == (0b1111, 0b0110)


@pytest.mark.parametrize(
    ("wall", "mono", "boot", "why"),
    [
        (28_800, 3, 28_800, Passage.SUSPEND),
        (3_605, 5, 5, Passage.STEP),
        (-3_595, 5, 5, Passage.STEP),
        (25_203, 3, 28_803, Passage.SUSPEND),
        (90, 90, 90, Passage.STALL),
        (5.5, 5, 5, Passage.CONTINUOUS),
    ],
)
def test_the_clocks_tell_sleep_steps_and_stalls_apart(
    wall: float, mono: float, boot: float, why: Passage
) -> None:
    after = Reading(NOON + wall, mono, boot)
    assert passage(Reading(NOON, 0, 0), after) is why


def test_eight_hours_of_sleep_are_not_tracked() -> None:
    desk = Desk(at=NOON)
    desk.start()
    desk.work(125)
    desk.jump(28_800, 2, 28_800)
    desk.work(60)
    desk.do(desk.clock.stop)
    assert Gap(Passage.SUSPEND) in desk.happened
    assert desk.masks == [(0, 0b0111), (48, 0b1100)]


def test_a_clock_set_back_doubles_and_back_dates_nothing() -> None:
    desk = Desk()
    desk.start()
    desk.work(125)
    desk.jump(-3_600, 0, 0)
    desk.work(3_000)
    assert desk.clock.behind
    desk.work(720)
    assert not desk.clock.behind
    desk.do(desk.clock.stop)
    assert desk.masks == [(0, 0b0111), (0, 0b11000)]


def test_after_a_restart_what_was_claimed_stays_claimed() -> None:
    desk = Desk(claimed=MINUTE + 3)
    desk.start()
    desk.work(300)
    desk.do(desk.clock.stop)
    assert desk.masks == [(0, 0b10000)]


STRETCHES = st.lists(
    st.one_of(
        st.tuples(st.just("work"), st.integers(1, 2_000)),
        st.tuples(st.just("sleep"), st.integers(10, 30_000)),
        st.tuples(st.just("step"), st.sampled_from([-3_600, -61, 61, 3_600])),
        st.tuples(st.just("stall"), st.integers(40, 900)),
        st.tuples(st.just("lock"), st.integers(1, 900)),
        st.tuples(st.just("memo"), st.just(0)),
        st.tuples(st.just("contract"), st.just(0)),
        st.tuples(st.just("restart"), st.integers(0, 900)),
    ),
    min_size=1,
    max_size=14,
)


@given(STRETCHES, st.integers(0, 599_999), st.integers(0, 599))
def test_no_minute_is_invented_moved_lost_or_doubled(
    stretches: list[tuple[str, int]], moment: int, offset: int
) -> None:
    desk = Desk(moment, at=NOON + offset)
    desk.start()
    truth: set[int] = set()
    newest = 0.0
    for kind, amount in stretches:
        if kind == "work":
            for _ in range(amount):
                begin = desk.now.wall
                desk.counter.keystroke()
                desk.work(1)
                if begin >= newest:
                    truth.add(int(begin // 60))
                    newest = desk.now.wall
            continue
        if kind == "sleep":
            desk.jump(amount, 0, amount)
        elif kind == "step":
            desk.jump(amount, 0, 0)
        elif kind == "stall":
            desk.jump(amount, amount, amount)
        elif kind == "lock":
            desk.do(desk.clock.leave, "lock")
            desk.work(amount)
            desk.do(desk.clock.come_back, "lock")
        elif kind == "memo":
            desk.do(desk.clock.change_memo, f"memo {desk.now.mono}")
        elif kind == "contract":
            desk.do(desk.clock.change_contract, f"c{desk.now.mono}", "m")
        else:
            desk.do(desk.clock.stop)
            desk.jump(amount, amount, amount)
            desk.start()
        desk.happened += desk.clock.tick(desk.now)
    desk.do(desk.clock.stop)
    claimed = [p.start // 60 + i for p in desk.parts for i in range(10) if p.mask >> i & 1]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == truth
    shots = [event.slot for event in desk.happened if isinstance(event, Shoot)]
    assert len(shots) == len(set(shots)) == sum(part.sampled for part in desk.parts)
