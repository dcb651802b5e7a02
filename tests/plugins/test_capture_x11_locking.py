"""While the screen is locked nothing is counted and no picture is taken."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from buses import Desktop, private_bus
from capturing import capturing
from needs import require_program
from workdiary.capture import CaptureEvent, NoPicture
from workdiary_capture_x11 import open_x11
from Xlib import X, Xatom
from xserver import XServer, opened, paint_pattern

LOCK, UNLOCK = CaptureEvent.LOCK, CaptureEvent.UNLOCK


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[XServer]:
    with XServer() as server:
        server.inhabit(monkeypatch)
        paint_pattern(server.display)
        yield server


@pytest.fixture
def desktop(server: XServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    with private_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        desktop = Desktop(address)
        yield desktop
        desktop.close()


@contextmanager
def i3lock(server: XServer) -> Iterator[subprocess.Popen[bytes]]:
    program = require_program("i3lock", "apt-get install i3lock")
    locker = subprocess.Popen([program, "-n", "-c", "336699"], env=server.env)
    try:
        yield locker
    finally:
        locker.kill()
        locker.wait()


def type_password(server: XServer) -> None:
    server.xdotool("key", "--delay", "2", *"hunter" * 5)


def test_keys_typed_into_i3lock_are_not_counted(server: XServer) -> None:
    with capturing(open_x11({})) as capture:
        server.xdotool("key", "a", "b")
        with i3lock(server) as locker:
            capture.expect_event(LOCK)
            assert open_x11({}).screens() == NoPicture("locked")
            type_password(server)
            # At once: the last keys are still on their way when the lock screen goes.
            locker.kill()
            capture.expect_event(UNLOCK)
        server.xdotool("key", "a", "b", "c")
        capture.expect(keystrokes=5)
        assert capture.events == [LOCK, UNLOCK]
    assert not isinstance(open_x11({}).screens(), NoPicture)


def test_a_screen_locked_before_tracking_starts_is_locked(server: XServer) -> None:
    with i3lock(server):
        with capturing(open_x11({})) as first:
            first.expect_event(LOCK)
        with capturing(open_x11({})) as capture:
            capture.expect_event(LOCK)
            type_password(server)
            capture.backend.stop()
            assert capture.counted.keystrokes == 0


def test_xscreensavers_status_locks(server: XServer) -> None:
    with capturing(open_x11({})) as capture, opened(server.display) as saver:
        root = saver.screen().root
        status = saver.intern_atom("_SCREENSAVER_STATUS")
        root.change_property(status, Xatom.INTEGER, 32, [263, 0, 0])
        saver.sync()
        capture.expect_event(LOCK)
        assert open_x11({}).screens() == NoPicture("locked")
        type_password(server)
        root.change_property(status, Xatom.INTEGER, 32, [0, 0, 0])
        saver.sync()
        capture.expect_event(UNLOCK)
        server.xdotool("key", "a")
        capture.expect(keystrokes=1)


def test_a_menu_that_covers_the_screen_is_no_lock(server: XServer) -> None:
    with capturing(open_x11({})) as capture, opened(server.display) as other:
        desk = other.screen().root.get_geometry()
        menu = other.screen().root.create_window(
            0, 0, desk.width, desk.height, 0, X.CopyFromParent, override_redirect=True
        )
        menu.set_wm_class("menu", "Menu")
        menu.map()
        other.sync()
        server.xdotool("key", "a")
        capture.expect(keystrokes=1)
        assert capture.events == []


def test_logind_says_that_the_session_is_locked(server: XServer, desktop: Desktop) -> None:
    with capturing(open_x11({})) as capture:
        server.xdotool("key", "a")
        capture.expect(keystrokes=1)
        desktop.lock(True)
        capture.expect_event(LOCK)
        assert open_x11({}).screens() == NoPicture("locked")
        type_password(server)
        desktop.lock(False)
        capture.expect_event(UNLOCK)
        server.xdotool("key", "a", "b")
        capture.expect(keystrokes=3)


def test_a_session_locked_before_tracking_starts_is_locked(
    server: XServer, desktop: Desktop
) -> None:
    desktop.lock(True)
    with capturing(open_x11({})) as capture:
        capture.expect_event(LOCK)


def test_a_screen_saver_on_the_bus_locks(server: XServer, desktop: Desktop) -> None:
    with capturing(open_x11({})) as capture:
        desktop.save_screen(True)
        capture.expect_event(LOCK)
        assert open_x11({}).screens() == NoPicture("locked")
        desktop.lock(True)
        desktop.save_screen(False)
        desktop.lock(False)
        capture.expect_event(UNLOCK)
        assert capture.events == [LOCK, UNLOCK]


def test_a_screen_saver_that_dies_locks_no_longer(server: XServer, desktop: Desktop) -> None:
    with capturing(open_x11({})) as capture:
        desktop.save_screen(True)
        capture.expect_event(LOCK)
        desktop.close()
        capture.expect_event(UNLOCK)


def test_sleep_is_told_before_it_begins_and_when_it_ended(
    server: XServer, desktop: Desktop
) -> None:
    with capturing(open_x11({})) as capture:
        # A signal that is sent before the backend listens is lost: locking shows that it does.
        desktop.lock(True)
        capture.expect_event(LOCK)
        desktop.sleep(True)
        desktop.sleep(False)
        capture.expect_event(CaptureEvent.RESUME)
        assert capture.events == [LOCK, CaptureEvent.SUSPEND, CaptureEvent.RESUME]
