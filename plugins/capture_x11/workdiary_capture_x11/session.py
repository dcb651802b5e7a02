"""Whether this desktop is X11 at all: under Wayland, X11 shows black and counts a part."""

from __future__ import annotations

from collections.abc import Mapping

from Xlib import error
from Xlib.display import Display

REMEDY = "log in to an X11 (Xorg) session to track here"

XWAYLAND = f"this X server is Xwayland, which sees only some of the windows: {REMEDY}"


def wayland_session(environ: Mapping[str, str]) -> str:
    """Say in one line that the environment is a Wayland session's; "" when it is not."""
    if environ.get("XDG_SESSION_TYPE", "").lower() == "wayland":
        return f"this is a Wayland session (XDG_SESSION_TYPE=wayland): {REMEDY}"
    if environ.get("WAYLAND_DISPLAY"):
        return f"this is a Wayland session (WAYLAND_DISPLAY is set): {REMEDY}"
    return ""


def is_xwayland(display: Display) -> bool:
    """Some builds of Xwayland lack its extension, and newer ones rename its outputs: ask both."""
    if display.query_extension("XWAYLAND"):
        return True
    return any(name.upper().startswith("XWAYLAND") for name in _outputs(display))


def _outputs(display: Display) -> list[str]:
    if not display.has_extension("RANDR"):
        return []
    try:
        resources = display.screen().root.xrandr_get_screen_resources_current()
        return [
            display.xrandr_get_output_info(output, resources.config_timestamp).name
            for output in resources.outputs
        ]
    except error.XError:  # older than RandR 1.3, or an output that was unplugged just now
        return []
