"""What D-Bus says of locking and sleep, where there is a bus: logind and the screen savers."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from jeepney import (  # type: ignore[import-untyped]  # it ships no types
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    MatchRule,
    Message,
    MessageFlag,
    message_bus,
    new_method_call,
)
from jeepney.io.blocking import (  # type: ignore[import-untyped]  # it ships no types
    DBusConnection,
    open_dbus_connection,
)
from jeepney.wrappers import unwrap_msg  # type: ignore[import-untyped]  # it ships no types
from workdiary.capture import CaptureEvent

from workdiary_capture_x11.alarm import Alarm
from workdiary_capture_x11.locking import LockState

log = logging.getLogger(__name__)

LOGIND = "org.freedesktop.login1"
PROPERTIES = "org.freedesktop.DBus.Properties"
SLEEP = "PrepareForSleep"
SAVERS = {
    "org.freedesktop.ScreenSaver": "/org/freedesktop/ScreenSaver",
    "org.gnome.ScreenSaver": "/org/gnome/ScreenSaver",
    "org.cinnamon.ScreenSaver": "/org/cinnamon/ScreenSaver",
    "org.mate.ScreenSaver": "/org/mate/ScreenSaver",
    "org.xfce.ScreenSaver": "/org/xfce/ScreenSaver",
}
CALL_SECONDS = 2.0
RETRY_SECONDS = 30.0

NO_BUS = (OSError, KeyError, RuntimeError, ValueError, StopIteration, DBusErrorResponse)
"""What jeepney raises where there is no bus, or none that it can speak to."""

Report = Callable[[str, bool], None]


class Bus:
    """One connection to a bus, which tells ``report`` who says that the screen is locked."""

    kind: str
    sources: tuple[str, ...]
    """Every name that this bus reports under."""

    def __init__(self, report: Report, tell: Callable[[CaptureEvent], None]) -> None:
        self.connection: DBusConnection | None = None
        self.retry_at = 0.0
        self._report = report
        self._tell = tell
        self._signals: deque[Message] = deque()

    def open(self) -> None:
        """Connect and learn how things stand; without a bus, try again later."""
        try:
            self.connection = open_dbus_connection(self.kind)
            # Filtered from the first message on: what arrives during a call is not lost.
            self.connection.filter(MatchRule(type="signal"), queue=self._signals)
            self._begin()
            self._work()
        except NO_BUS as failure:
            log.debug("no %s bus: %s", self.kind.lower(), failure)
            self.close()

    def pump(self) -> None:
        """Follow the signals that have arrived."""
        if self.connection is None:
            return
        try:
            while True:
                self.connection.recv_messages(timeout=0)
                self._work()
        except TimeoutError:
            return
        except NO_BUS as failure:
            log.info("the %s bus is gone: %s", self.kind.lower(), failure)
            self.close()

    def close(self) -> None:
        self.retry_at = time.monotonic() + RETRY_SECONDS
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        self._signals.clear()
        for source in self.sources:
            self._report(source, False)

    def _begin(self) -> None:
        """Ask for the signals, and then for how things stand."""
        raise NotImplementedError

    def _follow(self, interface: str, member: str, signal: Message) -> None:
        raise NotImplementedError

    def _work(self) -> None:
        while self._signals:
            signal = self._signals.popleft()
            fields = signal.header.fields
            self._follow(
                fields.get(HeaderFields.interface, ""), fields.get(HeaderFields.member, ""), signal
            )

    def _listen(self, rule: MatchRule) -> None:
        self._call(message_bus.AddMatch(rule))

    def _ask(self, address: DBusAddress, method: str, signature: str = "", *body: Any) -> Any:
        """The first value of a method's answer; None where nobody answers it."""
        call = new_method_call(address, method, signature or None, body)
        # Asking must not start a screen saver that nobody uses.
        call.header.flags |= MessageFlag.no_auto_start
        try:
            answer = self._call(call)
        except DBusErrorResponse as failure:
            log.debug("%s.%s: %s", address.bus_name, method, failure.name)
            return None
        return answer[0] if answer else None

    def _call(self, call: Message) -> tuple[Any, ...]:
        if self.connection is None:
            raise ConnectionError("the bus is not open")
        reply = self.connection.send_and_get_reply(call, timeout=CALL_SECONDS)
        return tuple(unwrap_msg(reply))


class SystemBus(Bus):
    """logind: this session's LockedHint, and going to sleep."""

    kind = "SYSTEM"
    sources = (LOGIND,)

    def _begin(self) -> None:
        manager = DBusAddress("/org/freedesktop/login1", LOGIND, f"{LOGIND}.Manager")
        self._listen(MatchRule(type="signal", interface=f"{LOGIND}.Manager", member=SLEEP))
        session = os.environ.get("XDG_SESSION_ID", "auto")
        self._path = self._ask(manager, "GetSession", "s", session)
        if self._path is None:
            return
        self._listen(
            MatchRule(
                type="signal", interface=PROPERTIES, member="PropertiesChanged", path=self._path
            )
        )
        properties = DBusAddress(self._path, LOGIND, PROPERTIES)
        hint = self._ask(properties, "Get", "ss", f"{LOGIND}.Session", "LockedHint")
        self._report(LOGIND, hint is not None and bool(hint[1]))

    def _follow(self, interface: str, member: str, signal: Message) -> None:
        if member == SLEEP:
            self._tell(CaptureEvent.SUSPEND if signal.body[0] else CaptureEvent.RESUME)
        elif interface == PROPERTIES and signal.header.fields[HeaderFields.path] == self._path:
            hint = signal.body[1].get("LockedHint")
            if hint is not None:
                self._report(LOGIND, bool(hint[1]))


class SessionBus(Bus):
    """The desktop's screen saver: while it is active, the screen counts as locked."""

    kind = "SESSION"
    sources = tuple(SAVERS)

    def _begin(self) -> None:
        for name, path in SAVERS.items():
            self._listen(MatchRule(type="signal", interface=name, member="ActiveChanged"))
            owner = MatchRule(
                type="signal", interface=message_bus.interface, member="NameOwnerChanged"
            )
            owner.add_arg_condition(0, name)
            self._listen(owner)
            active = self._ask(DBusAddress(path, name, name), "GetActive")
            self._report(name, bool(active))

    def _follow(self, interface: str, member: str, signal: Message) -> None:
        if member == "ActiveChanged" and interface in SAVERS:
            self._report(interface, bool(signal.body[0]))
        elif member == "NameOwnerChanged" and signal.body[0] in SAVERS and not signal.body[2]:
            # A screen saver that died cannot say any more that it has ended.
            self._report(signal.body[0], False)


class BusThread:
    """Follows both buses from ``start`` to ``stop``; a desktop without one is fine."""

    def __init__(self, locks: LockState, tell: Callable[[CaptureEvent], None]) -> None:
        self._buses = (SystemBus(locks.report, tell), SessionBus(locks.report, tell))
        self._alarm = Alarm()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="x11-bus", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._alarm.ring()
        if self._thread is not threading.current_thread():
            self._thread.join(5.0)
            self._alarm.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            for bus in self._buses:
                if bus.connection is None and time.monotonic() >= bus.retry_at:
                    bus.open()
            sockets = [bus.connection.sock for bus in self._buses if bus.connection]
            complete = len(sockets) == len(self._buses)
            self._alarm.wait(None if complete else RETRY_SECONDS, *sockets)
            for bus in self._buses:
                bus.pump()
        for bus in self._buses:
            bus.close()


def locked_now() -> bool:
    """Ask both buses once whether the screen is locked."""
    for kind in (SystemBus, SessionBus):
        said: dict[str, bool] = {}
        bus = kind(said.__setitem__, lambda _event: None)
        bus.open()
        locked = any(said.values())
        bus.close()
        if locked:
            return True
    return False
