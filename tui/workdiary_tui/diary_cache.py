"""What was fetched already: days, weeks, terms, pictures, so that a step to a neighbour is instant.

Two that ask for one thing at once share one request. An answer that was on its way when its
contract changed is given to who asked, and not kept.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from workdiary import api

from workdiary_tui.searching import Query

T = TypeVar("T")

_KEPT = 120
"""Days, weeks, terms and explanations: some weeks of each of a few contracts."""
_PAGE = 200
"""Segments that a search brings at once."""
_PICTURE_BYTES = 16 * 1024 * 1024

Key = tuple[str, str, *tuple[Any, ...]]
"""What was asked, of which contract, and the rest of the question."""
PictureKey = tuple[str, str, str]


class Diary(Protocol):
    """What the screens ask a server; ``workdiary.client.DiaryClient`` is one."""

    async def contracts(self) -> tuple[api.Contract, ...]: ...

    async def day(self, contract: str, day: date, zone: str = "UTC") -> api.Day: ...

    async def week(self, contract: str, monday: date) -> api.Week: ...

    async def terms(self, contract: str) -> tuple[api.Terms, ...]: ...

    async def explanation(self, contract: str, start: datetime) -> api.Explanation: ...

    async def search(
        self,
        contract: str,
        first: date,
        last: date,
        *,
        text: str = "",
        statuses: Iterable[str] = (),
        meter_at_most: int | None = None,
        late: bool = False,
        no_picture: bool = False,
        manual: bool = False,
        cursor: str | None = None,
        limit: int = 100,
    ) -> api.Found: ...

    async def timesheet_file(self, contract: str, day: date, form: str) -> bytes: ...

    async def range_file(self, contract: str, first: date, last: date, form: str) -> bytes: ...

    async def picture(self, contract: str, digest: str, rendition: str = "original") -> bytes: ...


class DiaryCache:
    """What a reader's contracts answered and the bytes of their pictures, the latest used first."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._kept: OrderedDict[Key, Any] = OrderedDict()
        self._pictures: OrderedDict[PictureKey, bytes] = OrderedDict()
        self._picture_bytes = 0
        self._changes: dict[str, int] = {}
        self._gaps = 0
        self._asked: dict[Any, asyncio.Task[Any]] = {}

    @property
    def diary(self) -> Diary:
        """The server itself, for what is asked once."""
        return self._diary

    async def contracts(self) -> tuple[api.Contract, ...]:
        return await self._diary.contracts()

    def known_day(self, contract: str, day: date, zone: str) -> api.Day | None:
        return self._kept.get(("day", contract, day, zone))

    async def day(self, contract: str, day: date, zone: str) -> api.Day:
        key = ("day", contract, day, zone)
        return await self._ask(key, lambda: self._diary.day(contract, day, zone))

    def known_week(self, contract: str, monday: date) -> api.Week | None:
        return self._kept.get(("week", contract, monday))

    async def week(self, contract: str, monday: date) -> api.Week:
        key = ("week", contract, monday)
        return await self._ask(key, lambda: self._diary.week(contract, monday))

    async def terms(self, contract: str) -> tuple[api.Terms, ...]:
        return await self._ask(("terms", contract), lambda: self._diary.terms(contract))

    async def explanation(self, contract: str, start: datetime) -> api.Explanation:
        key = ("explanation", contract, start)
        return await self._ask(key, lambda: self._diary.explanation(contract, start))

    async def search(self, contract: str, query: Query, cursor: str | None = None) -> api.Found:
        """A page of what is found; not kept: what is billable depends on everything."""
        return await self._diary.search(
            contract,
            query.first,
            query.last,
            text=query.text,
            statuses=query.statuses,
            meter_at_most=query.meter_at_most,
            late=query.late,
            no_picture=query.no_picture,
            manual=query.manual,
            cursor=cursor,
            limit=_PAGE,
        )

    def seen_segments(self, contract: str) -> Iterator[api.Segment]:
        """The segments of all days that are kept."""
        for key, kept in self._kept.items():
            if key[:2] == ("day", contract):
                yield from kept.segments

    def known_picture(self, key: PictureKey) -> bytes | None:
        return self._pictures.get(key)

    async def picture(self, key: PictureKey) -> bytes:
        """A picture's file: its digest names it, so that it never changes."""
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        content: bytes = await self._share(key, self._fetch_picture(key))
        return content

    def forget(self, contract: str) -> None:
        """The contract changed: what it answered is asked for anew. Its pictures stay."""
        self._changes[contract] = self._changes.get(contract, 0) + 1
        for key in [key for key in self._kept if key[1] == contract]:
            del self._kept[key]

    def forget_pictures(self, contract: str) -> None:
        """Segments were deleted: nobody looks at their pictures any more."""
        for key in [key for key in self._pictures if key[0] == contract]:
            self._picture_bytes -= len(self._pictures.pop(key))

    def forget_all(self) -> None:
        """Changes may have gone unseen: everything but pictures is asked for anew."""
        self._gaps += 1
        self._kept.clear()

    async def _ask(self, key: Key, asking: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if key in self._kept:
            self._kept.move_to_end(key)
            known: T = self._kept[key]
            return known
        change = self._change(key[1])
        found: T = await self._share((key, change), self._fetch(key, change, asking))
        return found

    def _change(self, contract: str) -> tuple[int, int]:
        return self._gaps, self._changes.get(contract, 0)

    async def _share(self, key: Any, asking: Coroutine[Any, Any, Any]) -> Any:
        """One request for all who ask at once; one of them leaving does not end it."""
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.ensure_future(asking)
            task.add_done_callback(lambda done: self._answered(key, done))
        else:
            asking.close()
        return await asyncio.shield(task)

    def _answered(self, key: Any, task: asyncio.Task[Any]) -> None:
        self._asked.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever asked has it; nobody may be left to ask

    async def _fetch(
        self, key: Key, change: tuple[int, int], asking: Callable[[], Coroutine[Any, Any, T]]
    ) -> T:
        answer = await asking()
        if self._change(key[1]) == change:
            self._kept[key] = answer
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return answer

    async def _fetch_picture(self, key: PictureKey) -> bytes:
        content = await self._diary.picture(*key)
        self._pictures[key] = content
        self._picture_bytes += len(content)
        while self._picture_bytes > _PICTURE_BYTES and len(self._pictures) > 1:
            _, dropped = self._pictures.popitem(last=False)
            self._picture_bytes -= len(dropped)
        return content
