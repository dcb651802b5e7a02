from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
import spoolkit
from PIL import Image, ImageDraw
from spoolkit import CONTRACT, NOON, STORAGE_KEY, Dice
from trackerkit import Desktop, HandClock, a_contract, a_tracker
from workdiary import api
from workdiary_tracker.day_lines import hours
from workdiary_tracker.face import Face, state_line, totals
from workdiary_tracker.spool import Spool


def a_thumbnail() -> bytes:
    image = Image.new("RGB", (320, 200), "#1e2430")
    draw = ImageDraw.Draw(image)
    for line in range(12):
        draw.rectangle((20, 12 + line * 14, 60 + (line * 53) % 200, 18 + line * 14), "#8fbcbb")
    file = io.BytesIO()
    image.save(file, "WEBP", quality=75)
    return file.getvalue()


@pytest.mark.parametrize(("minutes", "shown"), [(0, "0:00"), (61, "1:01"), (1201, "20:01")])
def test_hours_are_shown_in_the_clocks_way(minutes: int, shown: str) -> None:
    assert hours(minutes) == shown


async def test_the_face_starts_shows_a_picture_and_discards_it(tmp_path: Path) -> None:
    clock = HandClock(NOON)
    frame = msgspec.structs.replace(spoolkit.FRAME, thumbnail=a_thumbnail())
    spool = Spool(tmp_path / "spool.sqlite", STORAGE_KEY, Dice())
    async with a_tracker(spool, clock, Desktop(), spoolkit.a_shot(frame)) as tracker:
        tracker.contracts = {CONTRACT: a_contract()}
        tracker.recorder.introduce(CONTRACT, clock.read())
        face = Face(tracker, memo="Fix invoices")
        async with face.run_test(size=(80, 24)) as pilot:
            await pilot.press("f2")
            await pilot.pause()
            assert tracker.status().running
            assert tracker.status().memo == "Fix invoices"
            while tracker.status().shot is None:
                clock.forward(5)
                tracker.recorder.tick(clock.read())
            face.show()
            await pilot.pause()
            picture = face.export_screenshot()
            assert "F8" in picture
            (tmp_path / "face.svg").write_text(picture)
            await pilot.press("f8")
            assert tracker.status().shot is not None
            assert not tracker.status().discardable
            await pilot.press("f2")
            await pilot.pause()
            assert state_line(tracker.status())[0].plain.startswith("■ stopped")


async def test_a_failed_policy_is_said_and_is_not_zero(tmp_path: Path) -> None:
    why = "policy failed: weekly_limit: it took longer than 2 s"
    spool = Spool(tmp_path / "spool.sqlite", STORAGE_KEY, Dice())
    async with a_tracker(spool, HandClock(NOON), Desktop()) as tracker:
        nothing = api.Minutes(tracked=0, billable=0, by_status={})
        contract = msgspec.structs.replace(a_contract(), week=nothing, week_error=why)
        tracker.contracts = {CONTRACT: contract}
        shown = totals(tracker.status(CONTRACT)).plain
        assert why in shown
        assert "week     unknown" in shown
        assert "billed   –" in shown
        assert "billed)" not in shown


async def test_today_shows_what_is_billed_where_that_is_less(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite", STORAGE_KEY, Dice())
    async with a_tracker(spool, HandClock(NOON), Desktop()) as tracker:
        tracker.contracts = {CONTRACT: a_contract()}
        assert "today    2:30 (2:20 billed)" in totals(tracker.status(CONTRACT)).plain
