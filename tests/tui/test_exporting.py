"""Taking a timesheet out of the TUI: a file at home, a command for those who come by SSH."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest
from diaries import PaperDiary
from screenkit import Page, everything, open_day, press, reading, shown_on, until
from textual.widget import Widget
from workdiary.errors import UnreachableError
from workdiary.exporting.periods import file_name, week_from
from workdiary_tui.exporting import (
    Host,
    export_command,
    host_of,
    new_file,
)
from workdiary_tui.look import ASCII, UNICODE
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.export_strip import ExportStrip

WEEK = week_from(date(2026, 11, 2))


def test_a_file_is_named_by_contract_and_week() -> None:
    assert file_name("acme/website", WEEK, "text") == "acme-website-2026-W45.txt"
    assert str(week_from(date(2026, 12, 28))) == "2026-W53"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/", "..", ".bashrc", "a\x1b]0;b", "修正"])
def test_a_foreign_name_leads_to_no_other_folder(name: str) -> None:
    found = file_name(name, WEEK, "csv")
    assert "/" not in found
    assert not found.startswith((".", "-"))
    assert found.isascii()
    assert found.isprintable()


def test_a_file_that_is_there_is_left(tmp_path: Path) -> None:
    paths = []
    for content in (b"one", b"two"):
        with new_file(tmp_path, "week.csv") as (path, file):
            file.write(content)
        paths.append(path)
    assert [path.name for path in paths] == ["week.csv", "week-2.csv"]
    assert [path.read_bytes() for path in paths] == [b"one", b"two"]


def test_what_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), new_file(tmp_path, "week.csv"):
        raise OSError("full")
    assert not list(tmp_path.iterdir())


def test_the_command_for_home_names_the_machine_and_quotes_the_contract() -> None:
    host = Host("diary", "192.0.2.7", 22)
    assert export_command(host, "acme/website", WEEK, "pdf") == (
        "ssh diary@192.0.2.7 'export acme/website --week 2026-W45 --format pdf'"
        " > acme-website-2026-W45.pdf"
    )
    assert "-p 2222 diary@" in export_command(
        Host("diary", "h", 2222), "a b; rm -rf ~", WEEK, "csv"
    )


def test_who_came_by_ssh_is_known_by_the_connection() -> None:
    host = host_of({"SSH_CONNECTION": "198.51.100.1 50000 192.0.2.7 2222"})
    assert host is not None
    assert (host.address, host.port) == ("192.0.2.7", 2222)
    assert host_of({}) is None
    assert host_of({"SSH_CONNECTION": "nonsense"}) is None


def strip(page: Page) -> ExportStrip:
    return page.app.screen.query_one(ExportStrip)


async def test_a_week_is_saved_in_this_folder(
    paper: PaperDiary, decoder: Decoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with reading(paper, decoder) as page:
        await open_day(page)
        await press(page, "w")
        assert isinstance(page.app.screen, WeekScreen)
        await until(page, lambda: page.app.screen.query_one(ExportStrip))
        await press(page, "e")
        await until(page, lambda: strip(page).has_focus)
        await press(page, "c")
        await until(page, lambda: "saved " in everything(page))
        await press(page, "q")
        assert isinstance(page.app.screen, WeekScreen)
        assert not strip(page).display
    (file,) = tmp_path.iterdir()
    assert file.name == "acme-website-2026-W45.csv"
    assert file.read_bytes() == b"the csv of 2026-11-02"


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (140, 45)])
async def test_over_ssh_nothing_is_written_and_the_command_is_shown(
    paper: PaperDiary,
    decoder: Decoder,
    size: tuple[int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    async with reading(paper, decoder, size) as page:
        screen = await open_day(page)
        screen.reader.host = Host("diary", "192.0.2.7", 22)
        await press(page, "e")
        await until(page, lambda: strip(page).has_focus)
        await press(page, "p")
        await until(page, lambda: "--format pdf" in _joined(strip(page)))
        assert page.app.clipboard.startswith("ssh diary@192.0.2.7 ")
    assert not list(tmp_path.iterdir())
    assert not [one for one in paper.asked if one[0] == "timesheet"]


async def test_the_list_has_its_keys_again_when_the_strip_is_closed(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        for close in ("e", "escape", "q"):
            await press(page, "e")
            await until(page, lambda: strip(page).has_focus)
            await press(page, close)
            assert isinstance(page.app.screen, DayScreen)
            assert screen.query_one(DayList).has_focus


async def test_a_file_that_cannot_be_had_says_why(
    paper: PaperDiary, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(contract: str, day: date, form: str) -> bytes:
        raise UnreachableError("no answer from http://diary")

    monkeypatch.setattr(paper, "timesheet_file", away)
    async with reading(paper, decoder) as page:
        await open_day(page)
        await press(page, "e")
        await until(page, lambda: strip(page).has_focus)
        await press(page, "j")
        await until(page, lambda: "not saved: no answer" in everything(page))


SIZES = [(60, 20), (80, 24), (120, 40), (140, 45), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("look", ["colour", "no-color", "ascii"])
async def test_the_strip_says_what_is_chosen_and_which_forms_there_are(
    paper: PaperDiary,
    decoder: Decoder,
    size: tuple[int, int],
    look: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if look == "no-color":
        monkeypatch.setenv("NO_COLOR", "1")
    signs = ASCII if look == "ascii" else UNICODE
    async with reading(paper, decoder, size, Mode.OFF, signs=signs) as page:
        await open_day(page)
        await press(page, "e")
        await until(page, lambda: strip(page).has_focus)
        shown = shown_on(strip(page))
        assert {len(line) for line in shown.split("\n")} == {size[0]}
        assert "Take out 2026-W45 (UTC)" in shown
        for text in (" d ", ">w ", " r ", "2026-11-06", "2026-11-01..2026-11-30",
                     "h HTML+pictures"):  # fmt: skip
            assert text in shown
        await press(page, "r")
        assert ">r " in shown_on(strip(page))
        assert "Take out 2026-11-01..2026-11-30" in shown_on(strip(page))


@pytest.mark.parametrize(
    ("keys", "name", "content"),
    [
        ("dc", "acme-website-2026-11-06.csv", b"contract,start,"),
        ("dj", "acme-website-2026-11-06.json", b'{"contract"'),
        ("dp", "acme-website-2026-11-06.pdf", b"the pdf of 2026-11-06 to 2026-11-06"),
        ("wj", "acme-website-2026-W45.json", b"the json of 2026-11-02"),
        ("rc", "acme-website-2026-11-01-to-2026-11-30.csv", b"the csv of 2026-11-01 to 2026-11-30"),
        ("dh", "acme-website-2026-11-06.zip", b"PK"),
    ],
)
async def test_a_day_a_week_or_a_month_is_saved(
    paper: PaperDiary,
    decoder: Decoder,
    keys: str,
    name: str,
    content: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    async with reading(paper, decoder) as page:
        await open_day(page)
        await press(page, "e")
        await until(page, lambda: strip(page).has_focus)
        await press(page, *keys)
        await until(page, lambda: "saved " in _joined(strip(page)), seconds=20)
    (file,) = tmp_path.iterdir()
    assert file.name == name
    assert file.read_bytes().startswith(content)


async def test_over_ssh_the_command_names_what_is_chosen(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.reader.host = Host("diary", "192.0.2.7", 22)
        await press(page, "e")
        await until(page, lambda: strip(page).has_focus)
        await press(page, "d", "h")
        assert page.app.clipboard == (
            "ssh diary@192.0.2.7 'export acme/website --day 2026-11-06 --format html'"
            " > acme-website-2026-11-06.zip"
        )


async def test_leaving_while_pictures_come_leaves_no_half_file(
    paper: PaperDiary, decoder: Decoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def slow(contract: str, digest: str, rendition: str = "original") -> bytes:
        asked.set()
        await asyncio.Event().wait()
        return b""

    monkeypatch.chdir(tmp_path)
    async with reading(paper, decoder) as page:
        await open_day(page)
        monkeypatch.setattr(paper, "picture", slow)
        await press(page, "e")
        await until(page, lambda: strip(page).has_focus)
        await press(page, "d", "h")
        await asyncio.wait_for(asked.wait(), 5)
        await press(page, "e", "q")
        await until(page, lambda: not list(tmp_path.iterdir()))


def _joined(widget: Widget) -> str:
    lines = [widget.render_line(y).text.strip() for y in range(widget.size.height)]
    return " ".join(lines)
