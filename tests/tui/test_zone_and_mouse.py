"""Whose clock is chosen by ``Z``, and the mouse that ``M`` gives and takes."""

from __future__ import annotations

import pytest
from diaries import PaperDiary, a_contract, a_full_day, a_segment, at
from screenkit import everything, open_day, press, reading, said, until
from terminalkit import READER, a_server, a_terminal
from workdiary_tui.look import ASCII
from workdiary_tui.pictures import Decoder

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_a_zone_is_picked_and_the_totals_stay(
    decoder: Decoder, size: tuple[int, int]
) -> None:
    paper = PaperDiary(a_contract(zone="Asia/Manila"))
    paper.write(a_segment(at(9)))
    async with reading(paper, decoder, size, signs=ASCII) as page:
        await open_day(page)
        totals = everything(page).splitlines()[0].split("UTC")[-1]
        await press(page, "Z")
        text = everything(page)
        assert "2 Mine Europe/Paris +01:00" in text
        assert "3 Jane D. Asia/Manila +08:00" in text
        assert "never re-billed" in text
        await press(page, "right", "right", "enter")
        await until(page, lambda: "17:00" in everything(page))
        assert "Jane D.'s, Asia/Manila" in said(page)
        assert everything(page).splitlines()[0].rstrip().endswith(totals.strip())
        await press(page, "Z", "1")
        await until(page, lambda: " 09:00" in everything(page))
        await press(page, "Z", "escape", "j")
        assert "never re-billed" not in everything(page)


async def test_over_ssh_the_mouse_is_the_terminal_s_until_it_is_asked_for() -> None:
    paper = PaperDiary(a_contract())
    a_full_day(paper)
    async with a_server(paper) as url, a_terminal() as terminal:
        await terminal.start("--server", url, **READER, SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22")
        begun = await terminal.until("acme/website")
        assert b"\x1b[?1000h" not in begun
        assert b"\x1b[?1000h" in await terminal.press("M")
        assert b"\x1b[?1000l" in await terminal.press("M")
        await terminal.press("Q")
        assert await terminal.ended() == 0
