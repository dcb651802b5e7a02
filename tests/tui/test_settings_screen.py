"""The settings screen: what holds and who said so, what is kept, and every key by its id."""

from __future__ import annotations

from pathlib import Path

import pytest
from diaries import ME, PaperDiary, a_contract
from screenkit import Page, everything, press, reading, said, until
from workdiary import api
from workdiary_tui.key_ids import chosen_keys
from workdiary_tui.look import ASCII, UNICODE
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.settings import SettingsList, SettingsScreen
from workdiary_tui.tui_settings import Setting, load, resolved

SIZES = [(60, 20), (80, 24), (200, 60)]


def line_of(page: Page, name: str) -> str:
    return next(
        line[2:] for line in everything(page).splitlines() if line[2:].startswith(f"{name} ")
    )


async def choose(page: Page, name: str) -> None:
    assert page.app.screen.query_one(SettingsList).choose(name)
    await page.pause()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("ascii_only", "colour"), [(False, True), (True, True), (False, False)])
async def test_each_setting_says_where_it_comes_from_and_is_kept_when_it_is_changed(
    paper: PaperDiary,
    decoder: Decoder,
    size: tuple[int, int],
    ascii_only: bool,
    colour: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    path = tmp_path / "tui.toml"
    path.write_text('# mine\nimages = "half"\n')
    given = (Setting("mouse", "off", "--mouse"), Setting("ascii", "on", "WORKDIARY_ASCII"))
    settings = resolved(path, given)
    signs = ASCII if ascii_only else UNICODE
    async with reading(paper, decoder, size, signs=signs, settings=settings) as page:
        await press(page, "comma")
        assert isinstance(page.app.screen, SettingsScreen)
        assert line_of(page, "theme").split()[:3] == ["theme", "auto", "default"]
        assert line_of(page, "images").split()[:3] == ["images", "half", "tui.toml"]
        assert line_of(page, "mouse").split()[:3] == ["mouse", "off", "--mouse"]
        assert line_of(page, "ascii").split()[:3] == ["ascii", "on", "WORKDIARY_ASCII"]
        await press(page, "enter")
        assert "next start: dark" in line_of(page, "theme")
        assert "theme: dark, kept in tui.toml" in said(page)
        await press(page, "enter")
        assert path.read_text() == '# mine\nimages = "half"\ntheme = "light"\n'
        await press(page, "d")
        assert load(path).values == {"images": "half"}
        assert "next start" not in line_of(page, "theme")
        await choose(page, "mouse")
        await press(page, "enter")
        assert load(path).values["mouse"] == "auto"
        assert "outranked: auto" in line_of(page, "mouse")
        await choose(page, "images")
        await press(page, "d")
        assert "next start: auto" in line_of(page, "images")
        await press(page, "q")
        assert isinstance(page.app.screen, ContractsScreen)


async def test_a_zone_is_typed_and_a_wrong_one_stays_to_be_mended(
    paper: PaperDiary, decoder: Decoder, tmp_path: Path
) -> None:
    path = tmp_path / "tui.toml"
    async with reading(paper, decoder, settings=resolved(path)) as page:
        await press(page, "comma")
        await choose(page, "zone")
        await press(page, "enter", *"Paris", "enter")
        await until(page, lambda: "'Paris' is not a time zone" in everything(page))
        assert not path.exists()
        await press(page, *["backspace"] * 5, *"Asia/Manila", "enter")
        await until(page, path.exists)
        assert load(path).values == {"zone": "Asia/Manila"}
        await until(page, lambda: "next start: Asia/Manila" in line_of(page, "zone"))
        await press(page, "k")
        assert line_of(page, "theme") in everything(page)
        assert page.app.screen.query_one(SettingsList).has_focus


async def test_it_is_found_by_the_palette_and_lists_every_key_that_holds(
    paper: PaperDiary, decoder: Decoder, tmp_path: Path
) -> None:
    path = tmp_path / "tui.toml"
    path.write_text('[keymap]\nsegment.next = "ctrl+n"\n')
    settings = resolved(path)
    keymap = chosen_keys(settings)
    async with reading(paper, decoder, (80, 60), settings=settings, keymap=keymap) as page:
        await press(page, "ctrl+p", *"settings", "enter")
        await until(page, lambda: isinstance(page.app.screen, SettingsScreen))
        await choose(page, "segment.next")
        assert line_of(page, "segment.next").split()[:2] == ["segment.next", "ctrl+n"]
        assert line_of(page, "day.filter").split()[:2] == ["day.filter", "f"]
        await press(page, "enter")
        assert "under [keymap]" in said(page)
        await press(page, "comma")
        assert len(page.app.screen_stack) == 2


async def test_a_file_that_cannot_be_written_is_told_and_nothing_breaks(
    paper: PaperDiary, decoder: Decoder, tmp_path: Path
) -> None:
    path = tmp_path / "tui.toml"
    async with reading(paper, decoder, settings=resolved(path)) as page:
        await press(page, "comma")
        path.write_text("theme = drak")
        await press(page, "enter")
        assert str(path)[:30] in said(page)
        assert path.read_text() == "theme = drak"
        path.unlink()
        path.mkdir()
        await press(page, "enter")
        assert str(path)[:30] in said(page)
        await press(page, "q")
        assert isinstance(page.app.screen, ContractsScreen)


async def test_where_nothing_is_kept_the_keys_are_listed_still(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        await press(page, "comma")
        assert "nothing can be kept here" in everything(page)
        await press(page, "d", "enter")
        assert line_of(page, "move.up").split()[:3] == ["move.up", "↑", "k"]


@pytest.mark.parametrize("mine", [True, False])
async def test_a_freelancer_s_keys_are_listed_to_freelancers_alone(
    mine: bool, paper: PaperDiary, decoder: Decoder
) -> None:
    if mine:
        freelancer = api.Person(id=ME.person.id, name=ME.person.name)
        paper = PaperDiary(a_contract(freelancer=freelancer))
    async with reading(paper, decoder, (80, 100)) as page:
        await press(page, "comma")
        assert ("own.delete" in everything(page)) is mine
        assert ("contract.as_client" in everything(page)) is mine
        assert "contract.views" in everything(page)
