"""The projection: each slot's segment as the fold of the entries that name it, ready to be read.

It is always made from the log's entries, never by changing what it was, so that folding the log
again gives the same rows. Of a slot that was deleted only what came after its tombstone counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import apsw
import msgspec
from workdiary.billing import lock_time, week_start
from workdiary.bodies import ContestBody, ManualBody, MemoBody, TrackedBody
from workdiary.entries import EntryKind, part_of, read_body, read_entry
from workdiary.segments import (
    FULL_MASK,
    MINUTES,
    QUIET,
    Kind,
    MinuteActivity,
    Part,
    Screenshot,
    Segment,
    epoch,
    from_epoch,
    merge,
)

from workdiary_server.diary import log
from workdiary_server.diary.log import Stored
from workdiary_server.vault.keyring import Keyring, place_of

_PUT = (
    "INSERT INTO segment (contract, start, kind, mask, sampled, idx, received, sealed, "
    "timely, late_mask, late_sampled) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (contract, start) DO UPDATE SET kind = excluded.kind, mask = excluded.mask, "
    "sampled = excluded.sampled, idx = excluded.idx, received = excluded.received, "
    "sealed = excluded.sealed, timely = excluded.timely, late_mask = excluded.late_mask, "
    "late_sampled = excluded.late_sampled"
)
_DROP = "DELETE FROM segment WHERE contract = ? AND start = ?"
_BURIED = "SELECT coalesce(max(idx), -1) FROM tombstone WHERE contract = ? AND start = ?"
_CLOSED = "SELECT idx FROM week WHERE contract = ? AND start = ?"


class Shot(msgspec.Struct, frozen=True, array_like=True):
    """A picture as the projection keeps it."""

    digest: bytes
    monitor: int
    width: int
    height: int
    size: int
    taken_at: int


class ContestMark(msgspec.Struct, frozen=True, array_like=True):
    """Who contested, when, and why."""

    person: bytes
    at: int
    reason: str


class Content(msgspec.Struct, frozen=True, array_like=True):
    """What a segment's sealed column holds: thirty counts, masks, words, pictures and marks."""

    memo: str
    counts: tuple[int, ...]
    moved: int
    down: int
    sessions: tuple[str, ...]
    no_picture: str
    shots: tuple[Shot, ...]
    why_manual: str = ""
    edited: int | None = None
    contest: ContestMark | None = None


@dataclass(slots=True)
class Marks:
    """What later entries say of a slot: the last of each kind has the word."""

    manual: list[tuple[Stored, ManualBody]]
    memo: tuple[str, int] | None = None
    contest: ContestMark | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """A segment as the log's entries make it; ``late_*`` is of what came after its week's lock."""

    kind: str
    mask: int
    sampled: bool
    index: int
    received: int
    content: Content
    timely: bool
    late_mask: int
    late_sampled: bool


def project_slot(db: apsw.Connection, keyring: Keyring, contract: bytes, start: int) -> None:
    """Write the segment that the log's entries make of this slot, or that there is none."""
    made = fold_slot(db, keyring, contract, start)
    if made is None:
        db.execute(_DROP, (contract, start))
        return
    bound = ("segment", contract.hex(), str(start))
    plain = msgspec.msgpack.encode(made.content)
    row = (
        made.kind,
        made.mask,
        made.sampled,
        made.index,
        made.received,
        keyring.seal(db, contract, place_of(*bound), plain, bound),
        made.timely,
        made.late_mask,
        made.late_sampled,
    )
    db.execute(_PUT, (contract, start, *row))


def fold_slot(db: apsw.Connection, keyring: Keyring, contract: bytes, start: int) -> Folded | None:
    """The segment that the log's entries make of this slot; None where there is none.

    :raises CorruptError: a body that it is made of does not open
    """
    (buried,) = next(iter(db.execute(_BURIED, (contract, start))))
    parts: list[tuple[Stored, Part]] = []
    sizes: dict[str, int] = {}
    for one in log.slot(db, contract, start):
        if one.index > buried:
            body = read_body(_body(db, keyring, contract, one), TrackedBody)
            parts.append((one, part_of(read_entry(one.note), body)))
            sizes |= {claim.original.digest: claim.original.size for claim in body.pictures}
    marks = _marks(db, keyring, contract, start, buried)
    parts += [(one, _manual_part(start, body)) for one, body in marks.manual]
    return _folded(_timely(db, contract, start, parts), marks, sizes) if parts else None


@dataclass(frozen=True, slots=True)
class _Parts:
    """A slot's parts in the order of arrival; ``late`` ones came after the week's lock."""

    timely: Sequence[Part]
    late: Sequence[Part]
    last: Stored


def _timely(
    db: apsw.Connection, contract: bytes, start: int, parts: Sequence[tuple[Stored, Part]]
) -> _Parts:
    week = week_start(from_epoch(start))
    lock = epoch(lock_time(week))
    row = db.execute(_CLOSED, (contract, epoch(week))).fetchone()

    def late(stored: Stored) -> bool:
        return stored.received >= lock or (row is not None and stored.index > row[0])

    return _Parts(
        timely=[part for stored, part in parts if not late(stored)],
        late=[part for stored, part in parts if late(stored)],
        last=max((stored for stored, _ in parts), key=lambda stored: stored.index),
    )


def _folded(parts: _Parts, marks: Marks, sizes: dict[str, int]) -> Folded:
    shown = merge([*parts.timely, *parts.late])
    timely = merge(parts.timely) if parts.timely else None
    late = merge(parts.late) if parts.late else None
    return Folded(
        kind=(timely or shown).kind,
        mask=timely.mask if timely else 0,
        sampled=timely is not None and timely.sampled,
        index=parts.last.index,
        received=parts.last.received,
        content=_content(shown, sizes, marks),
        timely=timely is not None,
        late_mask=late.mask if late else 0,
        late_sampled=late is not None and late.sampled,
    )


def _marks(
    db: apsw.Connection, keyring: Keyring, contract: bytes, start: int, buried: int
) -> Marks:
    found = Marks([])
    for one in log.marked(db, contract, start, start + 1):
        if one.index <= buried:
            continue
        if one.kind == EntryKind.SEGMENT_MANUAL:
            found.manual.append((one, read_body(_body(db, keyring, contract, one), ManualBody)))
        elif one.kind == EntryKind.MEMO_EDITED:
            edit = read_body(_body(db, keyring, contract, one), MemoBody)
            found.memo = (edit.memo, one.received)
        elif one.kind == EntryKind.SEGMENT_CONTESTED:
            body = read_body(_body(db, keyring, contract, one), ContestBody)
            who = log.person_of(db, one.device)
            found.contest = ContestMark(who, one.received, body.reason)
    return found


def _body(db: apsw.Connection, keyring: Keyring, contract: bytes, one: Stored) -> bytes:
    return log.unseal_body(db, keyring, contract, one.id, one.sealed)


def _manual_part(start: int, body: ManualBody) -> Part:
    return Part(
        start=from_epoch(start),
        mask=FULL_MASK,
        minutes=(QUIET,) * MINUTES,
        memo=body.memo,
        session="",
        sampled=False,
        kind=Kind.MANUAL,
        no_picture="manual time",
    )


def _content(segment: Segment, sizes: dict[str, int], marks: Marks) -> Content:
    minutes = segment.minutes
    memo, edited = marks.memo or (segment.memo, None)
    manual = segment.kind is Kind.MANUAL
    return Content(
        memo=memo,
        counts=tuple(n for m in minutes for n in (m.keystrokes, m.clicks, m.scrolls)),
        moved=sum(minute.moved << place for place, minute in enumerate(minutes)),
        down=segment.down,
        sessions=tuple(sorted(segment.sessions)),
        no_picture=segment.no_picture,
        shots=tuple(
            Shot(
                digest=bytes.fromhex(shot.digest),
                monitor=shot.monitor,
                width=shot.width,
                height=shot.height,
                size=sizes[shot.digest],
                taken_at=epoch(shot.taken_at),
            )
            for shot in segment.screenshots
        ),
        why_manual=marks.manual[-1][1].reason if manual else "",
        edited=edited,
        contest=marks.contest,
    )


def open_content(
    db: apsw.Connection, keyring: Keyring, contract: bytes, start: int, sealed: bytes
) -> Content:
    bound = ("segment", contract.hex(), str(start))
    plain = keyring.unseal(db, contract, place_of(*bound), sealed, bound)
    return msgspec.msgpack.decode(plain, type=Content)


def meter_of(content: Content) -> int:
    """The activity meter: minutes out of ten that saw any input."""
    counts = content.counts
    return sum(
        any(counts[3 * place : 3 * place + 3]) or bool(content.moved >> place & 1)
        for place in range(MINUTES)
    )


def segment_of(start: int, kind: str, mask: int, sampled: int, content: Content) -> Segment:
    """The projection's row as the domain's segment."""
    batched = zip(content.counts[::3], content.counts[1::3], content.counts[2::3], strict=True)
    minutes = tuple(
        MinuteActivity(keystrokes, clicks, scrolls, bool(content.moved >> place & 1))
        for place, (keystrokes, clicks, scrolls) in enumerate(batched)
    )
    return Segment(
        start=from_epoch(start),
        mask=mask,
        minutes=minutes,
        memo=content.memo,
        sessions=frozenset(content.sessions),
        sampled=bool(sampled),
        kind=Kind(kind),
        screenshots=tuple(
            Screenshot(s.monitor, from_epoch(s.taken_at), s.width, s.height, s.digest.hex())
            for s in content.shots
        ),
        no_picture=content.no_picture,
        down=content.down,
    )
