"""Taking entries in: durable once, the same when sent again, and sealed where they lie."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest
from serverkit import (
    a_device,
    a_freelancer,
    a_person,
    a_picture,
    a_reader,
    an_earlier_slot,
    enter_log,
    open_contract,
    running_server,
    send,
    stored,
    tracked_entry,
)
from workdiary import api
from workdiary.checkpoints import open_head
from workdiary.client import DiaryClient
from workdiary.entries import leaf
from workdiary.errors import InvalidError, RefusedError, UnauthenticatedError
from workdiary.merkle import Tree
from workdiary.notes import VerifyingKey
from workdiary.segments import from_epoch


async def test_a_segment_is_read_as_it_was_sent(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        grace = await a_person(server, "Grace")
        contract = await open_contract(server, ada.person, [grace.id])
        await enter_log(ada, contract)
        pictures = [a_picture(start, seed=1), a_picture(start, seed=2, monitor=1)]
        minutes = [(137, 12, 9, 1), (0, 0, 0, 1)]
        await send(
            ada,
            contract,
            tracked_entry(ada, contract, start, minutes=minutes, pictures=pictures),
        )
        async with a_reader(server, grace) as client:
            day = await client.day(contract, from_epoch(start).date())
            (segment,) = day.segments
            assert segment == await client.segment(contract, from_epoch(start))
            assert segment.memo == "painting the fence"
            assert segment.keystrokes == (137, *[0] * 9)
            assert segment.clicks == (12, *[0] * 9)
            assert segment.scrolls == (9, *[0] * 9)
            assert (segment.moved, segment.meter, segment.tracked) == (0b11, 2, 0b1111111111)
            assert (segment.status, segment.billable) == ("auto", 10)
            assert day.totals.tracked == day.totals.billable == 10
            assert day.week.amount == 500
            for picture, (claim, *files) in zip(segment.pictures, pictures, strict=True):
                assert picture.digest == claim.original.digest
                assert picture.size == len(files[0])
                for role, file in zip(("original", "preview", "thumbnail"), files, strict=True):
                    assert await client.picture(contract, picture.digest, role) == file
            (listed,) = await client.contracts()
            assert (listed.role, listed.week.tracked, listed.weekly_limit) == ("client", 10, 2400)
            assert listed.last_segment == datetime.fromtimestamp(start, UTC)


async def test_the_same_note_again_gives_the_same_receipt(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        signed = tracked_entry(ada, contract, start, pictures=[a_picture(start)])
        first = await send(ada, contract, signed)
        before = stored(tmp_path)
        again = await ada.client.append(contract, signed.note, signed.body, signed.pictures)
        assert again == first
        assert stored(tmp_path) == before
        assert (before["blobs"], before["picture"], before["intent"]) == (3, 3, 0)


async def test_one_entry_sent_eight_times_at_once_is_stored_once(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        signed = tracked_entry(ada, contract, start, pictures=[a_picture(start)])
        receipts = await asyncio.gather(
            *(
                ada.client.append(contract, signed.note, signed.body, signed.pictures)
                for _ in range(8)
            )
        )
        assert len(set(receipts)) == 1
        counts = stored(tmp_path)
        assert (counts["blobs"], counts["intent"], counts["segment"]) == (3, 0, 1)


async def test_of_entries_that_race_for_one_place_the_losers_leave_no_blob(tmp_path: Path) -> None:
    start = an_earlier_slot(ago=9)
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        rivals = [
            tracked_entry(ada, contract, start + 600 * slot, pictures=[a_picture(start)])
            for slot in range(6)
        ]
        results = await asyncio.gather(
            *(ada.client.append(contract, r.note, r.body, r.pictures) for r in rivals),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, RefusedError)]
        assert [error.code for error in refused] == ["chain"] * 5
        counts = stored(tmp_path)
        assert (counts["blobs"], counts["picture"], counts["intent"]) == (3, 3, 0)


async def test_parts_from_two_machines_make_one_segment(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as laptop:
        contract = await open_contract(server, laptop.person)
        ada = api.Person(id=laptop.person, name="Ada")
        async with a_device(server, ada) as desktop:
            for device in (laptop, desktop):
                await enter_log(device, contract)
            one = tracked_entry(
                laptop,
                contract,
                start,
                mask=0b0000011111,
                minutes=[(1, 2, 3, 1)],
                pictures=[a_picture(start)],
                memo="longer",
            )
            two = tracked_entry(
                desktop,
                contract,
                start,
                mask=0b1111111000,
                minutes=[(10, 20, 30, 0), (5, 0, 0, 0)],
                sampled=False,
                memo="longest",
            )
            await send(laptop, contract, one)
            await send(desktop, contract, two)
        segment = await laptop.client.segment(contract, from_epoch(start))
        assert (segment.tracked, segment.sampled) == (0b1111111111, True)
        assert segment.keystrokes[:2] == (11, 5)
        assert (segment.clicks[0], segment.scrolls[0]) == (22, 33)
        assert segment.memo == "longest"
        assert len(segment.pictures) == 1
        assert (await laptop.client.week(contract, segment.start.date())).totals.tracked == 10


async def test_one_machine_claims_a_minute_once(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        await send(ada, contract, tracked_entry(ada, contract, start, mask=0b111))
        with pytest.raises(RefusedError) as refused:
            await send(ada, contract, tracked_entry(ada, contract, start, mask=0b110, part=1))
        assert refused.value.code == "overlap"
        await send(ada, contract, tracked_entry(ada, contract, start, mask=0b1000, part=1))


async def test_a_segment_may_end_two_minutes_ahead_and_no_more(tmp_path: Path) -> None:
    clock = [600_000_000.0]
    async with (
        running_server(tmp_path, now=lambda: clock[0]) as server,
        a_freelancer(server) as ada,
    ):
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        signed = tracked_entry(ada, contract, 600_000_000)
        clock[0] += 600 - 121
        with pytest.raises(InvalidError) as early:
            await send(ada, contract, signed)
        assert early.value.code == "clock"
        clock[0] += 1
        await send(ada, contract, signed)


async def test_receipt_never_goes_back_when_the_clock_does(tmp_path: Path) -> None:
    clock = [600_000_000.0]
    async with (
        running_server(tmp_path, now=lambda: clock[0]) as server,
        a_freelancer(server) as ada,
    ):
        contract = await open_contract(server, ada.person)
        first = await enter_log(ada, contract)
        clock[0] -= 3600
        second = await send(ada, contract, tracked_entry(ada, contract, 599_994_000))
        assert second.received == first.received


async def test_the_signed_head_covers_every_entry(tmp_path: Path) -> None:
    start = an_earlier_slot(ago=9)
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        for slot in range(7):
            receipt = await send(ada, contract, tracked_entry(ada, contract, start + 600 * slot))
        listed = await ada.client.contract(contract)
        name, _, encoded = listed.log_key.split("+", 2)
        key = VerifyingKey(name, base64.b64decode(encoded)[1:])
        head = open_head(receipt.head.checkpoint, key)
        assert (head.origin, head.size) == (listed.origin, 9)
        assert receipt.head == await ada.client.head(contract)
        chain = await ada.client.chain(contract, ada.id)
        assert (chain.seq, chain.id) == ada.chains[contract]
    tree = Tree()
    db = apsw.Connection(str(tmp_path / "diary.sqlite"))
    for received, note in db.execute("SELECT received, note FROM entry ORDER BY idx"):
        tree = tree.append(leaf(received, note))
    db.close()
    assert (tree.size, tree.root) == (head.size, head.root)


async def test_a_device_must_enter_a_log_before_it_writes_there(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        with pytest.raises(RefusedError) as refused:
            await send(ada, contract, tracked_entry(ada, contract, start))
        assert refused.value.code == "enrolment"


async def test_a_revoked_device_writes_nothing(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        signed = tracked_entry(ada, contract, start)
        await server.owner.revoke_device(ada.id)
        with pytest.raises(UnauthenticatedError):
            await send(ada, contract, signed)
        wanted = api.NewToken(person=ada.person, scope="tracker", label="left over")
        token = await server.owner.add_token(wanted)
        async with DiaryClient(server.url, token.secret or "") as client:
            with pytest.raises(RefusedError) as refused:
                await client.append(contract, signed.note, signed.body)
        assert refused.value.code == "revoked"


async def test_ten_minutes_tracked_for_two_contracts_are_billed_once(tmp_path: Path) -> None:
    start = an_earlier_slot()
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contracts = [await open_contract(server, ada.person) for _ in range(2)]
        for contract, mask in zip(contracts, (0b11, 0b1111111100), strict=True):
            await enter_log(ada, contract)
            await send(ada, contract, tracked_entry(ada, contract, start, mask=mask))
        statuses = [
            (await ada.client.segment(contract, from_epoch(start))).status for contract in contracts
        ]
        assert statuses == ["overlap", "auto"]
