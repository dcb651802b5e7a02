"""The commands that look through a diary, run as people run them against a real server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from billkit import WEDNESDAY, Clock, write
from serverkit import (
    Device,
    a_freelancer,
    a_person,
    a_picture,
    a_reader,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary.bodies import ManualBody
from workdiary.client import DiaryClient
from workdiary.credentials import Credentials, save
from workdiary.entries import EntryKind

FROM_TO = ("--from", "2026-09-01", "--to", "2026-10-31")


@dataclass(frozen=True, slots=True)
class Place:
    """Ada's machine, Grace's connection, and where the commands find Ada's credentials."""

    ada: Device
    grace: DiaryClient
    contract: str
    home: Path

    async def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "workdiary.cli", *words],
            env=os.environ | {"WORKDIARY_HOME": str(self.home)},
            capture_output=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    home, clock = tmp_path / "home", Clock(WEDNESDAY + 12 * 3600)
    async with running_server(tmp_path / "diary", clock) as server, a_freelancer(server) as ada:
        grace = await a_person(server, "Grace")
        contract = await open_contract(server, ada.person, [grace.id])
        await enter_log(ada, contract)
        for n, memo in enumerate(("Fix invoice", "Café", "INVOICE again")):
            start = WEDNESDAY + 600 * n
            pictures = [a_picture(start)] if n == 0 else []
            active = [(1, 0, 0, 0)] * (3 * n)
            entry = tracked_entry(
                ada, contract, start, memo=memo, minutes=active, pictures=pictures
            )
            await send(ada, contract, entry)
        by_hand = ManualBody(segments=(WEDNESDAY - 600,), memo="Call", reason="a call")
        await write(ada, contract, EntryKind.SEGMENT_MANUAL, by_hand)
        enrolled = Credentials(
            server=server.url,
            token=ada.token,
            scope="tracker",
            person=ada.person,
            person_name="Ada",
            device=ada.id,
            secret="00" * 32,
            storage_key="00" * 32,
        )
        save(home, enrolled)
        async with a_reader(server, grace) as client:
            yield Place(ada, client, contract, home)


async def test_a_search_prints_a_line_a_segment_and_the_sum(place: Place) -> None:
    done = await place.run("search", "website", "INvoice", *FROM_TO)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "2026-09-30 09:00  auto        meter  0, picture  Fix invoice",
        "2026-09-30 09:20  auto        meter  6, no picture  INVOICE again",
        "2 segments, 0:20 h counted, 0:20 h billable",
    ]


@pytest.mark.parametrize(
    ("options", "memos"),
    [
        (("--manual",), ["Call"]),
        (("--status", "manual"), ["Call"]),
        (("--low", "3", "--no-picture"), ["Call", "Café"]),
        (("--late",), []),
        (("--status", "auto", "--status", "manual", "--low", "0"), ["Call", "Fix invoice"]),
    ],
)
async def test_options_narrow_a_search(
    place: Place, options: tuple[str, ...], memos: list[str]
) -> None:
    done = await place.run("search", place.contract, *FROM_TO, *options, "--json")
    found = json.loads(done.stdout)
    assert [hit["memo"] for hit in found["hits"]] == memos
    assert (found["totals"]["segments"], found["cursor"]) == (len(memos), None)


async def test_wrong_usage_says_what_is_wrong(place: Place) -> None:
    backwards = await place.run("search", "website", "--from", "2026-10-02", "--to", "2026-10-01")
    assert backwards.returncode == 2
    assert b"is before --from" in backwards.stderr
    long = await place.run("search", "website", "--from", "2025-01-01", "--to", "2026-10-01")
    assert (long.returncode, b"366 days" in long.stderr) == (1, True)


async def test_views_tell_who_was_shown_what(place: Place) -> None:
    nobody = await place.run("views")
    assert (nobody.returncode, nobody.stdout) == (0, b"")
    assert nobody.stderr == b"no picture was shown to anybody\n"
    digest = a_picture(WEDNESDAY)[0].original.digest
    await place.grace.picture(place.contract, digest, "preview")
    await place.grace.picture(place.contract, digest)
    done = await place.run("views", "website")
    assert done.stdout.decode().splitlines() == [
        "2026-09-30 21:00:00  Grace  saw 2026-09-30 09:00  original and preview, 2 times"
    ]
    told = json.loads((await place.run("views", "--json")).stdout)
    assert [view["digest"] for view in told["views"]] == [digest]
