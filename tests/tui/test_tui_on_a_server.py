"""The screens on a real server: what a tracker sends is what the reviewer sees, within seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from serverkit import (
    a_freelancer,
    a_person,
    a_picture,
    a_reader,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from textual.pilot import Pilot
from workdiary_tui.app import DiaryApp
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.reader import Reader
from workdiary_tui.screens.day import DayList, DayScreen
from workdiary_tui.widgets.picture_view import PictureView

DAY_SECONDS = 86_400


async def until(page: Pilot[None], condition: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it never came to hold"
        await page.pause(0.01)


async def test_a_segment_is_on_the_reviewers_screen_within_two_seconds_of_its_receipt(
    tmp_path: Path,
) -> None:
    newest = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server, "Ada") as device:
        alice = await a_person(server, "Alice")
        contract = await open_contract(server, device.person, [alice.id], name="acme/site")
        await enter_log(device, contract)
        before = tracked_entry(
            device, contract, newest - 600, memo="first", minutes=[(137, 12, 9, 1)],
            pictures=[a_picture(newest - 600)],
        )  # fmt: skip
        await send(device, contract, before)
        async with a_reader(server, alice) as client:
            me, contracts = await asyncio.gather(client.me(), client.contracts())
            with Decoder() as decoder:
                reader = Reader(me, DiaryCache(client), decoder, mode=Mode.HALF)
                async with DiaryApp(reader, client, contracts).run_test(size=(80, 24)) as page:
                    await page.press("enter")
                    day = page.app.screen
                    assert isinstance(day, DayScreen)
                    rows = day.query_one(DayList)
                    await until(page, lambda: rows.rows)
                    assert "k  137 c  12 s   9  first" in _text(rows)
                    await page.press("enter")
                    picture = page.app.screen.query_one(PictureView)
                    await until(page, lambda: picture.drawn)
                    await page.press("q")
                    await page.pause()
                    after = tracked_entry(device, contract, newest, memo="second")
                    await send(device, contract, after)
                    if newest % DAY_SECONDS == 0:
                        await page.press("right_square_bracket")  # it begins the next day
                    await until(page, lambda: "second" in _text(rows), seconds=2)


def _text(rows: DayList) -> str:
    return "\n".join(rows.render_line(y).text for y in range(rows.size.height))
