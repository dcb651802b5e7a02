from __future__ import annotations

import random
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
import spoolkit
from spoolkit import CONTRACT, NOON, STORAGE_KEY, Dice, Played, kept
from workdiary.api import to_json
from workdiary.bodies import TrackedBody
from workdiary.entries import read_body, read_entry
from workdiary.errors import RefusedError
from workdiary_tracker.parts import DISCARDED
from workdiary_tracker.shots import Frame
from workdiary_tracker.spool import KEEP_SECONDS, Spool


def bodies(played: Played) -> list[TrackedBody]:
    rows = played.spool.db.execute("SELECT id, body FROM item WHERE start IS NOT NULL ORDER BY id")
    return [
        read_body(played.spool.opened(body, f"body/{item}"), TrackedBody)
        for item, body in rows.fetchall()
    ]


def test_a_session_becomes_entries_in_one_chain(tmp_path: Path) -> None:
    played = Played(tmp_path, at=NOON + 240)
    played.begin("Fix invoices")
    played.work(15 * 60)
    played.recorder.finish(played.now)
    assert [mask for _, _, mask in kept(played.spool)] == [0b1111110000, 0b0111111111]
    first, second = bodies(played)
    assert first.memo == "Fix invoices"
    assert first.session == second.session
    assert sum(row[0] for body in (first, second) for row in body.minutes) == 45
    played.spool.close()


def test_a_restart_draws_no_other_moment(tmp_path: Path) -> None:
    one = Played(tmp_path, random=Dice("one"))
    drawn = one.spool.moment(NOON)
    one.end()
    two = Played(tmp_path, random=Dice("two"))
    assert two.spool.moment(NOON) == drawn
    two.end()


def test_one_tracker_of_a_user_runs(tmp_path: Path) -> None:
    played = Played(tmp_path)
    with pytest.raises(RefusedError, match="running already"):
        Spool(tmp_path / "spool.sqlite", STORAGE_KEY, Dice())
    played.end()


def test_two_texts_of_equal_timing_leave_byte_identical_spools(tmp_path: Path) -> None:
    for text in ("the quick brown fox", "p4ssw0rd p4ssw0rd!!"):
        played = Played(tmp_path / text[:3])
        played.begin()
        for _letter in text:
            played.work(7, step=7)
        played.end()
    one, two = ((tmp_path / name / "spool.sqlite").read_bytes() for name in ("the", "p4s"))
    assert one == two


def test_the_spool_shows_no_memo_count_or_picture(tmp_path: Path) -> None:
    played = Played(tmp_path)
    played.begin("a very secret memo")
    played.work(700)
    played.end()
    raw = (tmp_path / "spool.sqlite").read_bytes()
    assert b"secret memo" not in raw
    assert b"thumbnail" not in raw


def test_a_part_left_open_is_closed_by_the_next_run(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal; sys.path.insert(0, sys.argv[1]); from pathlib import Path\n"
        "from spoolkit import Played; played = Played(Path(sys.argv[2])); played.begin()\n"
        "played.work(190); os.kill(os.getpid(), signal.SIGKILL)"
    )
    tests = str(Path(spoolkit.__file__).parent)
    ended = subprocess.run([sys.executable, "-c", script, tests, str(tmp_path)], check=False)
    assert ended.returncode == -9
    played = Played(tmp_path, at=NOON + 195)
    assert [mask for _, _, mask in kept(played.spool)] == [0b0111]
    moment = played.spool.moment(NOON)
    played.begin()
    played.work(200)
    played.recorder.finish(played.now)
    entries = kept(played.spool)
    assert [(part, mask) for _, part, mask in entries] == [(0, 0b0000111), (1, 0b1111000)]
    sampled = [body.no_picture != "not sampled" for body in bodies(played)]
    assert sampled == [moment < 180_000, 195_000 <= moment < 395_000]
    played.spool.close()


def test_killed_at_any_instant_nothing_recorded_is_lost_or_doubled(tmp_path: Path) -> None:
    rng = random.Random(7)  # noqa: S311 (instants to kill at, not a secret)
    reported: list[tuple[int, ...]] = []
    for _ in range(30):
        with subprocess.Popen(
            [sys.executable, spoolkit.__file__, str(tmp_path), "1000"], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            for _ in range(rng.randrange(1, 5)):
                reported.append(tuple(map(int, child.stdout.readline().split())))
            child.kill()
            rest = child.stdout.read().decode().splitlines(keepends=True)
        reported += [tuple(map(int, line.split())) for line in rest if line.endswith("\n")]
    spool = Spool(tmp_path / "spool.sqlite", STORAGE_KEY, Dice())
    found = kept(spool)
    assert set(reported) <= set(found)
    minutes = [start // 60 + i for start, _, mask in found for i in range(10) if mask >> i & 1]
    assert len(minutes) == len(set(minutes))
    assert len({(start, part) for start, part, _ in found}) == len(found)
    spool.close()


def test_a_discarded_picture_is_gone_and_its_part_says_so(tmp_path: Path) -> None:
    played = Played(tmp_path)
    played.begin()
    played.work(played.spool.moment(NOON) / 1000 + 5)
    assert played.recorder.discard()
    assert not played.recorder.discard()
    played.recorder.finish(played.now)
    (body,) = bodies(played)
    assert (body.pictures, body.no_picture) == ((), DISCARDED)
    assert played.spool.db.execute("SELECT count(*) FROM picture").fetchone() == (0,)
    played.spool.close()


def test_a_picture_can_be_discarded_for_a_minute_also_after_the_mark(tmp_path: Path) -> None:
    played = Played(tmp_path)
    with played.spool.transaction() as db:
        db.execute("INSERT INTO moment VALUES (?, 595000)", (NOON,))
    played.begin()
    played.work(590)
    played.work(7)
    played.work(23)
    assert kept(played.spool) == []
    assert played.recorder.discard()
    played.work(40)
    assert bodies(played)[0].no_picture == DISCARDED
    played.end()


def test_fourteen_days_offline_need_no_memory(tmp_path: Path) -> None:
    played = Played(tmp_path)
    played.begin()
    played.spool.db.execute("PRAGMA synchronous = OFF")
    played.work(600 * 40, step=30)
    tracemalloc.start()
    played.work(600 * 400, step=30)
    early = tracemalloc.get_traced_memory()[0]
    played.work(600 * 3_592, step=30)
    grown = tracemalloc.get_traced_memory()[0] - early
    tracemalloc.stop()
    played.recorder.finish(played.now)
    assert played.spool.items.state().waiting == 4_032 + 1
    assert grown < 300_000, "a picture a slot would be far more"
    played.spool.close()


def test_a_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    big = Frame(0, 4, 3, b"o" * 100_000, b"p" * 20_000, b"t" * 2_000)
    played = Played(tmp_path, shooter=spoolkit.a_shot(big), largest=150)
    played.begin()
    played.work(600 * 10)
    assert any("NOT RECORDING" in line for line in played.said)
    assert played.recorder.full
    played.spool.db.execute("PRAGMA max_page_count = 100000")
    played.work(120)
    assert "the disk has room again" in played.said
    played.recorder.finish(played.now)
    masks = [mask for _, _, mask in kept(played.spool)]
    assert masks == [1023] * 10 + [0b11]
    played.spool.close()


def test_what_was_sent_stays_fourteen_days(tmp_path: Path) -> None:
    played = Played(tmp_path)
    played.begin()
    played.work(600)
    played.recorder.finish(played.now)
    item = played.spool.items.next(CONTRACT)
    assert item is not None
    with played.spool.transaction():
        played.spool.items.mark_sent(item.id, NOON, to_json("receipt"))
    assert played.spool.tidy(NOON + KEEP_SECONDS) == 0
    assert played.spool.tidy(NOON + KEEP_SECONDS + 1) == 1
    played.spool.close()


def test_a_refused_entry_is_set_aside_and_the_chain_closes_behind_it(tmp_path: Path) -> None:
    played = Played(tmp_path)
    played.begin()
    played.work(600 * 4)
    played.recorder.finish(played.now)
    items = played.spool.items
    enrolment = items.next(CONTRACT)
    assert enrolment is not None
    with played.spool.transaction():
        items.mark_sent(enrolment.id, NOON, b"{}")
    poisoned = items.next(CONTRACT)
    assert poisoned is not None
    items.set_aside(poisoned, "overlap: no", played.sealer)
    assert [start for start, _, _ in kept(played.spool)] == [NOON + 600, NOON + 1200, NOON + 1800]
    assert [item.reason for item in items.refused()] == ["overlap: no"]
    chain = played.spool.chain(CONTRACT)
    assert chain is not None
    assert chain.seq == 3
    assert read_entry(poisoned.note).seq == 1
    played.spool.close()


def test_a_sealed_picture_is_still_the_last_one_but_not_to_be_discarded(tmp_path: Path) -> None:
    played = Played(tmp_path)
    with played.spool.transaction() as db:
        db.execute("INSERT INTO moment VALUES (?, 300000)", (NOON,))
    played.begin()
    played.work(600)
    picture = played.recorder.picture
    assert picture is not None
    assert picture.shot is not None
    assert picture.final
    assert not played.recorder.discard()
    played.end()
