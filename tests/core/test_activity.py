from __future__ import annotations

import sys
import threading

from workdiary.activity import MinuteCounter
from workdiary.segments import QUIET, MinuteActivity


class Clock:
    """Seconds since 1970, as the test says."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_input_is_counted_in_the_minute_in_which_it_came() -> None:
    clock = Clock(59.999)
    counter = MinuteCounter(clock)
    counter.keystroke()
    clock.now = 60.0
    counter.keystroke(2)
    counter.click()
    counter.scroll(3)
    counter.moved()
    assert counter.take(0) == MinuteActivity(keystrokes=1)
    assert counter.take(1) == MinuteActivity(2, 1, 3, True)


def test_a_minute_is_handed_over_once() -> None:
    counter = MinuteCounter(Clock(0))
    counter.click()
    assert counter.peek(0) == counter.peek(0) == MinuteActivity(clicks=1)
    assert counter.take(0) == MinuteActivity(clicks=1)
    assert counter.take(0) == counter.peek(0) == QUIET


def test_what_comes_after_the_hand_over_is_not_lost() -> None:
    counter = MinuteCounter(Clock(0))
    counter.keystroke(5)
    counter.take(0)
    counter.keystroke(2)
    assert counter.take(0) == MinuteActivity(keystrokes=2)


def test_nothing_is_counted_while_the_screen_is_locked() -> None:
    counter = MinuteCounter(Clock(0))
    counter.keystroke()
    counter.paused = True
    counter.keystroke(8)
    counter.click()
    counter.scroll()
    counter.moved()
    counter.paused = False
    counter.click()
    assert counter.take(0) == MinuteActivity(keystrokes=1, clicks=1)


def test_what_was_counted_outside_tracked_time_is_forgotten() -> None:
    counter = MinuteCounter(Clock(0))
    counter.keystroke()
    counter.forget()
    assert counter.peek(0) == QUIET


def test_a_quiet_minute_has_no_activity() -> None:
    assert not QUIET.active
    assert MinuteCounter(Clock(0)).take(7) is QUIET


def test_input_from_several_threads_is_counted_exactly() -> None:
    counter = MinuteCounter(Clock(0))
    taken: list[MinuteActivity] = []
    done = threading.Event()

    def take_on_and_on() -> None:
        while not done.is_set():
            taken.append(counter.take(0))

    def type_on() -> None:
        for _ in range(2000):
            counter.keystroke()
            counter.scroll()

    typists = [threading.Thread(target=type_on) for _ in range(4)]
    taker = threading.Thread(target=take_on_and_on)
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in (taker, *typists):
            thread.start()
        for thread in typists:
            thread.join()
    finally:
        done.set()
        taker.join()
        sys.setswitchinterval(switch)
    total = sum([*taken, counter.take(0)], QUIET)
    assert (total.keystrokes, total.scrolls) == (8000, 8000)


def test_a_minute_says_how_much_of_it_is_left() -> None:
    assert MinuteCounter(Clock(0)).left() == 60
    assert MinuteCounter(Clock(119.5)).left() == 0.5
