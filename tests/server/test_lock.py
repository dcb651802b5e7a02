"""The lock: to the second, in any zone; what is frozen, what comes late, and the client's word."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest
from billkit import (
    MONDAY,
    TEN,
    WEDNESDAY,
    a_diary,
    a_reviewed_diary,
    day_of,
    the_offer,
    track,
    write,
)
from serverkit import (
    RunningServer,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.bodies import (
    ContestBody,
    DeletedBody,
    ManualBody,
    MemoBody,
)
from workdiary.entries import EntryKind
from workdiary.errors import DeniedError, InvalidError, NotFoundError, RefusedError
from workdiary.segments import from_epoch
from workdiary_server.diary.closing import close_due
from workdiary_server.http.keys import DIARY

LOCK = MONDAY + 7 * 86_400 + 12 * 3600
FRIDAY_NIGHT = MONDAY + 12 * 86_400
THE_WEEK = date(2026, 9, 28)


async def close(server: RunningServer) -> None:
    assert not await close_due(server.app[DIARY])


EDITS = [
    (EntryKind.MEMO_EDITED, MemoBody(segments=(WEDNESDAY,), memo="late thought")),
    (EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,))),
    (
        EntryKind.SEGMENT_MANUAL,
        ManualBody(segments=(WEDNESDAY + TEN,), memo="forgot", reason="no computer"),
    ),
]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize(("kind", "body"), EDITS)
async def test_a_write_goes_through_until_the_lock_and_not_from_then_on(
    tmp_path: Path, kind: EntryKind, body: MemoBody, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    async with a_diary(tmp_path / "in", LOCK - 0.001, zone=zone) as (_, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY)
        await write(ada, contract, kind, body)
    async with a_diary(tmp_path / "out", LOCK - 60, zone=zone) as (_, ada, contract, clock):
        await track(ada, contract, WEDNESDAY)
        clock.now = float(LOCK)
        with pytest.raises(RefusedError, match="locked since Mon 05 Oct 12:00 UTC") as refused:
            await write(ada, contract, kind, body)
        assert refused.value.code == "locked"


async def test_a_range_that_is_locked_in_part_fails_whole(tmp_path: Path) -> None:
    async with a_diary(tmp_path, LOCK) as (_, ada, contract, _clock):
        open_one = LOCK - 3600
        await track(ada, contract, open_one)
        body = ManualBody(segments=(WEDNESDAY, open_one + TEN), memo="both", reason="away")
        with pytest.raises(RefusedError, match="week of Mon 28 Sep 2026 is locked"):
            await write(ada, contract, EntryKind.SEGMENT_MANUAL, body)
        assert len((await day_of(ada, contract, open_one)).segments) == 1


async def test_the_timesheet_is_the_same_bytes_for_ever_once_it_is_frozen(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, weekly_limit=20) as (server, ada, grace, contract, clock):
        await track(ada, contract, WEDNESDAY, WEDNESDAY + TEN, WEDNESDAY + 2 * TEN)
        before = await grace.client.timesheet(contract, THE_WEEK)
        assert (before.state, before.amount, before.over_limit) == ("open", 1000, 10)
        clock.now = float(LOCK)
        await close(server)
        frozen = {
            form: await grace.client.timesheet_file(contract, THE_WEEK, form)
            for form in api.TIMESHEET_FORMATS
        }
        sheet = await grace.client.timesheet(contract, THE_WEEK)
        assert (sheet.state, sheet.closed, sheet.closed_by) == ("closed", from_epoch(LOCK), "")
        assert (sheet.amount, sheet.totals) == (before.amount, before.totals)
        await track(ada, contract, WEDNESDAY + 3 * TEN)
        contest = ContestBody(segments=(WEDNESDAY,), reason="what was this?")
        await write(grace, contract, EntryKind.SEGMENT_CONTESTED, contest)
        clock.now += 30 * 86_400
        for form, content in frozen.items():
            assert await grace.client.timesheet_file(contract, THE_WEEK, form) == content


async def test_asking_after_the_lock_freezes_what_nobody_froze_yet(tmp_path: Path) -> None:
    async with a_diary(tmp_path, LOCK - 60) as (server, ada, contract, clock):
        await track(ada, contract, WEDNESDAY)
        server.app[DIARY].due.clear()
        clock.now = LOCK + 0.2
        sheet = await ada.client.timesheet(contract, THE_WEEK)
        assert sheet.state == "closed"
        assert sheet.size == (await ada.client.head(contract)).size - 2  # the server, the closing


async def test_the_server_closes_weeks_by_itself_when_it_starts_after_the_lock(
    tmp_path: Path,
) -> None:
    async with a_diary(tmp_path, LOCK - 60) as (_, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY)
    async with running_server(tmp_path, lambda: LOCK + 86_400.0) as server:
        async with asyncio.timeout(20):
            while (await server.owner.week(contract, THE_WEEK)).state != "closed":
                await asyncio.sleep(0.05)


async def test_time_that_arrives_late_is_kept_shown_and_not_billed(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path) as (server, ada, grace, contract, clock):
        await track(ada, contract, WEDNESDAY)
        clock.now = LOCK + 10.0
        await close(server)
        await track(ada, contract, WEDNESDAY + TEN)
        day = await day_of(grace, contract)
        late = day.segments[1]
        assert (late.status, late.billable, late.late) == ("late", 0, 0b1111111111)
        assert (day.week.pending, day.week.amount) == (10, 500)
        supplement = await grace.client.supplement(contract, THE_WEEK)
        assert (supplement.offered, supplement.amount, supplement.total) == (500, 0, 500)


async def test_what_the_client_accepts_is_billed_behind_the_frozen_segments(
    tmp_path: Path,
) -> None:
    async with a_reviewed_diary(tmp_path, weekly_limit=30, rate=3333) as (
        server,
        ada,
        grace,
        contract,
        clock,
    ):
        await track(ada, contract, WEDNESDAY + 2 * TEN, WEDNESDAY + 3 * TEN)
        clock.now = float(LOCK)
        await track(ada, contract, WEDNESDAY, WEDNESDAY + TEN)
        await close(server)
        frozen = await grace.client.timesheet(contract, THE_WEEK)
        supplement = await grace.client.supplement(contract, THE_WEEK)
        assert [s.status for s in supplement.pending] == ["auto", "over_limit"]
        body = the_offer(supplement)
        await write(grace, contract, EntryKind.ADJUSTMENT_ACCEPTED, body)
        week = await grace.client.week(contract, THE_WEEK)
        assert week.totals.by_status == {"auto": 30, "over_limit": 10}
        assert week.amount == 1667 == frozen.amount + supplement.offered
        after = await grace.client.supplement(contract, THE_WEEK)
        assert (after.pending, after.amount, after.total) == ((), supplement.offered, 1667)
        assert after.adjustments[0].by == "Grace"
        with pytest.raises(RefusedError) as refused:
            await write(
                grace, contract, EntryKind.ADJUSTMENT_DECLINED, the_offer(supplement, amount=0)
            )
        assert refused.value.code == "decided"


async def test_the_client_accepts_only_what_they_were_shown(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path) as (server, ada, grace, contract, clock):
        await track(ada, contract, WEDNESDAY)
        clock.now = float(LOCK)
        await track(ada, contract, WEDNESDAY + TEN)
        await close(server)
        supplement = await grace.client.supplement(contract, THE_WEEK)
        other_money = the_offer(supplement, amount=1)
        with pytest.raises(RefusedError, match="now adds 500, not 1 minor units"):
            await write(grace, contract, EntryKind.ADJUSTMENT_ACCEPTED, other_money)
        timely = the_offer(supplement, verdicts=((WEDNESDAY, "auto", 10, 10),))
        with pytest.raises(RefusedError, match="was not late"):
            await write(grace, contract, EntryKind.ADJUSTMENT_ACCEPTED, timely)
        with pytest.raises(DeniedError):
            await write(ada, contract, EntryKind.ADJUSTMENT_ACCEPTED, the_offer(supplement))


async def test_what_the_client_declines_stays_late(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path) as (server, ada, grace, contract, clock):
        clock.now = float(LOCK)
        await track(ada, contract, WEDNESDAY)
        await close(server)
        supplement = await grace.client.supplement(contract, THE_WEEK)
        body = the_offer(supplement, amount=0, reason="we agreed on nothing that day")
        await write(grace, contract, EntryKind.ADJUSTMENT_DECLINED, body)
        (segment,) = (await day_of(ada, contract)).segments
        assert (segment.status, segment.accepted) == ("late", False)
        after = await grace.client.supplement(contract, THE_WEEK)
        assert (after.pending, after.total) == ((), 0)
        assert after.adjustments[0].reason == "we agreed on nothing that day"


async def test_a_late_part_that_was_sampled_can_be_accepted_where_the_timely_one_was_not(
    tmp_path: Path,
) -> None:

    async with a_reviewed_diary(tmp_path) as (server, ada, grace, contract, clock):
        first = tracked_entry(ada, contract, WEDNESDAY, mask=0b11, sampled=False)
        await send(ada, contract, first)
        clock.now = float(LOCK)
        await close(server)
        assert (await day_of(ada, contract)).segments[0].status == "partial"
        rest = tracked_entry(ada, contract, WEDNESDAY, mask=0b1111111100, part=1)
        await send(ada, contract, rest)
        supplement = await grace.client.supplement(contract, THE_WEEK)
        assert [s.billable for s in supplement.pending] == [10]
        await write(grace, contract, EntryKind.ADJUSTMENT_ACCEPTED, the_offer(supplement))
        (segment,) = (await day_of(ada, contract)).segments
        assert (segment.status, segment.billable, segment.tracked) == ("auto", 10, 0b1111111111)
        assert (await grace.client.timesheet(contract, THE_WEEK)).amount == 0


async def test_a_segment_is_contested_between_lock_and_friday_night(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path) as (server, ada, grace, contract, clock):
        await track(ada, contract, WEDNESDAY)
        body = ContestBody(segments=(WEDNESDAY,), reason="this was a holiday")
        with pytest.raises(RefusedError, match="still open"):
            await write(grace, contract, EntryKind.SEGMENT_CONTESTED, body)
        clock.now = float(LOCK)
        await close(server)
        before = await grace.client.week(contract, THE_WEEK)
        await write(grace, contract, EntryKind.SEGMENT_CONTESTED, body)
        (segment,) = (await day_of(ada, contract)).segments
        assert segment.contested is not None
        assert (segment.contested.by, segment.contested.reason) == ("Grace", "this was a holiday")
        after = await grace.client.week(contract, THE_WEEK)
        assert (after.contested, after.amount, after.totals) == (1, before.amount, before.totals)
        clock.now = float(FRIDAY_NIGHT)
        with pytest.raises(RefusedError, match="could be contested until Sat 10 Oct 00:00"):
            await write(grace, contract, EntryKind.SEGMENT_CONTESTED, body)


async def test_the_owner_closes_a_week_that_is_over_by_hand(tmp_path: Path) -> None:
    async with a_reviewed_diary(tmp_path, LOCK - 86_400) as (server, ada, grace, contract, clock):
        await track(ada, contract, WEDNESDAY)
        with pytest.raises(RefusedError, match="runs until Mon 05 Oct 00:00 UTC"):
            await server.owner.close_week(contract, THE_WEEK)
        clock.now = LOCK - 3600.0
        week = await server.owner.close_week(contract, THE_WEEK)
        assert (week.state, week.amount) == ("closed", 500)
        sheet = await grace.client.timesheet(contract, THE_WEEK)
        assert (sheet.closed_by, sheet.closed) == ("Olga", from_epoch(LOCK - 3600))
        with pytest.raises(RefusedError, match="locked since Mon 05 Oct 11:00"):
            await write(
                ada, contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,))
            )
        await track(ada, contract, WEDNESDAY + TEN)
        assert [s.status for s in (await day_of(ada, contract)).segments] == ["auto", "late"]
        for device in (ada, grace):
            with pytest.raises(DeniedError):
                await device.client.close_week(contract, THE_WEEK)
        with pytest.raises(RefusedError, match="closed already"):
            await server.owner.close_week(contract, THE_WEEK)


async def test_two_contracts_that_met_are_billed_once_whatever_arrives_late(
    tmp_path: Path,
) -> None:

    async with a_reviewed_diary(tmp_path) as (server, ada, _grace, contract, clock):
        other = await open_contract(server, ada.person)
        await enter_log(ada, other)
        await send(ada, contract, tracked_entry(ada, contract, WEDNESDAY, mask=0b111))
        clock.now = float(LOCK)
        await send(ada, other, tracked_entry(ada, other, WEDNESDAY))
        await close(server)
        assert (await day_of(ada, contract)).segments[0].status == "auto"
        late = (await ada.client.supplement(other, THE_WEEK)).pending
        assert [(s.status, s.billable) for s in late] == [("overlap", 0)]


async def test_there_is_no_timesheet_from_before_the_contract(tmp_path: Path) -> None:
    async with a_diary(tmp_path, LOCK, since=LOCK - 60) as (_, ada, contract, _clock):
        with pytest.raises(NotFoundError, match="begins on 2026-10-05"):
            await ada.client.timesheet(contract, THE_WEEK)
        with pytest.raises(InvalidError, match="a range runs"):
            await ada.client.range_timesheet(contract, THE_WEEK, date(2026, 9, 1))
