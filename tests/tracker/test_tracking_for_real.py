"""The whole way through real processes: server, enrolment, tracker, and what the diary shows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from trackerkit import Desktop, HandClock, a_tracker
from workdiary import credentials
from workdiary.client import DiaryClient
from workdiary.segments import from_epoch
from workdiary_tracker.parts import Sealer
from workdiary_tracker.session import SPOOL, device_of
from workdiary_tracker.shots import Shot
from workdiary_tracker.spool import Spool

WORKDIARY = [sys.executable, "-m", "workdiary.cli"]


class Office:
    """A server of its own and one enrolled freelancer, all through the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.environment = os.environ | {
            "WORKDIARY_HOME": str(self.home),
            "WORKDIARY_SERVER__FOLDER": str(folder / "server"),
        }
        self.run("init", "--name", "diary.test", "--owner", "Olga")
        self.server = self.start("serve", "--port", "0")
        assert self.server.stdout is not None
        line = self.server.stdout.readline().decode()
        self.url = next(word for word in line.split() if word.startswith("http"))
        self.run("person", "add", "Jane")
        self.run("person", "add", "Grace")
        self.run(
            *("contract", "open", "acme", "--freelancer", "Jane", "--client", "Grace"),
            *("--rate", "45.00"),
        )
        code = self.run("invite", "Jane", "--scope", "tracker").split()[-1]
        self.run("enrol", self.url, code)

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [*WORKDIARY, *words], env=self.environment, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*WORKDIARY, *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def close(self) -> None:
        self.server.send_signal(signal.SIGTERM)
        self.server.communicate(timeout=30)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.close()


async def test_a_tracker_pictures_its_moment_and_stops_cleanly(office: Office) -> None:
    known = credentials.load(office.home)
    slot = _moment_in(office, known, 6)
    tracker = office.start("track", "--headless", "--capture", "demo", "--memo", "Fix invoices")
    assert tracker.stdout is not None
    lines = []
    for raw in tracker.stdout:
        lines.append(raw.decode().rstrip())
        if "taken" in lines[-1] or "no picture" in lines[-1]:
            break
    tracker.send_signal(signal.SIGTERM)
    rest = tracker.communicate(timeout=30)[0].decode()
    assert tracker.returncode == 0, lines
    assert "everything is sent" in rest, lines
    async with DiaryClient(known.server, known.token) as client:
        (contract,) = await client.contracts()
        segment = await client.segment(contract.id, from_epoch(slot))
        assert (segment.memo, segment.sampled) == ("Fix invoices", True)
        assert segment.tracked
        picture = await client.picture(contract.id, segment.pictures[0].digest, "thumbnail")
        assert picture[8:12] == b"WEBP"
        assert contract.week.tracked >= 10


async def test_two_machines_with_the_clock_handed_in_make_one_segment(office: Office) -> None:
    slot = int(time.time() - 7200) // 600 * 600
    code = office.run("invite", "Jane", "--scope", "tracker").split()[-1]
    laptop = office.folder / "laptop"
    office.environment["WORKDIARY_HOME"] = str(laptop)
    office.run("enrol", office.url, code)
    for home, offset in ((office.home, 0), (laptop, 150)):
        known = credentials.load(home)
        clock, desktop = HandClock(slot + offset), Desktop()
        spool = Spool(home / SPOOL, bytes.fromhex(known.storage_key), os.urandom)
        sealer = Sealer(device_of(known), os.urandom)
        opening = a_tracker(
            spool, clock, desktop, nothing_to_see, known.server, known.token, sealer
        )
        async with opening as tracker:
            await tracker.start(tracker.choose("acme"), "Fix invoices")
            for _ in range(60):
                assert desktop.counter is not None
                desktop.counter.keystroke()
                clock.forward(5)
                tracker.recorder.tick(clock.read())
    async with DiaryClient(known.server, known.token) as client:
        (contract,) = await client.contracts()
        segment = await client.segment(contract.id, from_epoch(slot))
    assert segment.tracked == 0b0011111111
    assert sum(segment.keystrokes) == 120
    assert segment.keystrokes[:8] == (12, 12, 18, 24, 24, 12, 12, 6)
    assert len(segment.sessions) == 2


def nothing_to_see() -> Future[Shot]:
    future: Future[Shot] = Future()
    future.set_result(Shot(0, no_picture="no-display"))
    return future


def test_a_desktop_that_cannot_be_used_is_said_in_one_line(office: Office) -> None:
    office.environment.pop("DISPLAY", None)
    office.environment["WAYLAND_DISPLAY"] = "wayland-0"
    done = subprocess.run(
        [*WORKDIARY, "track", "--headless", "--capture", "x11"],
        env=office.environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert b"x11" in done.stderr


def test_a_second_tracker_is_refused_in_one_line(office: Office) -> None:
    known = credentials.load(office.home)
    spool = Spool(office.home / SPOOL, bytes.fromhex(known.storage_key), os.urandom)
    words = ["track", "--headless", "--capture", "demo"]
    done = subprocess.run(
        [*WORKDIARY, *words], env=office.environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert b"running already" in done.stderr
    spool.close()


def _moment_in(office: Office, known: credentials.Credentials, seconds: int) -> int:
    """Draw the moment of a slot by hand, a few seconds from now; returns the slot."""
    now = time.time()
    at = now + seconds
    if 600 - now % 600 < seconds + 20:  # the slot is about to end: take the next one
        at = (now // 600 + 1) * 600 + 2
    slot = int(at // 600) * 600
    spool = Spool(office.home / SPOOL, bytes.fromhex(known.storage_key), os.urandom)
    with spool.transaction() as db:
        db.execute("INSERT OR REPLACE INTO moment VALUES (?, ?)", (slot, int((at - slot) * 1000)))
    spool.close()
    return slot
