"""One picture of every monitor, from a fresh connection, or the honest reason for none."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack
from typing import NamedTuple

import mss
from mss.exception import ScreenShotError
from PIL import Image
from workdiary.capture import Monitor, NoPicture
from workdiary.errors import CaptureError
from Xlib import error
from Xlib.display import Display

from workdiary_capture_x11.bus import locked_now
from workdiary_capture_x11.connection import NO_DISPLAY, connected
from workdiary_capture_x11.locking import LockerWindows
from workdiary_capture_x11.pixels import get_image
from workdiary_capture_x11.session import is_xwayland, wayland_session

log = logging.getLogger(__name__)


class Area(NamedTuple):
    """A monitor's rectangle on the desktop."""

    x: int
    y: int
    width: int
    height: int
    primary: bool

    def holds(self, other: Area) -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.x + self.width >= other.x + other.width
            and self.y + self.height >= other.y + other.height
        )

    def within(self, width: int, height: int) -> Area:
        """The part of it that lies on a desktop of this size."""
        left, top = max(self.x, 0), max(self.y, 0)
        right, bottom = min(self.x + self.width, width), min(self.y + self.height, height)
        return Area(left, top, right - left, bottom - top, self.primary)


def take(name: str) -> tuple[Monitor, ...] | NoPicture:
    """Take the pictures now; a reason where there are none; never raises."""
    if wayland_session(os.environ):
        return NoPicture("wayland")
    try:
        with connected(name) as display:
            return _take(display, name)
    except CaptureError as failure:
        return NoPicture("no-display" if failure.code == NO_DISPLAY else f"failed: {failure}")
    except Exception as failure:  # the outermost loop of a picture's process
        log.exception("taking the picture failed")
        return NoPicture(f"failed: {type(failure).__name__}: {failure}")


def _take(display: Display, name: str) -> tuple[Monitor, ...] | NoPicture:
    if is_xwayland(display):
        return NoPicture("wayland")
    if _locked(display):
        return NoPicture("locked")
    try:
        monitors = _shoot(display, name)
    except error.BadMatch:  # the screen shrank after its size was read: read it again
        monitors = _shoot(display, name)
    if _locked(display):  # the lock screen may have come up in between
        return NoPicture("locked")
    if not any(_has_content(monitor.image) for monitor in monitors):
        return NoPicture("blank")
    return monitors


def _locked(display: Display) -> bool:
    return LockerWindows(display).look() or locked_now()


def _has_content(image: Image.Image) -> bool:
    """More than one colour: capture that fails in silence gives one, mostly black."""
    return image.getcolors(1) is None


def _shoot(display: Display, name: str) -> tuple[Monitor, ...]:
    with ExitStack() as stack:
        camera = _camera(name, stack)
        return tuple(
            Monitor(number, area.x, area.y, area.primary, _picture(display, camera, area))
            for number, area in enumerate(read_areas(display), start=1)
        )


def _camera(name: str, stack: ExitStack) -> mss.MSS | None:
    """mss, which is fastest; None on a screen that it refuses, such as one of 30 bits."""
    try:
        return stack.enter_context(mss.MSS(display=name))
    except (ScreenShotError, OSError) as failure:
        log.debug("mss does not take this screen: %s", failure)
        return None


def _picture(display: Display, camera: mss.MSS | None, area: Area) -> Image.Image:
    x, y, width, height, _ = area
    if camera is not None:
        try:
            shot = camera.grab({"left": x, "top": y, "width": width, "height": height})
            return Image.frombytes("RGB", shot.size, shot.bgra, "raw", "BGRX")
        except ScreenShotError as failure:
            log.debug("mss failed: %s", failure)
    return get_image(display, x, y, width, height)


def read_areas(display: Display) -> tuple[Area, ...]:
    """The monitors as they are now: on the desktop, each part of it once, the primary first."""
    desk = display.screen().root.get_geometry()
    found = [area.within(desk.width, desk.height) for area in _monitors(display)]
    found = [area for area in found if area.width > 0 and area.height > 0]
    # A mirror shows what another one shows, perhaps less of it: the larger picture has it all.
    found.sort(key=lambda area: (-area.width * area.height, not area.primary))
    kept: list[Area] = []
    for area in found:
        if not any(other.holds(area) for other in kept):
            kept.append(area)
    whole = Area(0, 0, desk.width, desk.height, True)
    return tuple(sorted(kept or [whole], key=lambda area: (not area.primary, area.x, area.y)))


def _monitors(display: Display) -> list[Area]:
    """RandR 1.5's monitors; none on a server that is older."""
    if not display.has_extension("RANDR"):
        return []
    version = display.xrandr_query_version()
    if (version.major_version, version.minor_version) < (1, 5):
        return []
    reply = display.screen().root.xrandr_get_monitors()
    return [
        Area(each.x, each.y, each.width_in_pixels, each.height_in_pixels, bool(each.primary))
        for each in reply.monitors
    ]
