"""The tracker's settings, in ``tracker.toml`` of the user's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from workdiary import settings


class TrackerSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``capture`` names the capture backend, whose options stand in ``[capture.NAME]``."""

    capture: str = "x11"


class TrackerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tracker: TrackerSection = TrackerSection()
    capture: dict[str, dict[str, Any]] = {}


def load(folder: Path) -> TrackerSettings:
    """:raises ConfigError: names the file, the key, and what would be right"""
    return settings.load(TrackerSettings, folder / "tracker.toml")
