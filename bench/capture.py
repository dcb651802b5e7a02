"""CPU of counting a busy minute: capture_x11 against pynput's listeners, one after the other.

``python -m bench.capture [--seconds 60]`` needs Xvfb. Both count the same input on a desktop of
their own, under a window that selects motion, as a real desktop's windows do: without it the
server hands RECORD its events in lumps, and pynput looks ten times cheaper than it is.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

KEYS, CLICKS, SCROLLS, MOTIONS = 300, 30, 60, 125 * 60
"""A busy minute's input; another length of time has its share of each."""

SUBJECTS = ("capture_x11", "pynput")


def main() -> None:
    options = _options()
    if options.role:
        ROLES[options.role](options.seconds)
        return
    found = {subject: measure(subject, options.seconds) for subject in SUBJECTS}
    ratio = found["pynput"]["cpu_ms"] / max(found["capture_x11"]["cpu_ms"], 0.001)
    print(f"busy minute, scaled to {options.seconds:g} s")
    print(f"{'':12} {'CPU ms':>8} {'wake-ups':>9} {'keys':>5} {'clicks':>7} {'scrolls':>8}")
    for subject, row in found.items():
        print(
            f"{subject:12} {row['cpu_ms']:8.1f} {row['wakeups']:9}"
            f" {row['keys']:5} {row['clicks']:7} {row['scrolls']:8}"
        )
    print(f"pynput / capture_x11 = {ratio:.1f}")
    print(json.dumps({"seconds": options.seconds, **found, "ratio": round(ratio, 2)}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.capture", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--role", choices=tuple(ROLES), default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(subject: str, seconds: float) -> dict[str, Any]:
    """One subject alone on a fresh server: its own CPU from the first event to the last."""
    with ExitStack() as stack:
        env = {**os.environ, "DISPLAY": stack.enter_context(xvfb())}
        for foreign in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "XAUTHORITY"):
            env.pop(foreign, None)
        stack.enter_context(_role("window", seconds, env))
        counting = stack.enter_context(_role(subject, seconds, env))
        with _role("driver", seconds, env) as driver:
            _tell(counting, "begin")
            _tell(driver, "begin")
            _hear(driver)
            return dict(json.loads(_tell(counting, "report")))


@contextmanager
def xvfb() -> Iterator[str]:
    """An X server on a free display; its name."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-noreset", "-screen", "0", "1920x1080x24", "-displayfd", str(writer)]
    server = subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def _role(role: str, seconds: float, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process of its own for each part, once it says that it is ready."""
    command = [sys.executable, "-m", "bench.capture", "--role", role, "--seconds", str(seconds)]
    process = subprocess.Popen(
        command, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        _hear(process)
        yield process
    finally:
        process.kill()
        process.communicate()


def _hear(process: subprocess.Popen[str]) -> str:
    if process.stdout is None or not (line := process.stdout.readline()):
        raise SystemExit(f"{process.args!r} ended early")
    return line


def _tell(process: subprocess.Popen[str], word: str) -> str:
    if process.stdin is not None:
        process.stdin.write(f"{word}\n")
        process.stdin.flush()
    return _hear(process)


def _say(line: str) -> None:
    print(line, flush=True)


def be_window(_seconds: float) -> None:
    """What xev is: a window over the whole screen that is told of every motion and key."""
    display = Display()
    screen = display.screen()
    mask = X.PointerMotionMask | X.KeyPressMask | X.ButtonPressMask
    size = (screen.width_in_pixels, screen.height_in_pixels)
    window = screen.root.create_window(0, 0, *size, 0, X.CopyFromParent, event_mask=mask)
    window.map()
    display.sync()
    _say("ready")
    while True:
        display.next_event()


def be_driver(seconds: float) -> None:
    """Types, clicks, scrolls and moves the pointer, each spread evenly over the time."""
    display = Display()
    keycode = display.keysym_to_keycode(ord("a"))
    _say("ready")
    sys.stdin.readline()
    _say("begun")
    for moment, what in _script(seconds):
        time.sleep(max(0.0, moment - time.monotonic()))
        if what == "move":
            xtest.fake_input(display, X.MotionNotify, detail=True, x=1 if moment % 2 > 1 else -1)
        elif what == "key":
            _press(display, X.KeyPress, X.KeyRelease, keycode)
        else:
            _press(display, X.ButtonPress, X.ButtonRelease, 1 if what == "click" else 5)
        display.flush()
    display.sync()
    time.sleep(1.0)  # what is under way in the server arrives
    _say("done")


def _press(display: Display, down: int, up: int, detail: int) -> None:
    xtest.fake_input(display, down, detail)
    xtest.fake_input(display, up, detail)


def _script(seconds: float) -> list[tuple[float, str]]:
    """Every event's moment on the monotonic clock."""
    share, start = seconds / 60, time.monotonic() + 0.1
    planned = {"key": KEYS, "click": CLICKS, "scroll": SCROLLS, "move": MOTIONS}
    return sorted(
        (start + seconds * (number + 0.5) / round(count * share), what)
        for what, count in planned.items()
        for number in range(round(count * share))
    )


def be_capture_x11(_seconds: float) -> None:
    from workdiary.activity import MinuteCounter
    from workdiary_capture_x11 import open_x11

    counter = MinuteCounter(lambda: 0.0)
    backend = open_x11({})
    backend.start(counter, lambda _event: None)
    deadline = time.monotonic() + 10
    while backend.idle() is None:
        if time.monotonic() > deadline:
            raise SystemExit("capture_x11 sees no input on this server")
        time.sleep(0.01)

    def sums() -> tuple[int, int, int]:
        found = counter.peek(0)
        return found.keystrokes, found.clicks, found.scrolls

    _count(sums)


def be_pynput(_seconds: float) -> None:
    from pynput import keyboard, mouse  # type: ignore[import-untyped]  # it ships no types

    sums = [0, 0, 0]

    def on_press(_key: object) -> None:
        sums[0] += 1

    def on_click(_x: int, _y: int, _button: object, pressed: bool) -> None:
        sums[1] += pressed

    def on_scroll(_x: int, _y: int, _dx: int, dy: int) -> None:
        sums[2] += abs(dy)

    listeners = (
        keyboard.Listener(on_press=on_press),
        mouse.Listener(on_click=on_click, on_scroll=on_scroll),
    )
    for listener in listeners:
        listener.start()
        listener.wait()
    _count(lambda: (sums[0], sums[1], sums[2]))


def _count(sums: Callable[[], tuple[int, int, int]]) -> None:
    """Report this process's own CPU and wake-ups between ``begin`` and ``report``."""
    _say("ready")
    sys.stdin.readline()
    before = resource.getrusage(resource.RUSAGE_SELF)
    _say("begun")
    sys.stdin.readline()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    keys, clicks, scrolls = sums()
    row = {
        "cpu_ms": round(cpu * 1000, 2),
        "wakeups": after.ru_nvcsw - before.ru_nvcsw,
        "keys": keys,
        "clicks": clicks,
        "scrolls": scrolls,
    }
    _say(json.dumps(row))
    os._exit(0)  # pynput's threads have no clean end on every version


ROLES: dict[str, Callable[[float], None]] = {
    "window": be_window,
    "driver": be_driver,
    "capture_x11": be_capture_x11,
    "pynput": be_pynput,
}

if __name__ == "__main__":
    main()
