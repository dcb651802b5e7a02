"""A disk that takes no more bytes: it is said, nothing is lost, and it is said when it is over."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spoolkit import NOON, Dice, Played, a_shot, kept
from workdiary_tracker.shots import Frame


@contextmanager
def files_may_grow_to(size: int) -> Iterator[None]:
    """The kernel itself refuses this process's writes beyond ``size`` bytes of any file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_writes_that_the_kernel_refuses_are_said_and_nothing_is_lost(tmp_path: Path) -> None:
    frame = Frame(0, 4, 3, b"o" * 100_000, b"p" * 20_000, b"t" * 2_000)
    played = Played(tmp_path, shooter=a_shot(frame))
    played.begin()
    played.work(600)
    largest = max(path.stat().st_size for path in tmp_path.iterdir())
    with files_may_grow_to(largest + 200_000):
        played.work(600 * 9)
        assert played.recorder.full
        assert any("NOT RECORDING" in line for line in played.said)
    played.work(120)
    assert not played.recorder.full
    assert played.said.count("the disk has room again") >= 1
    played.recorder.finish(played.now)
    assert [mask for _, _, mask in kept(played.spool)] == [1023] * 10 + [0b11]
    played.spool.close()


def test_a_moment_that_could_not_be_written_is_not_drawn_again(tmp_path: Path) -> None:
    played = Played(tmp_path)
    slots = range(NOON, NOON + 600 * 40, 600)
    with files_may_grow_to(max(path.stat().st_size for path in tmp_path.iterdir())):
        drawn = [played.spool.moment(slot) for slot in slots]
        assert [played.spool.moment(slot) for slot in slots] == drawn
    played.spool.moment(NOON - 600)
    played.end()
    again = Played(tmp_path, random=Dice("another"))
    assert [again.spool.moment(slot) for slot in slots] == drawn
    again.end()
