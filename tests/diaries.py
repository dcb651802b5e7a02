"""Diaries on paper for the screens' tests: builders, and a server that answers from them."""

from __future__ import annotations

import asyncio
import hashlib
import io
from calendar import monthrange
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import msgspec
from PIL import Image, ImageDraw
from workdiary import api
from workdiary.billing import lock_time, week_start
from workdiary.days import day_bounds, zone_named
from workdiary.errors import NotFoundError, UnreachableError

CONTRACT = "c" * 32
OTHER = "d" * 32
NOW = datetime(2026, 11, 6, 18, 45, tzinfo=UTC)
FREELANCER = api.Person(id="f" * 32, name="Jane D.")
CLIENT = api.Person(id="a" * 32, name="Alice")
ME = api.Me(person=CLIENT, device=None, scope="read", server="diary.example", now=NOW)


def at(hour: int, minute: int = 0, day: int = 6) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@lru_cache
def a_picture_file(seed: int = 0, size: tuple[int, int] = (960, 540)) -> bytes:
    """A desktop with a window and lines of text, as a WebP file."""
    image = Image.new("RGB", size, (24 + seed % 5 * 9, 52, 78))
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.rectangle((0, 0, width, 22), fill=(35, 38, 46))
    draw.rectangle((40, 60, width * 2 // 3, height - 60), fill=(30, 31, 34))
    for row in range(16):
        length = 60 + (row * 73 + seed * 41) % 300
        draw.rectangle((70, 84 + row * 22, 70 + length, 94 + row * 22), fill=(120, 190, 140))
    draw.rectangle((width // 2, 110, width - 30, height - 120), fill=(232, 234, 237))
    draw.rectangle((width // 2, 110, width - 30, 134), fill=(66, 103, 178))
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=True)
    return file.getvalue()


def a_picture(start: datetime, content: bytes, monitor: int = 0) -> api.Picture:
    return api.Picture(
        digest=hashlib.sha256(content).hexdigest(),
        monitor=monitor,
        width=1920,
        height=1080,
        size=len(content),
        taken_at=start + timedelta(minutes=3, seconds=41),
    )


def a_segment(start: datetime, **changes: object) -> api.Segment:
    """A tracked segment of eight active minutes."""
    values: dict[str, object] = {
        "start": start,
        "kind": "auto",
        "status": "auto",
        "billable": 10,
        "reason": "within the weekly limit",
        "memo": "Fix invoice rounding",
        "meter": 8,
        "keystrokes": (142, 96, 0, 155, 0, 88, 120, 77, 90, 44),
        "clicks": (9, 4, 0, 12, 0, 10, 20, 5, 9, 6),
        "scrolls": (21, 0, 0, 40, 0, 60, 12, 30, 20, 10),
        "moved": 0b1111101011,
        "tracked": 0b1111111111,
        "down": 0,
        "sampled": True,
        "sessions": ("s1",),
        "pictures": (),
        "no_picture": "",
        "received": start + timedelta(minutes=11),
        "index": 1,
    }
    return api.Segment(**(values | changes))  # type: ignore[arg-type]  # values of one builder


def a_contract(identity: str = CONTRACT, **changes: object) -> api.Contract:
    values: dict[str, object] = {
        "id": identity,
        "name": "acme/website",
        "freelancer": FREELANCER,
        "clients": (CLIENT,),
        "rate": 4500,
        "currency": "USD",
        "weekly_limit": 2400,
        "hourly": True,
        "manual": True,
        "screenshots": "always",
        "zone": "Asia/Manila",
        "policy": "weekly_limit",
        "opened": at(0, day=1),
        "today": api.Minutes(tracked=600, billable=540, by_status={"auto": 540, "over_limit": 60}),
        "week": api.Minutes(tracked=2460, billable=2400, by_status={"auto": 2400}),
        "last_segment": at(18, 30),
        "role": "client",
        "origin": "diary.example/c",
        "log_key": "diary.example+00000000+AA==",
    }
    return api.Contract(**(values | changes))  # type: ignore[arg-type]  # values of one builder


def a_hit(segment: api.Segment) -> api.Hit:
    """A segment as a search finds it."""
    return api.Hit(
        start=segment.start,
        end=segment.start + timedelta(minutes=10),
        status=segment.status,
        kind=segment.kind,
        meter=segment.meter,
        memo=segment.memo,
        pictures=len(segment.pictures),
        minutes=10,
        billable=10,
        late=0,
    )


def a_tombstone(start: datetime, **changes: object) -> api.Tombstone:
    values: dict[str, object] = {
        "start": start,
        "kind": "auto",
        "minutes": 6,
        "by": "Jane D.",
        "at": at(10, 31),
        "index": 77,
    }
    return api.Tombstone(**(values | changes))  # type: ignore[arg-type]  # values of one builder


def some_terms(since: datetime, **changes: object) -> api.Terms:
    values: dict[str, object] = {
        "since": since,
        "rate": 4500,
        "currency": "USD",
        "weekly_limit": 2400,
        "hourly": True,
        "manual": True,
        "screenshots": "required",
        "zone": "Asia/Manila",
        "policy": "weekly_limit",
        "policy_options": {},
        "paused": False,
        "ended": False,
        "by": "Grace",
        "received": since,
        "index": 0,
        "changed": (),
    }
    return api.Terms(**(values | changes))  # type: ignore[arg-type]  # values of one builder


class PaperDiary:
    """A server's answers without a server: contracts, segments, pictures and events."""

    def __init__(self, *contracts: api.Contract) -> None:
        self.found = contracts or (a_contract(),)
        self.segments: dict[str, dict[datetime, api.Segment]] = {one.id: {} for one in self.found}
        self.deleted: dict[str, list[api.Tombstone]] = {one.id: [] for one in self.found}
        self.history: dict[str, tuple[api.Terms, ...]] = {
            one.id: (some_terms(one.opened),) for one in self.found
        }
        self.week_changes: dict[date, dict[str, object]] = {}
        self.files: dict[str, bytes] = {}
        self.looks: list[api.View] = []
        self.slow: asyncio.Event | None = None
        self.pages: asyncio.Semaphore | None = None
        """How many pages of a search may still come; None is all of them."""
        self.asked: list[tuple[object, ...]] = []
        self.number = 0
        self.away = False
        self._events: list[asyncio.Queue[api.Event | None]] = []

    def write(self, *segments: api.Segment, contract: str = CONTRACT) -> None:
        for segment in segments:
            self.segments[contract][segment.start] = segment

    def paint(self, start: datetime, seed: int = 0, monitors: int = 1) -> tuple[api.Picture, ...]:
        pictures = []
        for monitor in range(monitors):
            content = a_picture_file(seed * 7 + monitor)
            picture = a_picture(start, content, monitor)
            self.files[picture.digest] = content
            pictures.append(picture)
        return tuple(pictures)

    def tell(self, segment: api.Segment, contract: str = CONTRACT) -> None:
        """A segment arrives while the diary is read."""
        self.write(segment, contract=contract)
        self.announce("segment.tracked", contract, segment.start)

    def delete(self, tombstone: api.Tombstone, contract: str = CONTRACT) -> None:
        """A segment and its pictures are deleted while the diary is read."""
        gone = self.segments[contract].pop(tombstone.start)
        for picture in gone.pictures:
            self.files.pop(picture.digest, None)
        self.deleted[contract].append(tombstone)
        self.announce("segment.deleted", contract)

    def announce(self, kind: str, contract: str = CONTRACT, start: datetime | None = None) -> None:
        """Tell all who follow that an entry was added."""
        self.number += 1
        event = api.Event(
            number=self.number,
            contract=contract,
            index=self.number,
            kind=kind,
            start=start,
            received=NOW,
        )
        for queue in self._events:
            queue.put_nowait(event)

    def go_away(self) -> None:
        self.away = True
        for queue in self._events:
            queue.put_nowait(None)

    @property
    def followers(self) -> int:
        return len(self._events)

    async def contracts(self) -> tuple[api.Contract, ...]:
        self._reach("contracts")
        return self.found

    async def day(self, contract: str, day: date, zone: str = "UTC") -> api.Day:
        self._reach("day", contract, day, zone)
        begins, ends = day_bounds(day, zone_named(zone))
        held = self.segments[contract].values()
        segments = sorted(
            (one for one in held if begins <= one.start < ends), key=lambda one: one.start
        )
        gone = (one for one in self.deleted[contract] if begins <= one.start < ends)
        return api.Day(
            contract=contract,
            date=day,
            zone=zone,
            begins=begins,
            ends=ends,
            segments=tuple(segments),
            totals=_minutes(segments),
            week=self._week(contract, week_start(begins)),
            deleted=tuple(sorted(gone, key=lambda one: one.start)),
        )

    async def week(self, contract: str, monday: date) -> api.Week:
        self._reach("week", contract, monday)
        begins = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
        return self._week(contract, week_start(begins))

    def _week(self, contract: str, monday: datetime) -> api.Week:
        """Weeks of one rate; ``week_changes`` are laid over those of a Monday."""
        known = self._contract(contract)
        held = [s for s in self.segments[contract].values() if week_start(s.start) == monday]
        totals = _minutes(held)
        earned = known.rate * totals.billable // 60
        days = []
        for day in (monday.date() + timedelta(days=number) for number in range(7)):
            minutes = _minutes(one for one in held if one.start.date() == day)
            earnings = known.rate * minutes.billable // 60
            days.append(api.WeekDay(date=day, totals=minutes, amount=earnings))
        line = api.BillLine(rate=known.rate, minutes=totals.billable, amount=earned)
        week = api.Week(
            contract=contract,
            start=monday,
            limit=known.weekly_limit,
            totals=totals,
            amount=earned,
            currency="USD",
            locks=lock_time(monday),
            days=tuple(days),
            lines=(line,) if totals.billable else (),
            contested=sum(one.contested is not None for one in held),
        )
        return msgspec.structs.replace(week, **self.week_changes.get(monday.date(), {}))

    def _contract(self, contract: str) -> api.Contract:
        for one in self.found:
            if one.id == contract:
                return one
        raise NotFoundError("no such contract")

    async def terms(self, contract: str) -> tuple[api.Terms, ...]:
        self._reach("terms", contract)
        return self.history[contract]

    async def explanation(self, contract: str, start: datetime) -> api.Explanation:
        self._reach("explanation", contract, start)
        segment = self.segments[contract].get(start)
        if segment is None:
            raise NotFoundError("the diary has no such segment")
        return api.Explanation(
            contract=contract,
            start=start,
            status=segment.status,
            minutes=10,
            billable=segment.billable,
            amount=75 * segment.billable,
            currency="USD",
            rate=4500,
            policy="weekly_limit",
            rule="rule 3",
            reason=segment.reason,
            limit=2400,
            billed_before=0,
            frozen=False,
            text=f"{start:%a %d %b %H:%M} UTC counts ten minutes: {segment.reason} (rule 3).",
        )

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
    ) -> api.Found:
        self._reach("search", contract, text, cursor)
        if self.pages is not None:
            await self.pages.acquire()
        hits = [
            a_hit(one)
            for one in sorted(self.segments[contract].values(), key=lambda one: one.start)
            if first <= one.start.date() <= last
            and text.casefold() in one.memo.casefold()
            and (not statuses or one.status in statuses)
            and (meter_at_most is None or one.meter <= meter_at_most)
            and not (late and not one.late)
            and not (no_picture and one.pictures)
            and not (manual and one.kind != "manual")
        ]
        begins = int(cursor or 0)
        minutes = sum(hit.minutes for hit in hits)
        totals = api.FoundTotals(segments=len(hits), minutes=minutes, billable=minutes)
        return api.Found(
            contract=contract,
            hits=tuple(hits[begins : begins + limit]),
            cursor=str(begins + limit) if begins + limit < len(hits) else None,
            totals=None if cursor else totals,
        )

    async def timesheet_file(self, contract: str, day: date, form: str) -> bytes:
        self._reach("timesheet", contract, day, form)
        return f"the {form} of {day}".encode()

    async def range_file(self, contract: str, first: date, last: date, form: str) -> bytes:
        self._reach("range", contract, first, last, form)
        return f"the {form} of {first} to {last}".encode()

    async def range_timesheet(self, contract: str, first: date, last: date) -> api.RangeTimesheet:
        self._reach("range", contract, first, last)
        held = self.segments[contract].values()
        totals = _minutes([one for one in held if first <= one.start.date() <= last])
        return api.RangeTimesheet(
            contract=contract,
            name="acme/website",
            freelancer="Jane D.",
            clients=("Alice",),
            first=first,
            last=last,
            currency="USD",
            days=(),
            totals=totals,
            amount=totals.billable * 75,
            adjusted=0,
            pending=0,
            open=True,
            policy_error="",
        )

    async def calendar(self, contract: str, month: date, zone: str = "UTC") -> api.Calendar:
        self._reach("calendar", contract, month, zone)
        found = []
        for number in range(1, monthrange(month.year, month.month)[1] + 1):
            day = month.replace(day=number)
            begins, ends = day_bounds(day, zone_named(zone))
            held = self.segments[contract].values()
            sums = _minutes([one for one in held if begins <= one.start < ends])
            over = sums.by_status.get("over_limit", 0)
            found.append(
                api.CalendarDay(date=day, tracked=sums.tracked, billable=sums.billable, over=over)
            )
        name = f"{month:%Y-%m}"
        return api.Calendar(contract=contract, month=name, zone=zone, days=tuple(found))

    async def views(self, contract: str, cursor: str | None = None, limit: int = 100) -> api.Views:
        self._reach("views", contract, cursor)
        first = int(cursor or 0)
        rest = len(self.looks) > first + limit
        return api.Views(
            contract=contract,
            views=tuple(self.looks[first : first + limit]),
            cursor=str(first + limit) if rest else None,
        )

    async def picture(self, contract: str, digest: str, rendition: str = "original") -> bytes:
        """``slow`` holds back what is larger than a thumbnail."""
        self._reach("picture", contract, digest, rendition)
        if self.slow is not None and rendition != "thumbnail":
            await self.slow.wait()
        if digest not in self.files:
            raise NotFoundError("no such picture in this contract")
        return self.files[digest]

    async def events(
        self, after: int | None = None, opened: Callable[[], None] = lambda: None
    ) -> AsyncIterator[api.Event]:
        self._reach("events", after)
        queue: asyncio.Queue[api.Event | None] = asyncio.Queue()
        self._events.append(queue)
        opened()
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._events.remove(queue)
        raise UnreachableError("no answer from diary.example: it closed the event stream")

    def _reach(self, *asked: object) -> None:
        self.asked.append(asked)
        if self.away:
            raise UnreachableError("no answer from diary.example: connection refused")


def _minutes(segments: Iterable[api.Segment]) -> api.Minutes:
    by_status: dict[str, int] = {}
    billable = 0
    for segment in segments:
        by_status[segment.status] = by_status.get(segment.status, 0) + 10
        billable += segment.billable
    return api.Minutes(tracked=sum(by_status.values()), billable=billable, by_status=by_status)


def a_full_day(paper: PaperDiary) -> None:
    """Three sets on Friday 6 November: manual time, a missing picture, and the limit crossed."""
    memos = ("Fix invoice rounding", "Write tests for tracker", "Migrate storage to S3")
    for number, (first, count) in enumerate(((9, 9), (11, 18), (15, 22))):
        for slot in range(count):
            start = at(first) + timedelta(minutes=10 * slot)
            over = start >= at(18)
            paper.write(
                a_segment(
                    start,
                    memo=memos[(number + slot // 8) % 3],
                    status="over_limit" if over else "auto",
                    billable=0 if over else 10,
                    reason="the weekly limit of 40h is used up" if over else "within the limit",
                    sessions=(f"s{number}",),
                    meter=4 + slot % 7,
                    moved=(1 << (4 + slot % 7)) - 1,
                    keystrokes=tuple((slot * 37 + m * 53) % 160 for m in range(10)),
                    pictures=paper.paint(start, slot, monitors=2 if slot == 3 else 1),
                    index=slot,
                )
            )
    paper.write(
        a_segment(at(12, 20), kind="manual", status="manual", memo="Planning meeting",
                  sessions=(), meter=0, keystrokes=(0,) * 10, clicks=(0,) * 10,
                  scrolls=(0,) * 10, moved=0),
        a_segment(at(13, 40), no_picture="locked", meter=3, sessions=("s1",)),
        a_segment(at(13, 50), status="partial", billable=0, tracked=0b111, meter=2,
                  no_picture="not sampled", sessions=("s1",), memo="Call"),
    )  # fmt: skip
    for day in range(2, 6):
        for slot in range(40):
            paper.write(a_segment(at(9, day=day) + timedelta(minutes=10 * slot), sessions=("d",)))
