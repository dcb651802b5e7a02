"""A freelancer and a client at the TUI, on a real server, and forms that are filled in by keys."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from billkit import MONDAY, TEN, WEDNESDAY, Clock
from screenkit import Page, press, shown_on, until
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_freelancer,
    a_person,
    a_picture,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from textual.widgets import Input
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.pen import Pen
from workdiary.segments import from_epoch
from workdiary_tui.app import DiaryApp
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.hand import Hand
from workdiary_tui.pictures import Decoder, Mode
from workdiary_tui.reader import Reader
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.widgets.day_list import DayList
from workdiary_tui.widgets.deed_strip import DeedStrip
from workdiary_tui.widgets.lines import LinesView

DAY = datetime.fromtimestamp(WEDNESDAY, UTC).date()
TOMORROW = WEDNESDAY + 86_400
LOCKED = MONDAY + 8 * 86_400
MEMOS = ("painting", "painting", "papering")


@dataclass(slots=True)
class Home:
    """Ada's contract with Grace: three segments on Wednesday from 09:00, a picture in each."""

    server: RunningServer
    ada: Device
    grace: Device
    contract: str
    clock: Clock
    folder: Path

    async def day(self) -> api.Day:
        return await self.ada.client.day(self.contract, DAY)

    async def looks(self) -> tuple[api.View, ...]:
        return (await self.ada.client.views(self.contract)).views

    def pen(self, device: Device) -> Pen:
        return Pen(device.client, device.id, device.person, "laptop", device.key)


@asynccontextmanager
async def a_home(folder: Path, now: float = TOMORROW, **terms: object) -> AsyncIterator[Home]:
    clock = Clock(TOMORROW)
    async with (
        running_server(folder / "server", clock) as server,
        a_freelancer(server) as ada,
    ):
        grace = await a_person(server, "Grace")
        contract = await open_contract(server, ada.person, [grace.id], os.urandom, **terms)
        await enter_log(ada, contract)
        for number, memo in enumerate(MEMOS):
            start = WEDNESDAY + TEN * number
            pictures = [a_picture(start, seed=number)]
            entry = tracked_entry(ada, contract, start, memo=memo, pictures=pictures)
            await send(ada, contract, entry)
        clock.now = now
        async with a_device(server, grace, scope="review") as reviewing:
            yield Home(server, ada, reviewing, contract, clock, folder / "ada")


@asynccontextmanager
async def at_home(
    home: Home,
    device: Device,
    *,
    hand: bool = True,
    mode: Mode = Mode.OFF,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Page]:
    """The day of Wednesday as ``device``'s person has it, at rest; ``hand``: the pen lies there."""
    client: DiaryClient = device.client
    me, contracts = await asyncio.gather(client.me(), client.contracts())
    own = Hand(home.pen(device), home.folder) if hand else None
    with Decoder() as decoder:
        reader = Reader(
            me,
            DiaryCache(client),
            decoder,
            mode=mode,
            hand=own,
            now=lambda: from_epoch(int(home.clock.now)),
        )
        async with DiaryApp(reader, client, contracts).run_test(size=size) as page:
            await press(page, "enter")
            screen = page.app.screen
            assert isinstance(screen, DayScreen)
            await until(page, lambda: screen.query_one(DayList).rows)
            screen.query_one(DayList).choose(from_epoch(WEDNESDAY))
            await page.pause()
            yield page


async def form(page: Page, key: str) -> DeedStrip:
    """Open one of the forms, and wait until it says what its deed costs."""
    await press(page, key)
    await until(page, lambda: page.app.screen.query(DeedStrip))
    strip = page.app.screen.query_one(DeedStrip)
    await until(page, lambda: strip.query(Input))
    await page.pause()
    return strip


async def costs(page: Page, strip: DeedStrip, words: str) -> str:
    view = strip.query_one("#costs", LinesView)
    await until(page, lambda: words in flat(view))
    return flat(view)


async def type_in(page: Page, strip: DeedStrip, **fields: str) -> None:
    """Put text in place of what stood in fields; ``start`` is the field ``from``."""
    for name, text in fields.items():
        field = strip.query_one(f"#deed-{name}".replace("start", "from"), Input)
        field.focus()
        field.value = text
    await page.pause()


def refusal(strip: DeedStrip) -> str:
    return flat(strip.query_one("#refused", LinesView))


def flat(view: LinesView) -> str:
    return " ".join(shown_on(view).split())
