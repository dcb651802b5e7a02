"""Opening a deep link: what it names is asked for first, and then shown, with the way back below.

Whoever may not see a contract is told what they would be told if there were none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from textual.app import App
from textual.screen import Screen
from workdiary import api
from workdiary.commands.reaching import pick_contract
from workdiary.errors import WorkdiaryError
from workdiary.links import Link

from workdiary_tui.diary_cache import DiaryCache
from workdiary_tui.jumping import Place, destination
from workdiary_tui.marks import deleted_words
from workdiary_tui.reader import Reader
from workdiary_tui.screens.contracts import ContractsScreen
from workdiary_tui.screens.day import DayScreen
from workdiary_tui.screens.frame import DiaryScreen
from workdiary_tui.screens.linked import LinkedScreen
from workdiary_tui.screens.segment import SegmentScreen
from workdiary_tui.screens.terms import TermsScreen
from workdiary_tui.widgets.prompt import Prompt


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

    def is_day_of(self, contract: api.Contract) -> bool:
        return self.diary is not None and self.contract.id == contract.id

    def show_in(self, day: DayScreen) -> None:
        """Show it on a screen of the same contract, and there open the segment."""
        found = self._day(day.reader)
        if found is not None:
            day.go(found, self.link.start)
        self._open_segment(day)

    def _day(self, reader: Reader) -> date | None:
        """A link's day is UTC's; its time stands on the day of the clock that is shown."""
        start = self.link.start
        return self.link.day if start is None else reader.clock(self.contract).day(start)

    def _push_day(self, app: App[None], bottom: DiaryScreen) -> None:
        day = DayScreen(bottom.reader, self.contract, self._day(bottom.reader), self.link.start)
        app.push_screen(day)
        self._open_segment(day)

    def _open_segment(self, day: DayScreen) -> None:
        start = self.link.start
        if self.segment is not None and self.diary is not None:
            day.open_segment(self.segment, self.diary.segments, (self.link.monitor or 1) - 1)
        elif start is not None:
            day.call_after_refresh(day.say, self._missing(start))

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


async def jump(app: App[None], reader: Reader, typed: str, prompt: Prompt) -> None:
    """Go to what was typed behind the ``:`` of ``prompt``, which stays open if it is no place."""
    screen = app.screen
    here = screen.contract if isinstance(screen, LinkedScreen) else None
    place = Place(here, _day_of(screen, reader), reader.clock(here), reader.now())
    seen = reader.cache.seen_segments(here.id) if here is not None else ()
    try:
        link = destination(typed, place, reader.contracts, seen)
        opening = await look_up(reader.cache, reader.contracts, link)
    except WorkdiaryError as error:
        prompt.refuse(str(error))
        return
    prompt.close()
    if isinstance(screen, DayScreen) and opening.is_day_of(screen.contract):
        opening.show_in(screen)
        return
    while len(app.screen_stack) > 1:
        await app.pop_screen()
    opening.push(app)


def _day_of(screen: Screen[object], reader: Reader) -> date:
    """What a time without a day is about."""
    if isinstance(screen, DayScreen):
        return screen.day
    if isinstance(screen, SegmentScreen):
        return reader.clock(screen.contract).day(screen.segment.start)
    return reader.now().date()
