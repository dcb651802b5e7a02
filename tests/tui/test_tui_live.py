"""The live link and what was fetched already: nothing missed, nothing stale."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from diaries import CONTRACT, PaperDiary, a_segment, at
from paperserver import PaperServer
from textual.message import Message
from workdiary.client import DiaryClient
from workdiary.errors import NotFoundError, UnauthenticatedError
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.live import DiaryChanged, LinkLost, LinkUp, back_off, follow

DAY = date(2026, 11, 6)


async def until(condition: object, seconds: float = 5.0) -> None:
    """Wait until ``condition()`` holds."""
    assert callable(condition)
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it never came to hold"
        await asyncio.sleep(0.01)


async def test_two_that_ask_for_one_day_share_one_request() -> None:
    paper = PaperDiary()
    cache = DiaryCache(paper)
    both = await asyncio.gather(*(cache.day(CONTRACT, DAY, "UTC") for _ in range(2)))
    assert both[0] is both[1] is cache.known_day(CONTRACT, DAY, "UTC")
    assert len(paper.asked) == 1


async def test_a_day_that_changed_on_its_way_is_not_kept() -> None:
    cache = DiaryCache(PaperDiary())
    asking = asyncio.ensure_future(cache.day(CONTRACT, DAY, "UTC"))
    await asyncio.sleep(0)
    cache.forget(CONTRACT)
    cache.forget_all()
    await asking
    fresh = await cache.day(CONTRACT, DAY, "UTC")
    assert cache.known_day(CONTRACT, DAY, "UTC") is fresh


async def test_pictures_are_kept_and_a_missing_one_is_asked_for_again() -> None:
    paper = PaperDiary()
    (picture,) = paper.paint(at(9))
    cache = DiaryCache(paper)
    key = (CONTRACT, picture.digest, "preview")
    assert await cache.picture(key) == await cache.picture(key) == paper.files[picture.digest]
    assert len(paper.asked) == 1
    for _ in range(2):
        with pytest.raises(NotFoundError):
            await cache.picture((CONTRACT, "0" * 64, "preview"))
    assert len(paper.asked) == 3


async def test_a_break_is_told_and_the_link_comes_back() -> None:
    paper, heard, waits = PaperDiary(), list[Message](), list[float]()

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        paper.away = len(waits) < 3
        await asyncio.sleep(0)

    task = asyncio.ensure_future(follow(paper, heard.append, wait))
    await until(lambda: paper.followers)
    paper.tell(a_segment(at(9)))
    await until(lambda: len(heard) == 2)
    paper.go_away()
    await until(lambda: len(waits) == 3 and paper.followers)
    task.cancel()
    assert [type(message) for message in heard] == [
        LinkUp, DiaryChanged, LinkLost, LinkLost, LinkLost, LinkUp,
    ]  # fmt: skip
    assert ("events", 1) in paper.asked
    assert max(waits) <= 2


async def test_a_revoked_token_ends_the_link_and_says_so() -> None:
    class Revoked(PaperDiary):
        def _reach(self, *asked: object) -> None:
            raise UnauthenticatedError("the token was revoked")

    heard: list[Message] = []
    await asyncio.wait_for(follow(Revoked(), heard.append), 1)
    assert heard == [heard[0]]
    assert isinstance(heard[0], LinkLost)
    assert heard[0].seconds is None


def test_waits_grow_and_end_at_twenty_seconds() -> None:
    assert back_off(0) <= 0.5
    assert 10 <= back_off(9) <= 20
    assert back_off(500) <= 20


async def test_events_come_over_http_within_two_seconds() -> None:
    paper = PaperDiary()
    server = PaperServer(paper)
    await server.start()
    heard: list[Message] = []
    async with DiaryClient(server.url, "reader") as client:
        task = asyncio.ensure_future(follow(client, heard.append))
        await until(lambda: paper.followers)
        paper.tell(a_segment(at(9)))
        await until(lambda: any(isinstance(one, DiaryChanged) for one in heard), seconds=2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await server.stop()
