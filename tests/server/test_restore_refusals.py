"""A backup is verified before it is restored, and a restored log takes only what is its own."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import aiohttp
import pytest
from billkit import TEN, WEDNESDAY, Clock, track
from serverkit import (
    WORKDIARY,
    Device,
    a_picture,
    run_workdiary,
    running_server,
    send,
    sign,
    tracked_entry,
)
from vaultkit import a_served_diary, back_up, in_thread, restore
from workdiary.bodies import DeletedBody
from workdiary.checkpoints import open_head, sign_head
from workdiary.client import DiaryClient
from workdiary.entries import EntryKind
from workdiary.errors import InvalidError, RecoveringError, RefusedError
from workdiary.notes import SigningKey, VerifyingKey
from workdiary.segments import from_epoch
from workdiary.tlog.tiles import ENTRIES, Tile, read_bundle


async def a_backup(root: Path) -> tuple[Device, str, str, list[bytes]]:
    """A backup of a diary that went on by two entries; its head and all its entries then."""
    async with a_served_diary(root / "lost") as (server, ada, contract, _):
        shutil.copy(root / "lost" / "master.key", root / "safe.key")
        picture = a_picture(WEDNESDAY)
        await send(ada, contract, tracked_entry(ada, contract, WEDNESDAY, pictures=[picture]))
        await in_thread(back_up, root / "lost", root / "backups")
        await track(ada, contract, WEDNESDAY + TEN, WEDNESDAY + 2 * TEN)
        checkpoint = await server.owner.checkpoint(contract)
        leaves = read_bundle(await server.owner.tile(contract, Tile(ENTRIES, 0, 5)), 5)
    return ada, contract, checkpoint, leaves


async def test_until_it_is_whole_a_restored_log_signs_no_head_and_takes_no_entry(
    tmp_path: Path,
) -> None:
    ada, contract, checkpoint, leaves = await a_backup(tmp_path)
    await in_thread(restore, tmp_path / "backups", tmp_path / "new", tmp_path / "safe.key")
    async with (
        running_server(tmp_path / "new", Clock(WEDNESDAY + 86_400)) as server,
        DiaryClient(server.url, ada.token) as client,
    ):
        entry = tracked_entry(ada, contract, WEDNESDAY + 3 * TEN)
        with pytest.raises(RecoveringError):
            await client.append(contract, entry.note, entry.body)
        async with aiohttp.ClientSession() as session:
            url = f"{server.url}/api/v1/contracts/{contract}/head"
            headers = {"Authorization": f"Bearer {ada.token}"}
            async with session.get(url, headers=headers) as answer:
                problem = await answer.json()
                assert (answer.status, problem["code"]) == (503, "recovering")
                assert int(answer.headers["Retry-After"]) > 0
        await client.give_entries(contract, checkpoint, leaves[3:])
        await client.report_recovery(contract)
        found = await client.head(contract)
        held = (await client.contract(contract)).log_key
        assert open_head(checkpoint, VerifyingKey.read(held)).root.hex() == found.root
        await client.append(contract, entry.note, entry.body)
        assert (await client.head(contract)).size == 6


async def test_the_server_itself_writes_nothing_to_a_log_that_waits(tmp_path: Path) -> None:
    _, contract, _, _ = await a_backup(tmp_path)
    await in_thread(restore, tmp_path / "backups", tmp_path / "new", tmp_path / "safe.key")
    monday = Clock(WEDNESDAY + 5 * 86_400)
    async with running_server(tmp_path / "new", monday) as server:
        with pytest.raises(RecoveringError):
            await server.owner.close_week(contract, from_epoch(WEDNESDAY).date())
        assert (await server.owner.recovery(contract)).size == 3


async def test_only_what_the_log_itself_signed_comes_back(tmp_path: Path) -> None:
    ada, contract, checkpoint, leaves = await a_backup(tmp_path)
    await in_thread(restore, tmp_path / "backups", tmp_path / "new", tmp_path / "safe.key")
    async with (
        running_server(tmp_path / "new", Clock(WEDNESDAY + 86_400)) as server,
        DiaryClient(server.url, ada.token) as client,
    ):
        head = open_head(checkpoint, VerifyingKey.read((await client.contract(contract)).log_key))
        forged = sign_head(head, SigningKey(head.origin, bytes(32)))
        with pytest.raises(InvalidError):
            await client.give_entries(contract, forged, leaves[3:])
        with pytest.raises(RefusedError) as refused:
            await client.give_entries(contract, checkpoint, [leaves[4], leaves[3]])
        assert refused.value.code == "forked"
        with pytest.raises(InvalidError):
            await client.give_entries(contract, checkpoint, [])
        assert (await client.recovery(contract)).size == 3
        state = await client.give_entries(contract, checkpoint, leaves[3:])
        assert (state.size, state.lacking) == (5, (3, 4))
        with pytest.raises(InvalidError):
            await client.give_body(contract, 3, b"a body that nobody committed to, not at all")
        assert await client.give_entries(contract, checkpoint, []) == state


async def test_each_damage_is_named_and_nothing_is_restored(tmp_path: Path) -> None:
    await a_backup(tmp_path)
    first, second, _ = sorted(one for one in (tmp_path / "backups" / "blobs").rglob("*/*"))
    first.write_bytes(first.read_bytes()[:-1] + bytes([first.read_bytes()[-1] ^ 1]))
    second.unlink()
    done = a_restore(tmp_path)
    assert done.returncode == 1
    assert f"{first}: altered" in done.stderr
    assert f"{second}: No such file" in done.stderr
    assert not (tmp_path / "new" / "diary.sqlite").exists()
    done = a_restore(tmp_path, "--leave-damaged")
    assert done.returncode == 1
    assert "1 blobs; 1 contracts wait" in done.stdout
    assert (tmp_path / "new" / "diary.sqlite").exists()


@pytest.mark.parametrize(
    ("harm", "said", "code"),
    [
        ("manifest.json", "was altered", 1),
        ("manifest.note", "is not signed by this diary", 1),
        ("diary.sqlite", "altered: nothing can be restored", 1),
        ("keys.sqlite", "altered: nothing can be restored", 1),
        ("private.sealed", "does not open with this master key", 2),
        ("safe.key", "does not open with this master key", 2),
    ],
)
async def test_what_was_not_signed_is_not_restored(
    tmp_path: Path, harm: str, said: str, code: int
) -> None:
    await a_backup(tmp_path)
    (path,) = (one for one in tmp_path.rglob(harm) if "lost" not in one.parts)
    if harm == "diary.sqlite":
        with closing(sqlite3.connect(path)) as db:
            db.execute("UPDATE entry SET received = received + 1")
            db.commit()
    elif harm == "safe.key":
        path.write_text("5a" * 32)
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    done = a_restore(tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "new" / "diary.sqlite").exists()


async def test_a_folder_with_a_diary_and_one_without_backups_are_refused(tmp_path: Path) -> None:
    await a_backup(tmp_path)
    done = run_workdiary(tmp_path / "lost", "restore", str(tmp_path / "backups"))
    assert (done.returncode, "holds a diary already" in done.stderr) == (2, True)
    (tmp_path / "empty").mkdir()
    done = a_restore(tmp_path, source="empty")
    assert (done.returncode, "has no backup" in done.stderr) == (2, True)
    done = a_restore(tmp_path, "--at", "20200101T000000Z")
    assert (done.returncode, "there are: 20" in done.stderr) == (2, True)


def a_restore(root: Path, *more: str, source: str = "backups") -> CompletedProcess[str]:
    key = str(root / "safe.key")
    return run_workdiary(root / "new", "restore", str(root / source), "--master-key", key, *more)


async def test_a_restore_killed_at_any_moment_leaves_no_diary_and_the_next_goes_on(
    tmp_path: Path,
) -> None:
    _, contract, _, _ = await a_backup(tmp_path)
    begun = time.monotonic()
    assert a_restore(tmp_path).returncode == 0
    usual = time.monotonic() - begun
    words = [WORKDIARY, "restore", str(tmp_path / "backups")]
    words += ["--folder", str(tmp_path / "new"), "--master-key", str(tmp_path / "safe.key")]
    for number in range(6):
        shutil.rmtree(tmp_path / "new")
        run = subprocess.Popen(
            words,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(usual * (0.5 + number * 0.08))
        run.send_signal(signal.SIGKILL)
        run.wait()
        if not (tmp_path / "new" / "diary.sqlite").exists():
            done = a_restore(tmp_path)
            assert done.returncode == 0, done.stderr
        async with running_server(tmp_path / "new", Clock(WEDNESDAY + 86_400)) as server:
            state = await server.owner.recovery(contract)
            assert (state.recovering, state.size) == (True, 3)


async def test_what_was_tracked_again_after_a_deletion_in_one_slot_comes_back(
    tmp_path: Path,
) -> None:
    async with a_served_diary(tmp_path / "lost") as (server, ada, contract, _):
        shutil.copy(tmp_path / "lost" / "master.key", tmp_path / "safe.key")
        await in_thread(back_up, tmp_path / "lost", tmp_path / "backups")
        first = tracked_entry(ada, contract, WEDNESDAY, mask=0b11111, memo="given up")
        await send(ada, contract, first)
        deleted = sign(ada, contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,)))
        await send(ada, contract, deleted)
        again = tracked_entry(ada, contract, WEDNESDAY, mask=0b1111100000, part=1, memo="kept")
        await send(ada, contract, again)
        before = await ada.client.day(contract, from_epoch(WEDNESDAY).date())
        checkpoint = await server.owner.checkpoint(contract)
        leaves = read_bundle(await server.owner.tile(contract, Tile(ENTRIES, 0, 5)), 5)
    await in_thread(restore, tmp_path / "backups", tmp_path / "new", tmp_path / "safe.key")
    async with (
        running_server(tmp_path / "new", Clock(WEDNESDAY + 86_400)) as server,
        DiaryClient(server.url, ada.token) as client,
    ):
        await client.give_entries(contract, checkpoint, leaves[2:])
        await client.give_body(contract, 3, deleted.body)
        await client.give_body(contract, 4, again.body)
        await client.report_recovery(contract)
        after = await client.day(contract, from_epoch(WEDNESDAY).date())
        assert [segment.memo for segment in after.segments] == ["kept"]
        assert (after.segments, after.deleted) == (before.segments, before.deleted)
