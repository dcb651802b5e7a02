"""What a test needs from the machine, and what to install where it is missing."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def require_program(name: str, install: str) -> str:
    """Return the program's path; without it skip naming ``install``, and in CI fail."""
    path = shutil.which(name)
    if path:
        return path
    lack(f"{name} is not installed: {install}")


def lack(reason: str) -> NoReturn:
    """Skip for this reason, and in CI fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
