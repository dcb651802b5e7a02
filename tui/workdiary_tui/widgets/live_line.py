"""The line of a diary that is followed live: it counts the minutes to the next segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from textual.message import Message
from textual.timer import Timer
from workdiary import api

from workdiary_tui import look
from workdiary_tui.live_words import live_words
from workdiary_tui.pieces import fit
from workdiary_tui.reader import Reader
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.words import shown
from workdiary_tui.zones import Clock

_TICK_SECONDS = 5.0


class LiveLine(LinesView):
    """Hidden until ``start``; it costs the line nothing but the minute that changed."""

    DEFAULT_CSS = """
    LiveLine { display: none; dock: bottom; height: 1; margin-bottom: 1; }
    """

    @dataclass
    class NextDay(Message):
        """It is another day now than the one that was followed."""

        day: date

    def __init__(self, reader: Reader, contract: api.Contract) -> None:
        super().__init__(id="live")
        self._reader = reader
        self._contract = contract
        self._segments: Sequence[api.Segment] = ()
        self._timer: Timer | None = None
        self._day: date | None = None

    @property
    def on(self) -> bool:
        return self._timer is not None

    @property
    def newest(self) -> datetime | None:
        """The start of the newest segment that was told."""
        return self._segments[-1].start if self._segments else None

    def start(self) -> None:
        self._segments = ()
        self._day = self._clock.day(self._reader.now())
        self._timer = self.set_interval(_TICK_SECONDS, self._tick)
        self.display = True

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.display = False

    def tell(self, segments: Sequence[api.Segment]) -> None:
        """The segments of today as they are now."""
        self._segments = segments
        self._tick()

    @property
    def _clock(self) -> Clock:
        return self._reader.clock(self._contract)

    def _tick(self) -> None:
        now, clock = self._reader.now(), self._clock
        today = clock.day(now)
        if today != self._day:
            self._day = today
            self.post_message(self.NextDay(today))
            return
        words = live_words(shown(self._contract.freelancer.name), self._segments, clock, now)
        self.show(lambda width: [[(" Live L ", look.KEY), (fit(words, width - 8), look.PLAIN)]])
