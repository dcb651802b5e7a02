"""Deletion is one: no key is left, in the database's files or anywhere, that reads what is gone."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from billkit import MONDAY, TEN, WEDNESDAY, Clock, a_diary, day_of, track, write
from serverkit import Device, RunningServer, a_picture, running_server, send, tracked_entry
from workdiary import sealing
from workdiary.bodies import DeletedBody, MemoBody
from workdiary.entries import EntryKind
from workdiary.storage import CorruptError
from workdiary_server.diary.blobs import bound_to, sweep
from workdiary_server.diary.effects import take_effect
from workdiary_server.folder import Folder, read_key
from workdiary_server.http.keys import DIARY
from workdiary_server.settings import LimitsSection
from workdiary_server.vault.keyring import place_of

BODIES = "SELECT entry.id, sealed FROM entry JOIN body USING (arrival)"
SUBJECTS = "SELECT subject, wrapped FROM subject_key"
CONTENTS = "SELECT subject, wrapped FROM content_key"
MEMO = "a memo that nobody else has"


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(apsw.Connection(str(folder / "diary.sqlite"))) as db:
        return list(db.execute(sql))


def blobs_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.stat().st_size > 100]


def occurrences(folder: Path, needle: bytes) -> list[str]:
    """The files of the database in which some bytes still stand."""
    files = sorted(folder.glob("diary.sqlite*"))
    return [file.name for file in files if needle in file.read_bytes()]


async def delete(ada: Device, contract: str, *starts: int) -> None:
    await write(ada, contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=starts))


async def test_no_trace_of_key_body_or_picture_is_left_within_a_minute(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        picture = a_picture(WEDNESDAY)
        await track(ada, contract, WEDNESDAY + TEN)
        kept = secrets_of(tmp_path) - gists_in(tmp_path, contract)
        gone = gists_in(tmp_path, contract)
        entry = tracked_entry(ada, contract, WEDNESDAY, memo=MEMO, pictures=[picture])
        await send(ada, contract, entry)
        gone |= secrets_of(tmp_path) - kept
        # keys of three pictures, body and segment, and these two, sealed; the gists, now and before
        assert len(gone) == 7 + 2 * 2
        # each edit seals the segment anew: what it was before must go as well
        edit = MemoBody(segments=(WEDNESDAY,), memo=MEMO + ", mended")
        await write(ada, contract, EntryKind.MEMO_EDITED, edit)
        gone |= secrets_of(tmp_path) - kept
        # key and body of the edit, key and row of the segment, key and row of the gists
        assert len(gone) == 7 + 3 * 2 + 4
        blobs = blobs_in(tmp_path / "blobs")
        assert all(occurrences(tmp_path, needle) for needle in gone)
        assert all(occurrences(tmp_path, needle) for needle in kept)
        await delete(ada, contract, WEDNESDAY)
        deadline = time.monotonic() + 60
        while any(occurrences(tmp_path, needle) for needle in gone):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        assert len(blobs) == 3
        assert not any(file.exists() for file in blobs)
        assert all(occurrences(tmp_path, needle) for needle in kept), "more than it went"
        assert len(gists_in(tmp_path, contract)) == 2, "the other segment has its gist"


def secrets_of(folder: Path) -> set[bytes]:
    """The wrapped keys of contents, and what they seal in tables, as rows hold them now."""
    found = rows(folder, "SELECT wrapped FROM content_key")
    found += rows(folder, "SELECT sealed FROM body")
    found += rows(folder, "SELECT sealed FROM gist")
    return {row[0] for row in found + rows(folder, "SELECT sealed FROM segment")}


def gists_in(folder: Path, contract: str) -> set[bytes]:
    """The gists of the week that is tested, sealed, and their wrapped key."""
    place = place_of("gists", contract, str(MONDAY))
    found = rows(folder, f"SELECT wrapped FROM content_key WHERE id = x'{place.hex()}'")  # noqa: S608 - hex digits
    return {row[0] for row in found + rows(folder, "SELECT sealed FROM gist")}


async def test_a_copy_from_before_cannot_be_read_with_any_key_that_is_left(tmp_path: Path) -> None:
    """What a backup holds: blobs and database from before, and the key table from after."""
    live, backup = tmp_path / "diary", tmp_path / "backup"
    async with a_diary(live) as (server, ada, contract, _clock):
        for start in (WEDNESDAY, WEDNESDAY + TEN):
            picture = a_picture(start, seed=start)
            await send(ada, contract, tracked_entry(ada, contract, start, pictures=[picture]))
        assert await server.app[DIARY].db.truncate()
        await asyncio.to_thread(shutil.copytree, live, backup)
        await delete(ada, contract, WEDNESDAY)
        keys = all_keys(server, live)
        before = sealed_in(backup, contract)
        still_there = sealed_in(live, contract)
        deleted = {bound for bound, sealed in before.items() if still_there.get(bound) != sealed}
        kinds = ["body", "gists", *["picture"] * 3, "segment"]
        assert sorted(bound[0] for bound in deleted) == kinds
        for bound, sealed in before.items():
            opened = sum(opens(sealed, key, bound) for key in keys)
            assert (bound, opened) == (bound, int(bound not in deleted))


def all_keys(server: RunningServer, folder: Path) -> list[bytes]:
    """Every key that the key table and the keys' files give."""
    master = read_key(Folder(folder).master_key, "the master key")
    subjects = {s: sealing.unwrap_key(w, master) for s, w in rows(folder, SUBJECTS)}
    found = [sealing.unwrap_key(wrapped, subjects[s]) for s, wrapped in rows(folder, CONTENTS)]
    assert len(found) > 10
    return [master, *subjects.values(), *found]


def sealed_in(folder: Path, contract: str) -> dict[tuple[str, ...], bytes]:
    """What is sealed in a diary's tables and its blobs, by what it is bound to."""
    found: dict[tuple[str, ...], bytes] = {}
    for entry, sealed in rows(folder, BODIES):
        found["body", contract, entry.hex()] = sealed
    for start, sealed in rows(folder, "SELECT start, sealed FROM segment"):
        found["segment", contract, str(start)] = sealed
    for week, sealed in rows(folder, "SELECT week, sealed FROM gist"):
        found["gists", contract, str(week)] = sealed
    for key, rendition, start in rows(folder, "SELECT key, rendition, start FROM picture"):
        file = folder / "blobs" / key
        found[(*bound_to(contract, start, rendition), key)] = file.read_bytes()
    return found


def opens(sealed: bytes, key: bytes, bound: tuple[str, ...]) -> bool:
    try:
        sealing.unseal(sealed, key, bound)
    except CorruptError:
        return False
    return True


async def test_a_reader_that_holds_on_only_delays_the_forgetting(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        kept = secrets_of(tmp_path)
        await send(ada, contract, tracked_entry(ada, contract, WEDNESDAY))
        gone = secrets_of(tmp_path) - kept
        with closing(apsw.Connection(str(tmp_path / "diary.sqlite"))) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM entry").get
            began = time.monotonic()
            await delete(ada, contract, WEDNESDAY)
            await track(ada, contract, WEDNESDAY + TEN)
            assert time.monotonic() - began < 2, "the write waited for the reader"
            assert any(occurrences(tmp_path, needle) for needle in gone)
            reader.execute("COMMIT")
        deadline = time.monotonic() + 60
        while any(occurrences(tmp_path, needle) for needle in gone):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


CHILD = """
import asyncio, os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[2] + "/server"]
import test_deletion_bytes as here
from billkit import WEDNESDAY, a_diary
from serverkit import a_picture, send, tracked_entry
from workdiary_server.diary import ingest

async def never(diary):
    pass

async def main():
    folder = Path(sys.argv[1])
    ingest.forget = never
    ingest.remove = lambda diary, keys: os.kill(os.getpid(), 9)
    async with a_diary(folder) as (_, ada, contract, clock):
        kept = here.secrets_of(folder)
        entry = tracked_entry(ada, contract, WEDNESDAY, pictures=[a_picture(WEDNESDAY)])
        await send(ada, contract, entry)
        print(*(found.hex() for found in here.secrets_of(folder) - kept), flush=True)
        await here.delete(ada, contract, WEDNESDAY)

asyncio.run(main())
"""


async def test_a_server_killed_in_the_middle_forgets_when_it_starts_again(tmp_path: Path) -> None:
    child = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", CHILD, str(tmp_path), str(Path(__file__).parents[1])],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == -9, child.stderr
    gone = [bytes.fromhex(one) for one in child.stdout.split()]
    assert len(gone) == 9
    assert all(occurrences(tmp_path, needle) for needle in gone), "nothing was left to forget"
    assert len(blobs_in(tmp_path / "blobs")) == 3
    async with running_server(tmp_path, Clock(WEDNESDAY + 40 * 3600)) as server:
        deadline = time.monotonic() + 60
        while any(occurrences(tmp_path, needle) for needle in gone):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        assert not blobs_in(tmp_path / "blobs"), "a day later the sweep has taken them"
        assert not rows(server.folder, "SELECT key FROM intent")


async def test_a_memo_that_other_segments_share_goes_with_the_last_of_them(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        starts = (WEDNESDAY, WEDNESDAY + TEN)
        await track(ada, contract, *starts)
        await write(ada, contract, EntryKind.MEMO_EDITED, MemoBody(segments=starts, memo=MEMO))

        def edits() -> int:
            sql = "SELECT 1 FROM entry JOIN body USING (arrival) WHERE kind = 'memo.edited'"
            return len(rows(tmp_path, sql))

        sql = "SELECT sealed FROM entry JOIN body USING (arrival) WHERE kind = 'memo.edited'"
        ((sealed,),) = rows(tmp_path, sql)
        await delete(ada, contract, WEDNESDAY)
        assert edits() == 1
        assert occurrences(tmp_path, sealed)
        assert [segment.memo for segment in (await day_of(ada, contract)).segments] == [MEMO]
        await delete(ada, contract, WEDNESDAY + TEN)
        assert edits() == 0
        deadline = time.monotonic() + 60
        while occurrences(tmp_path, sealed):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


async def test_a_crash_before_the_blobs_are_removed_leaves_them_to_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = LimitsSection(sweep_after_seconds=0)
    async with a_diary(tmp_path, limits=limits) as (server, ada, contract, clock):
        await send(
            ada,
            contract,
            tracked_entry(ada, contract, WEDNESDAY, pictures=[a_picture(WEDNESDAY)]),
        )

        def crash(*arguments: object) -> list[str]:
            take_effect(*arguments)  # type: ignore[arg-type]  # passed on as they came
            return []

        monkeypatch.setattr("workdiary_server.diary.ingest.take_effect", crash)
        await delete(ada, contract, WEDNESDAY)
        blobs = [
            f for f in (tmp_path / "blobs").rglob("*") if f.is_file() and f.stat().st_size > 100
        ]
        assert len(blobs) == 3
        clock.now += 60
        assert await sweep(server.app[DIARY]) == 3
        assert not any(file.exists() for file in blobs)
