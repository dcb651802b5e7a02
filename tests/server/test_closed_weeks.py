"""A closed week is the same bytes for ever: computed again, and read from an earlier release."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import apsw
import msgspec
import pytest
from billkit import MONDAY, Clock
from closedkit import CLOSED, DAY, DIARY_FILE, FORMS, LOCK, SUFFIX, frozen, live, week_body
from serverkit import running_server
from workdiary import api
from workdiary.billing import Verdict
from workdiary.bodies import WeekBody
from workdiary.segments import epoch, from_epoch
from workdiary_server.diary.contracts import held
from workdiary_server.diary.statements import timesheet
from workdiary_server.diary.verdicts import Frozen, judge_timely, judge_week
from workdiary_server.http.keys import DIARY
from workdiary_server.papers import render

NAMES = ("website", "measuring")


def kept(name: str) -> dict[str, bytes]:
    return {file.name.partition(".")[2]: file.read_bytes() for file in CLOSED.glob(f"{name}.*")}


async def test_a_week_that_is_lived_again_closes_to_the_same_bytes(tmp_path: Path) -> None:
    contracts = await live(tmp_path)
    assert set(contracts) == set(NAMES)
    async with running_server(tmp_path, Clock(LOCK + 60)) as server:
        for name, contract in contracts.items():
            again, before = await frozen(server, contract), kept(name)
            assert set(again) == set(before) == {"txt", "json", "csv", "week.json"}
            for suffix in ("json", "txt", "csv"):
                assert again[suffix] == before[suffix], f"{name}.{suffix}"
            assert body_of(again) == body_of(before)


def body_of(files: dict[str, bytes]) -> WeekBody:
    """The closing entry's body but for its digests: a PDF's bytes hang on its libraries too."""
    body = msgspec.json.decode(files["week.json"], type=WeekBody)
    return msgspec.structs.replace(body, documents={})


@pytest.mark.parametrize("name", NAMES)
async def test_the_first_releases_diary_gives_its_closed_weeks_unchanged(
    tmp_path: Path, name: str
) -> None:
    with tarfile.open(DIARY_FILE) as archive:
        archive.extractall(tmp_path, filter="data")
    async with running_server(tmp_path, Clock(LOCK + 86_400 * 300)) as server:
        contract = next(c for c in await server.owner.contracts() if c.name.lower() == name)
        assert await frozen(server, contract.id) == kept(name)
        body = await week_body(server, contract.id)
        for form in api.TIMESHEET_FORMATS:
            paper = await server.owner.timesheet_file(contract.id, DAY, form)
            assert hashlib.sha256(paper).hexdigest() == body.documents[form]
        week = await server.owner.week(contract.id, DAY)
        assert (week.state, week.amount) == ("closed", body.amount)


@pytest.mark.parametrize("name", NAMES)
async def test_the_first_releases_diary_is_judged_and_printed_as_it_was(
    tmp_path: Path, name: str
) -> None:
    """From its own log and rows: what is frozen is compared, and used for nothing but its place."""
    with tarfile.open(DIARY_FILE) as archive:
        archive.extractall(tmp_path, filter="data")
    async with running_server(tmp_path, Clock(LOCK + 86_400 * 300)) as server:
        diary = server.app[DIARY]
        contract = next(c for c in await server.owner.contracts() if c.name.lower() == name)
        before = await server.owner.timesheet(contract.id, DAY)

        def again(db: apsw.Connection) -> tuple[list[Verdict], Frozen, api.Timesheet]:
            this, week = held(db, diary.keyring, bytes.fromhex(contract.id)), from_epoch(MONDAY)
            verdicts, judged = (
                judge_timely(db, diary, this, week),
                judge_week(db, diary, this, week),
            )
            assert judged.closed is not None
            assert before.closed is not None
            when = (before.closed, before.closed_by)
            sheet = timesheet(db, diary, this, judged, verdicts, when)
            return verdicts, judged.closed.frozen, sheet

        verdicts, frozen_then, sheet = await diary.db.judge(again)
        assert {epoch(v.start): (v.reason, v.rule) for v in verdicts} == frozen_then.reasons
        # the log has grown by the closing itself, and a policy may have a newer version by now
        same = msgspec.structs.replace(
            sheet, size=before.size, root=before.root, policy_version=before.policy_version
        )
        assert same == before
        for form in FORMS:
            assert render(same, form) == kept(name)[SUFFIX[form]], form


def test_the_kept_weeks_hold_every_kind_of_verdict() -> None:
    statuses = set()
    for name in NAMES:
        statuses |= set(msgspec.json.decode(kept(name)["week.json"], type=WeekBody).statuses)
    expected = {"auto", "manual", "partial", "over_limit", "over_daily_cap", "overlap"}
    assert statuses == expected
