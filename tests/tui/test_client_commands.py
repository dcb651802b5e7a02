"""The client's commands on a real server: marks, late time, limits, pause and end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from serverkit import (
    Device,
    RunningServer,
    a_freelancer,
    a_person,
    enter_log,
    open_contract,
    run_workdiary,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api, credentials
from workdiary.enrolment import take_up

WEEK = datetime(2026, 11, 2, tzinfo=UTC)
THURSDAY = WEEK + timedelta(days=3, hours=9)
LOCKED = WEEK + timedelta(days=8)


@dataclass
class Ran:
    code: int
    said: str
    told: str


@dataclass
class Office:
    """A client's enrolled machine, the freelancer's, their contract and the server's clock."""

    server: RunningServer
    home: Path
    tracker: Device
    contract: str
    clock: list[datetime]

    async def run(self, *arguments: str, home: Path | None = None) -> Ran:
        environment = {
            "WORKDIARY_HOME": str(home or self.home),
            "WORKDIARY_SERVER__FOLDER": str(self.home / "no-server"),
        }
        done = await asyncio.to_thread(
            run_workdiary, self.server.folder, *arguments, environment=environment
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    async def track(self, *starts: datetime) -> None:
        for start in starts:
            entry = tracked_entry(self.tracker, self.contract, int(start.timestamp()))
            await send(self.tracker, self.contract, entry)

    async def close(self) -> api.Week:
        return await self.server.owner.close_week(self.contract, WEEK.date())


@asynccontextmanager
async def an_office(folder: Path, now: datetime) -> AsyncIterator[Office]:
    clock = [now]
    async with (
        running_server(folder / "server", now=lambda: clock[0].timestamp()) as server,
        a_freelancer(server, "Ada") as tracker,
    ):
        grace = await a_person(server, "Grace")
        contract = await open_contract(
            server, tracker.person, [grace.id], name="acme/site", weekly_limit=20
        )
        await enter_log(tracker, contract)
        home = folder / "grace"
        await enrol(server, grace, home, "review")
        yield Office(server, home, tracker, contract, clock)


async def enrol(server: RunningServer, person: api.Person, home: Path, scope: str) -> None:
    invite = await server.owner.invite(api.NewInvite(person=person.id, scope=scope))
    credentials.save(home, await take_up(server.url, invite.code, "desk"))


async def test_a_client_contests_what_is_in_a_span_once_the_week_is_locked(
    tmp_path: Path,
) -> None:
    async with an_office(tmp_path, THURSDAY + timedelta(hours=2)) as office:
        await office.track(THURSDAY, THURSDAY + timedelta(minutes=20))
        span = ("2026-11-05T09:00", "10:00", "--reason", "not what we asked for")
        early = await office.run("contest", *span)
        assert early.code == 1
        assert "can be contested from Mon 09 Nov 12:00 UTC on" in early.told
        office.clock[0] = LOCKED
        done = await office.run("contest", *span)
        assert done.told == ""
        assert done.said == (
            "contested 2 segments of acme/site, Thu 05 Nov 09:00 to 09:30 UTC; "
            "the bill stays as it is\n"
        )
        day = await office.tracker.client.day(office.contract, THURSDAY.date())
        marks = [segment.contested for segment in day.segments]
        assert [(mark.by, mark.reason) for mark in marks if mark] == [
            ("Grace", "not what we asked for")
        ] * 2
        nothing = await office.run("contest", "2026-11-05T12:00", "--reason", "x")
        assert "no segment from Thu 05 Nov 12:00 UTC on" in nothing.told


async def test_a_client_sees_late_time_declines_a_part_and_accepts_the_rest_at_the_sum_shown(
    tmp_path: Path,
) -> None:
    async with an_office(tmp_path, THURSDAY + timedelta(hours=2)) as office:
        await office.track(THURSDAY)
        office.clock[0] = LOCKED
        await office.close()
        await office.track(*(THURSDAY + timedelta(minutes=10 * n) for n in (1, 2)))
        shown = await office.run("adjustment", "show", "2026-W45")
        assert shown.code == 0, shown.told
        assert "accepting all of it adds 5.00 USD" in shown.said
        as_json = await office.run("adjustment", "show", "2026-11-05", "--json")
        found = msgspec.json.decode(as_json.said, type=api.Supplement)
        assert found.offered == 500
        refused = await office.run("adjustment", "accept", "2026-W45")
        assert refused.code == 130
        assert "Accept 2 late segments and add 5.00 USD" in refused.told
        at = ("--at", "2026-11-05T09:10")
        declined = await office.run("adjustment", "decline", "2026-W45", *at, "--yes")
        assert declined.said == "declined 1 late segment\n"
        accepted = await office.run(
            "adjustment", "accept", "2026-W45", "--yes", "--reason", "thank you"
        )
        assert accepted.said == "accepted 1 late segment: 5.00 USD\n"
        after = await office.run("adjustment", "show", "2026-W45")
        assert "no late time waits for a decision" in after.said
        assert "accepted 1 segment, 5.00 USD by Grace" in after.said
        assert "declined 1 segment by Grace" in after.said
        assert "with what was accepted: 10.00 USD" in after.said
        again = await office.run("adjustment", "accept", "2026-W45", "--yes")
        assert again.code == 1
        assert "no late time waits" in again.told


async def test_a_raised_limit_holds_for_this_week_and_a_lowered_one_from_monday(
    tmp_path: Path,
) -> None:
    now, monday = THURSDAY, WEEK.date()
    async with an_office(tmp_path, now) as office:
        raised = await office.run("limit", "acme/site", "40h")
        assert raised.told == ""
        assert raised.said == (
            "acme/site: limit 0h20 -> 40h; raised: holds for the whole of this week "
            "(this week: 40h)\n"
        )
        assert (await office.server.owner.week(office.contract, monday)).limit == 2400
        office.clock[0] += timedelta(seconds=1)
        lowered = await office.run("limit", "acme/site", "37h30m")
        assert "lowered: from Mon 09 Nov 00:00 UTC (this week: 40h)" in lowered.said
        assert (await office.server.owner.week(office.contract, monday)).limit == 2400
        again = await office.run("limit", "acme/site", "37h30m")
        assert "that is so already" in again.said
        office.clock[0] += timedelta(seconds=1)
        none = await office.run("limit", "acme/site", "none")
        assert "limit 37h30 -> no limit; raised" in none.said
        wrong = await office.run("limit", "acme/site", "forty")
        assert wrong.code == 2
        assert "write 40h, 37h30m, 0 or none" in wrong.told
        unknown = await office.run("limit", "acme/other", "1h")
        assert unknown.code == 1
        assert "there are: acme/site" in unknown.told


async def test_a_client_pauses_resumes_and_ends_a_contract(tmp_path: Path) -> None:
    async with an_office(tmp_path, THURSDAY) as office:
        paused = await office.run("pause", "acme/site")
        assert paused.said.startswith("acme/site: contract paused, from "), paused.told
        assert (await office.server.owner.contract(office.contract)).paused
        assert "that is so already" in (await office.run("pause", "acme/site")).said
        office.clock[0] += timedelta(minutes=1)
        resumed = await office.run("resume", "acme/site")
        assert resumed.said.startswith("acme/site: contract resumed, from ")
        office.clock[0] += timedelta(minutes=1)
        asked = await office.run("end", "acme/site", "--reason", "the work is done")
        assert asked.code == 130
        assert "End acme/site now, for good?" in asked.told
        ended = await office.run("end", "acme/site", "--reason", "the work is done", "--yes")
        assert "acme/site has ended" in ended.said
        assert (await office.server.owner.contract(office.contract)).ended is not None


async def test_who_is_enrolled_for_something_else_is_told_what_is_needed(tmp_path: Path) -> None:
    async with an_office(tmp_path, THURSDAY) as office:
        reader = await a_person(office.server, "Rita")
        await enrol(office.server, reader, tmp_path / "rita", "read")
        denied = await office.run("pause", "acme/site", home=tmp_path / "rita")
        assert denied.code == 3
        assert "enrolled for 'read', and a client's decisions need 'review'" in denied.told
        nobody = await office.run("pause", "acme/site", home=tmp_path / "nobody")
        assert nobody.code == 2
        assert "not enrolled" in nobody.told


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("contest",), "It changes no bill"),
        (("adjustment",), "2026-W47"),
        (("adjustment", "accept"), "at the sum that is shown"),
        (("limit",), "holds at once for the whole of this week"),
        (("pause",), "shown, and not billed"),
        (("end",), "The diary stays readable"),
    ],
)
def test_help_says_what_a_decision_does(
    tmp_path: Path, command: tuple[str, ...], words: str
) -> None:
    text = " ".join(run_workdiary(tmp_path, *command, "--help").stdout.split())
    assert words in text
