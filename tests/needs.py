"""What a test needs from the machine, and what to install where it is missing."""

from __future__ import annotations

import os
import shutil

import pytest


def require_program(name: str, install: str) -> str:
    """Return the program's path; without it skip naming ``install``, and in CI fail."""
    path = shutil.which(name)
    if path:
        return path
    reason = f"{name} is not installed: {install}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
