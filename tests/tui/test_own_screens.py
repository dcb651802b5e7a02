"""The freelancer's forms, the client's view and who looked, at every size and with every look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from diaries import CLIENT, FREELANCER, ME, NOW, PaperDiary, at
from msgspec.structs import replace
from ownkit import costs, form, refusal, type_in
from rich.cells import cell_len
from screenkit import Page, everything, open_day, press, until
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.notes import SigningKey
from workdiary.pen import Pen
from workdiary_tui import look
from workdiary_tui.app import DiaryApp
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.hand import Hand
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.reader import Reader
from workdiary_tui.screens.views import ViewsScreen
from workdiary_tui.widgets.day_list import DayList

SIZES = [(60, 20), (80, 24), (120, 40), (140, 45), (200, 60)]
LOOKS = ["colour", "no colour", "ascii"]
JANE = replace(ME, person=FREELANCER, scope="tracker")
NOWHERE = "http://127.0.0.1:9"
KEY = SigningKey("jane", bytes(32))


@asynccontextmanager
async def as_jane(
    paper: PaperDiary, decoder: Decoder, folder: Path, size: tuple[int, int], kind: str = "colour"
) -> AsyncIterator[Page]:
    """The freelancer at her day; what she writes goes to a server that is not there."""
    async with DiaryClient(NOWHERE) as client:
        reader = Reader(
            JANE,
            DiaryCache(paper),
            decoder,
            signs=look.ASCII if kind == "ascii" else look.UNICODE,
            mode=Mode.OFF,
            now=lambda: NOW,
            hand=Hand(Pen(client, "d" * 32, FREELANCER.id, "laptop", KEY), folder),
        )
        async with DiaryApp(reader, paper, paper.found).run_test(size=size) as page:
            await until(page, lambda: paper.followers)
            day = await open_day(page)
            day.query_one(DayList).choose(at(12, 50))
            yield page


def whole(page: Page, size: tuple[int, int]) -> str:
    """All that is shown, which fills the terminal and goes over no edge."""
    shown = everything(page)
    assert {cell_len(line) for line in shown.split("\n")} == {size[0]}
    assert len(shown.split("\n")) == size[1]
    return shown


@pytest.mark.parametrize("kind", LOOKS)
@pytest.mark.parametrize("size", SIZES)
async def test_the_freelancers_screens_fit_every_terminal(
    paper: PaperDiary,
    decoder: Decoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    kind: str,
) -> None:
    if kind == "no colour":
        monkeypatch.setenv("NO_COLOR", "1")
    memo = "\x1b]52;c;bad\x07 [@click=app.quit]long[/] " * 6
    paper.write(replace(paper.segments[paper.found[0].id][at(12, 50)], memo=memo))
    paper.looks = [
        api.View(
            at=NOW - timedelta(minutes=number), by=replace(CLIENT, name="Alice " * 9),
            start=at(9, 10 * (number % 6)), digest="e" * 64, monitor=0, renditions=("preview",),
            times=1 + number,
        )
        for number in range(40)
    ]  # fmt: skip
    async with as_jane(paper, decoder, tmp_path, size, kind) as page:
        assert "E memo" in whole(page, size)
        for key, told in (("D", "You lose 1 segment"), ("E", "no minute and no money")):
            strip = await form(page, key)
            await costs(page, strip, told)
            assert "type 10" in whole(page, size)
            assert "\x1b" not in everything(page)
            await press(page, "escape")
        strip = await form(page, "A")
        await type_in(page, strip, start="14:30", to="15:00", memo="x" * 200, reason="y" * 90)
        await costs(page, strip, "0h30 by hand")
        assert "type 30" in whole(page, size)
        await press(page, "escape", "V")
        assert whole(page, size).startswith(" as the client sees it")
        await press(page, "V", "W")
        assert isinstance(page.app.screen, ViewsScreen)
        await until(page, lambda: "820 looks" in everything(page))
        assert "nobody" in whole(page, size)
        await press(page, "V")
        assert "A client sees only their own looks of these." in whole(page, size)


async def test_a_small_window_keeps_what_was_typed(
    paper: PaperDiary, decoder: Decoder, tmp_path: Path
) -> None:
    async with as_jane(paper, decoder, tmp_path, (80, 24)) as page:
        strip = await form(page, "E")
        await type_in(page, strip, memo="typed before")
        await page.resize_terminal(40, 12)
        await page.pause()
        assert "workdiary needs" in everything(page)
        await page.resize_terminal(80, 24)
        await page.pause()
        await press(page, "exclamation_mark")
        assert "typed before!" in everything(page)


async def test_what_cannot_be_asked_is_not_written(
    paper: PaperDiary, decoder: Decoder, tmp_path: Path
) -> None:
    """Without knowing what it costs nobody can agree to it."""
    async with as_jane(paper, decoder, tmp_path, (80, 24)) as page:
        paper.away = True
        strip = await form(page, "D")
        await costs(page, strip, "what it costs is unknown")
        await type_in(page, strip, confirm="10")
        await press(page, "enter")
        assert "nothing is written before you could read it" in refusal(strip)
        paper.away = False
        await press(page, "enter")
        await costs(page, strip, "You lose 1 segment")
        await press(page, "enter")
        await until(page, lambda: "127.0.0.1:9" in refusal(strip))


async def test_what_changes_while_a_form_is_open_leaves_it_as_it_is(
    paper: PaperDiary, decoder: Decoder, tmp_path: Path
) -> None:
    async with as_jane(paper, decoder, tmp_path, (80, 24)) as page:
        strip = await form(page, "E")
        await type_in(page, strip, memo="typed before")
        paper.announce("segment.tracked")
        await until(page, lambda: paper.asked[-1][0] in ("day", "week", "terms"))
        await press(page, "exclamation_mark")
        assert "typed before!" in everything(page)
