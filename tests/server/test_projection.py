"""The projection is the fold of the log, whatever arrives in whatever order; days never split."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import apsw
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serverkit import (
    Device,
    RunningServer,
    a_device,
    a_freelancer,
    a_picture,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.bodies import TrackedBody
from workdiary.days import local_day, zone_named
from workdiary.entries import part_of, read_body, read_entry
from workdiary.segments import Segment, epoch, from_epoch, merge
from workdiary_server.diary import log
from workdiary_server.diary.projection import open_content, segment_of
from workdiary_server.http.keys import DIARY

NOW = 1_790_000_400
COUNT = st.integers(0, 3000)

slots = st.fixed_dictionaries(
    {
        "slot": st.integers(0, 2),
        "device": st.integers(0, 1),
        "minutes": st.sets(st.integers(0, 9)),
        "memo": st.sampled_from(["", "reading", "écrire"]),
        "counts": st.lists(st.tuples(COUNT, COUNT, COUNT, st.integers(0, 1)), max_size=10),
        "picture": st.booleans(),
        "sampled": st.booleans(),
    }
)


def fold(db: apsw.Connection, server: RunningServer, contract: str) -> dict[int, Segment]:
    """The segments that the log's own entries make, read from the first to the last."""
    keyring, key = server.app[DIARY].keyring, bytes.fromhex(contract)
    parts: dict[int, list[object]] = {}
    for (start,) in db.execute("SELECT DISTINCT start FROM entry WHERE start IS NOT NULL"):
        for stored in log.slot(db, key, start):
            raw = log.unseal_body(db, keyring, key, stored.id, stored.sealed)
            part = part_of(read_entry(stored.note), read_body(raw, TrackedBody))
            parts.setdefault(start, []).append(part)
    return {start: merge(found) for start, found in parts.items()}  # type: ignore[arg-type]  # parts alone were put in


def projected(db: apsw.Connection, server: RunningServer, contract: str) -> dict[int, Segment]:
    keyring, key = server.app[DIARY].keyring, bytes.fromhex(contract)
    rows = db.execute(
        "SELECT start, kind, mask, sampled, sealed FROM segment WHERE contract = ?", (key,)
    )
    return {
        start: segment_of(start, kind, mask, sampled, open_content(db, keyring, key, start, sealed))
        for start, kind, mask, sampled, sealed in rows
    }


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parts=st.lists(slots, max_size=8))
async def test_the_projection_is_the_fold_of_the_log(
    tmp_path_factory: pytest.TempPathFactory, parts: list[dict[str, object]]
) -> None:
    folder = tmp_path_factory.mktemp("diary")
    async with (
        running_server(folder, now=lambda: float(NOW)) as server,
        a_freelancer(server) as laptop,
        a_device(server, api.Person(id=laptop.person, name="Ada")) as desktop,
    ):
        contract = await open_contract(server, laptop.person)
        devices = (laptop, desktop)
        for device in devices:
            await enter_log(device, contract)
        await send_parts(devices, contract, parts)
        compared = await server.app[DIARY].db.read(
            lambda db: (fold(db, server, contract), projected(db, server, contract))
        )
    assert compared[0] == compared[1]


async def send_parts(
    devices: tuple[Device, ...], contract: str, parts: list[dict[str, object]]
) -> None:
    """Send what was drawn, without the minutes that the device has claimed already."""
    claimed: dict[tuple[object, object], int] = {}
    for number, drawn in enumerate(parts):
        wanted = msgspec.convert(drawn, Drawn)
        start = NOW // 600 * 600 - 600 * (wanted.slot + 1)
        taken = claimed.get((wanted.device, start), 0)
        mask = sum(1 << minute for minute in wanted.minutes) & ~taken
        claimed[wanted.device, start] = taken | mask
        signed = tracked_entry(
            devices[wanted.device],
            contract,
            start,
            mask=mask,
            memo=wanted.memo,
            minutes=wanted.counts,
            sampled=wanted.sampled,
            part=number,
            pictures=[a_picture(start, seed=number)] if wanted.picture else [],
        )
        await send(devices[wanted.device], contract, signed)


class Drawn(msgspec.Struct):
    slot: int
    device: int
    minutes: set[int]
    memo: str
    counts: list[tuple[int, int, int, int]]
    picture: bool
    sampled: bool


ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York", "Pacific/Chatham")


async def test_in_every_zone_each_segment_is_in_one_day(tmp_path: Path) -> None:
    """Around Berlin's long night of 2026-10-25, and midnights that cut a slot in two."""
    first = epoch(datetime(2026, 10, 24, 9, 0, tzinfo=UTC))
    starts = [first + 600 * slot for slot in range(0, 6 * 50, 7)]
    clock = float(starts[-1] + 1200)
    async with (
        running_server(tmp_path, now=lambda: clock) as server,
        a_freelancer(server) as ada,
    ):
        contract = await open_contract(server, ada.person)
        await enter_log(ada, contract)
        for start in starts:
            await send(ada, contract, tracked_entry(ada, contract, start))
        for name in ZONES:
            found: list[datetime] = []
            for number in range(6):
                day = await ada.client.day(contract, date(2026, 10, 23) + timedelta(number), name)
                assert all(local_day(s.start, zone_named(name)) == day.date for s in day.segments)
                assert day.totals.tracked == 10 * len(day.segments)
                found += [segment.start for segment in day.segments]
            assert found == [from_epoch(start) for start in starts]
        berlin = await ada.client.day(contract, date(2026, 10, 25), "Europe/Berlin")
        assert berlin.ends - berlin.begins == timedelta(hours=25)
