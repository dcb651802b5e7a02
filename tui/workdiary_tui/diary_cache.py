"""What was fetched already: days and pictures, so that a step to a neighbour is instant.

Two that ask for one thing at once share one request. An answer that was on its way when its
contract changed is given to who asked, and not kept.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from datetime import date
from typing import Any, Protocol

from workdiary import api

_DAYS = 40
_PICTURE_BYTES = 16 * 1024 * 1024

DayKey = tuple[str, date, str]
PictureKey = tuple[str, str, str]


class Diary(Protocol):
    """What the screens ask a server; ``workdiary.client.DiaryClient`` is one."""

    async def contracts(self) -> tuple[api.Contract, ...]: ...

    async def day(self, contract: str, day: date, zone: str = "UTC") -> api.Day: ...

    async def picture(self, contract: str, digest: str, rendition: str = "original") -> bytes: ...


class DiaryCache:
    """Days of a reader's contracts and the bytes of their pictures, the latest used first."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._days: OrderedDict[DayKey, api.Day] = OrderedDict()
        self._pictures: OrderedDict[PictureKey, bytes] = OrderedDict()
        self._picture_bytes = 0
        self._changes: dict[str, int] = {}
        self._gaps = 0
        self._asked: dict[Any, asyncio.Task[Any]] = {}

    async def contracts(self) -> tuple[api.Contract, ...]:
        return await self._diary.contracts()

    def known_day(self, contract: str, day: date, zone: str) -> api.Day | None:
        return self._days.get((contract, day, zone))

    async def day(self, contract: str, day: date, zone: str) -> api.Day:
        key = (contract, day, zone)
        if key in self._days:
            self._days.move_to_end(key)
            return self._days[key]
        change = self._change(contract)
        found: api.Day = await self._share((key, change), self._fetch_day(key, change))
        return found

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
        """The contract changed: its days are asked for anew. Its pictures stay."""
        self._changes[contract] = self._changes.get(contract, 0) + 1
        for key in [key for key in self._days if key[0] == contract]:
            del self._days[key]

    def forget_all(self) -> None:
        """Changes may have gone unseen: every day is asked for anew."""
        self._gaps += 1
        self._days.clear()

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

    async def _fetch_day(self, key: DayKey, change: tuple[int, int]) -> api.Day:
        contract, day, zone = key
        answer = await self._diary.day(contract, day, zone)
        if self._change(contract) == change:
            self._days[key] = answer
            while len(self._days) > _DAYS:
                self._days.popitem(last=False)
        return answer

    async def _fetch_picture(self, key: PictureKey) -> bytes:
        content = await self._diary.picture(*key)
        self._pictures[key] = content
        self._picture_bytes += len(content)
        while self._picture_bytes > _PICTURE_BYTES and len(self._pictures) > 1:
            _, dropped = self._pictures.popitem(last=False)
            self._picture_bytes -= len(dropped)
        return content
