"""What every test leaves behind is put away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import spoolkit


@pytest.fixture(autouse=True)
def _no_spool_stays_open() -> Iterator[None]:
    yield
    while spoolkit.OPENED:
        spoolkit.OPENED.pop().close()
