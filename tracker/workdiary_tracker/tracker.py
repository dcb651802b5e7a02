"""The tracker: recorder, capture backend and uploader run together, with one status for faces."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec
from workdiary import api, forgetting
from workdiary.activity import MinuteCounter
from workdiary.capture import CaptureBackend, CaptureEvent
from workdiary.client import DiaryClient
from workdiary.entries import Seen
from workdiary.errors import ConfigError, RefusedError, WorkdiaryError
from workdiary.mirror import Mirror
from workdiary.outbox import Outbox
from workdiary.pen import Pen
from workdiary.text import harmless
from workdiary.witness import Witness

from workdiary_tracker.clocks import TICK_SECONDS, Clock
from workdiary_tracker.kept import kept
from workdiary_tracker.parts import Chain, Sealer
from workdiary_tracker.recorder import Recorder
from workdiary_tracker.safety import Safety
from workdiary_tracker.shots import Shooter, Shot
from workdiary_tracker.spool import Spool, SpoolFullError
from workdiary_tracker.spool_items import SpoolState
from workdiary_tracker.terms_news import TermsNews
from workdiary_tracker.uploader import FLUSH_SECONDS, Uploader

_REFRESH_SECONDS = 60.0
_TIDY_SECONDS = 3600.0
_WATCH_SECONDS = 600.0
_AFTER_THE_MARK = 0.05
"""A mark is looked at just after it, so that input of the last instant is counted in its minute."""

PRIVATE = "private: the contract leaves pictures to the freelancer"
NONE_AGREED = "the contract has no pictures"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """What a face shows: local facts of this session, and the server's totals."""

    running: bool
    locked: bool
    down: bool
    behind_until: float | None
    contract: str
    memo: str
    session_minutes: int
    today: int | None
    today_billed: int | None
    week: int | None
    billed: int | None
    week_error: str
    limit: int | None
    shot: Shot | None
    discardable: bool
    trouble: str
    spool: SpoolState
    unsafe: int
    alarm: str
    disk_full: bool
    chosen: str
    private: bool
    terms_news: tuple[str, ...]


class Tracker:
    """Everything is handed in. Use: ``await open()``, then ``run()`` beside the face, ``close()``.

    ``jitter`` gives the seconds that an upload waits after the mark; ``say`` hears one line an
    event. ``unattended``: nobody looks at a status, so that what was said counts as read.
    """

    def __init__(
        self,
        *,
        spool: Spool,
        mirror: Mirror,
        sealer: Sealer,
        clock: Clock,
        backend: CaptureBackend,
        shooter: Shooter,
        client: DiaryClient,
        random: Callable[[int], bytes],
        jitter: Callable[[], float],
        say: Callable[[str], None] = lambda line: None,
        unattended: bool = False,
    ) -> None:
        self._spool = spool
        self._clock = clock
        self._backend = backend
        self._client = client
        self._device = sealer.device.id
        self._terms_news = TermsNews(spool, client, say, unattended)
        self._private = False
        device = sealer.device
        outbox = Outbox(spool.path.parent, device.key)
        self.pen = Pen(client, device.id, device.person, device.name, device.key, outbox=outbox)
        self._say = say
        self._refresh = asyncio.Event()
        self._received = asyncio.Event()
        witness = Witness(
            client, mirror, device.key, lambda: clock.read().wall, partial(kept, spool, outbox)
        )
        self.safety = Safety(spool, witness, say)
        self.contracts: dict[str, api.Contract] = {}
        self.counter = MinuteCounter(lambda: clock.read().wall)
        self.recorder = Recorder(
            spool,
            sealer,
            self.counter,
            shooter,
            random,
            counts=lambda: backend.counts.value,
            jitter=jitter,
            no_picture=self._why_no_picture,
            say=say,
        )
        self.uploader = Uploader(
            spool,
            client,
            sealer,
            lambda: clock.read().wall,
            steady=lambda: clock.read().mono,
            say=say,
            sent=lambda receipt: self._sent(),
            recovering=self._received.set,
        )

    async def open(self) -> None:
        """Recover what was left open, learn the contracts and begin to watch the desktop.

        :raises CaptureError: this desktop cannot be used
        """
        self.recorder.recover(self._clock.read())
        for terms in self._spool.terms():
            contract = msgspec.json.decode(terms, type=api.Contract)
            self.contracts[contract.id] = contract
        self.safety.count()
        await self.fetch()
        loop = asyncio.get_running_loop()
        self._backend.start(self.counter, lambda event: self._told(event, loop))

    async def run(self) -> None:
        """Keep time, send and refresh until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_time())
            group.create_task(self.uploader.run())
            group.create_task(self._keep_fresh())
            group.create_task(self._keep_tidy())
            group.create_task(self._keep_watch())

    async def close(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Close the part, record it, and send what waits for at most ``seconds``.

        Returns whether the server has everything; what it has not stays in the spool.
        """
        # First the backend, which still counts what the desktop has to tell; then the part.
        await asyncio.to_thread(self._backend.stop)
        self.recorder.finish(self._clock.read())
        return await self.uploader.flush(seconds)

    def choose(self, wanted: str | None) -> str:
        """A contract's id by id or name; the only one where none is named.

        :raises ConfigError: there is none such, or the choice is open
        """
        mine = {c.id: c.name for c in self.contracts.values() if c.role == "freelancer"}
        found = [i for i, name in mine.items() if wanted in (None, i, name)]
        if len(found) == 1:
            return found[0]
        names = ", ".join(sorted(mine.values())) or "none yet: ask the owner"
        what = "--contract is needed" if wanted is None else f"no contract {wanted!r} of yours"
        raise ConfigError(f"{what}; your contracts: {names}")

    async def start(self, contract: str, memo: str = "") -> None:
        """Begin a session. The first one of a contract needs the server, once.

        :raises RefusedError: code ``paused``; the contract is paused, or has ended
        """
        self._check_active(contract)
        await self._know_chain(contract)
        self.recorder.start(contract, memo, self._clock.read())

    def stop(self) -> None:
        self.recorder.stop(self._clock.read())

    def set_memo(self, memo: str) -> None:
        self.recorder.set_memo(memo, self._clock.read())

    async def switch(self, contract: str, memo: str) -> None:
        """:raises RefusedError: code ``paused``; the contract is paused, or has ended"""
        self._check_active(contract)
        await self._know_chain(contract)
        self.recorder.switch(contract, memo, self._clock.read())

    def _check_active(self, contract: str) -> None:
        why = self._why_not(contract)
        if why:
            raise RefusedError(why, "paused")

    def discard(self) -> bool:
        return self.recorder.discard()

    def status(self, chosen: str = "") -> Status:
        """Facts for a face; ``chosen`` is the contract whose totals it shows before a start."""
        segment_clock, picture = self.recorder.clock, self.recorder.picture
        contract = self.contracts.get(self.recorder.contract or chosen)
        return Status(
            running=segment_clock.running,
            locked=segment_clock.locked,
            down=segment_clock.down,
            behind_until=segment_clock.catches_up_at if segment_clock.behind else None,
            contract=self.recorder.contract,
            memo=self.recorder.memo,
            session_minutes=segment_clock.session_minutes,
            today=contract.today.tracked if contract else None,
            today_billed=contract.today.billable if contract else None,
            week=contract.week.tracked if contract else None,
            billed=contract.week.billable if contract else None,
            week_error=contract.week_error if contract else "",
            limit=contract.weekly_limit if contract else None,
            shot=picture.shot if picture else None,
            discardable=picture is not None and not picture.final,
            trouble=self.uploader.connection.trouble,
            spool=self._spool.items.state(),
            unsafe=self.safety.unsafe,
            alarm=self.safety.alarm,
            disk_full=self.recorder.full,
            chosen=chosen,
            private=bool(self._why_no_picture()),
            terms_news=self._terms_news.unread,
        )

    async def fetch(self) -> None:
        """Ask the server for contracts and totals; without it, the last ones stand."""
        try:
            contracts = await self._client.contracts()
            known, self.contracts = self.contracts, {each.id: each for each in contracts}
            for contract in contracts:
                await self._terms_news.tell(known.get(contract.id), contract)
            self._spool.keep_terms({c.id: msgspec.json.encode(c) for c in contracts})
        except WorkdiaryError as error:
            self.uploader.connected(str(error))
        self._stop_where_nothing_is_billed()

    def set_private(self, private: bool) -> None:
        """Take no pictures, or take them again; the segments count like others.

        :raises RefusedError: code ``pictures``; the contract does not leave it to the freelancer
        """
        held = self.contracts.get(self.recorder.contract)
        if private and held is not None and held.screenshots != "optional":
            raise RefusedError(
                f"{harmless(held.name)}: pictures are {held.screenshots}, not optional", "pictures"
            )
        self._private = private
        self._say("pictures are off: private" if private else "pictures are on")

    def _why_no_picture(self) -> str:
        """The terms' rule: required, none, or optional and then the freelancer's own."""
        held = self.contracts.get(self.recorder.contract)
        if held is not None and held.screenshots == "none":
            return NONE_AGREED
        return PRIVATE if self._private and held and held.screenshots == "optional" else ""

    def forget(self, contract: str, starts: Sequence[datetime]) -> None:
        """The freelancer deleted these segments: no copy of them is ever sent again."""
        forgetting.note(self._spool.path.parent, contract, starts)
        try:
            self._spool.forget_deleted(self._clock.read().wall)
        except SpoolFullError as error:
            self._say(f"deleted segments stay in the spool for now: {error}")

    def acknowledge(self) -> None:
        """The news of changed terms has been read."""
        self._terms_news.acknowledge()

    def _stop_where_nothing_is_billed(self) -> None:
        """End a session whose contract was paused or ended; what is recorded is kept and sent."""
        if self.recorder.clock.running:
            why = self._why_not(self.recorder.contract)
            if why:
                self._say(f"stopped: {why}")
                self.stop()

    def _why_not(self, contract: str) -> str:
        """Why a contract cannot be tracked now; "" where it can."""
        held = self.contracts.get(contract)
        if held is None:
            return ""
        if held.ended is not None and held.ended.timestamp() <= self._clock.read().wall:
            return f"{harmless(held.name)} has ended: time on it would not be billed"
        if held.paused:
            return f"{harmless(held.name)} is paused: time on it would not be billed"
        return ""

    async def _know_chain(self, contract: str) -> None:
        """Learn where this device's chain stands in a log it has not written to before."""
        if self._spool.chain(contract) is not None:
            return
        state = await self._client.chain(contract, self._device)
        if state.seq < 0:
            self.recorder.introduce(contract, self._clock.read())
            return
        head = await self._client.head(contract)
        with self._spool.transaction():
            self._spool.set_chain(contract, Chain(state.seq, state.id, Seen(head.size, head.root)))

    def _told(self, event: CaptureEvent, loop: asyncio.AbstractEventLoop) -> None:
        """Called in the backend's thread: stop counting at once, then tell the recorder."""
        if event in (CaptureEvent.LOCK, CaptureEvent.SUSPEND):
            self.counter.paused = True
        with suppress(RuntimeError):  # the loop has ended: so has the tracker
            loop.call_soon_threadsafe(self._hear, event)

    def _hear(self, event: CaptureEvent) -> None:
        self.recorder.told(event, self._clock.read())

    async def _keep_time(self) -> None:
        while True:
            now = self._clock.read()
            self.recorder.tick(now)
            wait = self.recorder.clock.next_event(now) + _AFTER_THE_MARK
            await self._clock.sleep(min(wait, TICK_SECONDS, 1.0 if self._taking else wait))

    @property
    def _taking(self) -> bool:
        picture = self.recorder.picture
        return picture is not None and picture.shot is None

    async def _keep_fresh(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_REFRESH_SECONDS):
                    await self._refresh.wait()
            self._refresh.clear()
            await self.fetch()

    def _sent(self) -> None:
        self._refresh.set()
        self._received.set()

    async def _keep_watch(self) -> None:
        """Look at the logs at once, after every receipt, and now and then."""
        while True:
            self._received.clear()
            await self.safety.look(list(self.contracts.values()))
            with suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_SECONDS):
                    await self._received.wait()

    async def _keep_tidy(self) -> None:
        while True:
            try:
                self._spool.tidy(self._clock.read().wall)
            except WorkdiaryError as error:
                _log.warning("the spool could not be tidied: %s", error)
            await asyncio.sleep(_TIDY_SECONDS)
