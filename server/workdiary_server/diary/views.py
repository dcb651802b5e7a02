"""Who was shown which picture when: written before the picture is sent, read by whom it concerns.

Only the freelancer's own looking is not written down, and thumbnails are not: they show no text.
A view that cannot be written down is not given. These rows are the server's word, of no log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

import apsw
from workdiary import api
from workdiary.errors import InvalidError
from workdiary.segments import from_epoch

from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.people import find_person
from workdiary_server.diary.projection import open_content
from workdiary_server.diary.service import Diary, permit

_LOGGED = ("original", "preview")
_FREELANCER = "SELECT freelancer FROM contract WHERE id = ?"
_PUT = (
    "INSERT INTO picture_view (contract, at, person, start, tag, rendition) "
    "VALUES (?, ?, ?, ?, (SELECT tag FROM picture WHERE contract = ? AND tag = ? LIMIT 1), ?)"
)
_NEWEST = (
    "SELECT at, number, person, start, tag, rendition FROM picture_view "
    "WHERE contract = ? AND at < ? ORDER BY at DESC, number DESC"
)
_SEALED = "SELECT sealed FROM segment WHERE contract = ? AND start = ?"
_EVER = 1 << 40


@dataclass(frozen=True, slots=True)
class Showing:
    """A picture that is about to be shown to somebody."""

    contract: bytes
    person: bytes
    start: int
    tag: bytes
    rendition: str


@dataclass(slots=True)
class _Folded:
    """The views of one picture by one person in one minute; ``number`` is the newest one's."""

    minute: int
    number: int
    at: int
    person: bytes
    start: int
    tag: bytes | None
    renditions: set[str]
    times: int = 0

    @property
    def place(self) -> tuple[int, int]:
        return self.minute, self.number


def showing(
    db: apsw.Connection, actor: Actor, contract: bytes, start: int, tag: bytes, rendition: str
) -> Showing | None:
    """What must be written down before this picture is sent to the actor; None: nothing."""
    person = bytes.fromhex(actor.person)
    if rendition not in _LOGGED or person == _freelancer(db, contract):
        return None
    return Showing(contract, person, start, tag, rendition)


async def record(diary: Diary, shown: Showing) -> None:
    """Returns when the view is on the disk; those that come together share a commit."""
    contract, tag = shown.contract, shown.tag
    # a segment that was deleted meanwhile took its tag along: it is not written here again
    row = (contract, int(diary.now()), shown.person, shown.start, contract, tag, shown.rendition)
    await diary.db.write(lambda db: db.execute(_PUT, row).fetchall())


async def views(
    diary: Diary, actor: Actor, contract: str, cursor: str | None, limit: int
) -> api.Views:
    """One page of the views: all of them for the freelancer, for a viewer their own."""
    before = _place_of(cursor)

    def read(db: apsw.Connection) -> api.Views:
        key = permit(db, actor, Action.READ_DIARY, contract)
        person = bytes.fromhex(actor.person)
        only = None if person == _freelancer(db, key) else person
        rows = db.execute(_NEWEST, (key, (before[0] + 1) * 60))
        mine = (row for row in rows if only in (None, row[2]))
        found = list(islice((f for f in _folded(mine) if f.place < before), limit + 1))
        shown = found[:limit]
        return api.Views(
            contract=contract,
            views=tuple(_answers(db, diary, key, shown)),
            cursor="{}-{}".format(*shown[-1].place) if len(found) > limit else None,
        )

    return await diary.db.read(read)


def _freelancer(db: apsw.Connection, contract: bytes) -> bytes:
    found: bytes = next(iter(db.execute(_FREELANCER, (contract,))))[0]
    return found


def _folded(rows: Iterable[tuple[Any, ...]]) -> Iterator[_Folded]:
    """Rows, newest first, as one for each minute, person and picture, newest first."""
    for minute, within in groupby(rows, key=lambda row: row[0] // 60):
        found: dict[tuple[Any, ...], _Folded] = {}
        for at, number, person, start, tag, rendition in within:
            one = found.setdefault(
                (person, start, tag), _Folded(minute, number, at, person, start, tag, set())
            )
            one.number = max(one.number, number)
            one.at = min(one.at, at)
            one.renditions.add(rendition)
            one.times += 1
        yield from sorted(found.values(), key=lambda one: one.number, reverse=True)


def _answers(
    db: apsw.Connection, diary: Diary, contract: bytes, found: Iterable[_Folded]
) -> Iterator[api.View]:
    pictures: dict[int, dict[bytes, tuple[str, int]]] = {}
    people: dict[bytes, api.Person] = {}
    for one in found:
        if one.start not in pictures:
            pictures[one.start] = _pictures(db, diary, contract, one.start)
        if one.person not in people:
            people[one.person] = find_person(db, diary.keyring, one.person)
        digest, monitor = pictures[one.start].get(one.tag or b"", (None, None))
        yield api.View(
            at=from_epoch(one.at),
            by=people[one.person],
            start=from_epoch(one.start),
            digest=digest,
            monitor=monitor,
            renditions=tuple(sorted(one.renditions)),
            times=one.times,
        )


def _pictures(
    db: apsw.Connection, diary: Diary, contract: bytes, start: int
) -> dict[bytes, tuple[str, int]]:
    """The digests and monitors of a segment's pictures by their tags; none, if it was deleted."""
    row = db.execute(_SEALED, (contract, start)).fetchone()
    if row is None:
        return {}
    shots = open_content(db, diary.keyring, contract, start, row[0]).shots
    return {
        diary.keyring.tag(db, contract, shot.digest.hex()): (shot.digest.hex(), shot.monitor)
        for shot in shots
    }


def _place_of(cursor: str | None) -> tuple[int, int]:
    """:raises InvalidError: code ``cursor``"""
    if cursor is None:
        return _EVER, 0
    minute, _, number = cursor.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) < 12 for part in (minute, number)):
        raise InvalidError(f"{cursor[:40]!r} is no cursor of this list", "cursor")
    return int(minute), int(number)
