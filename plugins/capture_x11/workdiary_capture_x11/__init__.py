"""Counts input and takes pictures on an X11 desktop, through XInput 2.2 and RandR."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workdiary.errors import ConfigError
from workdiary.hookspecs import hookimpl

if TYPE_CHECKING:
    from workdiary.capture import CaptureBackend, CaptureFactory

__all__ = ["open_x11", "workdiary_capture_backends"]


@hookimpl
def workdiary_capture_backends() -> Mapping[str, CaptureFactory]:
    return {"x11": open_x11}


def open_x11(options: Mapping[str, Any]) -> CaptureBackend:
    """Make the backend of ``[capture.x11]``; ``display`` names another one than ``$DISPLAY``.

    :raises ConfigError: there is another option than ``display``, or it is not a text
    """
    # python-xlib, jeepney and mss cost 10 MB: only a tracker that uses them pays.
    from workdiary_capture_x11.backend import X11Backend

    unknown = sorted(set(options) - {"display"})
    if unknown:
        raise ConfigError(f"[capture.x11] {unknown[0]} is not known; there is only display")
    display = options.get("display", "")
    if not isinstance(display, str):
        raise ConfigError(f'[capture.x11] display = {display!r}: write a text such as ":0"')
    return X11Backend(display)
