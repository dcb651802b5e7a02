"""The capture backend for X11: it joins counting, locking and pictures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureEvent, Counts, Monitor, NoPicture
from workdiary.errors import CaptureError

from workdiary_capture_x11.alarm import Alarm
from workdiary_capture_x11.bus import BusThread
from workdiary_capture_x11.connection import NO_DISPLAY, connected
from workdiary_capture_x11.counting import InputThread
from workdiary_capture_x11.locking import LockState
from workdiary_capture_x11.session import XWAYLAND, is_xwayland, wayland_session


class X11Backend:
    """One X11 desktop, ``$DISPLAY`` unless named otherwise."""

    def __init__(self, display: str = "") -> None:
        self._named = display
        self._input: InputThread | None = None
        self._bus: BusThread | None = None

    @property
    def counts(self) -> Counts:
        return Counts.COUNTS if self._input is None else self._input.counts

    def probe(self) -> str:
        """A server that is not there yet is no reason against it: ``start`` waits for one."""
        if reason := wayland_session(os.environ):
            return reason
        if not self._name:
            return "DISPLAY is not set: run this inside an X11 session, or set DISPLAY"
        try:
            with connected(self._name) as display:
                return XWAYLAND if is_xwayland(display) else ""
        except CaptureError as failure:
            return "" if failure.code == NO_DISPLAY else str(failure)

    def start(self, counter: MinuteCounter, tell: Callable[[CaptureEvent], None]) -> None:
        if self._input is not None:
            raise CaptureError("capture was started already: stop it first")
        if reason := self.probe():
            raise CaptureError(reason)
        self._alarm = Alarm()
        locks = LockState(tell, self._alarm)
        self._input = InputThread(self._name, counter, tell, locks, self._alarm)
        self._bus = BusThread(locks, tell)
        self._input.start()
        self._bus.start()

    def stop(self) -> None:
        """Stops after everything typed so far was counted."""
        # Input first: while the bus still says locked, the last keys are a password's.
        if self._input is not None:
            self._input.stop()
            self._input = None
        if self._bus is not None:
            self._bus.stop()
            self._bus = None
            self._alarm.close()

    def screens(self) -> tuple[Monitor, ...] | NoPicture:
        # Here alone: Pillow and mss stay out of the tracker's own process.
        from workdiary_capture_x11 import screens

        return screens.take(self._name) if self._name else NoPicture("no-display")

    def idle(self) -> float | None:
        if self._input is None or self._input.counts is not Counts.COUNTS:
            return None
        last = self._input.last_input
        return None if last is None else time.monotonic() - last

    @property
    def _name(self) -> str:
        return self._named or os.environ.get("DISPLAY", "")
