"""A server whose heads a third party cosigns: both as processes, and both sides told of it."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from billkit import MONDAY, Clock
from serverkit import (
    Device,
    RunningServer,
    a_freelancer,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from thirdpartykit import NAME, ThirdPartyWitness, a_third_party
from workdiary import api
from workdiary.client import DiaryClient
from workdiary.errors import ConfigError
from workdiary.mirror import Mirror
from workdiary.notes import SigningKey, VerifyingKey
from workdiary.tlog.cosignatures import cosigner_text
from workdiary.witness import Witness

FRIDAY = Clock(MONDAY + 4 * 86_400.0)


def set_witness(folder: Path, url: str, key: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "server.toml").write_text(
        f'[witness.audit]\nurl = "{url}"\nkey = "{key}"\nevery_seconds = 0.05\n'
    )


@asynccontextmanager
async def a_witnessed_log(
    folder: Path, witness: ThirdPartyWitness
) -> AsyncIterator[tuple[RunningServer, Device, api.Contract]]:
    """Ada's contract, whose log the witness follows."""
    set_witness(folder, witness.url, witness.key)
    async with running_server(folder, FRIDAY) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        shown = await ada.client.contract(contract)
        witness.follow(VerifyingKey.read(shown.log_key))
        yield server, ada, shown


async def seen_by_third_parties(ada: Device, contract: api.Contract) -> list[int]:
    found = await ada.client.cosignatures(contract.id)
    return [one.size for one in found if one.role == "witness"]


async def until_seen(ada: Device, contract: api.Contract, size: int) -> None:
    async with asyncio.timeout(20):
        while await seen_by_third_parties(ada, contract) != [size]:
            await asyncio.sleep(0.05)


async def until_told(caplog: pytest.LogCaptureFixture, text: str) -> None:
    async with asyncio.timeout(20):
        while text not in caplog.text:
            await asyncio.sleep(0.05)


async def work(ada: Device, contract: api.Contract, ago: int) -> None:
    await send(ada, contract.id, tracked_entry(ada, contract.id, an_earlier_slot(FRIDAY(), ago)))


async def test_what_a_third_party_cosigned_stands_below_the_head_and_both_sides_compare_it(
    tmp_path: Path,
) -> None:
    with a_third_party(tmp_path / "witness") as outside:
        async with a_witnessed_log(tmp_path / "server", outside) as (_, ada, contract):
            for ago, size in ((9, 3), (8, 4), (7, 5)):
                await work(ada, contract, ago)
                await until_seen(ada, contract, size)
            assert f"— {NAME} " in await ada.client.checkpoint(contract.id)
            mirror = Mirror(tmp_path)
            told = await Witness(ada.client, mirror, ada.key, FRIDAY).look(contract)
            mirror.close()
            (other,) = told.others
            assert (other.person, other.role, other.size, other.agrees) == (
                NAME,
                "witness",
                5,
                True,
            )
        listed = outside.run("list").stdout.splitlines()
        assert listed[0] == outside.key
        assert listed[1].startswith(f"{contract.log_key.partition('+')[0]}: 5 entries, head ")


async def test_a_witness_that_was_away_is_shown_the_newest_head(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with a_third_party(tmp_path / "witness") as outside:
        async with a_witnessed_log(tmp_path / "server", outside) as (_, ada, contract):
            await until_seen(ada, contract, 2)
            outside.stop(signal.SIGKILL)
            for ago in range(5, 9):
                await work(ada, contract, ago)
            await until_told(caplog, f"witness {NAME}: cannot be reached")
            assert await seen_by_third_parties(ada, contract) == [2]
            outside.start()
            await until_seen(ada, contract, 6)


async def test_a_log_that_was_set_back_is_told_by_the_witness_that_saw_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, before = tmp_path / "server", tmp_path / "before"
    with a_third_party(tmp_path / "witness") as outside:
        async with a_witnessed_log(folder, outside) as (_, ada, contract):
            await until_seen(ada, contract, 2)
        shutil.copytree(folder, before)
        chains, seen = dict(ada.chains), dict(ada.seen)
        async with running_server(folder, FRIDAY) as server:
            ada.client = DiaryClient(server.url, ada.token)
            async with ada.client:
                for ago in range(5, 9):
                    await work(ada, contract, ago)
                await until_seen(ada, contract, 6)
        async with running_server(before, FRIDAY) as server:
            ada.client = DiaryClient(server.url, ada.token)
            ada.chains, ada.seen = chains, seen
            async with ada.client:
                await work(ada, contract, 3)
                await until_told(caplog, "has cosigned 6 entries of")
        assert "was its database set back?" in caplog.text
        assert "CONTRADICTION" not in outside.run("list").stdout


async def test_another_key_than_that_of_the_settings_does_not_count(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with a_third_party(tmp_path / "witness") as outside:
        own, outside.key = outside.key, cosigner_text(SigningKey(NAME, bytes(32)).public)
        assert own != outside.key
        async with a_witnessed_log(tmp_path / "server", outside) as (_, ada, contract):
            await until_told(caplog, "with the key in the settings")
            assert await seen_by_third_parties(ada, contract) == []


@pytest.mark.parametrize(
    ("url", "key", "told"),
    [
        ("https://w.example", "nonsense", r"\[witness.audit\] key: 'nonsense' is not name"),
        ("ftp://w.example", cosigner_text(SigningKey(NAME, bytes(32)).public), "begins with http"),
    ],
)
async def test_a_wrong_witness_stops_the_start(
    tmp_path: Path, url: str, key: str, told: str
) -> None:
    set_witness(tmp_path, url, key)
    with pytest.raises(ConfigError, match=told):
        async with running_server(tmp_path):
            pass


async def test_a_body_that_is_none_gets_a_line_and_no_traceback(tmp_path: Path) -> None:
    bodies = ((b"", 400), (b"\xff" * 99, 400), (b"old 0\n\n" + b"x" * 200_000, 413))
    with a_third_party(tmp_path) as outside:
        async with aiohttp.ClientSession() as session:
            for body, status in bodies:
                async with session.post(f"{outside.url}/add-checkpoint", data=body) as answer:
                    assert answer.status == status
                    assert "Traceback" not in await answer.text()
            async with session.get(outside.url) as answer:
                assert answer.status == 404
