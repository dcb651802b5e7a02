"""Two texts typed at the same times leave the same bytes: in the spool, the logs, the server."""

from __future__ import annotations

from pathlib import Path

import pytest
from serverkit import a_freelancer, open_contract, running_server, seeded
from spoolkit import NOON, STORAGE_KEY, Dice
from trackerkit import HandClock, a_tracker
from workdiary_capture_x11 import open_x11
from workdiary_tracker.parts import Device, Sealer
from workdiary_tracker.shots import ProcessShooter
from workdiary_tracker.spool import Spool
from workdiary_tracker.tracker import Tracker
from xserver import XServer, eventually, paint_pattern

AT_ONCE = 7
STEP_SECONDS = 20

Left = tuple[dict[str, bytes], list[str]]


async def typed(text: str, folder: Path, caplog: pytest.LogCaptureFixture) -> Left:
    """Every byte that a session of typing ``text`` left behind, and every line that it logged.

    X server, counting, picture, tracker, HTTP and server are real; clock and randomness are
    handed in, and the clock stands still while keys are pressed.
    """
    caplog.clear()
    said: list[str] = []
    clock, random = HandClock(NOON), seeded(11)
    with XServer("640x480x24") as desktop, pytest.MonkeyPatch.context() as patch:
        desktop.inhabit(patch)
        paint_pattern(desktop.display)
        async with (
            running_server(folder / "server", lambda: clock.read().wall, random) as server,
            a_freelancer(server, "Jane", random) as jane,
        ):
            await open_contract(server, jane.person, random=random, name="acme")
            device = Device(jane.id, jane.person, "laptop", jane.key)
            spool = Spool(folder / "spool.sqlite", STORAGE_KEY, Dice("spool"))
            shooter = ProcessShooter("x11", {}, lambda: clock.read().wall)
            opening = a_tracker(
                spool,
                clock,
                open_x11({}),
                shooter,
                server.url,
                jane.token,
                Sealer(device, Dice("sealer")),
                said.append,
            )
            try:
                async with opening as tracker:
                    await tracker.start(tracker.choose("acme"), "Fix invoices")
                    work(text, desktop, clock, tracker)
            finally:
                shooter.close()
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    ours = [record for record in caplog.records if record.name.startswith("workdiary")]
    return files, said + sorted(record.getMessage() for record in ours)


def work(text: str, desktop: XServer, clock: HandClock, tracker: Tracker) -> None:
    """Ten minutes: ``text`` is typed, some keys at once, and the picture is taken."""
    moment = NOON + tracker.recorder.spool.moment(NOON) / 1000
    pieces = [text[at : at + AT_ONCE] for at in range(0, len(text), AT_ONCE)]
    while clock.read().wall < NOON + 600:
        if pieces:
            press(pieces.pop(0), desktop, clock, tracker)
        for _ in range(2):
            clock.forward(STEP_SECONDS)
            tracker.recorder.tick(clock.read())
        if moment <= clock.read().wall:
            picture = tracker.recorder.picture
            assert picture is not None
            eventually(picture.future.done, "the picture")


def press(keys: str, desktop: XServer, clock: HandClock, tracker: Tracker) -> None:
    """Press each key once, all of them at the clock's instant, and wait until they count."""
    minute = int(clock.read().wall // 60)
    before = tracker.counter.peek(minute).keystrokes
    desktop.xdotool("key", "--delay", "2", *keys)
    eventually(
        lambda: tracker.counter.peek(minute).keystrokes == before + len(keys), "the keystrokes"
    )


async def test_two_texts_of_equal_timing_leave_the_same_bytes_everywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    one = await typed("hunter2ismypassword", tmp_path / "one", caplog)
    two = await typed("0000000000000000000", tmp_path / "two", caplog)
    assert {"spool.sqlite", "server/diary.sqlite"} <= set(one[0])
    assert any(name.startswith("server/blobs/") for name in one[0]), "no picture was stored"
    assert one[1] == two[1]
    assert [name for name in one[0] if one[0][name] != two[0].get(name)] == []
    assert set(one[0]) == set(two[0])
    longer = await typed("hunter2ismypassword1", tmp_path / "longer", caplog)
    changed = {name for name in one[0] if one[0][name] != longer[0].get(name)}
    assert {"spool.sqlite", "server/diary.sqlite"} <= changed, "a key more must show"
