"""The smallest capture plugin: it draws a desktop instead of looking at one. Start yours here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workdiary import hookimpl
from workdiary.errors import ConfigError

if TYPE_CHECKING:
    from workdiary.capture import CaptureFactory

    from workdiary_capture_demo.backend import DemoBackend

_SMALLEST = {"seed": 0, "width": 320, "height": 200, "monitors": 1}
"""The options and the least that each may be."""


def open_demo(options: Mapping[str, Any]) -> DemoBackend:
    """Options: ``seed``, ``width`` and ``height`` in pixels, ``monitors``, and a ``scene``."""
    from workdiary_capture_demo.backend import DemoBackend  # and Pillow, only where it is used
    from workdiary_capture_demo.desktop import SCENES

    known = sorted([*_SMALLEST, "scene"])
    for name, value in options.items():
        if name not in known:
            raise ConfigError(f"[capture.demo]: unknown option {name!r}; known: {known}")
        if name == "scene" and value not in list(SCENES):
            raise ConfigError(f"[capture.demo] scene = {value!r}: it is one of {list(SCENES)}")
        if name != "scene" and (type(value) is not int or value < _SMALLEST[name]):
            least = _SMALLEST[name]
            raise ConfigError(f"[capture.demo] {name} = {value!r}: give a number from {least} up")
    return DemoBackend(**options)


@hookimpl
def workdiary_capture_backends() -> Mapping[str, CaptureFactory]:
    return {"demo": open_demo}
