"""Copying a place: the link by one key, the rest from a strip, and nothing of what others wrote."""

from __future__ import annotations

import base64
import re

import pytest
from diaries import CONTRACT, OTHER, PaperDiary, a_contract, a_full_day, a_segment, at
from screenkit import Page, everything, open_day, open_segment, press, reading, said, until
from terminalkit import READER, a_server, a_terminal
from workdiary.links import parse
from workdiary_tui.copying import copies, link_name, open_command
from workdiary_tui.exporting import Host
from workdiary_tui.look import ASCII, UNICODE
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.widgets.copy_strip import CopyStrip
from workdiary_tui.widgets.day_list import DayList

SIZES = [(60, 20), (80, 24), (120, 40), (140, 45), (200, 60)]
LINK = "diary://acme/website/2026-11-06"


def strip(page: Page) -> CopyStrip:
    return page.app.screen.query_one(CopyStrip)


async def test_every_screen_copies_its_place(paper: PaperDiary, decoder: Decoder) -> None:
    async with reading(paper, decoder) as page:
        day = await open_day(page)
        await press(page, "y")
        assert page.app.clipboard == LINK
        assert f"copied: {LINK}" in said(page)
        day.query_one(DayList).choose(at(12, 50))
        await press(page, "enter", "y")
        assert page.app.clipboard == f"{LINK}#12:50"
        assert f"copied: {LINK}#12:50" in said(page)
        await press(page, "q", "w", "y")
        assert page.app.clipboard == "diary://acme/website/2026-W45"
        await press(page, "T", "y")
        assert page.app.clipboard == "diary://acme/website/terms"


async def test_the_day_on_another_clock_is_copied_as_the_cursors_day_in_utc(
    paper: PaperDiary, decoder: Decoder
) -> None:
    paper.write(a_segment(at(23, 30, day=5), sessions=("late",)))
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        await press(page, "z")
        await until(page, lambda: screen.diary is not None and screen.diary.zone != "UTC")
        await press(page, "g")
        assert screen.query_one(DayList).start == at(23, 30, day=5)
        await press(page, "y")
        assert page.app.clipboard == "diary://acme/website/2026-11-05"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("look", ["colour", "no-color", "ascii"])
async def test_a_strip_offers_link_command_digest_and_time(
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
        segment = (await open_segment(page, 11, 30)).segment
        await press(page, "tab", "Y")
        await until(page, lambda: strip(page).has_focus)
        assert {len(line) for line in everything(page).split("\n")} == {size[0]}
        shown = re.sub(r"\s+", "", everything(page))
        wanted = [f"{LINK}#11:30/2", f"workdiary tui '{LINK}#11:30/2'",
                  segment.pictures[1].digest, "2026-11-06T11:30Z"]  # fmt: skip
        for digit, text in enumerate(wanted, 1):
            assert text.replace(" ", "") in shown
            await press(page, str(digit))
            assert page.app.clipboard == text
        assert "Copied: time" in everything(page)
        await press(page, "9", "Y")
        assert not strip(page).display
        await press(page, "tab")
        assert "monitor 1 of 2" in everything(page)


async def test_the_day_offers_the_segment_under_the_cursor(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.query_one(DayList).choose(at(12, 20))
        await press(page, "Y")
        await until(page, lambda: strip(page).has_focus)
        await press(page, "3")
        assert page.app.clipboard == f"{LINK}#12:20"
        for close in ("escape", "Y", "y", "q"):
            await press(page, close)
            await until(page, lambda: screen.query_one(DayList).has_focus)
            assert not strip(page).display
            await press(page, "Y")
            await until(page, lambda: strip(page).has_focus)


async def test_over_ssh_the_command_is_the_one_to_type_at_home(
    paper: PaperDiary, decoder: Decoder
) -> None:
    async with reading(paper, decoder) as page:
        screen = await open_day(page)
        screen.reader.host = Host("diary", "192.0.2.7", 2222)
        await press(page, "Y")
        await until(page, lambda: strip(page).has_focus)
        await press(page, "2")
        assert page.app.clipboard == (
            "ssh -t -p 2222 diary@192.0.2.7 'open acme/website/2026-11-06'"
        )


async def test_a_link_too_long_for_the_line_is_shown_in_full_above_it(decoder: Decoder) -> None:
    paper = PaperDiary(a_contract(name="a very long name of a contract of a very long name"))
    paper.write(a_segment(at(18, 30)))
    async with reading(paper, decoder, (60, 20)) as page:
        await open_day(page)
        await press(page, "y")
        await until(page, lambda: strip(page).has_focus)
        assert page.app.clipboard in re.sub(r"\s+", "", everything(page))
        assert "Copied: link" in everything(page)


def test_a_name_that_leads_astray_is_replaced_by_the_id() -> None:
    contract, twin = a_contract(), a_contract(OTHER, name="ACME/website")
    assert link_name(contract, (contract,)) == "acme/website"
    assert link_name(contract, (contract, twin)) == CONTRACT
    assert link_name(a_contract(name="修" * 100), ()) == CONTRACT


@pytest.mark.parametrize("name", ["$(id)`i`';i\"", "\x1b]52;c;x\x07", "-rf ~", "a b\u202ec", "修"])
def test_what_is_copied_is_plain_ascii_that_no_shell_reads(name: str) -> None:
    link = parse(f"{CONTRACT}/2026-11-06")
    paper = PaperDiary()
    segment = a_segment(at(9), memo=name, pictures=paper.paint(at(9)))
    named = type(link)(name, link.day)
    for host in (None, Host("diary", "h", 22)):
        assert open_command(named, host).count("'") == 2
        for one in copies(named, host, segment):
            assert one.text.isascii()
            assert one.text.isprintable()
            assert not set(one.text) & set('$`;"~\\')


async def test_the_terminal_gets_the_link_and_a_line() -> None:
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, "acme/website", **READER)
        await terminal.until("18:20")
        copied = await terminal.press("y")
        assert b"\x1b]52;c;" + base64.b64encode(LINK.encode()) + b"\x07" in copied
        assert len(copied) <= 600
        assert 0 < len(await terminal.press("Y")) <= 6 * 1024
        assert 0 < len(await terminal.press("2")) <= 700
        await terminal.press("Q")
        await terminal.press("qQ")
        assert await terminal.ended() == 0
