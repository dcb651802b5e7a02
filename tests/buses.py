"""A private D-Bus for tests, and on it a logind and a screen saver that do as they are told."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jeepney import (  # type: ignore[import-untyped]  # it ships no types
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import (  # type: ignore[import-untyped]  # it ships no types
    DBusConnection,
    open_dbus_connection,
)
from needs import require_program

SESSION = "/org/freedesktop/login1/session/c1"
LOGIND = "org.freedesktop.login1"
SAVER = "org.freedesktop.ScreenSaver"


@contextmanager
def private_bus(folder: Path) -> Iterator[str]:
    """A dbus-daemon of its own; its address."""
    program = require_program("dbus-daemon", "apt-get install dbus")
    reader, writer = os.pipe()
    daemon = subprocess.Popen(
        [
            *(program, "--session", "--nofork", "--nopidfile", "--nosyslog"),
            *(f"--address=unix:path={folder}/bus", f"--print-address={writer}"),
        ],
        pass_fds=(writer,),
    )
    os.close(writer)
    with os.fdopen(reader) as answer:
        address = answer.readline().strip()
    try:
        yield address
    finally:
        daemon.terminate()
        daemon.wait()


class Desktop:
    """Speaks as logind and as the screen saver on one bus, from a thread of its own."""

    def __init__(self, address: str, *, locked: bool = False) -> None:
        self._locked = locked
        self._saving = False
        self._bus: DBusConnection = open_dbus_connection(address)
        for name in (LOGIND, SAVER):
            self._bus.send_and_get_reply(message_bus.RequestName(name))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._stopping = threading.Event()
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._bus.close()

    def lock(self, locked: bool) -> None:
        self._locked = locked
        changed = {"LockedHint": ("b", locked)}
        self._signal(
            DBusAddress(SESSION, interface="org.freedesktop.DBus.Properties"),
            "PropertiesChanged",
            "sa{sv}as",
            (f"{LOGIND}.Session", changed, []),
        )

    def sleep(self, begins: bool) -> None:
        manager = DBusAddress("/org/freedesktop/login1", interface=f"{LOGIND}.Manager")
        self._signal(manager, "PrepareForSleep", "b", (begins,))

    def save_screen(self, active: bool) -> None:
        self._saving = active
        saver = DBusAddress("/org/freedesktop/ScreenSaver", interface=SAVER)
        self._signal(saver, "ActiveChanged", "b", (active,))

    def _signal(self, source: DBusAddress, name: str, signature: str, body: Any) -> None:
        self._bus.send(new_signal(source, name, signature, body))

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                message = self._bus.receive(timeout=0.05)
            except TimeoutError:
                continue
            if message.header.message_type is MessageType.method_call:
                self._bus.send(self._answer(message))

    def _answer(self, call: Message) -> Message:
        match call.header.fields[HeaderFields.member]:
            case "GetSession":
                return new_method_return(call, "o", (SESSION,))
            case "Get":
                return new_method_return(call, "v", (("b", self._locked),))
            case "GetActive":
                return new_method_return(call, "b", (self._saving,))
            case _:
                return new_error(call, "org.freedesktop.DBus.Error.UnknownMethod")
