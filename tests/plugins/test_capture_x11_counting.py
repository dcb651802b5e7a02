"""What is counted on a real X server, against what was really typed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from capturing import MINUTE, capturing
from workdiary.capture import Counts
from workdiary_capture_x11 import counting, open_x11
from Xlib.display import Display
from xserver import XServer, eventually, opened

GRABBER = """
import sys
from Xlib import X
from Xlib.display import Display
display = Display()
root = display.screen().root
mode = (X.GrabModeAsync, X.GrabModeAsync)
assert root.grab_keyboard(False, *mode, X.CurrentTime) == X.GrabSuccess
assert root.grab_pointer(False, X.ButtonPressMask, *mode, 0, 0, X.CurrentTime) == X.GrabSuccess
print("grabbed", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[XServer]:
    with XServer() as server:
        server.inhabit(monkeypatch)
        yield server


def type_keys(server: XServer, count: int) -> None:
    server.xdotool("key", "--delay", "2", *("asdfghjkl"[n % 9] for n in range(count)))


def click(server: XServer, button: int, count: int) -> None:
    server.xdotool("click", "--repeat", str(count), "--delay", "2", str(button))


def wiggled(server: XServer) -> bool:
    server.xdotool("mousemove_relative", "3", "2")
    return True


def test_every_keystroke_click_and_scroll_is_counted_once(server: XServer) -> None:
    with capturing(open_x11({})) as capture:
        type_keys(server, 400)
        click(server, 1, 200)
        click(server, 5, 200)
        capture.expect(keystrokes=400, clicks=200, scrolls=200)
        assert capture.backend.counts is Counts.COUNTS
        assert capture.events == []


def test_what_is_typed_at_once_after_the_start_counts(
    server: XServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine the connection takes its time; the start waits for it."""
    select = counting.select_raw_input

    def late(display: Display) -> int | None:
        time.sleep(0.5)
        return select(display)

    monkeypatch.setattr(counting, "select_raw_input", late)
    with capturing(open_x11({}), ready=False) as capture:
        type_keys(server, 7)
        capture.expect(keystrokes=7)


def test_stopping_counts_what_was_typed_until_then(server: XServer) -> None:
    with capturing(open_x11({})) as capture:
        type_keys(server, 50)
        capture.backend.stop()
        assert capture.counted.keystrokes == 50


def test_a_held_key_is_one_keystroke(server: XServer) -> None:
    with capturing(open_x11({})) as capture:
        server.xdotool("keydown", "a", "sleep", "3", "keyup", "a", "key", "b")
        capture.expect(keystrokes=2)


def test_input_counts_while_another_program_grabs_it(server: XServer) -> None:
    grabber = subprocess.Popen(
        [sys.executable, "-c", GRABBER],
        env=server.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with capturing(open_x11({})) as capture, grabber:
        assert grabber.stdout is not None
        assert grabber.stdout.readline() == b"grabbed\n"
        type_keys(server, 50)
        click(server, 1, 20)
        click(server, 4, 30)
        capture.expect(keystrokes=50, clicks=20, scrolls=30)


def test_side_buttons_are_clicks_and_all_four_wheel_buttons_scroll(server: XServer) -> None:
    with capturing(open_x11({})) as capture:
        for button in range(1, 10):
            click(server, button, 1)
        capture.expect(clicks=5, scrolls=4)


def test_a_change_of_the_keyboard_layout_counts_nothing_and_stops_nothing(server: XServer) -> None:
    with capturing(open_x11({})) as capture, opened(server.display) as other:
        syms = other.get_keyboard_mapping(38, 1)
        other.change_keyboard_mapping(38, syms)
        other.sync()
        type_keys(server, 10)
        capture.expect(keystrokes=10)


def test_a_keystroke_counts_in_its_own_minute(server: XServer) -> None:
    shift = MINUTE * 60 - 2.5 - time.monotonic()

    def now() -> float:
        return time.monotonic() + shift

    def in_first_minute() -> bool:
        return now() < MINUTE * 60

    begun = done = typed = 0
    with capturing(open_x11({}), now) as capture:
        while now() < MINUTE * 60 + 1:
            begun += in_first_minute()
            type_keys(server, 1)
            typed += 1
            done += in_first_minute()
        capture.backend.stop()
        first = capture.counter.take(MINUTE - 1).keystrokes
        assert first + capture.counted.keystrokes == typed
    # One key may have been on its way when the minute ended.
    assert done <= first <= begun <= done + 1
    assert done > 5


def test_the_pointer_is_seen_to_move(server: XServer) -> None:
    with capturing(open_x11({})) as capture:
        eventually(lambda: wiggled(server) and capture.counted.moved, "the pointer moved")
        assert not capture.counted.clicks


def test_two_texts_of_equal_length_leave_the_same_counts_and_log(
    server: XServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    left: list[object] = []
    for text in ("hunter2x", "aaaaaaaa"):
        caplog.clear()
        with capturing(open_x11({})) as capture:
            server.xdotool("key", "--delay", "2", *text)
            capture.expect(keystrokes=8)
        left.append((capture.counted, sorted(caplog.messages)))
    assert left[0] == left[1]


def test_idle_time_ends_with_a_keystroke(server: XServer) -> None:
    with capturing(open_x11({})) as capture:
        eventually(lambda: (capture.backend.idle() or 0) > 1, "a second without input")
        type_keys(server, 1)
        eventually(lambda: (capture.backend.idle() or 9) < 1, "the keystroke ends it")


def test_two_backends_after_each_other_count_on(server: XServer) -> None:
    backend = open_x11({})
    for _ in range(2):
        with capturing(backend) as capture:
            type_keys(server, 5)
            capture.expect(keystrokes=5)
    backend.stop()


def test_without_raw_events_nothing_is_counted_and_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with XServer("640x480x24", "-extension", "Generic Event Extension") as server:
        server.inhabit(monkeypatch)
        with capturing(open_x11({}), ready=False) as capture:
            eventually(lambda: capture.backend.counts is Counts.NONE, "that nothing can be counted")
            assert capture.backend.idle() is None
            assert capture.events == []
    said = [record for record in caplog.records if "cannot be counted" in record.message]
    assert len(said) == 1
