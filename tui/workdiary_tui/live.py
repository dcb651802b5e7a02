"""Following the diary while it is read: what was added, and whether the server is still there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from textual.message import Message
from workdiary import api
from workdiary.errors import DeniedError, UnauthenticatedError, WorkdiaryError

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 20.0


@dataclass
class DiaryChanged(Message):
    """Something was added to a contract's log: ``kind`` is the entry's."""

    contract: str
    kind: str


@dataclass
class LinkUp(Message):
    """The event stream is open; what was added before that was not told."""


@dataclass
class LinkLost(Message):
    """The server does not answer; ``seconds`` until the next try, None if there is none."""

    reason: str
    seconds: float | None


class Events(Protocol):
    """Where events come from; ``workdiary.client.DiaryClient`` is one."""

    def events(
        self, after: int | None = None, opened: Callable[[], None] = ...
    ) -> AsyncIterator[api.Event]: ...


async def follow(
    diary: Events,
    post: Callable[[Message], object],
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Post what happens, and come back after every break, each time a little later."""
    after: int | None = None
    failures = 0

    def opened() -> None:
        nonlocal failures
        failures = 0
        post(LinkUp())

    while True:
        try:
            async for event in diary.events(after, opened):
                after = event.number
                post(DiaryChanged(event.contract, event.kind))
        except (UnauthenticatedError, DeniedError) as error:
            post(LinkLost(str(error), None))
            return
        except WorkdiaryError as error:
            seconds = back_off(failures)
            failures += 1
            post(LinkLost(str(error), seconds))
            await wait(seconds)


def back_off(failures: int) -> float:
    """Seconds to wait: doubling, and spread so that many readers do not return at once."""
    longest = min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(failures, 10)))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, keeps no secret
