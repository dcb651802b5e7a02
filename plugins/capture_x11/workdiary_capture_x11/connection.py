"""Connecting to an X server: a clear error when it is not there, and nothing left open."""

from __future__ import annotations

import logging
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Literal

from workdiary.errors import CaptureError
from Xlib import error
from Xlib.display import Display
from Xlib.protocol import display as tables
from Xlib.protocol import event
from Xlib.support import connect

log = logging.getLogger(__name__)

NO_DISPLAY = "no-display"
"""Code of the CaptureError that says: nothing answers there (yet)."""

NOT_AUTHORISED = "not-authorised"
"""Code of the CaptureError that says: the server answers, and refuses us."""

HANDSHAKE_SECONDS = 3.0

_opening = threading.Lock()

GONE = (error.ConnectionClosedError, error.DisplayError, OSError)
"""What python-xlib raises when the server goes away in the middle of something."""


@contextmanager
def connected(name: str) -> Iterator[Display]:
    """A fresh connection to the X server ``name``, closed at the end.

    :raises CaptureError: there is no such server, or it refuses us; the code says which
    """
    # The knock stays open until the connection stands, so that a server which resets when its
    # last client leaves does not do so between the two.
    with closing(_knock(name)):
        try:
            display = _open(name)
        except (*GONE, error.XError) as failure:
            raise CaptureError(f"the X server {name} went away: {failure}", NO_DISPLAY) from failure
    display.set_error_handler(_ignore_error)
    try:
        yield display
    finally:
        _close(display)


def _open(name: str) -> Display:
    """A connection with its own tables of events and errors.

    python-xlib keeps one set of tables for all connections, and fails when a server that was
    restarted with other extensions numbers its events differently.
    """
    with _opening:
        tables.Display.extension_major_opcodes = {}
        tables.Display.error_classes = error.xerror_class.copy()
        tables.Display.event_classes = dict(event.event_class)
        display = Display(name)
        own = display.display
        own.extension_major_opcodes = tables.Display.extension_major_opcodes
        own.error_classes = tables.Display.error_classes
        own.event_classes = tables.Display.event_classes
        return display


def _ignore_error(failure: error.XError, _request: object) -> None:
    """A window that is gone by the time we ask for it is no news (python-xlib prints it)."""
    log.debug("X protocol error %s", type(failure).__name__)


def _close(display: Display) -> None:
    try:
        display.close()
    except GONE:
        log.debug("the X server closed the connection first")


def _knock(name: str) -> socket.socket:
    """Do the connection's handshake once by hand, and leave it open.

    python-xlib drops its socket unclosed when a server is not there or refuses; asking first
    keeps that from happening each time we try again, is cheaper, and cannot hang.
    """
    try:
        knock = _dial(name)
    except (error.DisplayError, OSError) as failure:
        raise CaptureError(f"no X server answers at {name!r}: {failure}", NO_DISPLAY) from failure
    try:
        _introduce(knock, name)
    except OSError as failure:
        knock.close()
        raise CaptureError(f"the X server {name} does not answer: {failure}", NO_DISPLAY) from None
    except CaptureError:
        knock.close()
        raise
    return knock


def _dial(name: str) -> socket.socket:
    _, protocol, host, number, _ = connect.get_display(name)
    if host and host != "unix" and protocol != "unix":
        return socket.create_connection((host, 6000 + number), timeout=HANDSHAKE_SECONDS)
    address = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where every X server listens
    dialled = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dialled.settimeout(HANDSHAKE_SECONDS)
    try:
        dialled.connect(address if os.path.exists(address) else "\0" + address)
    except OSError:
        dialled.close()
        raise
    return dialled


def _introduce(knock: socket.socket, name: str) -> None:
    """Send the setup request of the X11 protocol and read the verdict alone."""
    _, _, host, number, _ = connect.get_display(name)
    kind: Literal["tcp", "unix"] = "unix" if knock.family == socket.AF_UNIX else "tcp"
    key, value = connect.get_auth(knock, name, kind, host, number)
    knock.sendall(
        struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(key), len(value)) + _pad(key) + _pad(value)
    )
    verdict, length, words = struct.unpack("<BBxxxxH", _read(knock, 8))
    if verdict == 1:
        return
    reason = _read(knock, 4 * words)[: length or None].decode("latin-1").strip(" \n\0")
    raise CaptureError(
        f"the X server {name} refuses the connection: {reason or 'no reason given'}"
        " (does XAUTHORITY name this session's cookie file?)",
        NOT_AUTHORISED,
    )


def _pad(text: bytes) -> bytes:
    return text + bytes(-len(text) % 4)


def _read(knock: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = knock.recv(size - len(received))
        if not part:
            raise ConnectionResetError("it closed the connection")
        received += part
    return received
