"""Deletion is one: no key is left, in the database's files or anywhere, that reads what is gone."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from billkit import TEN, WEDNESDAY, a_diary, day_of, track, write
from serverkit import Device, a_picture, send, tracked_entry
from workdiary.bodies import DeletedBody, MemoBody
from workdiary.entries import EntryKind
from workdiary.storage import CorruptError
from workdiary_server.diary.blobs import sweep
from workdiary_server.diary.effects import take_effect
from workdiary_server.http.keys import DIARY
from workdiary_server.settings import LimitsSection
from workdiary_server.vault.blobs import blob_place

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
        entry = tracked_entry(ada, contract, WEDNESDAY, memo=MEMO, pictures=[picture])
        kept = set(rows(tmp_path, "SELECT wrapped FROM content_key"))
        await send(ada, contract, entry)
        keys = rows(tmp_path, "SELECT wrapped FROM content_key")
        (body,) = rows(tmp_path, "SELECT sealed FROM body ORDER BY arrival DESC LIMIT 1")
        gone = [row[0] for row in keys if row not in kept] + [body[0]]
        assert len(gone) == 6  # three pictures, body, segment, and the sealed body itself
        blobs = blobs_in(tmp_path / "blobs")
        assert all(occurrences(tmp_path, needle) for needle in gone)
        await delete(ada, contract, WEDNESDAY)
        deadline = time.monotonic() + 60
        while any(occurrences(tmp_path, needle) for needle in gone):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        assert len(blobs) == 3
        assert not any(file.exists() for file in blobs)


async def test_a_copy_of_the_storage_cannot_be_read_with_the_keys_that_are_left(
    tmp_path: Path,
) -> None:
    async with a_diary(tmp_path / "diary") as (server, ada, contract, _clock):
        picture = a_picture(WEDNESDAY)
        await send(ada, contract, tracked_entry(ada, contract, WEDNESDAY, pictures=[picture]))
        diary = server.app[DIARY]
        backup = tmp_path / "backup"
        await asyncio.to_thread(shutil.copytree, tmp_path / "diary" / "blobs", backup)
        names = [str(r[0]) for r in rows(tmp_path / "diary", "SELECT key FROM picture")]
        await delete(ada, contract, WEDNESDAY)
        assert len(blobs_in(backup)) == len(names) == 3
        for name in names:
            with pytest.raises(CorruptError, match="was destroyed"):
                await diary.db.read(
                    lambda db, name=name: diary.keyring.content_key(  # type: ignore[misc]  # a lambda's default
                        db, bytes.fromhex(contract), blob_place(name)
                    )
                )


async def test_a_memo_that_other_segments_share_goes_with_the_last_of_them(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        starts = (WEDNESDAY, WEDNESDAY + TEN)
        await track(ada, contract, *starts)
        await write(ada, contract, EntryKind.MEMO_EDITED, MemoBody(segments=starts, memo=MEMO))

        def edits() -> int:
            sql = "SELECT 1 FROM entry JOIN body USING (arrival) WHERE kind = 'memo.edited'"
            return len(rows(tmp_path, sql))

        await delete(ada, contract, WEDNESDAY)
        assert edits() == 1
        assert [segment.memo for segment in (await day_of(ada, contract)).segments] == [MEMO]
        await delete(ada, contract, WEDNESDAY + TEN)
        assert edits() == 0


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
