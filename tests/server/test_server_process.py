"""The server as a process: started, stopped, killed, and refused by its own settings."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from contextlib import suppress
from pathlib import Path

import apsw
import pytest
from foreign import install_plugin
from serverkit import (
    Device,
    a_picture,
    an_earlier_slot,
    enter_log,
    run_workdiary,
    send,
    server_process,
    stored,
    tracked_entry,
)
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.entries import device_key_name
from workdiary.errors import OverloadedError, UnreachableError
from workdiary.notes import SigningKey
from workdiary.plugins import SERVER

BROKEN = "import a_module_that_is_not_there\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = run_workdiary(tmp_path / "diary", "init", "--name", "diary.test", "--owner", "Olga")
    assert made.returncode == 0, made.stderr
    return tmp_path / "diary"


def answer_of(folder: Path, *arguments: str) -> str:
    ran = run_workdiary(folder, *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_the_owner_sets_a_team_up_by_commands(folder: Path) -> None:
    with server_process(folder) as (_, process):
        ada = answer_of(folder, "person", "add", "Ada")
        answer_of(folder, "person", "add", "Grace")
        assert ada in answer_of(folder, "person", "list")
        code, _, pins = answer_of(folder, "invite", "Ada", "--scope", "tracker").partition("#")
        assert len(pins) == 44, "the log's key; what listens here alone has no certificate"
        assert len(code.replace("-", "")) == 20
        terms = ["--freelancer", "ada", "--client", "Grace", "--rate", "45.00", "--limit", "40h"]
        contract = answer_of(folder, "contract", "open", "Website", *terms)
        (listed,) = json.loads(answer_of(folder, "contract", "list", "--json"))
        assert (listed["id"], listed["rate"], listed["weekly_limit"]) == (contract, 4500, 2400)
        token = json.loads(answer_of(folder, "token", "add", "Grace", "--scope", "read", "--json"))
        answer_of(folder, "token", "revoke", token["id"])
        assert token["id"] not in answer_of(folder, "token", "list")
        unknown = run_workdiary(folder, "invite", "Nobody", "--scope", "read")
        assert unknown.returncode == 1
        assert "there is no person 'Nobody'; there are: Olga, " in unknown.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not (folder / "diary.sqlite-wal").exists()
    assert not (folder / "address").exists()
    assert run_workdiary(folder, "person", "list").returncode == 4


def test_a_second_server_on_one_folder_is_refused_in_one_line(folder: Path) -> None:
    with server_process(folder):
        second = run_workdiary(folder, "serve", "--port", "0")
    assert second.returncode == 2
    assert "another server is running" in last_line(second.stderr)


def test_without_its_master_key_the_server_does_not_start(folder: Path) -> None:
    (folder / "master.key").rename(folder / "elsewhere")
    refused = run_workdiary(folder, "serve", "--port", "0")
    assert refused.returncode == 2
    assert "master.key" in last_line(refused.stderr)
    (folder / "master.key").write_text("00" * 32)
    (folder / "master.key").chmod(0o600)
    refused = run_workdiary(folder, "serve", "--port", "0")
    assert refused.returncode == 2
    assert "master key is not the one" in last_line(refused.stderr)


def test_init_leaves_a_diary_that_is_there_alone(folder: Path) -> None:
    before = (folder / "master.key").read_bytes()
    assert run_workdiary(folder, "init").returncode == 2
    assert (folder / "master.key").read_bytes() == before


def test_a_broken_plugin_takes_down_only_who_names_it(folder: Path, tmp_path: Path) -> None:
    install_plugin(tmp_path, "workdiary-tape", SERVER, "storage_tape", BROKEN)
    environment = {"PYTHONPATH": str(tmp_path)}
    with server_process(folder, environment) as (_, process):
        assert process.stderr is not None
        named = process.stderr.readline()
        assert "storage_tape (workdiary-tape) is broken, and not in use" in named
        listed = run_workdiary(folder, "plugins", environment=environment)
        assert "storage_tape" in listed.stdout
        assert "BROKEN ModuleNotFoundError" in listed.stdout
    (folder / "server.toml").write_text('[storage.main]\nplugin = "tape"\n')
    refused = run_workdiary(folder, "serve", "--port", "0", environment=environment)
    assert refused.returncode == 2
    line = last_line(refused.stderr)
    assert "[storage.main] plugin = 'tape'" in line
    assert "a_module_that_is_not_there" in line
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[storage.main]\nplugin = "lokal"\n', "installed: local"),
        ("[server]\nprot = 1\n", "did you mean 'port'"),
        ('[server]\nname = "another.test"\n', "never changes"),
        ('[server]\nstorage = "cold"\n', "[storage.cold] plugin"),
        ('[keys]\nprovider = "vault"\n', "[keys] provider = 'vault'"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(folder: Path, toml: str, message: str) -> None:
    (folder / "server.toml").write_text(toml)
    refused = run_workdiary(folder, "serve", "--port", "0")
    assert refused.returncode == 2
    assert message in last_line(refused.stderr)


async def test_killed_at_random_moments_it_loses_nothing_and_doubles_nothing(
    folder: Path,
) -> None:
    """A few rounds under upload: what was acknowledged stays, and the sweep leaves no orphan."""
    dice = random.Random(4)  # noqa: S311 - repeatable
    start, acknowledged = an_earlier_slot(ago=2000), 0
    with server_process(folder) as (url, process):
        device, contract = await set_up(folder, url)
        await device.client.__aexit__(None, None, None)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    sweep = {"WORKDIARY_LIMITS__SWEEP_AFTER_SECONDS": "-1"}
    for _ in range(4):
        with server_process(folder, sweep) as (url, process):
            async with DiaryClient(url, device.token) as device.client:
                chain = await device.client.chain(contract, device.id)
                assert chain.seq >= acknowledged
                acknowledged = chain.seq
                device.chains[contract] = (chain.seq, chain.id)
                loop = asyncio.get_running_loop()
                loop.call_later(dice.uniform(0.05, 0.4), os.kill, process.pid, signal.SIGKILL)
                with suppress(UnreachableError, OverloadedError):
                    while True:
                        slot = start + 600 * device.chains[contract][0]
                        pictures = [a_picture(slot, seed=slot % 5)]
                        await send(
                            device,
                            contract,
                            tracked_entry(device, contract, slot, pictures=pictures),
                        )
                        acknowledged += 1
            process.wait(10)
    with server_process(folder, sweep) as (url, process):
        async with DiaryClient(url, device.token) as client:
            chain = await client.chain(contract, device.id)
            head = await client.head(contract)
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    assert chain.seq >= acknowledged > 4
    counts = stored(folder)
    assert head.size == counts["entry"] == counts["body"] == chain.seq + 2 + by_the_server(folder)
    assert counts["segment"] == chain.seq
    assert counts["intent"] == 0
    assert counts["blobs"] == counts["picture"] == 3 * counts["segment"]
    checked = run_workdiary(folder, "fsck", "--full")
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout


def by_the_server(folder: Path) -> int:
    """The entries that the server signs itself: where it lived long enough to close a week."""
    db = apsw.Connection(str(folder / "diary.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    closed: int = db.execute("SELECT count(*) FROM entry WHERE kind = 'week.closed'").get
    db.close()
    return closed + bool(closed)


async def set_up(folder: Path, url: str) -> tuple[Device, str]:
    """A person, a contract and an enrolled device in it, by the owner's commands."""
    run = asyncio.to_thread
    person = await run(answer_of, folder, "person", "add", "Ada")
    await run(answer_of, folder, "person", "add", "Grace")
    invite = await run(answer_of, folder, "invite", person, "--scope", "tracker")
    code = invite.partition("#")[0]
    terms = ["--freelancer", person, "--client", "Grace", "--rate", "1"]
    contract = await run(answer_of, folder, "contract", "open", "Work", *terms)
    key = SigningKey(device_key_name("d1" * 16), bytes(range(32)))
    async with DiaryClient(url) as stranger:
        enrolled = await stranger.enrol(
            api.Enrolment(
                code=code,
                device="d1" * 16,
                device_name="laptop",
                public_key=key.public.public.hex(),
            )
        )
    client = await DiaryClient(url, enrolled.token).__aenter__()
    device = Device("d1" * 16, person, enrolled.token, client, key)
    await enter_log(device, contract)
    return device, contract


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]
