"""Taking a timesheet out of the TUI: a file at home, a command for those who come by SSH."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from diaries import PaperDiary
from screenkit import Page, everything, open_day, press, reading, until
from textual.widget import Widget
from workdiary.errors import UnreachableError
from workdiary_tui.exporting import (
    Host,
    export_command,
    file_name,
    host_of,
    save,
    week_word,
)
from workdiary_tui.pictures import Decoder
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.export_strip import ExportStrip

MONDAY = date(2026, 11, 2)


def test_a_file_is_named_by_contract_and_week() -> None:
    assert file_name("acme/website", MONDAY, "text") == "acme-website-2026-W45.txt"
    assert week_word(date(2027, 1, 1)) == "2026-W53"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/", "..", ".bashrc", "a\x1b]0;b", "修正"])
def test_a_foreign_name_leads_to_no_other_folder(name: str) -> None:
    found = file_name(name, MONDAY, "csv")
    assert "/" not in found
    assert not found.startswith((".", "-"))
    assert found.isascii()
    assert found.isprintable()


def test_a_file_that_is_there_is_left(tmp_path: Path) -> None:
    paths = [save(tmp_path, "week.csv", content) for content in (b"one", b"two")]
    assert [path.name for path in paths] == ["week.csv", "week-2.csv"]
    assert [path.read_bytes() for path in paths] == [b"one", b"two"]


def test_the_command_for_home_names_the_machine_and_quotes_the_contract() -> None:
    host = Host("diary", "192.0.2.7", 22)
    assert export_command(host, "acme/website", MONDAY, "pdf") == (
        "ssh diary@192.0.2.7 'export acme/website --week 2026-W45 --format pdf'"
        " > acme-website-2026-W45.pdf"
    )
    assert "-p 2222 diary@" in export_command(
        Host("diary", "h", 2222), "a b; rm -rf ~", MONDAY, "csv"
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


def _joined(widget: Widget) -> str:
    lines = [widget.render_line(y).text.strip() for y in range(widget.size.height)]
    return " ".join(lines)
