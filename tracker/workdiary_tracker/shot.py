"""The picture's own process: ``python -m workdiary_tracker.shot`` takes one and writes it out.

Its order (backend and options, JSON) comes on stdin; the shot leaves on stdout as MessagePack.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import msgspec
from workdiary.capture import CaptureBackend, NoPicture
from workdiary.plugins import CAPTURE, Plugins

from workdiary_tracker.pictures import encode
from workdiary_tracker.shots import Shot, failed


class Order(msgspec.Struct, frozen=True):
    backend: str
    options: dict[str, Any]


def take(backend: CaptureBackend, now: int) -> Shot:
    """Ask a backend for every monitor's picture and encode them."""
    screens = backend.screens()
    if isinstance(screens, NoPicture):
        return Shot(now, no_picture=screens.reason)
    frames = tuple(frame for screen in screens if (frame := encode(screen)) is not None)
    return Shot(now, frames) if frames else failed(now, "every picture is over the size limit")


def main() -> None:
    output = os.dup(1)
    os.dup2(2, 1)  # a library that prints must not spoil the answer
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    make = Plugins(CAPTURE).capture_backend("[tracker] capture", order.backend)
    shot = take(make(order.options), int(time.time()))
    with os.fdopen(output, "wb") as file:
        file.write(msgspec.msgpack.encode(shot))


if __name__ == "__main__":
    main()
