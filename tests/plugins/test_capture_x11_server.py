"""X servers that are not there, go away, come back, refuse us, or are no X11 desktop."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from capturing import capturing
from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureEvent, NoPicture
from workdiary.errors import CaptureError, ConfigError
from workdiary_capture_x11 import open_x11
from workdiary_capture_x11.session import is_xwayland
from xserver import XServer, opened, paint_pattern, write_cookie


def test_counting_resumes_when_the_server_was_killed_and_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with XServer() as server:
        server.inhabit(monkeypatch)
        with capturing(open_x11({})) as capture:
            server.xdotool("key", "a", "b")
            capture.expect(keystrokes=2)
            server.kill()
            capture.expect_event(CaptureEvent.DOWN)
            assert capture.backend.idle() is None
            server.restart()
            capture.expect_event(CaptureEvent.UP)
            server.xdotool("key", "a", "b", "c")
            capture.expect(keystrokes=5)
            assert capture.events == [CaptureEvent.DOWN, CaptureEvent.UP]


def test_tracking_may_start_before_the_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with XServer() as server:
        server.inhabit(monkeypatch)
        server.kill()
        with capturing(open_x11({}), ready=False) as capture:
            capture.expect_event(CaptureEvent.DOWN)
            server.restart()
            capture.expect_event(CaptureEvent.UP)
            server.xdotool("key", "a")
            capture.expect(keystrokes=1)


def test_ten_seconds_without_a_server_cost_next_to_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with XServer() as server:
        server.inhabit(monkeypatch)
        with capturing(open_x11({})) as capture:
            server.kill()
            capture.expect_event(CaptureEvent.DOWN)
            before = time.process_time()
            deadline = time.monotonic() + 10
            while (left := deadline - time.monotonic()) > 0:
                time.sleep(left)
            assert time.process_time() - before < 0.05
            assert capture.events == [CaptureEvent.DOWN]


def test_a_cookie_lets_us_in_and_a_wrong_one_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with XServer(cookies=tmp_path) as server:
        server.inhabit(monkeypatch)
        paint_pattern(server.display)
        backend = open_x11({})
        assert backend.probe() == ""
        assert not isinstance(backend.screens(), NoPicture)
        with capturing(backend) as capture:
            server.xdotool("key", "a")
            capture.expect(keystrokes=1)
        write_cookie(server.cookie_file, server.display[1:], bytes(16))
        assert "refuses the connection" in backend.probe()
        assert "\n" not in backend.probe()
        refused = backend.screens()
        assert isinstance(refused, NoPicture)
        assert refused.reason.startswith("failed: the X server")
        with pytest.raises(CaptureError, match="XAUTHORITY"):
            backend.start(MinuteCounter(time.time), lambda _event: None)


@pytest.mark.parametrize(
    ("name", "value"), [("XDG_SESSION_TYPE", "wayland"), ("WAYLAND_DISPLAY", "wayland-0")]
)
def test_a_wayland_session_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with XServer("640x480x24") as server:
        server.inhabit(monkeypatch)
        monkeypatch.setenv(name, value)
        backend = open_x11({})
        assert "Wayland" in backend.probe()
        assert backend.screens() == NoPicture("wayland")
        with pytest.raises(CaptureError, match="log in to an X11"):
            backend.start(MinuteCounter(time.time), lambda _event: None)


def test_an_ordinary_server_is_not_taken_for_xwayland() -> None:
    with XServer("640x480x24") as server, opened(server.display) as display:
        assert not is_xwayland(display)


def test_an_output_of_xwaylands_name_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workdiary_capture_x11.session._outputs", lambda _display: ["XWAYLAND0"])
    with XServer("640x480x24") as server:
        server.inhabit(monkeypatch)
        backend = open_x11({})
        assert "Xwayland" in backend.probe()
        assert backend.screens() == NoPicture("wayland")


def test_without_a_display_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    backend = open_x11({})
    assert "DISPLAY is not set" in backend.probe()
    assert backend.screens() == NoPicture("no-display")
    assert open_x11({"display": ":nonsense"}).screens() == NoPicture("no-display")


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(ConfigError, match="colour"):
        open_x11({"colour": "red"})
    with pytest.raises(ConfigError, match="display = 7"):
        open_x11({"display": 7})


def test_naming_the_plugin_loads_none_of_its_libraries() -> None:
    script = (
        "import sys, workdiary_capture_x11\n"
        "print([name for name in ('Xlib', 'jeepney', 'mss', 'PIL') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], env=os.environ, check=True, capture_output=True, text=True
    ).stdout
    assert printed == "[]\n"
