"""A freelancer's time played against the real recorder and spool, as fast as the disk allows.

``python tests/spoolkit.py FOLDER SLOTS`` records that many slots in its own process and prints a
line once each is recorded, so that a test can kill it at any instant and count what is left.
"""

from __future__ import annotations

import hashlib
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from workdiary.activity import MinuteCounter
from workdiary.bodies import TrackedBody
from workdiary.entries import device_key_name, note_id, read_body, read_entry
from workdiary.notes import SigningKey
from workdiary_tracker.clocks import Reading
from workdiary_tracker.parts import Device, Sealer
from workdiary_tracker.recorder import Recorder
from workdiary_tracker.shots import Frame, Shooter, Shot
from workdiary_tracker.spool import Spool

CONTRACT = "c" * 32
DEVICE, PERSON = "d" * 32, "e" * 32
STORAGE_KEY = bytes(range(32))
NOON = 1_790_000_400 // 600 * 600
OPENED: list[Spool] = []
"""Every spool that was opened here: a test that drops one, as a crash would, has it closed."""

FRAME = Frame(0, 4, 3, b"original", b"preview", b"thumbnail")


class Dice:
    """Repeatable randomness: the bytes of a hash in counter mode."""

    def __init__(self, seed: str = "") -> None:
        self._seed = seed
        self._number = 0

    def __call__(self, count: int) -> bytes:
        drawn = b""
        while len(drawn) < count:
            self._number += 1
            drawn += hashlib.sha256(f"{self._seed}/{self._number}".encode()).digest()
        return drawn[:count]


def a_device(device: str = DEVICE) -> Device:
    return Device(device, PERSON, "desk", SigningKey(device_key_name(device), device.encode()))


def a_shot(frame: Frame = FRAME, at: int = NOON) -> Shooter:
    """A shooter whose picture is there at once."""

    def shoot() -> Future[Shot]:
        future: Future[Shot] = Future()
        future.set_result(Shot(at, (frame,)))
        return future

    return shoot


class Played:
    """A recorder on a spool, with a clock that a test moves."""

    def __init__(
        self,
        folder: Path,
        *,
        at: float = NOON,
        device: str = DEVICE,
        random: Callable[[int], bytes] | None = None,
        shooter: Shooter | None = None,
        largest: int | None = None,
    ) -> None:
        self.now = Reading(at, 100.0, 100.0)
        self.said: deque[str] = deque(maxlen=100)
        dice = random or Dice()
        self.counter = MinuteCounter(lambda: self.now.wall)
        self.spool = Spool(folder / "spool.sqlite", STORAGE_KEY, dice, largest)
        self.sealer = Sealer(a_device(device), dice)
        self.recorder = Recorder(
            self.spool, self.sealer, self.counter, shooter or a_shot(), dice, say=self.said.append
        )
        self.recorder.recover(self.now)
        OPENED.append(self.spool)

    def begin(self, memo: str = "code", contract: str = CONTRACT) -> None:
        if self.spool.chain(contract) is None:
            self.recorder.introduce(contract, self.now)
        self.recorder.start(contract, memo, self.now)

    def work(self, seconds: float, step: float = 20.0, keys: int = 1) -> None:
        while seconds > 0:
            part = min(step, seconds)
            n = self.now
            self.counter.keystroke(keys)
            self.now = Reading(n.wall + part, n.mono + part, n.boot + part)
            self.recorder.tick(self.now)
            seconds -= part

    def end(self) -> None:
        self.recorder.finish(self.now)
        self.spool.close()


def kept(spool: Spool, contract: str = CONTRACT) -> list[tuple[int, int, int]]:
    """Every tracked entry in the spool, its chain and body checked: (start, part, mask)."""
    found, last = [], "0" * 64
    rows = spool.db.execute(
        "SELECT id, note, body FROM item WHERE contract = ? AND state <> 'refused' ORDER BY id",
        (contract,),
    ).fetchall()
    for seq, (item, note, body) in enumerate(rows):
        entry = read_entry(note)
        assert (entry.seq, entry.prev) == (seq, last), "the chain is broken"
        last = note_id(note)
        raw = spool.opened(body, f"body/{item}")
        assert hashlib.sha256(raw).hexdigest() == entry.body
        if entry.start is not None:
            claims = read_body(raw, TrackedBody).pictures
            assert len(list(spool.items.pictures(item))) == 3 * len(claims)
            found.append((entry.start, entry.part, entry.mask))
    return found


def main() -> None:
    folder, slots = Path(sys.argv[1]), int(sys.argv[2])
    probe = Spool(folder / "spool.sqlite", STORAGE_KEY, Dice())
    at = max(NOON, (probe.claimed + 1) * 60)
    probe.close()
    played = Played(folder, at=at, random=Dice(str(at)))
    played.begin()
    reported = 0
    for _ in range(slots * 10):
        played.work(60, step=30)
        recorded = kept(played.spool)[reported:] if played.now.wall % 600 < 60 else []
        for start, part, mask in recorded:
            print(start, part, mask, flush=True)
        reported += len(recorded)
    played.end()


if __name__ == "__main__":
    main()
