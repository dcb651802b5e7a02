"""Whether the screen is locked, from every sign there is: while it is, nothing is counted."""

from __future__ import annotations

import threading
from collections.abc import Callable

from workdiary.capture import CaptureEvent
from Xlib import X, error
from Xlib.display import Display
from Xlib.protocol import rq
from Xlib.xobject.drawable import Window

from workdiary_capture_x11.alarm import Alarm

LOCKERS = frozenset(
    {
        "cinnamon-screensaver",
        "gnome-screensaver",
        "i3lock",
        "kscreenlocker_greet",
        "light-locker",
        "mate-screensaver",
        "slock",
        "xfce4-screensaver",
        "xlock",
        "xscreensaver",
        "xsecurelock",
        "xtrlock",
    }
)
"""Names and classes (in small letters) of the windows that lock screens cover a desktop with."""

STATUS = "_SCREENSAVER_STATUS"


class LockState:
    """Locked while any source says so.

    Locking holds at once, from whatever thread it is reported. Unlocking waits for ``settle``,
    which the counting thread calls when it has read, and thrown away, whatever was typed until
    then: the last keys of a password may still be on their way when the unlock is heard of.
    """

    def __init__(self, tell: Callable[[CaptureEvent], None], alarm: Alarm) -> None:
        self._tell = tell
        self._alarm = alarm
        self._guard = threading.RLock()
        self._sources: set[str] = set()
        self._locked = False

    @property
    def locked(self) -> bool:
        return self._locked

    @property
    def releasing(self) -> bool:
        """No source says locked any more, and ``settle`` was not called yet."""
        return self._locked and not self._sources

    def report(self, source: str, locked: bool) -> None:
        with self._guard:
            if not locked:
                self._sources.discard(source)
                if self.releasing:
                    self._alarm.ring()
                return
            self._sources.add(source)
            if not self._locked:
                self._locked = True
                self._tell(CaptureEvent.LOCK)

    def settle(self) -> None:
        """Unlock, if no source says locked any more."""
        with self._guard:
            if self.releasing:
                self._locked = False
                self._tell(CaptureEvent.UNLOCK)


class LockerWindows:
    """The lock screens to be seen on the X server itself: windows, and xscreensaver's status."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._root = display.screen().root
        self._status_atom = display.intern_atom(STATUS)
        self._windows: set[int] = set()
        self._saver = False

    @property
    def locked(self) -> bool:
        return self._saver or bool(self._windows)

    def watch(self) -> None:
        """Have the server report what ``notice`` understands."""
        self._root.change_attributes(event_mask=X.SubstructureNotifyMask | X.PropertyChangeMask)

    def look(self) -> bool:
        """Look at everything anew, and say whether a lock screen is up."""
        self._saver = self._status()
        tops = self._root.query_tree().children
        self._windows = {top.id for top in tops if _is_shown(top) and self._is_locker(top)}
        return self.locked

    def notice(self, event: rq.Event) -> bool:
        """Follow an event of the root window; True when it put a lock screen up or took it down."""
        before = self.locked
        if event.type == X.MapNotify and event.override and self._is_locker(event.window):
            self._windows.add(event.window.id)
        elif event.type in (X.UnmapNotify, X.DestroyNotify):
            self._windows.discard(event.window.id)
        elif event.type == X.PropertyNotify and event.atom == self._status_atom:
            self._saver = self._status()
        return self.locked != before

    def _status(self) -> bool:
        status = self._root.get_full_property(self._status_atom, X.AnyPropertyType)
        return status is not None and len(status.value) > 0 and status.value[0] != 0

    def _is_locker(self, window: Window) -> bool:
        try:
            names = window.get_wm_class() or ()
            if not any(name.lower() in LOCKERS for name in names):
                return False
            cover, desk = window.get_geometry(), self._root.get_geometry()
        except error.XError:  # it is gone again
            return False
        return bool(
            cover.x <= 0
            and cover.y <= 0
            and cover.x + cover.width >= desk.width
            and cover.y + cover.height >= desk.height
        )


def _is_shown(window: Window) -> bool:
    try:
        attributes = window.get_attributes()
    except error.XError:  # it is gone again
        return False
    return bool(attributes.override_redirect and attributes.map_state == X.IsViewable)
