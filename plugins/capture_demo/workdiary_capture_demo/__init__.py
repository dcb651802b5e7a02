"""The smallest capture plugin: it draws a desktop instead of looking at one. Start yours here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workdiary import hookimpl
from workdiary.errors import ConfigError

if TYPE_CHECKING:
    from workdiary.capture import CaptureFactory

    from workdiary_capture_demo.backend import DemoBackend

_OPTIONS = frozenset({"seed", "scene", "width", "height"})


def open_demo(options: Mapping[str, Any]) -> DemoBackend:
    """Options: ``seed`` (a number), ``scene``, ``width`` and ``height`` in pixels."""
    from workdiary_capture_demo.backend import DemoBackend

    for name in sorted(set(options) - _OPTIONS):
        raise ConfigError(f"[capture.demo]: unknown option {name!r}; known: {sorted(_OPTIONS)}")
    return DemoBackend(**options)


@hookimpl
def workdiary_capture_backends() -> Mapping[str, CaptureFactory]:
    return {"demo": open_demo}
