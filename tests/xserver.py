"""Real X servers for tests: started on a free display, killed, restarted, painted, typed into."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from needs import require_program
from PIL import Image
from workdiary_capture_x11.connection import connected
from Xlib.display import Display

XVFB = "apt-get install xvfb"
XDOTOOL = "apt-get install xdotool"
DEADLINE_SECONDS = 15.0

COLOURS = (
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 0),
    (0, 255, 255),
    (255, 0, 255),
    (12, 34, 56),
    (200, 100, 50),
    (1, 2, 3),
    (128, 127, 129),
    (254, 253, 252),
    (64, 32, 16),
)
COLUMNS, ROWS = 4, 3

FOREIGN = (
    "WAYLAND_DISPLAY",
    "XDG_SESSION_TYPE",
    "XDG_SESSION_ID",
    "DBUS_SESSION_BUS_ADDRESS",
    "DBUS_SYSTEM_BUS_ADDRESS",
    "XAUTHORITY",
)
"""Variables of the developer's own desktop, which a test's desktop must not inherit."""


def eventually(condition: Callable[[], bool], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Wait until ``condition`` holds, or fail saying ``what`` did not come about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class XServer:
    """An Xvfb of one screen (``-noreset``), as a context manager.

    ``cookies`` is the folder for an authority file; without one everybody may connect.
    ``env`` is the environment of a program that runs on this desktop.
    """

    def __init__(
        self, screen: str = "1280x800x24", *options: str, cookies: Path | None = None
    ) -> None:
        self._options = ["-noreset", "-nolisten", "tcp", "-screen", "0", screen, *options]
        self._cookies = cookies
        self._process: subprocess.Popen[bytes] | None = None
        self.display = ""
        self.env = {name: text for name, text in os.environ.items() if name not in FOREIGN}
        # Named, so that nobody looks at the usual places of the developer's machine.
        self.env["XAUTHORITY"] = "/nonexistent/authority"
        self.env["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/dev/null"
        self._cookie = secrets.token_bytes(16)

    def __enter__(self) -> Self:
        require_program("Xvfb", XVFB)
        self.display = _free_display()
        if self._cookies is not None:
            self._options += ["-auth", str(self._write_cookie(self._cookies, "0"))]
            self.env["XAUTHORITY"] = str(self._write_cookie(self._cookies, self.display[1:]))
        self._launch()
        self.env["DISPLAY"] = self.display
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(signal.SIGTERM)
        for left in (f"/tmp/.X{self.display[1:]}-lock", f"/tmp/.X11-unix/X{self.display[1:]}"):  # noqa: S108
            Path(left).unlink(missing_ok=True)  # a killed server leaves them

    def inhabit(self, patch: pytest.MonkeyPatch) -> None:
        """Make it the test's own desktop: what is in ``env``, and nothing else of the kind."""
        for name in FOREIGN:
            patch.delenv(name, raising=False)
        for name in ("DISPLAY", *FOREIGN):
            if name in self.env:
                patch.setenv(name, self.env[name])

    @property
    def cookie_file(self) -> Path:
        return Path(self.env["XAUTHORITY"])

    def kill(self) -> None:
        """SIGKILL: the desktop is gone, with everything on it."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again under the same display."""
        self._launch()

    def run(self, *command: str) -> str:
        """Run a program on this desktop and return what it prints."""
        return subprocess.run(
            command, env=self.env, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    def xdotool(self, *command: str) -> None:
        require_program("xdotool", XDOTOOL)
        self.run("xdotool", *command)

    def _launch(self) -> None:
        reader, writer = os.pipe()
        try:
            self._process = subprocess.Popen(
                ["Xvfb", self.display, "-displayfd", str(writer), *self._options],
                pass_fds=(writer,),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        finally:
            os.close(writer)
        with os.fdopen(reader) as ready:
            assert ready.readline(), f"Xvfb did not start on {self.display}"

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(DEADLINE_SECONDS)
            self._process = None

    def _write_cookie(self, folder: Path, number: str) -> Path:
        """An authority file of the one cookie, for display ``number`` of this host."""
        path = folder / f"authority-{number}"
        write_cookie(path, number, self._cookie)
        return path


def _free_display() -> str:
    """One far from the lowest, which other programs take as soon as this server is killed."""
    while True:
        number = 1000 + secrets.randbelow(50_000)
        if not Path(f"/tmp/.X11-unix/X{number}").exists():  # noqa: S108 - where X servers put it
            return f":{number}"


def write_cookie(path: Path, number: str, cookie: bytes) -> None:
    fields = (os.uname().nodename.encode(), number.encode(), b"MIT-MAGIC-COOKIE-1", cookie)
    family_local = (256).to_bytes(2, "big")
    path.write_bytes(family_local + b"".join(len(f).to_bytes(2, "big") + f for f in fields))


@contextmanager
def opened(name: str) -> Iterator[Display]:
    """A test's own connection to the X server."""
    with connected(name) as display:
        yield display


def paint_pattern(name: str) -> Image.Image:
    """Cover the desktop's background with twelve colours; what its picture must be, exactly.

    It is the root window's background, so that it comes back wherever a window was.
    """
    with opened(name) as display:
        screen = display.screen()
        desk = screen.root.get_geometry()
        expected = Image.new("RGB", (desk.width, desk.height))
        pixmap = screen.root.create_pixmap(desk.width, desk.height, screen.root_depth)
        for number, colour in enumerate(COLOURS):
            box = _cell(number, desk.width, desk.height)
            expected.paste(colour, box)
            pen = pixmap.create_gc(foreground=_pixel(display, colour))
            left, top, right, bottom = box
            pixmap.fill_rectangle(pen, left, top, right - left, bottom - top)
        screen.root.change_attributes(background_pixmap=pixmap)
        screen.root.clear_area(0, 0, 0, 0)
        display.sync()
    return expected


def _cell(number: int, width: int, height: int) -> tuple[int, int, int, int]:
    column, row = number % COLUMNS, number // COLUMNS
    return (
        width * column // COLUMNS,
        height * row // ROWS,
        width * (column + 1) // COLUMNS,
        height * (row + 1) // ROWS,
    )


def _pixel(display: Display, colour: tuple[int, int, int]) -> int:
    """A colour as the root visual's pixel, whatever its depth."""
    screen = display.screen()
    visual = next(
        each
        for depth in screen.allowed_depths
        for each in depth.visuals
        if each.visual_id == screen.root_visual
    )
    masks = (visual.red_mask, visual.green_mask, visual.blue_mask)
    return sum(_scaled(value, mask) for value, mask in zip(colour, masks, strict=True))


def _scaled(value: int, mask: int) -> int:
    lowest = mask & -mask
    return round(value * (mask // lowest) / 255) * lowest
