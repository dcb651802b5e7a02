"""Putting a tracker together on this machine: credentials, spool, capture backend and client."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from workdiary import credentials
from workdiary.client import DiaryClient
from workdiary.errors import ConfigError
from workdiary.mirror import Mirror
from workdiary.pen import machine_name
from workdiary.plugins import CAPTURE, Plugins

from workdiary_tracker import settings
from workdiary_tracker.clocks import SystemClock
from workdiary_tracker.parts import Device, Sealer
from workdiary_tracker.shots import ProcessShooter
from workdiary_tracker.spool import Spool
from workdiary_tracker.tracker import Tracker
from workdiary_tracker.uploader import JITTER_SECONDS

SPOOL = "spool.sqlite"


@asynccontextmanager
async def opened(
    folder: Path, capture: str | None, say: Callable[[str], None], *, unattended: bool = False
) -> AsyncIterator[Tracker]:
    """A tracker that watches this desktop, opened and, however it ends, released.

    :raises ConfigError: not enrolled, no such backend, or a desktop that cannot be used
    :raises RefusedError: another tracker of this user is running
    """
    known = credentials.load(folder)
    chosen = settings.load(folder)
    name = capture or chosen.tracker.capture
    options = chosen.capture.get(name, {})
    backend = Plugins(CAPTURE).capture_backend("[tracker] capture", name)(options)
    if why := backend.probe():
        raise ConfigError(f"capture backend {name} cannot be used: {why}")
    clock = SystemClock()
    shooter = ProcessShooter(name, options, lambda: clock.read().wall)
    spool = Spool(folder / SPOOL, bytes.fromhex(known.storage_key), os.urandom)
    mirror = Mirror(folder)
    try:
        async with DiaryClient(known.server, known.token) as client:
            tracker = Tracker(
                spool=spool,
                mirror=mirror,
                sealer=Sealer(device_of(known), os.urandom),
                clock=clock,
                backend=backend,
                shooter=shooter,
                client=client,
                random=os.urandom,
                jitter=lambda: int.from_bytes(os.urandom(4), "big") / 2**32 * JITTER_SECONDS,
                say=say,
                unattended=unattended,
            )
            await tracker.open()
            yield tracker
    finally:
        backend.stop()
        shooter.close()
        mirror.close()
        spool.close()


def device_of(known: credentials.Credentials) -> Device:
    """The device that signs, under this machine's name."""
    return Device(known.device, known.person, machine_name(), known.signing_key())
