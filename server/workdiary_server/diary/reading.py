"""What readers ask for: contracts with their totals, days, weeks, segments, pictures, heads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

import apsw
from workdiary import api
from workdiary.billing import LOCK_AFTER, WEEK_SECONDS, amounts, week_start
from workdiary.days import day_bounds, local_day, zone_named
from workdiary.errors import NotFoundError
from workdiary.notes import SigningKey
from workdiary.segments import SEGMENT, SEGMENT_SECONDS, Kind, epoch, from_epoch

from workdiary_server.diary import log
from workdiary_server.diary.access import Action, Actor, Role
from workdiary_server.diary.blobs import bound_to
from workdiary_server.diary.contracts import Held, held, terms_answer, visible
from workdiary_server.diary.people import find_person, parties
from workdiary_server.diary.projection import Content, meter_of, open_content
from workdiary_server.diary.service import Diary, identifier, permit, roles_in
from workdiary_server.diary.statements import minutes, week_answer
from workdiary_server.diary.verdicts import Judged, judge_week
from workdiary_server.diary.views import Showing, record, showing
from workdiary_server.vault.blobs import blob_place

RENDITIONS = ("original", "preview", "thumbnail")
_SPAN = (
    "SELECT start, kind, mask, sampled, idx, received, sealed, late_mask, late_sampled, accepted "
    "FROM segment WHERE contract = ? AND start >= ? AND start < ? ORDER BY start"
)
_STONES = (
    "SELECT start, idx, kind, minutes, person, received FROM tombstone "
    "WHERE contract = ? AND start >= ? AND start < ? ORDER BY start, idx"
)
_LAST = "SELECT max(start) FROM segment WHERE contract = ?"
_BLOB = "SELECT key, start FROM picture WHERE contract = ? AND tag = ? AND rendition = ? LIMIT 1"
_VERSION = (
    "SELECT total(size) FROM contract WHERE freelancer = "
    "(SELECT freelancer FROM contract WHERE id = ?)"
)


async def contracts(diary: Diary, actor: Actor) -> tuple[api.Contract, ...]:
    """The contracts of the caller, oldest first; all of them for the owner."""
    return await diary.db.judge(
        lambda db: tuple(_contract(db, diary, actor, key) for key in visible(db, actor))
    )


async def contract(diary: Diary, actor: Actor, contract: str) -> api.Contract:
    def read(db: apsw.Connection) -> api.Contract:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        return _contract(db, diary, actor, key)

    return await diary.db.judge(read)


def _contract(db: apsw.Connection, diary: Diary, actor: Actor, key: bytes) -> api.Contract:
    this, now = held(db, diary.keyring, key), from_epoch(int(diary.now()))
    terms = this.at(now).body
    zone = zone_named(terms.zone)
    begins, ends = day_bounds(local_day(now, zone), zone)
    weeks = _weeks(db, diary, this, (now, begins, ends - SEGMENT))
    today = [v for judged in weeks.values() for v in judged.within(begins, ends)]
    week = weeks[week_start(now)]
    last = db.execute(_LAST, (key,)).fetchone()
    origin, people = diary.origin(this.id), parties(db, key)
    ended = next((held.since for held in this.terms if held.ended), None)
    return api.Contract(
        id=this.id,
        name=terms.name,
        freelancer=find_person(db, diary.keyring, this.freelancer),
        clients=tuple(
            find_person(db, diary.keyring, person) for person, role in people if role == Role.CLIENT
        ),
        rate=terms.rate,
        currency=terms.currency,
        weekly_limit=this.limit(week.start),
        hourly=terms.hourly,
        manual=terms.manual,
        screenshots=terms.screenshots,
        zone=terms.zone,
        policy=terms.policy,
        policy_options=terms.policy_options,
        paused=this.at(now).paused,
        ended=ended,
        terms_changed=max(agreed.index for agreed in this.history),
        opened=this.opened,
        today=minutes(today),
        week=minutes(week.verdicts.values()),
        week_error=week.error,
        last_segment=None if last is None or last[0] is None else from_epoch(last[0]),
        role=_role(db, actor, key),
        origin=origin,
        log_key=SigningKey(origin, diary.log_secret).public.text,
    )


def _role(db: apsw.Connection, actor: Actor, key: bytes) -> str:
    """What the caller is to the contract: a party before its host."""
    roles = roles_in(db, actor, key)
    order = (Role.FREELANCER, Role.CLIENT, Role.OWNER)
    return next(role.value for role in order if role in roles)


def _weeks(
    db: apsw.Connection, diary: Diary, this: Held, instants: Iterable[datetime]
) -> dict[datetime, Judged]:
    starts = sorted({week_start(instant) for instant in instants})
    return {start: judge_week(db, diary, this, start) for start in starts}


async def version(diary: Diary, actor: Actor, action: Action, contract: str) -> str:
    """Changes whenever a day or a week of the contract could.

    With the freelancer's logs, as locks pass, and from one run of the server to the next.
    """

    def read(db: apsw.Connection) -> str:
        key = permit(db, actor, action, contract)
        size = int(next(iter(db.execute(_VERSION, (key,))))[0])
        locks = (int(diary.now()) - int(LOCK_AFTER.total_seconds())) // WEEK_SECONDS
        return f"{diary.run} {locks} {size}"

    return await diary.db.read(read)


async def terms(diary: Diary, actor: Actor, contract: str) -> tuple[api.Terms, ...]:
    """A contract's terms from the first on, planned ones included."""

    def read(db: apsw.Connection) -> tuple[api.Terms, ...]:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        return terms_answer(db, diary.keyring, held(db, diary.keyring, key))

    return await diary.db.read(read)


async def day(diary: Diary, actor: Actor, contract: str, day: date, zone: str) -> api.Day:
    """A local day of a contract: the segments that start on that date in ``zone``."""
    begins, ends = day_bounds(day, zone_named(zone))
    noon = datetime.combine(day, time(12), UTC)

    def read(db: apsw.Connection) -> api.Day:
        key = permit(db, actor, Action.READ_DIARY, contract)
        this = held(db, diary.keyring, key)
        weeks = _weeks(db, diary, this, (noon, begins, ends - SEGMENT))
        verdicts = [v for judged in weeks.values() for v in judged.within(begins, ends)]
        return api.Day(
            contract=this.id,
            date=day,
            zone=zone,
            begins=begins,
            ends=ends,
            segments=tuple(_segments(db, diary, this, weeks, begins, ends)),
            totals=minutes(verdicts),
            week=week_answer(db, this, weeks[week_start(noon)]),
            deleted=_tombstones(db, diary, this, begins, ends),
            amount=sum(_money(judged, begins, ends) for judged in weeks.values()),
        )

    return await diary.db.judge(read)


def _money(judged: Judged, begins: datetime, ends: datetime) -> int:
    verdicts = list(judged.verdicts.values())
    shares = amounts(judged.terms, verdicts)
    return sum(
        share
        for verdict, share in zip(verdicts, shares, strict=True)
        if begins <= verdict.start < ends
    )


async def week(diary: Diary, actor: Actor, contract: str, monday: date) -> api.Week:
    """The week that holds ``monday``, which need not be one."""
    instant = datetime.combine(monday, time(12), UTC)

    def read(db: apsw.Connection) -> api.Week:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        this = held(db, diary.keyring, key)
        return week_answer(db, this, judge_week(db, diary, this, instant))

    return await diary.db.judge(read)


async def segment(diary: Diary, actor: Actor, contract: str, start: int) -> api.Segment:
    def read(db: apsw.Connection) -> api.Segment:
        key = permit(db, actor, Action.READ_DIARY, contract)
        this, begins = held(db, diary.keyring, key), from_epoch(start)
        weeks = _weeks(db, diary, this, (begins,))
        ends = from_epoch(start + SEGMENT_SECONDS)
        for found in _segments(db, diary, this, weeks, begins, ends):
            return found
        raise NotFoundError(f"nothing was tracked at {begins:%Y-%m-%d %H:%M} UTC")

    return await diary.db.judge(read)


def _tombstones(
    db: apsw.Connection, diary: Diary, this: Held, begins: datetime, ends: datetime
) -> tuple[api.Tombstone, ...]:
    span = (this.key, epoch(begins), epoch(ends))
    return tuple(
        api.Tombstone(
            start=from_epoch(start),
            kind=kind,
            minutes=minutes,
            by=find_person(db, diary.keyring, person).name,
            at=from_epoch(received),
            index=index,
        )
        for start, index, kind, minutes, person, received in db.execute(_STONES, span)
    )


def _segments(
    db: apsw.Connection,
    diary: Diary,
    this: Held,
    weeks: dict[datetime, Judged],
    begins: datetime,
    ends: datetime,
) -> Iterable[api.Segment]:
    for row in db.execute(_SPAN, (this.key, epoch(begins), epoch(ends))):
        content = open_content(db, diary.keyring, this.key, row[0], row[6])
        contested = _contest(db, diary, content)
        yield _segment(row, content, weeks[week_start(from_epoch(row[0]))], contested)


def _contest(db: apsw.Connection, diary: Diary, content: Content) -> api.Contest | None:
    mark = content.contest
    if mark is None:
        return None
    by = find_person(db, diary.keyring, mark.person).name
    return api.Contest(by=by, at=from_epoch(mark.at), reason=mark.reason)


def _segment(
    row: tuple[Any, ...], content: Content, judged: Judged, contested: api.Contest | None
) -> api.Segment:
    """Straight from the row: a day has up to 150 of them."""
    start, kind, mask, sampled, index, received, _, late_mask, late_sampled, accepted = row
    begins = from_epoch(start)
    verdict = judged.verdicts[begins]
    keystrokes, clicks, scrolls = content.counts[::3], content.counts[1::3], content.counts[2::3]
    return api.Segment(
        start=begins,
        kind=kind,
        status=verdict.status,
        billable=verdict.billable_minutes,
        reason=verdict.reason,
        memo=content.memo,
        meter=meter_of(content),
        keystrokes=keystrokes,
        clicks=clicks,
        scrolls=scrolls,
        moved=content.moved,
        tracked=late_mask if kind == Kind.MANUAL else mask | late_mask,
        down=content.down,
        sampled=bool(sampled or late_sampled),
        sessions=content.sessions,
        pictures=tuple(
            api.Picture(
                digest=shot.digest.hex(),
                monitor=shot.monitor,
                width=shot.width,
                height=shot.height,
                size=shot.size,
                taken_at=from_epoch(shot.taken_at),
            )
            for shot in content.shots
        ),
        no_picture=content.no_picture,
        received=from_epoch(received),
        index=index,
        rule=verdict.rule,
        late=late_mask,
        accepted=None if accepted is None else bool(accepted),
        why_manual=content.why_manual,
        edited=None if content.edited is None else from_epoch(content.edited),
        contested=contested,
    )


async def picture(diary: Diary, actor: Actor, contract: str, digest: str, rendition: str) -> bytes:
    """A picture's WebP file, unsealed; whoever is not its freelancer is written down first."""

    def find(db: apsw.Connection) -> tuple[str, bytes, int, Showing | None]:
        key = permit(db, actor, Action.READ_DIARY, contract)
        if identifier(digest, 64) and rendition in RENDITIONS:
            tag = diary.keyring.tag(db, key, digest)
            for name, start in db.execute(_BLOB, (key, tag, rendition)):
                secret = diary.keyring.content_key(db, key, blob_place(name))
                return name, secret, start, showing(db, actor, key, start, tag, rendition)
        raise NotFoundError("there is no such picture in this diary")

    name, secret, start, shown = await diary.db.read(find)
    content = await diary.blobs.get(name, secret, bound_to(contract, start, rendition))
    if shown is not None:
        await record(diary, shown)
    return content


async def head(diary: Diary, actor: Actor, contract: str) -> api.LogHead:
    def read(db: apsw.Connection) -> Any:
        return log.state(db, permit(db, actor, Action.READ_CONTRACT, contract))[0]

    return diary.head(contract, await diary.db.read(read))


async def chain(diary: Diary, actor: Actor, contract: str, device: str) -> api.ChainState:
    """Where a device's next entry goes; a device that wrote nothing here is at the beginning."""

    def read(db: apsw.Connection) -> tuple[int, str]:
        key = permit(db, actor, Action.READ_CONTRACT, contract)
        return log.chain(db, key, identifier(device))

    seq, last = await diary.db.read(read)
    return api.ChainState(seq=seq, id=last)
