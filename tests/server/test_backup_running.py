"""A backup is made while the server writes: whole, incremental, and silent without its keys."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import apsw
from billkit import TEN, WEDNESDAY, track, write
from serverkit import (
    WORKDIARY,
    a_picture,
    run_workdiary,
    send,
    tracked_entry,
)
from vaultkit import a_served_diary, back_up, in_thread
from workdiary.bodies import DeletedBody
from workdiary.entries import EntryKind
from workdiary.notes import SigningKey
from workdiary_server.backup.manifest import manifest_key, read_manifest
from workdiary_server.folder import read_key

MEMO = "a memo that nobody else has"


def key_of(folder: Path) -> SigningKey:
    return manifest_key("diary.test", read_key(folder / "log.key", "log.key"))


async def test_a_backup_of_a_running_server_has_its_logs_and_blobs(tmp_path: Path) -> None:
    folder, target = tmp_path / "diary", tmp_path / "backups"
    async with a_served_diary(folder) as (server, ada, contract, _):
        entry = tracked_entry(ada, contract, WEDNESDAY, memo=MEMO, pictures=[a_picture(WEDNESDAY)])
        await send(ada, contract, entry)
        made = await in_thread(back_up, folder, target)
        head = await server.owner.head(contract)
        assert (made["logs"], made["entries"], made["blobs"], made["new"]) == (1, 3, 3, 3)
        manifest = read_manifest(target / "backups" / made["stamp"], key_of(folder).public)
        assert [(log.size, log.root) for log in manifest.logs] == [(head.size, head.root)]
        more = tracked_entry(
            ada, contract, WEDNESDAY + TEN, pictures=[a_picture(WEDNESDAY + TEN, 1)]
        )
        await send(ada, contract, more)
        again = await in_thread(back_up, folder, target)
        assert (again["blobs"], again["new"], again["entries"]) == (6, 3, 4)


async def test_without_its_keys_a_backup_tells_nothing_and_opens_nothing(tmp_path: Path) -> None:
    folder, target = tmp_path / "diary", tmp_path / "backups"
    async with a_served_diary(folder) as (_, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY, memo=MEMO)
        await in_thread(back_up, folder, target)
        wrapped = [
            row[0] for row in rows(folder / "diary.sqlite", "SELECT wrapped FROM content_key")
        ]
        private = [(folder / name).read_text().strip() for name in PRIVATE]
        (copy,) = target.glob("backups/*/diary.sqlite")
        kept = copy.read_bytes()
        assert len(wrapped) > 3
        assert not any(one in kept for one in wrapped)
        assert not rows(
            copy, "SELECT * FROM content_key UNION SELECT subject, x'', wrapped FROM subject_key"
        )
        files = [file.read_bytes() for file in target.rglob("*") if file.is_file()]
        told = [MEMO, "Ada", "Olga", *private]
        assert not [word for word in told for file in files if word.encode() in file]
        assert any(one in file for one in wrapped for file in files)  # they lie in keys/


PRIVATE = ("master.key", "log.key", "owner.key", "owner.token")


async def test_old_backups_go_with_their_keys_and_the_newest_stays(tmp_path: Path) -> None:
    folder, target = tmp_path / "diary", tmp_path / "backups"
    async with a_served_diary(folder) as (_, ada, contract, _clock):
        picture = a_picture(WEDNESDAY)
        await send(ada, contract, tracked_entry(ada, contract, WEDNESDAY, pictures=[picture]))
        first = (await in_thread(back_up, folder, target))["stamp"]
        old = "20200101T000000Z"
        for part in ("backups", "keys"):
            (target / part / first).rename(target / part / old)
        await write(ada, contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,)))
        second = await in_thread(back_up, folder, target)
        assert second["removed"] == [old]
        assert [one.name for one in (target / "keys").iterdir()] == [second["stamp"]]
        assert [one.name for one in (target / "backups").iterdir()] == [second["stamp"]]
        assert not [one for one in (target / "blobs").rglob("*") if one.is_file()]


async def test_a_run_killed_at_any_moment_leaves_the_earlier_backup_and_the_next_goes_on(
    tmp_path: Path,
) -> None:
    folder, target = tmp_path / "diary", tmp_path / "backups"
    async with a_served_diary(folder) as (_, ada, contract, _clock):
        first = (await in_thread(back_up, folder, target))["stamp"]
        key = key_of(folder).public
        begun = time.monotonic()
        await in_thread(back_up, folder, tmp_path / "other")
        usual = time.monotonic() - begun
        seen = set()
        for number in range(8):
            start = WEDNESDAY + number * TEN
            picture = a_picture(start, number)
            await send(ada, contract, tracked_entry(ada, contract, start, pictures=[picture]))
            run = subprocess.Popen(
                [WORKDIARY, "backup", str(target), "--folder", str(folder)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            with suppress(subprocess.TimeoutExpired):  # or it was done before
                await in_thread(run.wait, usual * (0.5 + number * 0.05))
            run.send_signal(signal.SIGKILL)
            await in_thread(run.wait)
            whole = [one for one in (target / "backups").iterdir() if one.suffix != ".part"]
            seen |= {one.suffix for one in (target / "keys").iterdir()}
            assert first in {one.name for one in whole}
            for one in whole:
                read_manifest(one, key)
        made = await in_thread(back_up, folder, target)
        assert made["entries"] == 10
        assert made["blobs"] == 24
        assert not list(target.glob("*/*.part"))


async def test_a_stopped_servers_diary_is_backed_up_too(tmp_path: Path) -> None:
    folder, target = tmp_path / "diary", tmp_path / "backups"
    async with a_served_diary(folder) as (_, ada, contract, _clock):
        picture = a_picture(WEDNESDAY)
        await send(ada, contract, tracked_entry(ada, contract, WEDNESDAY, pictures=[picture]))
    made = back_up(folder, target)
    assert (made["entries"], made["new"], made["lost"]) == (3, 3, [])


async def test_a_picture_that_the_storage_lost_is_named_and_the_rest_is_kept(
    tmp_path: Path,
) -> None:
    folder, target = tmp_path / "diary", tmp_path / "backups"
    async with a_served_diary(folder) as (_, ada, contract, _clock):
        picture = a_picture(WEDNESDAY)
        await send(ada, contract, tracked_entry(ada, contract, WEDNESDAY, pictures=[picture]))
    (key,) = [row[0] for row in rows(folder / "diary.sqlite", "SELECT key FROM picture LIMIT 1")]
    (folder / "blobs" / key).unlink()
    done = run_workdiary(folder, "backup", str(target), "--json")
    assert done.returncode == 1
    assert key in done.stderr
    assert json.loads(done.stdout)["lost"] == [key]
    assert json.loads(done.stdout)["new"] == 2


def test_a_folder_with_other_files_and_one_without_a_diary_are_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    done = run_workdiary(tmp_path / "none", "backup", str(tmp_path / "target"))
    assert done.returncode == 2
    assert "there is no diary" in done.stderr
    assert run_workdiary(tmp_path / "diary", "init", "--name", "diary.test").returncode == 0
    done = run_workdiary(tmp_path / "diary", "backup", str(tmp_path / "full"))
    assert done.returncode == 2
    assert "holds other files" in done.stderr
    assert "Traceback" not in done.stderr


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        return list(db.execute(sql))
