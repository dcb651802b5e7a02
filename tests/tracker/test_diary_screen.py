"""The freelancer's own diary in the tracker, on a real server."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from billkit import TEN, WEDNESDAY, Clock
from serverkit import (
    Device,
    a_freelancer,
    a_picture,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static
from workdiary import api
from workdiary.pen import Pen
from workdiary_tracker.diary_screen import DiaryScreen


class Shell(App[None]):
    """Holds one screen, as the tracker's face does."""

    def __init__(self, screen: DiaryScreen) -> None:
        super().__init__()
        self._first = screen

    def on_mount(self) -> None:
        self.push_screen(self._first)


@asynccontextmanager
async def a_day(
    folder: Path, **terms: object
) -> AsyncIterator[tuple[Pilot[None], Device, api.Contract, int]]:
    """Three segments on screen: (pilot, Ada, contract, the first one's start)."""
    first = WEDNESDAY
    clock = Clock(WEDNESDAY + 12 * 3600)
    async with running_server(folder, clock) as server, a_freelancer(server) as ada:
        key = await open_contract(server, ada.person, (), os.urandom, **terms)
        await enter_log(ada, key)
        for number in range(3):
            start = first + number * TEN
            pictures = [a_picture(start, seed=number)]
            entry = tracked_entry(ada, key, start, memo=f"task {number}", pictures=pictures)
            await send(ada, key, entry)
        contract = await ada.client.contract(key)
        pen = Pen(ada.client, ada.id, ada.person, "laptop", ada.key)
        now = datetime.fromtimestamp(first, UTC)
        async with Shell(DiaryScreen(pen, contract, now)).run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: shown(pilot).option_count == 3)
            yield pilot, ada, contract, first


def shown(pilot: Pilot[None]) -> OptionList:
    return pilot.app.screen_stack[1].query_one(OptionList)


def said(pilot: Pilot[None], name: str = "#said", at: int = 1) -> str:
    return str(pilot.app.screen_stack[at].query_one(name, Static).visual)


async def until(pilot: Pilot[None], holds: object) -> None:
    deadline = time.monotonic() + 10
    while not holds():  # type: ignore[operator]  # a condition without arguments
        assert time.monotonic() < deadline, pilot.app.screen
        await pilot.pause(0.02)


async def today(ada: Device, contract: api.Contract, first: int) -> api.Day:
    return await ada.client.day(contract.id, datetime.fromtimestamp(first, UTC).date())


async def test_several_selected_segments_get_one_memo(tmp_path: Path) -> None:
    async with a_day(tmp_path) as (pilot, ada, contract, first):
        await pilot.press("space", "space", "e")
        await pilot.pause()
        field = pilot.app.screen.query_one(Input)
        assert field.value == "task 0"
        field.value = "fixing the roof"
        await pilot.press("enter")
        await until(pilot, lambda: "2 memos changed" in said(pilot))
        memos = [segment.memo for segment in (await today(ada, contract, first)).segments]
        assert memos == ["fixing the roof", "fixing the roof", "task 2"]


async def test_a_segment_is_deleted_only_by_the_typed_word(tmp_path: Path) -> None:
    async with a_day(tmp_path) as (pilot, ada, contract, first):
        await pilot.press("d")
        await pilot.pause()
        await pilot.press(*"yes", "enter")
        await until(pilot, lambda: "type the word delete" in said(pilot, "#why", 2))
        assert len((await today(ada, contract, first)).segments) == 3
        pilot.app.screen.query_one(Input).value = "delete"
        await pilot.press("enter")
        await until(pilot, lambda: "tombstone stays" in said(pilot))
        day = await today(ada, contract, first)
        assert (len(day.segments), len(day.deleted)) == (2, 1)


async def test_manual_time_is_added_and_a_refusal_keeps_what_was_typed(tmp_path: Path) -> None:
    async with a_day(tmp_path) as (pilot, ada, contract, first):
        begin = datetime.fromtimestamp(first, UTC)
        await pilot.press("a")
        await pilot.pause()
        words = {"from": f"{begin:%H:%M}", "to": "", "memo": "workshop", "reason": "no computer"}
        words["to"] = f"{datetime.fromtimestamp(first + 4 * TEN, UTC):%H:%M}"
        for name, word in words.items():
            pilot.app.screen.query_one(f"#{name}", Input).value = word
        pilot.app.screen.query_one("#reason", Input).focus()
        await pilot.press("enter")
        await until(pilot, lambda: "has a segment already" in said(pilot, "#why", 2))
        assert pilot.app.screen.query_one("#memo", Input).value == "workshop"
        free = datetime.fromtimestamp(first + 3 * TEN, UTC)
        pilot.app.screen.query_one("#from", Input).value = f"{free:%H:%M}"
        await pilot.press("enter")
        await until(pilot, lambda: "10 minutes added" in said(pilot))
        kinds = [segment.kind for segment in (await today(ada, contract, first)).segments]
        assert kinds == ["auto", "auto", "auto", "manual"]


async def test_a_contract_without_manual_time_says_so_at_once(tmp_path: Path) -> None:
    async with a_day(tmp_path, manual=False) as (pilot, _, _contract, _first):
        await pilot.press("a")
        await until(pilot, lambda: "does not allow manual time" in said(pilot))


async def test_the_day_shows_the_weeks_own_totals(tmp_path: Path) -> None:
    async with a_day(tmp_path, weekly_limit=20) as (pilot, ada, contract, first):
        week = (await today(ada, contract, first)).week
        assert (week.totals.tracked, week.totals.billable) == (30, 20)
        assert "0:30 counted, 0:20 billed, limit 0:20" in said(pilot, "#week")


@pytest.mark.parametrize(
    ("key", "days"), [("left_square_bracket", -1), ("right_square_bracket", 1)]
)
async def test_brackets_go_to_the_days_around(tmp_path: Path, key: str, days: int) -> None:
    async with a_day(tmp_path) as (pilot, _, _contract, _first):
        await pilot.press(key)
        await until(pilot, lambda: "nothing was recorded on this day" in said(pilot))
