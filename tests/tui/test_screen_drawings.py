"""Every screen as it looks: compared with the drawings in docs/screens, which the README shows.

``WORKDIARY_DRAW=1 pytest tests/tui/test_screen_drawings.py`` draws them anew; look at them before
they are committed.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from diaries import (
    CLIENT,
    NOW,
    OTHER,
    PaperDiary,
    a_contract,
    a_full_day,
    a_picture,
    at,
    some_terms,
)
from msgspec.structs import replace
from screenkit import Page, press, reading, until
from workdiary import api
from workdiary_capture_demo.desktop import SCENES, draw_desktop
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.tui_settings import resolved
from workdiary_tui.widgets.day_list import DayList

DRAWINGS = Path(__file__).parents[2] / "docs" / "screens"
SMALL, WIDE = (80, 24), (160, 45)
KEYS: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "contracts": (SMALL, ()),
    "contracts-wide": (WIDE, ()),
    "day": (SMALL, ("enter",)),
    "day-wide": (WIDE, ("enter",)),
    "minutes": (SMALL, ("enter", "m")),
    "why": (SMALL, ("enter", "a")),
    "live": (SMALL, ("L",)),
    "segment": (SMALL, ("enter", "enter")),
    "loupe": (SMALL, ("enter", "enter", "x", "H")),
    "sheet": ((100, 30), ("enter", "v")),
    "week": (SMALL, ("w",)),
    "week-wide": (WIDE, ("w",)),
    "calendar": (SMALL, ("enter", "c")),
    "search": (SMALL, ("enter", "slash", *"invoice", "enter")),
    "terms": (SMALL, ("T",)),
    "settings": (SMALL, ("comma",)),
    "views": (SMALL, ("enter", "W")),
    "export": (SMALL, ("enter", "e")),
    "zones": (SMALL, ("enter", "Z")),
    "help": (SMALL, ("enter", "question_mark")),
    "palette": (SMALL, ("enter", "ctrl+p", *"sh")),
}


def an_example() -> PaperDiary:
    """The week that the other tests read, with desktops instead of coloured boxes."""
    paper = PaperDiary(
        a_contract(
            weekly_limit=34 * 60,
            week=api.Minutes(tracked=2090, billable=2040, by_status={"auto": 2030, "manual": 10,
                                                                     "over_limit": 40}),
            today=api.Minutes(tracked=160, billable=120, by_status={"auto": 120}),
        ),
        a_contract(
            OTHER, name="acme/mobile", last_segment=at(14, 20, day=2), rate=3850, currency="EUR",
            freelancer=api.Person(id="e" * 32, name="Ravi K."),
            week=api.Minutes(tracked=430, billable=430, by_status={"auto": 430}),
            today=api.Minutes(tracked=0, billable=0, by_status={}),
        ),
    )  # fmt: skip
    a_full_day(paper)
    for number, start in enumerate(sorted(paper.segments["c" * 32])):
        segment = paper.segments["c" * 32][start]
        if segment.pictures:
            scene = sorted(SCENES)[number // 9 % len(SCENES)]
            desktop = draw_desktop(scene, start, 3, (960, 600), segment.memo)
            file = io.BytesIO()
            desktop.save(file, "WEBP", lossless=True)
            picture = a_picture(start, file.getvalue())
            paper.files[hashlib.sha256(file.getvalue()).hexdigest()] = file.getvalue()
            paper.write(replace(segment, pictures=(picture,)))
    paper.history["c" * 32] = (
        some_terms(at(0, day=1), weekly_limit=30 * 60),
        some_terms(at(0, day=4), weekly_limit=34 * 60, changed=("weekly_limit",), index=9),
    )
    paper.looks = [
        api.View(
            at=NOW - timedelta(minutes=7 * number), by=CLIENT, start=at(18, 10 - 10 * (number % 2)),
            digest="e" * 64, monitor=0, renditions=("preview",), times=1 + number,
        )
        for number in range(4)
    ]  # fmt: skip
    return paper


async def at_rest(page: Page) -> str:
    """The screen once nothing moves on it any more: pictures come when they are drawn."""
    last = ""
    while last != (found := drawing(page)):
        last = found
        await page.pause(0.7)
    return found


def drawing(page: Page) -> str:
    """The terminal as SVG, with names that do not depend on the library's version."""
    return re.sub(r"terminal-\d+", "terminal", page.app.export_screenshot(title="workdiary tui"))


def _loaded(screen: object) -> bool:
    return getattr(screen, "diary", True) is not None


@pytest.mark.parametrize("name", KEYS)
async def test_a_screen_looks_as_it_is_drawn(
    decoder: Decoder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Paris")
    size, keys = KEYS[name]
    settings = resolved(Path("/home/alice/.local/share/workdiary/tui.toml"))
    async with reading(an_example(), decoder, size, mode=Mode.HALF, settings=settings) as page:
        for key in keys:
            await press(page, key)
            await until(page, partial(_loaded, page.app.screen))
            if isinstance(page.app.screen, DayScreen) and key == "enter":
                page.app.screen.query_one(DayList).choose(at(12))
        found = await at_rest(page)
    path = DRAWINGS / f"{name}.svg"
    if os.environ.get("WORKDIARY_DRAW"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found)
    assert found == path.read_text(), "the screen changed: look at it, then draw it anew"


def test_each_drawing_is_of_a_screen() -> None:
    assert {path.stem for path in DRAWINGS.iterdir()} == set(KEYS)
