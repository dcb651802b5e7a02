"""All pictures of a plan, drawn and encoded ahead by a pool of processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta

from workdiary.capture import Monitor
from workdiary.segments import SEGMENT, epoch, slot_start
from workdiary_capture_demo.desktop import draw_desktop
from workdiary_tracker.pictures import encode
from workdiary_tracker.shots import Shot, failed

from workdiary_demo.plan import Stretch

SIZE = (1280, 800)


def moments_within(
    stretches: Iterable[Stretch], moment: Callable[[int], int]
) -> list[tuple[int, datetime, Stretch]]:
    """(slot, moment, stretch) for each slot whose random moment falls into tracked time.

    ``moment`` gives a slot's moment in milliseconds after its start, as the spool keeps it.
    """
    found = []
    for stretch in stretches:
        start = slot_start(stretch.begin)
        while start < stretch.end:
            instant = start + timedelta(milliseconds=moment(epoch(start)))
            if stretch.begin <= instant < stretch.end:
                found.append((epoch(start), instant, stretch))
            start += SEGMENT
    return found


def draw_ahead(
    pool: Executor, wanted: Iterable[tuple[int, datetime, Stretch]], seed: int
) -> dict[int, Future[Shot]]:
    """Begin to draw every picture; the tracker collects them by slot."""
    return {
        slot: pool.submit(draw, stretch.scene, instant, stretch.memo, seed)
        for slot, instant, stretch in wanted
    }


def draw(scene: str, instant: datetime, memo: str, seed: int) -> Shot:
    """One shot as the tracker's own process makes it, of a drawn screen."""
    image = draw_desktop(scene, instant, seed, SIZE, memo)
    frame = encode(Monitor(number=0, x=0, y=0, primary=True, image=image))
    taken_at = int(instant.timestamp())
    return Shot(taken_at, (frame,)) if frame else failed(taken_at, "too large")
