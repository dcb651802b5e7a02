"""Opening a deep link: what it names is asked for first, and then shown, with the way back below.

Whoever may not see a contract is told what they would be told if there were none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from textual.app import App
from workdiary import api
from workdiary.commands.reaching import pick_contract
from workdiary.links import Link

from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.marks import deleted_words
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.screens.terms import TermsScreen


@dataclass(frozen=True, slots=True)
class Opening:
    """What a link leads to: ``diary`` is its day, ``segment`` what it found there."""

    link: Link
    contract: api.Contract
    diary: api.Day | None = None
    segment: api.Segment | None = None

    def push(self, app: App[None]) -> None:
        """Show it above the contracts, each screen as if the one below had opened it."""
        bottom = app.screen
        if not isinstance(bottom, ContractsScreen):
            raise RuntimeError("a link is opened on top of the contracts")
        bottom.call_after_refresh(bottom.choose, self.contract)
        if self.link.week is not None:
            bottom.open_week(self.contract, datetime.combine(self.link.week, time(), UTC))
        elif self.link.terms:
            app.push_screen(TermsScreen(bottom.reader, self.contract))
        else:
            self._push_day(app, bottom)

    def _push_day(self, app: App[None], bottom: DiaryScreen) -> None:
        link = self.link
        day = DayScreen(bottom.reader, self.contract, link.day, link.start)
        app.push_screen(day)
        if self.segment is not None and self.diary is not None:
            day.open_segment(self.segment, self.diary.segments, (link.monitor or 1) - 1)
        elif link.start is not None:
            day.call_after_refresh(day.say, self._missing(link.start))

    def _missing(self, start: datetime) -> str:
        deleted = self.diary.deleted if self.diary is not None else ()
        gone = next((one for one in deleted if one.start == start), None)
        at = f"{start:%H:%M} UTC"
        return f"{at}: {deleted_words(gone)}" if gone else f"there is no segment at {at}"


async def look_up(cache: DiaryCache, contracts: Sequence[api.Contract], link: Link) -> Opening:
    """Find what a link leads to.

    :raises NotFoundError: the reader has no such contract
    """
    contract = pick_contract(contracts, link.contract)
    if link.day is None:
        return Opening(link, contract)
    diary = await cache.day(contract.id, link.day, "UTC")
    found = (one for one in diary.segments if one.start == link.start)
    return Opening(link, contract, diary, next(found, None))
