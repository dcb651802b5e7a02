"""The screens on a real server: what a tracker sends is what the reviewer sees, within seconds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from billkit import the_owner
from screenkit import everything, shown_on, until
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
from workdiary.billing import week_start
from workdiary.bodies import ChangeBody
from workdiary.entries import EntryKind
from workdiary.money import written
from workdiary.segments import from_epoch
from workdiary_tui.app import DiaryApp
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.reader import Reader
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.week import WeekScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.picture_view import PictureView
from workdiary_tui.widgets.why_strip import WhyStrip
from workdiary_tui.words import hours

DAY_SECONDS = 86_400


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


async def test_a_reviewer_who_was_removed_loses_the_contract_at_the_next_request(
    tmp_path: Path,
) -> None:
    """The diary was open; nothing that the server is asked for afterwards comes any more."""
    now = datetime.now(UTC)
    newest = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server, "Ada") as device:
        alice, heidi = await a_person(server, "Alice"), await a_person(server, "Heidi")
        contract = await open_contract(server, device.person, [alice.id], name="acme/site")
        await enter_log(device, contract)
        await send(device, contract, tracked_entry(device, contract, newest, memo="seen before"))
        async with a_reader(server, alice) as client:
            me, contracts = await asyncio.gather(client.me(), client.contracts())
            with Decoder() as decoder:
                reader = Reader(me, DiaryCache(client), decoder, mode=Mode.OFF)
                async with DiaryApp(reader, client, contracts).run_test(size=(80, 24)) as page:
                    await page.press("enter")
                    await until(page, lambda: "seen before" in everything(page))
                    owner = await the_owner(server)
                    body = ChangeBody(since=int(now.timestamp()), clients=(heidi.id,))
                    await owner.write(contract, EntryKind.CONTRACT_CHANGED, body)
                    await page.press("r")
                    await until(page, lambda: "no such" in everything(page))
                    await page.press("q", "r")
                    await until(page, lambda: "There is no contract for you" in everything(page))
                    assert "acme/site" not in everything(page)


async def test_the_week_and_why_on_the_screen_are_the_servers_own(tmp_path: Path) -> None:
    monday = week_start(datetime.now(UTC)) - timedelta(weeks=1)
    starts = [int(monday.timestamp()) + 600 * slot for slot in (60, 61, 62, 300)]
    async with running_server(tmp_path) as server, a_freelancer(server, "Ada") as device:
        alice = await a_person(server, "Alice")
        contract = await open_contract(
            server, device.person, [alice.id], name="acme/site", weekly_limit=30
        )
        await enter_log(device, contract)
        for start in starts:
            await send(device, contract, tracked_entry(device, contract, start))
        async with a_reader(server, alice) as client:
            me, contracts = await asyncio.gather(client.me(), client.contracts())
            week = await client.week(contract, monday.date())
            last = from_epoch(starts[-1])
            explained = (await client.explanation(contract, last)).text
            with Decoder() as decoder:
                reader = Reader(me, DiaryCache(client), decoder, mode=Mode.OFF)
                async with DiaryApp(reader, client, contracts).run_test(size=(80, 24)) as page:
                    await page.press("enter", "w")
                    await until(page, lambda: isinstance(page.app.screen, WeekScreen))
                    screen = page.app.screen
                    assert isinstance(screen, WeekScreen)
                    await until(page, lambda: screen.week is not None)
                    await page.pause()
                    sheet = everything(page)
                    for minutes in (week.totals.tracked, *week.totals.by_status.values()):
                        assert hours(minutes) in sheet
                    assert written(week.amount, week.currency) in sheet
                    await page.press("q", "a")
                    strip = page.app.screen.query_one(WhyStrip)
                    await until(page, lambda: "asking" not in shown_on(strip))
                    shown = " ".join(shown_on(strip).split("\n", 1)[1].split())
                    assert shown
                    assert explained.startswith(shown[:60])


def _text(rows: DayList) -> str:
    return "\n".join(rows.render_line(y).text for y in range(rows.size.height))
