"""The master key: where it comes from, a new one at any moment's kill, and the end of all keys."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from billkit import TEN, WEDNESDAY, Clock, a_diary, day_of, track
from serverkit import WORKDIARY, Device, run_workdiary, running_server, server_process
from vaultkit import back_up, restore
from workdiary.client import DiaryClient
from workdiary.segments import from_epoch
from workdiary_server.diary.rotating import rewrap
from workdiary_server.folder import Folder, read_key

NEW = "5a" * 32


async def a_kept_diary(folder: Path) -> tuple[Device, str]:
    """A diary with two segments; its server is stopped."""
    async with a_diary(folder) as (_, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY, WEDNESDAY + TEN, memo="a memo to be read again")
        await day_of(ada, contract)
    return ada, contract


async def reads(folder: Path, ada: Device, contract: str) -> list[str]:
    """The memos that a server on the folder shows."""
    async with (
        running_server(folder, Clock(WEDNESDAY + 86_400)) as server,
        DiaryClient(server.url, ada.token) as client,
    ):
        day = await client.day(contract, from_epoch(WEDNESDAY).date())
        return [segment.memo for segment in day.segments]


MEMOS = ["a memo to be read again"] * 2


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ('provider = "environment"', {"WORKDIARY_MASTER_KEY": "{key}"}),
        ('provider = "environment"\nvariable = "DIARY_KEY"', {"DIARY_KEY": "{key}\n"}),
        ('provider = "credential"', {"CREDENTIALS_DIRECTORY": "{folder}"}),
        ('provider = "command"\ncommand = ["cat", "{folder}/workdiary-master-key"]', {}),
    ],
)
async def test_a_server_starts_with_the_key_from_where_the_setting_says(
    tmp_path: Path, settings: str, environment: dict[str, str]
) -> None:
    folder = tmp_path / "diary"
    await a_kept_diary(folder)
    key = (folder / "master.key").read_text().strip()
    (folder / "master.key").rename(tmp_path / "workdiary-master-key")
    (folder / "server.toml").write_text("[keys]\n" + settings.format(folder=tmp_path))
    given = {n: v.format(key=key, folder=tmp_path) for n, v in environment.items()}
    with server_process(folder, given) as (url, _):
        assert url.startswith("http")
    status = run_workdiary(folder, "keys", "status", "--json", environment=given)
    assert status.returncode == 0, status.stderr
    assert json.loads(status.stdout)["fits"] is True
    assert json.loads(status.stdout)["subjects"] == 2
    assert key not in status.stdout + status.stderr
    (tmp_path / "workdiary-master-key").write_text("not a key")
    wrong = {name: value.replace(key, "not a key") for name, value in given.items()}
    for words in (["serve"], ["keys", "status"]):
        done = run_workdiary(folder, *words, environment=wrong)
        assert done.returncode == 2
        assert "64 hex digits" in done.stderr + done.stdout
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('provider = "environment"', "the environment has no WORKDIARY_MASTER_KEY"),
        ('provider = "environment"\nvariabel = "X"', "[keys] variabel is not known here"),
        ('provider = "credential"', "there is no CREDENTIALS_DIRECTORY"),
        ('provider = "command"', "[keys] command is a list of words"),
        ('provider = "command"\ncommand = ["false"]', "false ended with 1: it said nothing"),
        ('provider = "command"\ncommand = ["/no/such"]', "/no/such gave no key"),
        ('provider = "vault"', "no installed plugin provides it"),
    ],
)
async def test_a_provider_that_gives_no_key_says_what_to_do(
    tmp_path: Path, settings: str, said: str
) -> None:
    await a_kept_diary(tmp_path)
    (tmp_path / "server.toml").write_text("[keys]\n" + settings)
    done = run_workdiary(tmp_path, "serve")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    await a_kept_diary(tmp_path)
    (tmp_path / "master.key").chmod(0o640)
    for words in (["serve"], ["keys", "rotate"]):
        done = run_workdiary(tmp_path, *words)
        assert (done.returncode, "run chmod 600" in done.stderr) == (2, True)


async def test_a_new_master_key_reads_all_that_the_old_one_did(tmp_path: Path) -> None:
    ada, contract = await a_kept_diary(tmp_path)
    old = (tmp_path / "master.key").read_text()
    done = run_workdiary(tmp_path, "keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert "2 keys are wrapped" in done.stdout
    new = (tmp_path / "master.key").read_text()
    assert new != old
    assert new.strip() not in done.stdout + done.stderr
    assert await reads(tmp_path, ada, contract) == MEMOS
    (tmp_path / "master.key").write_text(old)
    refused = run_workdiary(tmp_path, "serve")
    assert (refused.returncode, "is not the one" in refused.stderr) == (2, True)


async def test_a_rotation_that_was_cut_off_anywhere_is_finished_by_the_next(
    tmp_path: Path,
) -> None:
    ada, contract = await a_kept_diary(tmp_path)
    folder, coming = Folder(tmp_path), tmp_path / "master.key.new"
    coming.write_text(NEW)  # the new key was made, and nothing wrapped with it
    coming.chmod(0o600)
    assert await reads(tmp_path, ada, contract) == MEMOS
    rewrap(folder, read_key(folder.master_key, "old"), bytes.fromhex(NEW), 0)  # and no rename
    refused = run_workdiary(tmp_path, "serve")
    assert (refused.returncode, "run it again" in refused.stderr) == (2, True)
    assert run_workdiary(tmp_path, "keys", "rotate").returncode == 0
    assert (tmp_path / "master.key").read_text() == NEW
    assert not coming.exists()
    assert await reads(tmp_path, ada, contract) == MEMOS


async def test_a_rotation_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    ada, contract = await a_kept_diary(tmp_path)
    begun = time.monotonic()
    assert run_workdiary(tmp_path, "keys", "rotate").returncode == 0
    usual = time.monotonic() - begun
    for number in range(10):
        run = subprocess.Popen(
            [WORKDIARY, "keys", "rotate", "--folder", str(tmp_path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(usual * (0.6 + number * 0.04))
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert run_workdiary(tmp_path, "keys", "rotate").returncode == 0
    assert await reads(tmp_path, ada, contract) == MEMOS


async def test_a_key_of_a_provider_is_rotated_to_one_that_is_given(tmp_path: Path) -> None:
    folder = tmp_path / "diary"
    await a_kept_diary(folder)
    old = {"WORKDIARY_MASTER_KEY": (folder / "master.key").read_text()}
    (folder / "master.key").unlink()
    (folder / "server.toml").write_text('[keys]\nprovider = "environment"\n')
    done = run_workdiary(folder, "keys", "rotate", environment=old)
    assert (done.returncode, "--new-key" in done.stderr) == (2, True)
    (tmp_path / "new.key").write_text(NEW)
    (tmp_path / "new.key").chmod(0o600)
    words = ("keys", "rotate", "--new-key", str(tmp_path / "new.key"))
    assert run_workdiary(folder, *words, environment=old).returncode == 0
    assert run_workdiary(folder, "keys", "status", environment=old).returncode == 2
    new = {"WORKDIARY_MASTER_KEY": NEW}
    assert run_workdiary(folder, "keys", "status", environment=new).returncode == 0


async def test_a_running_server_keeps_its_keys(tmp_path: Path) -> None:
    await a_kept_diary(tmp_path)
    with server_process(tmp_path):
        for words in ("rotate", "destroy"):
            done = run_workdiary(tmp_path, "keys", words)
            assert (done.returncode, "another server is running" in done.stderr) == (2, True)


async def test_what_is_destroyed_is_said_first_and_asked_for_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "diary"
    ada, contract = await a_kept_diary(folder)
    key = (folder / "master.key").read_text()
    for typed, code in (("yes", 1), ("", 130)):
        done = destroy(folder, typed)
        assert done.returncode == code
        assert "1 contracts, the content of 4 entries" in done.stderr
        assert await reads(folder, ada, contract) == MEMOS
    wrapped = [row[0] for row in rows(folder, "SELECT wrapped FROM subject_key")]
    wrapped += [row[0] for row in rows(folder, "SELECT wrapped FROM content_key")]
    assert all(one in (folder / "diary.sqlite").read_bytes() for one in wrapped)
    assert destroy(folder, "diary").returncode == 0
    assert not (folder / "master.key").exists()
    files = [path.read_bytes() for path in folder.glob("diary.sqlite*")]
    assert not [one for one in wrapped for file in files if one in file]
    (folder / "master.key").write_text(key)
    (folder / "master.key").chmod(0o600)
    done = run_workdiary(folder, "serve")
    assert (done.returncode, "is not the one" in done.stderr) == (2, True)


def rows(folder: Path, sql: str) -> list[tuple[bytes]]:
    with closing(apsw.Connection(str(folder / "diary.sqlite"))) as db:
        return list(db.execute(sql))


def destroy(folder: Path, typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WORKDIARY, "keys", "destroy", "--folder", str(folder)],
        input=typed and f"{typed}\n",
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_a_backup_made_after_a_rotation_needs_the_new_key(tmp_path: Path) -> None:
    folder, backups = tmp_path / "diary", tmp_path / "backups"
    await a_kept_diary(folder)
    before = back_up(folder, backups)["stamp"]
    (tmp_path / "old.key").write_text((folder / "master.key").read_text())
    assert run_workdiary(folder, "keys", "rotate").returncode == 0
    after = back_up(folder, backups)["stamp"]
    restore(backups, tmp_path / "one", tmp_path / "old.key", "--at", before)
    restore(backups, tmp_path / "two", folder / "master.key", "--at", after)
