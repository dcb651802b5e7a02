"""What the freelancer may do until the lock: memos, manual time, deletion; and what stays of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from billkit import MONDAY, TEN, WEDNESDAY, a_diary, day_of, track, write
from serverkit import (
    a_device,
    a_person,
    a_picture,
    a_reader,
    enter_log,
    open_contract,
    send,
    sign,
    tracked_entry,
)
from workdiary.bodies import DeletedBody, ManualBody, MemoBody
from workdiary.entries import EntryKind
from workdiary.errors import DeniedError, NotFoundError, RefusedError
from workdiary.segments import from_epoch


async def test_one_edit_gives_several_segments_a_new_memo(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, clock):
        starts = (WEDNESDAY, WEDNESDAY + TEN, WEDNESDAY + 3 * TEN)
        await track(ada, contract, *starts, WEDNESDAY + 2 * TEN)
        clock.now += 60
        body = MemoBody(segments=starts, memo="fixing the roof")
        await write(ada, contract, EntryKind.MEMO_EDITED, body)
        day = await day_of(ada, contract)
        memos = [segment.memo for segment in day.segments]
        assert memos == ["fixing the roof", "fixing the roof", "painting", "fixing the roof"]
        assert [segment.edited is None for segment in day.segments] == [False, False, True, False]
        assert day.totals.billable == 40


async def test_a_part_that_comes_after_an_edit_does_not_undo_it(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_server, ada, contract, _):
        first = tracked_entry(ada, contract, WEDNESDAY, mask=0b11, memo="a")
        await send(ada, contract, first)
        body = MemoBody(segments=(WEDNESDAY,), memo="the roof")
        await write(ada, contract, EntryKind.MEMO_EDITED, body)
        later = tracked_entry(ada, contract, WEDNESDAY, mask=0b1111111100, part=1, memo="b")
        await send(ada, contract, later)
        (segment,) = (await day_of(ada, contract)).segments
        assert (segment.memo, segment.tracked) == ("the roof", 0b1111111111)


async def test_manual_time_stands_light_green_with_its_reason(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY)
        starts = (WEDNESDAY + TEN, WEDNESDAY + 2 * TEN)
        body = ManualBody(segments=starts, memo="workshop", reason="away from the desk")
        await write(ada, contract, EntryKind.SEGMENT_MANUAL, body)
        day = await day_of(ada, contract)
        assert [(s.kind, s.status) for s in day.segments] == [
            ("auto", "auto"),
            ("manual", "manual"),
            ("manual", "manual"),
        ]
        assert day.segments[1].why_manual == "away from the desk"
        assert (day.segments[1].tracked, day.segments[1].memo) == (0, "workshop")
        assert day.totals.by_status == {"auto": 10, "manual": 20}


@pytest.mark.parametrize(
    ("starts", "code"),
    [
        ((WEDNESDAY - TEN, WEDNESDAY), "overlap"),
        ((WEDNESDAY + 12 * 3600,), "future"),
        ((MONDAY - 7 * 86_400 * 2,), "locked"),
        ((MONDAY - 7 * 86_400 - TEN, WEDNESDAY + TEN), "locked"),
    ],
)
async def test_manual_time_is_taken_whole_or_not_at_all(
    tmp_path: Path, starts: tuple[int, ...], code: str
) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY)
        before = await ada.client.head(contract)
        body = ManualBody(segments=starts, memo="workshop", reason="away")
        with pytest.raises(RefusedError) as refused:
            await write(ada, contract, EntryKind.SEGMENT_MANUAL, body)
        assert refused.value.code == code
        assert await ada.client.head(contract) == before
        assert len((await day_of(ada, contract)).segments) == 1


async def test_a_contract_may_forbid_manual_time(tmp_path: Path) -> None:
    async with a_diary(tmp_path, manual=False) as (_, ada, contract, _clock):
        body = ManualBody(segments=(WEDNESDAY,), memo="workshop", reason="away")
        with pytest.raises(RefusedError, match="does not allow manual time"):
            await write(ada, contract, EntryKind.SEGMENT_MANUAL, body)


async def test_manual_time_cannot_stand_on_two_contracts_at_once(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (server, ada, contract, _):
        other = await open_contract(server, ada.person)
        await enter_log(ada, other)
        await track(ada, other, WEDNESDAY)
        body = ManualBody(segments=(WEDNESDAY,), memo="workshop", reason="away")
        with pytest.raises(RefusedError, match="on another contract"):
            await write(ada, contract, EntryKind.SEGMENT_MANUAL, body)


async def test_time_that_was_tracked_after_all_outranks_manual_time(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        body = ManualBody(segments=(WEDNESDAY,), memo="workshop", reason="away")
        await write(ada, contract, EntryKind.SEGMENT_MANUAL, body)
        await track(ada, contract, WEDNESDAY)
        day = await day_of(ada, contract)
        assert [s.status for s in day.segments] == ["auto"]
        assert day.totals.billable == 10


async def test_a_deleted_segment_leaves_a_tombstone_and_makes_room(tmp_path: Path) -> None:
    async with a_diary(tmp_path, weekly_limit=20) as (_server, ada, contract, clock):
        await track(ada, contract, WEDNESDAY, WEDNESDAY + TEN, WEDNESDAY + 2 * TEN)
        assert (await day_of(ada, contract)).segments[2].status == "over_limit"
        clock.now += 3600
        await write(ada, contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,)))
        day = await day_of(ada, contract)
        assert [s.status for s in day.segments] == ["auto", "auto"]
        (stone,) = day.deleted
        assert (stone.start, stone.minutes, stone.by) == (from_epoch(WEDNESDAY), 10, "Ada")
        assert stone.at == from_epoch(int(clock.now))
        assert day.week.deleted == 10


async def test_deleting_needs_a_segment_that_is_there(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY)
        body = DeletedBody(segments=(WEDNESDAY, WEDNESDAY + TEN))
        with pytest.raises(RefusedError, match="no segment at 2026-09-30 09:10"):
            await write(ada, contract, EntryKind.SEGMENT_DELETED, body)
        assert len((await day_of(ada, contract)).segments) == 1


async def test_a_deletion_sent_again_changes_nothing(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        kept = tracked_entry(ada, contract, WEDNESDAY)
        await send(ada, contract, kept)
        body = DeletedBody(segments=(WEDNESDAY,))
        deletion = sign(ada, contract, EntryKind.SEGMENT_DELETED, body)
        receipt = await send(ada, contract, deletion)
        again = await ada.client.append(contract, deletion.note, deletion.body)
        assert (again.id, again.index) == (receipt.id, receipt.index)
        await ada.client.append(contract, kept.note, kept.body)  # the tombstoned id stays dead
        assert (await day_of(ada, contract)).segments == ()


async def test_what_is_worked_after_a_deletion_counts_alone(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_server, ada, contract, _):
        await send(ada, contract, tracked_entry(ada, contract, WEDNESDAY, mask=0b11))
        await write(ada, contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,)))
        later = tracked_entry(ada, contract, WEDNESDAY, mask=0b1111111100, part=1, memo="new")
        await send(ada, contract, later)
        day = await day_of(ada, contract)
        (segment,) = day.segments
        assert (segment.memo, segment.tracked, len(day.deleted)) == ("new", 0b1111111100, 1)


async def test_manual_time_may_stand_where_a_segment_was_deleted(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY)
        await write(ada, contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,)))
        body = ManualBody(segments=(WEDNESDAY,), memo="workshop", reason="away")
        await write(ada, contract, EntryKind.SEGMENT_MANUAL, body)
        day = await day_of(ada, contract)
        assert [s.status for s in day.segments] == ["manual"]
        assert len(day.deleted) == 1


async def test_a_deleted_picture_is_gone_from_server_storage_and_keys(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (server, ada, contract, _clock):
        picture = a_picture(WEDNESDAY)
        entry = tracked_entry(ada, contract, WEDNESDAY, memo="secret", pictures=[picture])
        await send(ada, contract, entry)
        digest = picture[0].original.digest
        assert await ada.client.picture(contract, digest) == picture[1]
        await write(ada, contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,)))
        with pytest.raises(NotFoundError):
            await ada.client.picture(contract, digest)
        blobs = server.folder / "blobs"
        left = [p for p in blobs.rglob("*") if p.is_file() and p.stat().st_size > 1000]
        assert left == []


async def test_only_the_freelancer_edits(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (server, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY)
        grace = await a_person(server, "Grace")
        shared = await open_contract(server, ada.person, [grace.id])
        async with a_device(server, grace) as tracker, a_reader(server, grace) as reader:
            with pytest.raises(NotFoundError):
                await reader.day(contract, from_epoch(WEDNESDAY).date())
            await enter_log(tracker, shared)
            body = MemoBody(segments=(WEDNESDAY,), memo="mine")
            with pytest.raises(DeniedError):
                await write(tracker, shared, EntryKind.MEMO_EDITED, body)
