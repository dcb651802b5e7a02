"""Contract terms: effective-dated, never overwritten, never backwards, told to both sides."""

from __future__ import annotations

from pathlib import Path

import pytest
from billkit import MONDAY, TEN, WEDNESDAY, Clock, a_reviewed_diary, day_of, the_owner, track, write
from serverkit import Device, a_person, a_reader
from workdiary import api
from workdiary.bodies import ChangeBody, EndBody
from workdiary.entries import EntryKind
from workdiary.errors import DeniedError, InvalidError, NotFoundError, RefusedError
from workdiary.segments import from_epoch

DAY = 86_400
NOW = WEDNESDAY + 12 * 3600


async def change(device: Device, contract: str, clock: Clock, **terms: object) -> None:
    body = ChangeBody(since=int(clock.now), **terms)  # type: ignore[arg-type]  # terms by name
    await write(device, contract, EntryKind.CONTRACT_CHANGED, body)


async def statuses(device: Device, contract: str) -> list[str]:
    return [segment.status for segment in (await day_of(device, contract)).segments]


async def test_raising_the_limit_holds_at_once_for_the_whole_week(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW, weekly_limit=10) as (_, ada, grace, contract, clock):
        await track(ada, contract, WEDNESDAY, WEDNESDAY + TEN)
        assert await statuses(ada, contract) == ["auto", "over_limit"]
        await change(grace, contract, clock, weekly_limit=20)
        assert await statuses(ada, contract) == ["auto", "auto"]
        assert (await ada.client.contract(contract)).weekly_limit == 20


async def test_lowering_the_limit_waits_for_monday(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW, weekly_limit=20) as (_, ada, grace, contract, clock):
        await track(ada, contract, WEDNESDAY, WEDNESDAY + TEN)
        await change(grace, contract, clock, weekly_limit=10)
        assert await statuses(ada, contract) == ["auto", "auto"]
        clock.now += 7 * DAY
        await track(ada, contract, WEDNESDAY + 7 * DAY, WEDNESDAY + 7 * DAY + TEN)
        next_week = await day_of(ada, contract, WEDNESDAY + 7 * DAY)
        assert [segment.status for segment in next_week.segments] == ["auto", "over_limit"]
        assert (await ada.client.contract(contract)).weekly_limit == 10


async def test_a_change_never_holds_backwards(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW) as (server, ada, _grace, contract, clock):
        await track(ada, contract, WEDNESDAY)
        owner = await the_owner(server)
        body = ChangeBody(since=MONDAY, rate=9000)
        await owner.write(contract, EntryKind.CONTRACT_CHANGED, body)
        clock.now += 2 * 3600
        await track(ada, contract, NOW + TEN)
        week = await ada.client.week(contract, from_epoch(WEDNESDAY).date())
        assert [(line.rate, line.amount) for line in week.lines] == [(3000, 500), (9000, 1500)]
        terms = await ada.client.terms(contract)
        assert [one.since for one in terms][1] == from_epoch(NOW)


async def test_a_planned_change_outlives_one_that_is_made_meanwhile(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW) as (server, ada, grace, contract, clock):
        owner = await the_owner(server)
        planned = ChangeBody(since=NOW + 10 * DAY, rate=5000)
        await owner.write(contract, EntryKind.CONTRACT_CHANGED, planned)
        await change(grace, contract, clock, weekly_limit=3000)
        terms = await ada.client.terms(contract)
        assert [(one.rate, one.weekly_limit, one.changed, one.by) for one in terms] == [
            (3000, 2400, (), "Olga"),
            (3000, 3000, ("weekly_limit",), "Grace"),
            (5000, 3000, ("rate",), "Olga"),
        ]
        clock.now += 11 * DAY
        assert (await ada.client.contract(contract)).rate == 5000


async def test_another_policy_waits_for_monday(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW) as (server, ada, _grace, contract, clock):
        await track(ada, contract, WEDNESDAY)
        owner = await the_owner(server)
        body = ChangeBody(since=NOW, policy="tracked_minutes", policy_options={"daily_cap": 10})
        await owner.write(contract, EntryKind.CONTRACT_CHANGED, body)
        await track(ada, contract, WEDNESDAY + TEN)
        assert await statuses(ada, contract) == ["auto", "auto"]
        clock.now += 7 * DAY
        start = WEDNESDAY + 7 * DAY
        await track(ada, contract, start, start + TEN)
        found = [s.status for s in (await day_of(ada, contract, start)).segments]
        assert found == ["auto", "over_daily_cap"]


@pytest.mark.parametrize(
    "terms",
    [
        {"policy": "nobodys"},
        {"policy": "weekly_limit", "policy_options": {"x": 1}},
        {"policy_options": {"daily_cap": 10}},
        {"zone": "Mars/Olympus"},
    ],
)
async def test_terms_that_cannot_work_are_refused(tmp_path: Path, terms: dict[str, object]) -> None:
    async with a_reviewed_diary(tmp_path, NOW) as (server, ada, _grace, contract, _clock):
        owner = await the_owner(server)
        body = ChangeBody(since=NOW, **terms)  # type: ignore[arg-type]  # terms by name
        with pytest.raises(InvalidError):
            await owner.write(contract, EntryKind.CONTRACT_CHANGED, body)
        assert len(await ada.client.terms(contract)) == 1


async def test_a_change_in_the_far_future_harms_nothing(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW) as (_, ada, grace, contract, _clock):
        for since in (2**37 + 1, 2**50):
            body = ChangeBody(since=since, weekly_limit=1)
            with pytest.raises(InvalidError, match="no second"):
                await write(grace, contract, EntryKind.CONTRACT_CHANGED, body)
        await write(
            grace, contract, EntryKind.CONTRACT_CHANGED, ChangeBody(since=2**37, weekly_limit=1)
        )
        assert (await ada.client.contract(contract)).weekly_limit == 2400
        assert len(await ada.client.terms(contract)) == 2


async def test_a_client_changes_the_limit_and_pauses_and_no_more(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW) as (_, ada, grace, contract, clock):
        await change(grace, contract, clock, weekly_limit=None, paused=True)
        for terms in ({"rate": 1}, {"manual": False}, {"weekly_limit": 1, "hourly": False}):
            with pytest.raises(DeniedError):
                await change(grace, contract, clock, **terms)
        with pytest.raises(DeniedError):
            await change(ada, contract, clock, weekly_limit=9999)
        assert len(await ada.client.terms(contract)) == 2


async def test_what_is_tracked_in_a_pause_is_kept_and_not_billed(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, WEDNESDAY - 60) as (_, ada, grace, contract, clock):
        await change(grace, contract, clock, paused=True)
        clock.now = WEDNESDAY + TEN
        await change(grace, contract, clock, paused=False)
        clock.now = float(NOW)
        await track(ada, contract, WEDNESDAY, WEDNESDAY + TEN)
        assert await statuses(ada, contract) == ["inactive", "auto"]


async def test_an_ended_contract_takes_no_terms_and_no_manual_time(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW) as (_, ada, grace, contract, clock):
        await track(ada, contract, WEDNESDAY)
        body = EndBody(since=NOW, reason="done")
        await write(grace, contract, EntryKind.CONTRACT_ENDED, body)
        assert (await ada.client.contract(contract)).ended == from_epoch(NOW)
        with pytest.raises(RefusedError, match="has ended"):
            await change(grace, contract, clock, paused=True)
        clock.now += 3600
        await track(ada, contract, NOW)
        assert await statuses(ada, contract) == ["auto", "inactive"]


async def test_another_client_reads_from_now_on_and_the_former_one_no_more(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW) as (server, _ada, grace, contract, _clock):
        owner, heidi = await the_owner(server), await a_person(server, "Heidi")
        body = ChangeBody(since=NOW, clients=(heidi.id,))
        await owner.write(contract, EntryKind.CONTRACT_CHANGED, body)
        async with a_reader(server, heidi) as reader:
            assert (await reader.contract(contract)).clients == (heidi,)
        with pytest.raises(NotFoundError):
            await grace.client.contract(contract)


async def test_terms_changed_rises_with_every_change(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, NOW) as (_, ada, grace, contract, clock):
        before: api.Contract = await ada.client.contract(contract)
        await change(grace, contract, clock, weekly_limit=60)
        after = await ada.client.contract(contract)
        assert after.terms_changed > before.terms_changed == 0
