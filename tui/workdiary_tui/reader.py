"""What all screens of one reader share: who reads, what was fetched, and how it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from workdiary import api

from workdiary_tui import look
from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.drawing import Drawings
from workdiary_tui.exporting import Host
from workdiary_tui.graphics import Graphics
from workdiary_tui.hand import Hand
from workdiary_tui.keymap import Keymap
from workdiary_tui.look import Signs
from workdiary_tui.pictures import BLOCKS, Decoder, Mode
from workdiary_tui.pictures.payloads import Payloads
from workdiary_tui.sixels import Sixels
from workdiary_tui.terms_words import newest_change
from workdiary_tui.tui_settings import Settings
from workdiary_tui.zones import Clock, Whose, clock

_DAY = timedelta(days=1)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Reader:
    """``mine`` names the zone of the one who reads; ``now`` is the clock.

    ``host`` is this machine, if the reader came to it by SSH. ``modes`` are those that this
    terminal can draw, in the order in which ``i`` offers them. ``hand`` writes into the reader's
    own diaries, and ``as_client`` shows those as if they were another's. ``doubts`` are contracts
    whose logs are not what they were, and how. ``keymap`` has the keys that were chosen, and
    ``settings`` what can be kept, where there is a file for it.
    """

    me: api.Me
    cache: DiaryCache
    decoder: Decoder
    mine: str = "UTC"
    host: Host | None = None
    whose: Whose = Whose.UTC
    signs: Signs = look.UNICODE
    mode: Mode = Mode.HALF
    modes: Sequence[Mode] = BLOCKS
    now: Callable[[], datetime] = utc_now
    drawings: Drawings = field(default_factory=Drawings)
    graphics: Graphics = field(default_factory=Graphics)
    sixels: Sixels = field(default_factory=Sixels)
    contracts: Sequence[api.Contract] = ()
    payloads: Payloads = field(default_factory=lambda: Payloads(None))
    hand: Hand | None = None
    as_client: bool = False
    doubts: dict[str, str] = field(default_factory=dict)
    keymap: Keymap = field(default_factory=Keymap)
    settings: Settings | None = None

    def clock(self, contract: api.Contract | None = None) -> Clock:
        return clock(self.whose, self.mine, contract.zone if contract else "UTC")

    def owns(self, contract: api.Contract) -> bool:
        """Whether the diary is the reader's own: they are its freelancer."""
        return contract.freelancer.id == self.me.person.id

    def may_write(self, contract: api.Contract) -> bool:
        """Whether the reader's own keys are there; the server decides what they can do."""
        return self.hand is not None and self.owns(contract) and not self.as_client

    async def days_around(self, contract: str, day: date, zone: str) -> tuple[api.Day, ...]:
        """A day and both its neighbours: a set may run over midnight."""
        days = (day - _DAY, day, day + _DAY)
        found = await asyncio.gather(*(self.cache.day(contract, one, zone) for one in days))
        return tuple(found)

    async def news(self, contract: str) -> str:
        """The newest change of a contract's terms in words, while it is news."""
        history = await self.cache.terms(contract)
        return newest_change(history, self.now(), self.signs.arrow)

    def forget_pictures(self, contract: str) -> None:
        """What a freelancer deleted is looked at no more, here either."""
        self.cache.forget_pictures(contract)
        self.drawings.forget(contract)
        self.graphics.forget(contract)
        self.payloads.forget(contract)
