"""What the tests of screens share: one decoder of pictures, and a diary on paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from diaries import OTHER, PaperDiary, a_contract, a_full_day
from workdiary_tui.pictures import Decoder


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as one:
        yield one


@pytest.fixture
def paper() -> PaperDiary:
    paper = PaperDiary(a_contract(), a_contract(OTHER, name="acme/mobile", last_segment=None))
    a_full_day(paper)
    return paper
