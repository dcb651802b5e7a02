"""A search finds what a filter over the days' answers finds, whatever is asked and done between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import aiohttp
import pytest
from billkit import MONDAY, TEN, WEDNESDAY, a_diary, track, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serverkit import (
    Device,
    a_freelancer,
    a_picture,
    enter_log,
    open_contract,
    running_server,
    send,
    tracked_entry,
)
from workdiary import api
from workdiary.bodies import DeletedBody, ManualBody, MemoBody
from workdiary.client import DiaryClient
from workdiary.entries import EntryKind
from workdiary.errors import InvalidError
from workdiary.segments import SEGMENT, from_epoch
from workdiary_server.diary.skims import Skim, SkimmedWeek, Skims
from workdiary_server.http.keys import DIARY

FIRST, LAST = date(2026, 9, 27), date(2026, 10, 13)
WEEK = 7 * 86_400
SLOTS = (0, 1, 143, 144, 300, 575, 1000, 1007, 1008, 1009, 1200, 2015)
MEMOS = ("", "Straße fegen", "STRASSE & Weg", "100% a+b?", "İstanbul", "cafe\u0301", "ΣΟΦΟΣ")
TEXTS = ("", "strasse", "STRAßE", "% a+B?", "i\u0307stan", "CAF\u00c9", "σοφος", "absent", " ")
STATUSES = ("auto", "manual", "over_limit", "partial", "late", "overlap", "nonsense")


@dataclass(frozen=True, slots=True)
class Work:
    """One tracked part on the first or the other of Ada's contracts."""

    slot: int
    other: bool
    memo: str
    sampled: bool
    active: int
    mask: int
    picture: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search is asked for."""

    text: str
    statuses: list[str]
    meter_at_most: int | None
    late: bool
    no_picture: bool
    manual: bool


works = st.builds(
    Work,
    slot=st.sampled_from(SLOTS),
    other=st.sampled_from((False, False, True)),
    memo=st.sampled_from(MEMOS),
    sampled=st.booleans(),
    active=st.integers(0, 10),
    mask=st.sampled_from((511, 7, 256)),
    picture=st.booleans(),
    late=st.sampled_from((False, False, True)),
)
questions = st.builds(
    Asked,
    text=st.sampled_from(TEXTS),
    statuses=st.lists(st.sampled_from(STATUSES), max_size=2),
    meter_at_most=st.none() | st.integers(0, 10),
    late=st.booleans(),
    no_picture=st.booleans(),
    manual=st.booleans(),
)
spans = st.tuples(st.integers(0, 16), st.integers(0, 16)).map(sorted)


def matches(segment: api.Segment, asked: Asked) -> bool:
    """The filter as its documentation tells it, over a day's own answer."""
    plain = segment.memo.replace("e\u0301", "\u00e9").casefold()
    return (
        asked.text.casefold() in plain
        and (not asked.statuses or segment.status in asked.statuses)
        and (asked.meter_at_most is None or segment.meter <= asked.meter_at_most)
        and (not asked.late or segment.late != 0)
        and (not asked.no_picture or not segment.pictures)
        and (not asked.manual or segment.kind == "manual")
    )


async def by_days(client: DiaryClient, contract: str, first: date, last: date) -> list[api.Segment]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [s for day in days for s in (await client.day(contract, day)).segments]


async def searched(
    client: DiaryClient, contract: str, span: tuple[date, date], asked: Asked, limit: int
) -> tuple[list[api.Hit], api.FoundTotals | None]:
    """All pages of a search, and the totals of its first one."""
    page = await client.search(contract, *span, **asdict(asked), limit=limit)
    hits, totals = list(page.hits), page.totals
    while page.cursor is not None:
        assert len(page.hits) == limit
        page = await client.search(
            contract, *span, **asdict(asked), cursor=page.cursor, limit=limit
        )
        assert page.totals is None
        hits += page.hits
    return hits, totals


def hit_of(segment: api.Segment, minutes: int) -> api.Hit:
    return api.Hit(
        start=segment.start,
        end=segment.start + SEGMENT,
        status=segment.status,
        kind=segment.kind,
        meter=segment.meter,
        memo=segment.memo,
        pictures=len(segment.pictures),
        minutes=minutes,
        billable=segment.billable,
        late=segment.late,
    )


async def check(client: DiaryClient, contract: str, questions: Iterable[Asked]) -> None:
    """The same over the whole range by pages of three, in and out of memory."""
    whole = await by_days(client, contract, FIRST, LAST)
    for asked in questions:
        expected = [segment for segment in whole if matches(segment, asked)]
        found, totals = await searched(client, contract, (FIRST, LAST), asked, 3)
        wanted = [hit_of(s, hit.minutes) for s, hit in zip(expected, found, strict=True)]
        assert found == wanted, asked
        assert totals == api.FoundTotals(
            segments=len(expected),
            minutes=sum(hit.minutes for hit in found),
            billable=sum(segment.billable for segment in expected),
        )


EVERYTHING = Asked("", [], None, False, False, False)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    done=st.lists(works, min_size=4, max_size=14, unique_by=lambda w: (w.slot, w.other, w.late)),
    asked=st.lists(questions, min_size=12, max_size=12),
    span=spans,
)
async def test_a_search_is_a_filter_over_the_days(
    tmp_path_factory: pytest.TempPathFactory,
    done: list[Work],
    asked: list[Asked],
    span: list[int],
) -> None:
    folder = tmp_path_factory.mktemp("diary")
    async with a_diary(folder, MONDAY + WEEK, weekly_limit=40) as (server, ada, contract, clock):
        other = await open_contract(server, ada.person)
        await enter_log(ada, other)
        for late in (False, True):
            clock.now = MONDAY + (3 if late else 2) * WEEK
            await record(ada, contract, other, [work for work in done if work.late is late])
            await check(ada.client, contract, asked)
        first, last = (FIRST + timedelta(days=n) for n in span)
        found, _ = await searched(ada.client, contract, (first, last), EVERYTHING, 500)
        inside = await by_days(ada.client, contract, first, last)
        assert [hit.start for hit in found] == [segment.start for segment in inside]


async def record(ada: Device, contract: str, other: str, done: list[Work]) -> None:
    for work in done:
        start = MONDAY + work.slot * TEN
        entry = tracked_entry(
            ada,
            other if work.other else contract,
            start,
            memo=work.memo,
            mask=512 if work.late else work.mask,
            sampled=work.sampled,
            part=int(work.late),
            minutes=[(1, 0, 0, 0)] * work.active,
            pictures=[a_picture(start, seed=work.slot % 5)] if work.picture else [],
        )
        await send(ada, other if work.other else contract, entry)


async def memos(ada: Device, contract: str, text: str = "") -> list[str]:
    asked = Asked(text, [], None, False, False, False)
    await check(ada.client, contract, (EVERYTHING, asked))
    found = await ada.client.search(contract, FIRST, LAST, text=text)
    return [hit.memo for hit in found.hits]


async def test_what_was_found_once_is_found_as_it_is_now(tmp_path: Path) -> None:
    async with a_diary(tmp_path, weekly_limit=30) as (server, ada, contract, clock):
        await track(ada, contract, *(WEDNESDAY + TEN * n for n in range(4)), memo="Fence")
        assert await memos(ada, contract) == ["Fence"] * 4
        edit = MemoBody(segments=(WEDNESDAY,), memo="Gate")
        await write(ada, contract, EntryKind.MEMO_EDITED, edit)
        assert await memos(ada, contract) == ["Gate", "Fence", "Fence", "Fence"]
        assert await memos(ada, contract, "gate") == ["Gate"]
        manual = ManualBody(segments=(WEDNESDAY - TEN,), memo="Talk", reason="a call")
        await write(ada, contract, EntryKind.SEGMENT_MANUAL, manual)
        assert await memos(ada, contract) == ["Talk", "Gate", "Fence", "Fence", "Fence"]
        over = await ada.client.search(contract, FIRST, LAST, statuses=["over_limit"])
        assert len(over.hits) == 2
        gone = DeletedBody(segments=(WEDNESDAY,))
        await write(ada, contract, EntryKind.SEGMENT_DELETED, gone)
        assert await memos(ada, contract) == ["Talk", "Fence", "Fence", "Fence"]
        other = await open_contract(server, ada.person, (), lambda n: bytes([1]) * n)
        await enter_log(ada, other)
        await track(ada, other, WEDNESDAY + TEN)  # overlaps: the smaller id has it
        overlaps = await ada.client.search(contract, FIRST, LAST, statuses=["overlap"])
        assert [hit.start for hit in overlaps.hits] == [from_epoch(WEDNESDAY + TEN)]
        clock.now = MONDAY + 2 * WEEK
        await ada.client.week(contract, FIRST)
        await memos(ada, contract)


async def test_a_deleted_memo_is_not_kept_in_memory(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (server, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY, memo="Secret plan")
        assert await memos(ada, contract, "secret") == ["Secret plan"]
        diary, monday = server.app[DIARY], MONDAY
        assert diary.skims.get(bytes.fromhex(contract), monday) is not None
        await write(ada, contract, EntryKind.SEGMENT_DELETED, DeletedBody(segments=(WEDNESDAY,)))
        await until(lambda: diary.skims.get(bytes.fromhex(contract), monday) is None)
        assert await memos(ada, contract, "secret") == []


def test_the_memory_lets_go_of_what_was_used_longest_ago() -> None:
    skims, contract = Skims(), bytes(16)
    skim = Skim(0, "auto", "auto", 10, 10, 0, "", "", 0, 0, b"")
    for week in (1, 2):
        skims.put(contract, week, SkimmedWeek(b"", (skim,) * 15_000))
    assert skims.get(contract, 1) is not None
    skims.put(contract, 3, SkimmedWeek(b"", (skim,) * 15_000))
    assert [skims.get(contract, week) is not None for week in (1, 2, 3)] == [True, False, True]
    for _ in range(9):  # the same week again takes no more room
        skims.put(contract, 3, SkimmedWeek(b"", (skim,) * 15_000))
    assert skims.get(contract, 1) is not None


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def test_a_year_is_searched_and_no_day_more(tmp_path: Path) -> None:
    async with a_diary(tmp_path) as (_, ada, contract, _clock):
        await track(ada, contract, WEDNESDAY)
        day = from_epoch(WEDNESDAY).date()
        for first, last in (
            (day - timedelta(days=365), day),
            (day, day + timedelta(days=365)),
            (day, day),
        ):
            found = await ada.client.search(contract, first, last)
            assert len(found.hits) == 1
        for first, last in (
            (day - timedelta(days=366), day),
            (day, day - timedelta(days=1)),
        ):
            with pytest.raises(InvalidError, match="366"):
                await ada.client.search(contract, first, last)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("meter_at_most", "11"),
        ("meter_at_most", "-1"),
        ("meter_at_most", ""),
        ("late", "yes"),
        ("manual", ""),
        ("no_picture", "1"),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "many"),
        ("cursor", "x"),
        ("cursor", "9" * 12),
        ("text", "\x1b[2J"),
        ("text", "x" * 501),
        ("from", "soon"),
        ("from", ""),
    ],
)
async def test_a_question_that_is_none_is_refused(tmp_path: Path, name: str, value: str) -> None:
    async with running_server(tmp_path) as server, a_freelancer(server) as ada:
        contract = await open_contract(server, ada.person)
        url = f"{server.url}{api.PREFIX}/contracts/{contract}/search"
        asked = {"from": "2026-09-27", "to": "2026-10-13"} | {name: value}
        headers = {"Authorization": f"Bearer {ada.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(url, params=asked) as answer,
        ):
            problem = await answer.json()
            assert (answer.status, "\x1b" in problem["detail"]) == (422, False)
