"""One segment: its picture as large as the terminal allows, and its ten minutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from workdiary import api
from workdiary.errors import WorkdiaryError
from workdiary.links import Link, segment_link

from workdiary_tui import segment_lines
from workdiary_tui.drawing import next_mode
from workdiary_tui.marks import LEGEND, mark_lines
from workdiary_tui.minute_lines import minute_table
from workdiary_tui.reader import Reader
from workdiary_tui.screens.linked import LINKED_KEYS
from workdiary_tui.screens.loupe import LoupeScreen
from workdiary_tui.screens.own_actions import OwnActions
from workdiary_tui.sets import Set, set_around, sets_of
from workdiary_tui.widgets.lines import LinesView
from workdiary_tui.widgets.picture_view import PictureView
from workdiary_tui.widgets.why_strip import WhyStrip
from workdiary_tui.working import work
from workdiary_tui.zones import Clock, described

_AHEAD = "thumbnail"
"""What is fetched before anybody looks: a preview would be written down as a look."""


class SegmentScreen(OwnActions):
    """Next and Previous walk its set, over midnight too, and stop at the set's edges."""

    HINTS = (
        ("n", "next"),
        ("p", "previous"),
        ("x", "loupe"),
        ("N/P", "set"),
        ("a", "why"),
        ("m", "minutes"),
        ("tab", "monitor"),
        ("q", "back"),
        ("i", "pictures"),
        ("y", "copy"),
        ("z", "zone"),
    )
    KEYS = (
        ("n p → ←", "next, previous in the set"),
        ("N P", "next, previous set"),
        ("x 1", "the loupe: a spot pixel for pixel"),
        ("tab", "next monitor"),
        ("a", "why it is billed so"),
        ("m", "minute by minute"),
        ("i", "how pictures are drawn"),
        *LINKED_KEYS,
        LEGEND,
    )
    DEFAULT_CSS = """
    SegmentScreen #minutes { display: none; width: 54; height: 1fr; padding-left: 1; }
    SegmentScreen.-wide #minutes { display: block; }
    SegmentScreen.-wide.-no-minutes #minutes { display: none; }
    SegmentScreen.-minutes #minutes { display: block; width: 1fr; padding-left: 0; }
    SegmentScreen.-minutes PictureView { display: none; }
    SegmentScreen.-wide.-minutes PictureView { display: block; }
    SegmentScreen.-wide.-minutes #minutes { width: 54; padding-left: 1; }
    SegmentScreen #words { dock: bottom; margin-bottom: 1; }
    """
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("n", "walk(1)", id="segment.next", show=False),
        Binding("l,right", "walk(1)", id="move.right", show=False),
        Binding("j,down", "walk(1)", id="move.down", show=False),
        Binding("p", "walk(-1)", id="segment.prev", show=False),
        Binding("h,left", "walk(-1)", id="move.left", show=False),
        Binding("k,up", "walk(-1)", id="move.up", show=False),
        Binding("N", "set(1)", id="set.next", show=False),
        Binding("P", "set(-1)", id="set.prev", show=False),
        Binding("x,1", "loupe", id="loupe.open", show=False),
        Binding("tab", "monitor", id="monitor", show=False),
        Binding("a", "why", id="why", show=False),
        Binding("m", "minutes", id="minutes", show=False),
        Binding("i", "mode", id="images", show=False),
    ]

    @dataclass
    class Loaded(Message):
        segments: tuple[api.Segment, ...]
        deleted: tuple[api.Tombstone, ...]

    @dataclass
    class Failed(Message):
        reason: str

    def __init__(
        self,
        reader: Reader,
        contract: api.Contract,
        segments: Sequence[api.Segment],
        segment: api.Segment,
        monitor: int = 0,
    ) -> None:
        super().__init__(reader, contract)
        self.segment = segment
        self._segments = tuple(segments)
        self._monitor = monitor
        self.gone: api.Tombstone | None = None

    @property
    def _clock(self) -> Clock:
        return self.reader.clock(self.contract)

    @property
    def _members(self) -> Set:
        return set_around(self._segments, self.segment.start)

    def compose_body(self) -> Iterator[Widget]:
        yield LinesView(id="title")
        with Horizontal():
            yield PictureView(self.reader)
            yield LinesView(id="minutes")
        yield LinesView(id="words")
        yield WhyStrip(self.reader)

    def on_mount(self) -> None:
        self.redraw()
        self.reload()

    def own_day(self) -> date:
        return self._clock.day(self.segment.start)

    def own_segments(self) -> Sequence[api.Segment]:
        return self._segments

    def link(self) -> Link:
        monitor = self._monitor + 1 if self._monitor else None
        return segment_link(self.link_name, self.segment.start, monitor)

    def seen_segment(self) -> tuple[api.Segment | None, int]:
        return self.segment, self._monitor

    def concerns(self, contract: str) -> bool:
        return contract == self.contract.id

    def reload(self) -> None:
        self.query_one(PictureView).show(self.contract.id, self.segment, self._monitor)
        work(self, "segments", partial(self._fetch, self.segment.start))

    async def _fetch(self, around: datetime) -> None:
        clock = self._clock
        try:
            found = await self.reader.days_around(self.contract.id, clock.day(around), clock.name)
        except WorkdiaryError as error:
            self.post_message(self.Failed(str(error)))
        else:
            segments = tuple(one for day in found for one in day.segments)
            deleted = tuple(one for day in found for one in day.deleted)
            self.post_message(self.Loaded(segments, deleted))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        start = self.segment.start
        here = [one for one in message.segments if one.start == start]
        self._segments = message.segments
        if here:
            self.segment = here[0]
            self.redraw()
            self._prefetch()
            return
        # What was deleted is not looked at any longer: the day says who deleted it.
        self.gone = next((one for one in message.deleted if one.start == start), None)
        if self.app.screen is self:  # is_current is also true right below the one on top
            self.dismiss()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.say(self.again(message.reason))

    def redraw(self) -> None:
        reader, clock, segment, members = self.reader, self._clock, self.segment, self._members
        self._monitor = min(self._monitor, max(0, len(segment.pictures) - 1))
        monitor, drawn = self._monitor, reader.mode.value
        self.query_one("#title", LinesView).show(
            lambda width: [segment_lines.title_line(segment, members, monitor, clock, drawn, width)]
        )
        self.query_one("#minutes", LinesView).show(
            lambda width: minute_table(segment, clock, reader.signs, width)
        )
        self.query_one("#words", LinesView).show(
            lambda width: [
                segment_lines.memo_line(segment, monitor, width),
                *mark_lines(segment, width),
                segment_lines.counts_line(segment, clock, reader.signs, width),
            ]
        )
        self.query_one(PictureView).show(self.contract.id, segment, monitor)
        self._ask_why()

    def _prefetch(self) -> None:
        work(self, "neighbours", self._fetch_neighbours)

    async def _fetch_neighbours(self) -> None:
        """What stands in for the pictures that Next and Previous show, until those are here."""
        starts = [one.start for one in self._segments]
        here = starts.index(self.segment.start) if self.segment.start in starts else 0
        try:
            for place in (here + 1, here - 1):
                if 0 <= place < len(self._segments):
                    for picture in self._segments[place].pictures[:1]:
                        key = (self.contract.id, picture.digest, _AHEAD)
                        await self.reader.cache.picture(key)
        except WorkdiaryError:
            return  # walking there asks again, and says why not

    def _open(self, segment: api.Segment) -> None:
        clock = self._clock
        moved = clock.day(segment.start) != clock.day(self.segment.start)
        self.segment = segment
        self.redraw()
        if moved:
            self.reload()
        else:
            self._prefetch()

    def action_walk(self, step: int) -> None:
        members = self._members
        places = [one.start for one in members]
        if self.segment.start not in places:
            return
        if segment_lines.edge_of_set(members, self.segment.start, step):
            sign = self.reader.keymap.sign
            edge = "end" if step > 0 else "beginning"
            key = sign("set.next", "N") if step > 0 else sign("set.prev", "P")
            other = "next" if step > 0 else "previous"
            self.say(f"{edge} of this set, {key} for the {other} one")
            return
        self._open(members[places.index(self.segment.start) + step])

    def action_set(self, step: int) -> None:
        sets = sets_of(self._segments)
        here = next((i for i, one in enumerate(sets) if self.segment in one), None)
        if here is not None and 0 <= here + step < len(sets):
            self._open(sets[here + step][0])
        else:
            sign = self.reader.keymap.sign
            back, earlier, later = sign("back", "q"), sign("day.prev", "["), sign("day.next", "]")
            self.say(f"no other set within a day; {back} and then {earlier} or {later} walks on")

    def action_monitor(self) -> None:
        count = len(self.segment.pictures)
        if count < 2:
            self.say("this segment has one picture" if count else "this segment has no picture")
            return
        self._monitor = (self._monitor + 1) % count
        self.redraw()

    def action_loupe(self) -> None:
        if not self.segment.pictures:
            self.say("this segment has no picture")
            return
        loupe = LoupeScreen(self.reader, self.contract, self._members, self.segment, self._monitor)
        self.app.push_screen(loupe, lambda _: self._look_at(loupe.segment, loupe.monitor))

    def _look_at(self, segment: api.Segment, monitor: int) -> None:
        """Go on with what was under the loupe last, if it still stands."""
        self._monitor = monitor
        self._open(segment)
        self.reload()

    def _ask_why(self) -> None:
        strip = self.query_one(WhyStrip)
        if strip.display:
            strip.ask(self.contract.id, self.segment, self._clock)

    def action_why(self) -> None:
        if self.query_one(WhyStrip).press():
            self._ask_why()

    def action_minutes(self) -> None:
        self.toggle_class("-no-minutes" if self.wide else "-minutes")

    def action_mode(self) -> None:
        self.reader.mode = next_mode(self.reader.mode, self.reader.modes)
        self.redraw()

    def zone_moved(self) -> None:
        self.redraw()
        self.reload()
        self.say(described(self._clock, self.contract.freelancer.name, self.segment.start))
