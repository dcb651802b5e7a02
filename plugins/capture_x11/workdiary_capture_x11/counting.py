"""Counts input with XInput 2.2 raw events, on a thread that outlives the X server."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureEvent, Counts
from workdiary.errors import CaptureError
from Xlib import error
from Xlib.display import Display
from Xlib.ext import ge, xinput
from Xlib.protocol import rq

from workdiary_capture_x11.alarm import Alarm
from workdiary_capture_x11.connection import GONE, connected
from workdiary_capture_x11.locking import LockerWindows, LockState
from workdiary_capture_x11.session import XWAYLAND, is_xwayland

log = logging.getLogger(__name__)

RAW_KEY_PRESS, RAW_BUTTON_PRESS = 13, 15
WHEEL = range(4, 8)
"""Buttons 4 to 7 are the wheel's; smooth scrolling arrives as presses of these, too."""

POINTER_SECONDS = 5.0
BATCH_SECONDS = 0.5
"""Reading twice a second while somebody types costs a third of the wake-ups."""

BOUNDARY_SECONDS = 0.1
"""So close to a minute's end every event is read as it comes, and counted in its own minute."""

BEGIN_SECONDS = 2.0
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 0.25, 4.0


@dataclass(slots=True)
class Tally:
    """Sums of what was read at once: all that is kept of an event."""

    keystrokes: int = 0
    clicks: int = 0
    scrolls: int = 0

    def add(self, event: rq.Event) -> None:
        """Count a raw event. A button's number is looked at, a key's never is."""
        if event.evtype == RAW_KEY_PRESS:
            self.keystrokes += 1
        elif event.evtype == RAW_BUTTON_PRESS:
            if int.from_bytes(event.data[6:10], sys.byteorder) in WHEEL:
                self.scrolls += 1
            else:
                self.clicks += 1

    def __bool__(self) -> bool:
        return bool(self.keystrokes or self.clicks or self.scrolls)

    def pour(self, counter: MinuteCounter) -> None:
        if self.keystrokes:
            counter.keystroke(self.keystrokes)
        if self.clicks:
            counter.click(self.clicks)
        if self.scrolls:
            counter.scroll(self.scrolls)


def select_raw_input(display: Display) -> int | None:
    """Ask for every press of every device; the extension's opcode, None where it is missing.

    Version 2.2 is negotiated by hand: python-xlib asks for 2.0, which goes blind while another
    client grabs the keyboard. XIAllMasterDevices: XIAllDevices would tell each press twice.
    """
    if not (display.has_extension(xinput.extname) and display.has_extension(ge.extname)):
        return None
    opcode: int = display.display.get_extension_major(xinput.extname)
    version = xinput.XIQueryVersion(
        display=display.display, opcode=opcode, major_version=2, minor_version=2
    )
    if (version.major_version, version.minor_version) < (2, 2):
        return None
    presses = 1 << RAW_KEY_PRESS | 1 << RAW_BUTTON_PRESS
    display.screen().root.xinput_select_events([(xinput.AllMasterDevices, presses)])
    return opcode


class InputThread:
    """Counts into ``counter`` from ``start`` to ``stop``; waits for a server that is not there."""

    def __init__(
        self,
        name: str,
        counter: MinuteCounter,
        tell: Callable[[CaptureEvent], None],
        locks: LockState,
        alarm: Alarm,
    ) -> None:
        self.counts = Counts.COUNTS
        self.last_input: float | None = None
        self._name = name
        self._counter = counter
        self._tell = tell
        self._locks = locks
        self._alarm = alarm
        self._tally = Tally()
        self._stopping = threading.Event()
        self._begun = threading.Event()
        self._down = False
        self._said: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="x11-input", daemon=True)

    def start(self) -> None:
        """Return once every press counts, or no server was found at first."""
        self._thread.start()
        self._begun.wait(BEGIN_SECONDS)

    def stop(self) -> None:
        """End the thread, which first counts whatever the server has to tell."""
        self._stopping.set()
        self._alarm.ring()
        if self._thread is not threading.current_thread():
            self._thread.join(5.0)

    def _run(self) -> None:
        retry = FIRST_RETRY_SECONDS
        while not self._stopping.is_set():
            try:
                with connected(self._name) as display:
                    self._set_up(display)
                    self._begun.set()
                    retry = FIRST_RETRY_SECONDS
                    self._watch(display)
            except (CaptureError, *GONE, error.XError) as failure:
                self._lose(failure)
            except Exception as failure:  # the thread must not die unseen
                # No traceback and no text: they could show an event's bytes.
                self._lose(CaptureError(f"unexpected {type(failure).__name__}"))
            if not self._stopping.is_set():
                self._alarm.wait(retry)
                retry = min(retry * 2, LAST_RETRY_SECONDS)

    def _lose(self, failure: Exception) -> None:
        """The server is not to be seen: time from here on is not known to be quiet."""
        self._begun.set()
        self._pour()
        self.last_input = None
        if not self._down:
            self._down = True
            log.warning("input is not seen: %s; trying again until it is", failure)
            self._tell(CaptureEvent.DOWN)
        self._locks.report("x11", False)
        self._locks.settle()

    def _set_up(self, display: Display) -> None:
        if is_xwayland(display):
            raise CaptureError(XWAYLAND)
        self._opcode = select_raw_input(display)
        self.counts = Counts.NONE if self._opcode is None else Counts.COUNTS
        if self._opcode is None:
            self._say("the X server has no XInput 2.2: input cannot be counted")
        self._lockers = LockerWindows(display)
        self._lockers.watch()
        self._locks.report("x11", self._lockers.look())
        self._pointer: tuple[int, int] | None = None
        self._next_look = 0.0
        self.last_input = time.monotonic()
        if self._down:
            self._down = False
            log.info("input is seen again")
            self._tell(CaptureEvent.UP)

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            log.warning("%s", line)

    def _watch(self, display: Display) -> None:
        while not self._stopping.is_set():
            if time.monotonic() >= self._next_look:
                self._look_at_pointer(display)
            if self._locks.releasing:
                display.sync()
                self._read(display)
                self._locks.settle()
            if self._read(display):
                self._alarm.wait(self._pause())
            else:
                self._alarm.wait(self._next_look - time.monotonic(), display)
        display.sync()
        self._read(display)

    def _pause(self) -> float:
        """How long reading may rest: never across the end of a minute."""
        return min(BATCH_SECONDS, self._counter.left() - BOUNDARY_SECONDS)

    def _read(self, display: Display) -> bool:
        """Count all that the server has sent; False when there was nothing to count."""
        found = False
        while waiting := display.pending_events():
            for _ in range(waiting):
                self._take(display.next_event())
            found = self._pour() or found
        return found

    def _take(self, event: rq.Event) -> None:
        if event.type == ge.GenericEventCode:
            if event.extension == self._opcode:
                self._tally.add(event)
        elif self._lockers.notice(event):
            # Whatever was typed before this window came or went is counted, or not, as it was.
            self._pour()
            self._locks.report("x11", self._lockers.locked)
            self._locks.settle()

    def _pour(self) -> bool:
        """Hand over what was tallied, or drop it while the screen is locked: the password is in it.

        The counter's own ``paused`` is the tracker's to set; this holds without it.
        """
        tally, self._tally = self._tally, Tally()
        if not tally:
            return False
        self.last_input = time.monotonic()
        if not self._locks.locked:
            tally.pour(self._counter)
        return True

    def _look_at_pointer(self, display: Display) -> None:
        """Motion is looked for, not listened to: raw motion costs nine times the CPU."""
        self._next_look = time.monotonic() + POINTER_SECONDS
        if self._opcode is None:
            return
        found = display.screen().root.query_pointer()
        place = (found.root_x, found.root_y)
        if self._pointer not in (None, place):
            if not self._locks.locked:
                self._counter.moved()
            self.last_input = time.monotonic()
        self._pointer = place
