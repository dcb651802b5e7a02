"""Every key of every screen at every size: nothing breaks, and the way back is there."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from diaries import CONTRACT, PaperDiary, a_contract, a_segment, a_tombstone, at
from screenkit import Page, everything, press, reading, until
from workdiary_tui.look import ASCII, UNICODE, Signs
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.frame import DiaryScreen

LOOKS = [
    ((60, 20), ASCII, True),
    ((80, 24), UNICODE, False),
    ((200, 60), UNICODE, False),
]
ROUTES = {
    "contracts": (),
    "day": ("enter",),
    "segment": ("enter", "g", "enter"),
    "loupe": ("enter", "g", "enter", "x"),
    "sheet": ("enter", "v"),
    "week": ("w",),
    "terms": ("T",),
    "calendar": ("enter", "c"),
    "search": ("enter", "slash", "i", "enter"),
    "views": ("enter", "W"),
    "settings": ("comma",),
}
LEAVING = {"Q", "ctrl+q", "ctrl+c"}
ENDING = LEAVING | {"escape", "q"}
"""The first screen's way back is the way out."""

STRIPS = "HelpStrip, KeyStrip, WhyStrip, ZoneStrip, DeedStrip, Prompt, Palette"
"""What stands below a screen until escape."""


@pytest.fixture
def paper() -> PaperDiary:
    paper = PaperDiary(a_contract(), a_contract("d" * 32, name="acme/mobile"))
    for number in range(9):
        start = at(9) + timedelta(minutes=10 * number)
        status = "over_limit" if number > 6 else "auto"
        pictures = paper.paint(start, seed=number, monitors=1 + number % 2)
        paper.write(a_segment(start, status=status, pictures=pictures, memo=f"invoice {number}"))
    paper.write(a_segment(at(13), kind="manual", status="manual"), a_segment(at(14)))
    paper.delete(a_tombstone(at(14)))
    del paper.files[paper.segments[CONTRACT][at(9, 10)].pictures[0].digest]
    return paper


async def arrive(page: Page, route: tuple[str, ...]) -> DiaryScreen:
    """From wherever this is, to the end of the route, through the contracts."""
    while not isinstance(page.app.screen, ContractsScreen):
        await press(page, "escape")
    for key in route:
        await press(page, key)
        await until(page, partial(_loaded, page.app.screen))
    assert isinstance(page.app.screen, DiaryScreen)
    return page.app.screen


def _loaded(screen: object) -> bool:
    return getattr(screen, "diary", True) is not None


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize(("size", "signs", "no_colour"), LOOKS, ids=lambda value: str(value)[:9])
async def test_a_key_breaks_nothing_and_the_screen_comes_back(
    paper: PaperDiary,
    decoder: Decoder,
    size: tuple[int, int],
    signs: Signs,
    no_colour: bool,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)  # an export is saved where one stands
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    async with reading(paper, decoder, size, signs=signs) as page:
        screen = await arrive(page, ROUTES[name])
        title = everything(page).splitlines()[0]
        assert title.strip()
        keys = sorted(set(screen.active_bindings) - (LEAVING if name != "contracts" else ENDING))
        assert len(keys) > 8
        for key in keys:
            await press(page, key)
            assert page.app.is_running, key
            assert "cannot be shown" not in everything(page), key
            if page.app.screen is screen and any(strip.display for strip in screen.query(STRIPS)):
                await press(page, "escape")
            if page.app.screen is not screen:
                screen = await arrive(page, ROUTES[name])
        await arrive(page, ())
