"""Upload: oldest first, idempotent, patient; it never holds up the recorder.

An answer lost on the way costs nothing: the same note again gets the same receipt. What the server
refuses is set aside with the reason, and the rest goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from workdiary.api import ChainState, Receipt, to_json
from workdiary.client import DiaryClient
from workdiary.entries import Seen, note_id, read_entry
from workdiary.errors import (
    DeniedError,
    InvalidError,
    NotFoundError,
    OverloadedError,
    RecoveringError,
    RefusedError,
    TooLargeError,
    UnauthenticatedError,
    UnreachableError,
    WorkdiaryError,
)

from workdiary_tracker.parts import Chain, Sealer
from workdiary_tracker.spool import Spool, SpoolFullError
from workdiary_tracker.spool_items import Item, Sent

JITTER_SECONDS = 120.0
FLUSH_SECONDS = 10.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 300.0
_BLOCKED_SECONDS = 60.0
_CLOCK_SECONDS = 120.0
_RESYNCS = 3
"""Somebody who edits may write between our look at the chain and our entry: look again."""
_PICTURE_CODES = frozenset({"picture", "too-large"})
_PLACE_CODES = frozenset({"chain", "seen"})
_DEVICE_CODES = frozenset({"device", "revoked", "enrolment"})


@dataclass(frozen=True, slots=True)
class Connection:
    """What is known of the server: "" is well; else the reason, in one line."""

    trouble: str = ""


class Uploader:
    """Sends one spool's items. ``wall`` and ``steady`` are clocks; ``sent`` hears of receipts.

    ``recovering`` hears that the server was restored and waits for what this machine holds.
    """

    def __init__(
        self,
        spool: Spool,
        client: DiaryClient,
        sealer: Sealer,
        wall: Callable[[], float] = time.time,
        *,
        steady: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] = lambda line: None,
        sent: Callable[[Receipt], None] = lambda receipt: None,
        recovering: Callable[[], None] = lambda: None,
    ) -> None:
        self._spool = spool
        self._client = client
        self._sealer = sealer
        self._wall = wall
        self._steady = steady
        self._say = say
        self._sent = sent
        self._recovering = recovering
        self._not_before = 0.0
        self._wait = _FIRST_WAIT
        self._blocked: dict[str, float] = {}
        self._resyncs: dict[str, int] = {}
        self.connection = Connection()

    async def run(self, poll: float = 1.0) -> None:
        """Send what is due, for ever; cancel it to end."""
        while True:
            if self._steady() < self._not_before or not await self.send_next():
                await asyncio.sleep(poll)

    async def flush(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Send everything now, due or not, for at most ``seconds``; True when nothing waits."""
        self._blocked.clear()
        self._not_before = 0.0
        try:
            async with asyncio.timeout(seconds):
                while await self.send_next(due_or_not=True):
                    if self._steady() < self._not_before:
                        await asyncio.sleep(self._not_before - self._steady())
        except TimeoutError:
            pass
        return self._spool.items.state().waiting == 0

    async def send_next(self, *, due_or_not: bool = False) -> bool:
        """Send the oldest item that may go; False when there is none."""
        item = self._choose(due_or_not)
        if item is None:
            return False
        try:
            await self._send(item)
        except SpoolFullError as error:
            self._back_off(str(error), _BLOCKED_SECONDS)
        return True

    def _choose(self, due_or_not: bool) -> Item | None:
        for contract in self._spool.items.contracts():
            if self._blocked.get(contract, 0.0) > self._steady():
                continue
            item = self._spool.items.next(contract)
            if item is not None and (due_or_not or item.due <= self._wall()):
                return item
        return None

    async def _send(self, item: Item) -> None:
        pictures = list(self._spool.items.pictures(item.id))
        try:
            receipt = await self._client.append(item.contract, item.note, item.body, pictures)
        except OverloadedError as error:
            if isinstance(error, RecoveringError):
                self._recovering()
            self._back_off(str(error), error.retry_after)
        except UnreachableError as error:
            self._back_off(str(error), 0.0)
        except (InvalidError, RefusedError) as error:
            await self._refused(item, error)
        except (UnauthenticatedError, DeniedError, NotFoundError) as error:
            self._block(item.contract, str(error))
        else:
            self._accepted(item, receipt)

    def _accepted(self, item: Item, receipt: Receipt) -> None:
        with self._spool.transaction():
            self._spool.items.mark_sent(item.id, self._wall(), to_json(receipt))
            self._spool.saw(item.contract, Seen(receipt.head.size, receipt.head.root))
        self._wait, self._not_before = _FIRST_WAIT, 0.0
        self._resyncs.pop(item.contract, None)
        self.connected("")
        self._sent(receipt)

    async def _refused(self, item: Item, error: InvalidError | RefusedError) -> None:
        if error.code == "http":
            self._back_off(str(error), 0.0)  # something between us and the server spoke, not it
        elif isinstance(error, InvalidError):
            self._invalid(item, error)
        elif error.code in _DEVICE_CODES:
            self._block(item.contract, str(error))
        elif error.code in _PLACE_CODES:
            await self._resync(item, error)
        else:
            self._set_aside(item, error)

    async def _resync(self, item: Item, error: RefusedError) -> None:
        """The chain is elsewhere than we think: an edit, a restored server, or a lost spool."""
        contract = item.contract
        self._resyncs[contract] = self._resyncs.get(contract, 0) + 1
        if self._resyncs[contract] > _RESYNCS:
            del self._resyncs[contract]
            self._block(contract, str(error))
            return
        self._spool.forget_deleted(self._wall())
        try:
            state = await self._client.chain(contract, self._sealer.device.id)
            head = await self._client.head(contract)
            lost, agreed = await self._lost(contract, state)
        except WorkdiaryError as why:
            self._block(contract, str(why))
            return
        chain = Chain(state.seq, state.id, Seen(head.size, head.root))
        self._spool.items.follow_server(contract, chain, self._sealer, lost, agreed)
        self._say(_followed(len(lost)))

    async def _lost(self, contract: str, state: ChainState) -> tuple[list[int], int]:
        """What the server confirmed and has no more, and how much of its log we share with it.

        The entries of a device are chained: where it has one, it has all before.
        """
        lost: list[int] = []
        for sent in self._spool.items.sent(contract):
            if sent.seq <= state.seq and await self._has(contract, sent, state):
                return lost, sent.size
            lost.append(sent.id)
        return lost, 0

    async def _has(self, contract: str, sent: Sent, state: ChainState) -> bool:
        """Whether the log still holds an entry; the same note again changes nothing there."""
        if sent.seq == state.seq:
            return note_id(sent.note) == state.id
        try:
            await self._client.append(contract, sent.note, self._spool.items.body_of(sent.id))
        except RefusedError as error:
            if error.code == "chain":
                return False
            raise
        return True

    def _invalid(self, item: Item, error: InvalidError) -> None:
        if error.code == "clock" and self._ends(item) <= self._wall() + _CLOCK_SECONDS:
            self._block(item.contract, f"this computer's clock is ahead of the server's: {error}")
        elif item.start is None:
            self._block(item.contract, str(error))
        elif self._picture_at_fault(item, error):
            self._say(f"picture refused, the time goes on without it: {error}")
            why = f"failed: refused by the server ({error.code})"
            self._spool.items.drop_pictures(item, why, self._sealer)
        else:
            self._set_aside(item, error)

    def _picture_at_fault(self, item: Item, error: InvalidError) -> bool:
        has_pictures = next(self._spool.items.pictures(item.id), None) is not None
        return has_pictures and (error.code in _PICTURE_CODES or isinstance(error, TooLargeError))

    def _set_aside(self, item: Item, error: RefusedError | InvalidError) -> None:
        self._spool.items.set_aside(item, f"{error.code}: {error}", self._sealer)
        if error.code == "clock":
            with self._spool.transaction():
                self._spool.claim(self._spool.items.last_claimed())
        self._say(f"set aside, refused by the server: {error}")

    def _ends(self, item: Item) -> float:
        return float((item.start or 0) + 60 * read_entry(item.note).mask.bit_length())

    def _back_off(self, why: str, at_least: float) -> None:
        """Wait longer each time, and never less than the server asked for."""
        self._not_before = self._steady() + max(at_least, self._wait)
        self._wait = min(self._wait * 2, _LONGEST_WAIT)
        self.connected(why)

    def _block(self, contract: str, why: str) -> None:
        self._blocked[contract] = self._steady() + _BLOCKED_SECONDS
        self.connected(why)

    def connected(self, trouble: str) -> None:
        if trouble != self.connection.trouble:
            self._say(f"not sending: {trouble}" if trouble else "connected")
        self.connection = Connection(trouble)


def _followed(lost: int) -> str:
    if not lost:
        return "took up the server's chain"
    several = "entry" if lost == 1 else "entries"
    return f"the server lost {lost} {several} that it had confirmed: sending again"
