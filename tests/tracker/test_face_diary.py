"""The diary and the news of terms inside the tracker's own face, on a real server."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from billkit import WEDNESDAY, Clock
from serverkit import RunningServer, a_device, a_person, open_contract, running_server
from spoolkit import STORAGE_KEY, Dice
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static
from trackerkit import Desktop, HandClock, a_tracker
from workdiary import api
from workdiary.bodies import ChangeBody
from workdiary.entries import EntryKind
from workdiary.pen import Pen
from workdiary_tracker import parts
from workdiary_tracker.diary_screen import DiaryScreen
from workdiary_tracker.face import Face
from workdiary_tracker.parts import Sealer
from workdiary_tracker.spool import Spool
from workdiary_tracker.tracker import Tracker


@asynccontextmanager
async def a_face(
    folder: Path, names: tuple[str, ...] = ("Website",)
) -> AsyncIterator[tuple[Pilot[None], Face, Tracker, Pen, list[str]]]:
    """Ada's face on her contracts, and Grace's pen: (pilot, face, tracker, pen, keys)."""
    clock = HandClock(WEDNESDAY)
    async with running_server(folder / "diary", Clock(WEDNESDAY)) as server:
        ada, grace = await a_person(server, "Ada"), await a_person(server, "Grace")
        keys = [await open_contract(server, ada.id, [grace.id], name=name) for name in names]
        async with tracking(server, folder, clock, ada, grace) as (tracker, pen):
            face = Face(tracker)
            async with face.run_test(size=(80, 24)) as pilot:
                yield pilot, face, tracker, pen, keys


@asynccontextmanager
async def tracking(
    server: RunningServer, folder: Path, clock: HandClock, ada: api.Person, grace: api.Person
) -> AsyncIterator[tuple[Tracker, Pen]]:
    async with (
        a_device(server, ada) as laptop,
        a_device(server, grace, scope="review") as desk,
        a_tracker(
            Spool(folder / "spool.sqlite", STORAGE_KEY, Dice()),
            clock,
            Desktop(),
            server=server.url,
            token=laptop.token,
            sealer=Sealer(parts.Device(laptop.id, laptop.person, "laptop", laptop.key), Dice("a")),
        ) as tracker,
    ):
        yield tracker, Pen(desk.client, desk.id, desk.person, "desk", desk.key)


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, pilot.app.screen
        await pilot.pause(0.02)


def text(pilot: Pilot[None], name: str) -> str:
    return str(pilot.app.screen_stack[0].query_one(name, Static).visual)


async def test_the_diary_opens_over_the_face_and_leaves_it_running(tmp_path: Path) -> None:
    async with a_face(tmp_path) as (pilot, face, _, _grace, _keys):
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiaryScreen))
        face.show()  # as its clock does each second, whatever is in front
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


async def test_changed_terms_stay_on_the_face_until_they_are_read(tmp_path: Path) -> None:
    async with a_face(tmp_path) as (pilot, face, tracker, grace, keys):
        change = ChangeBody(since=WEDNESDAY, weekly_limit=3000)
        await grace.write(keys[0], EntryKind.CONTRACT_CHANGED, change)
        await tracker.fetch()
        for number in range(9):  # more lines than the news has
            face.say(f"line {number}")
        await until(pilot, lambda: "limit 40h → 50h, by Grace" in text(pilot, "#terms"))
        assert "F9" in text(pilot, "#terms")
        await pilot.press("f9")
        await until(pilot, lambda: "limit" not in text(pilot, "#terms"))


async def test_a_switch_to_a_paused_contract_stays_where_it_was(tmp_path: Path) -> None:
    async with a_face(tmp_path, ("Website", "Shop")) as (pilot, face, tracker, grace, keys):
        pause = ChangeBody(since=WEDNESDAY, paused=True)
        await grace.write(keys[1], EntryKind.CONTRACT_CHANGED, pause)
        await tracker.fetch()
        choice = pilot.app.query_one("#contract", Select)
        choice.value = keys[0]
        await pilot.press("f2")
        await until(pilot, lambda: tracker.status().running)
        assert tracker.status().contract == keys[0]
        choice.value = keys[1]
        await until(pilot, lambda: choice.value == keys[0])
        assert tracker.status().contract == keys[0]
        face.show()
        await until(pilot, lambda: "not switched: Shop is paused" in text(pilot, "#news"))


@pytest.mark.parametrize("key", ["f4", "f2"])
async def test_a_dialog_keeps_what_was_typed_whatever_key_is_hit(tmp_path: Path, key: str) -> None:
    async with a_face(tmp_path) as (pilot, *_):
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiaryScreen))
        await pilot.press("a")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 3)
        field = pilot.app.screen.query_one("#memo", Input)
        field.value = "half a thought"
        await pilot.press(key)
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 3
        assert field.value == "half a thought"


@pytest.mark.parametrize("running", [False, True])
async def test_enter_in_a_dialog_neither_starts_tracking_nor_names_its_memo(
    tmp_path: Path, running: bool
) -> None:
    async with a_face(tmp_path) as (pilot, _face, tracker, *_):
        if running:
            pilot.app.query_one("#memo", Input).value = "painting"
            await pilot.press("f2")
            await until(pilot, lambda: tracker.status().running)
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiaryScreen))
        await pilot.press("a")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 3)
        for _ in range(4):
            await pilot.press("9", "enter")
        await pilot.pause()
        status = tracker.status()
        assert (status.running, status.memo) == (running, "painting" if running else "")
