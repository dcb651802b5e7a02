"""The projection: each slot's segment as the merge of its parts, ready to be read.

It is always made by merging the log's parts, never by changing what it was, so that folding the
log again gives the same rows.
"""

from __future__ import annotations

import apsw
import msgspec
from workdiary.bodies import TrackedBody
from workdiary.entries import part_of, read_body, read_entry
from workdiary.segments import (
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
from workdiary_server.vault.keyring import Keyring, place_of

_PUT = (
    "INSERT OR REPLACE INTO segment (contract, start, kind, mask, sampled, idx, received, sealed) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class Shot(msgspec.Struct, frozen=True, array_like=True):
    """A picture as the projection keeps it."""

    digest: bytes
    monitor: int
    width: int
    height: int
    size: int
    taken_at: int


class Content(msgspec.Struct, frozen=True, array_like=True):
    """What a segment's sealed column holds: thirty counts, masks, words and pictures."""

    memo: str
    counts: tuple[int, ...]
    moved: int
    down: int
    sessions: tuple[str, ...]
    no_picture: str
    shots: tuple[Shot, ...]


def project_slot(db: apsw.Connection, keyring: Keyring, contract: bytes, start: int) -> None:
    """Write the segment that the log's parts of this slot make."""
    stored = log.slot(db, contract, start)
    parts: list[Part] = []
    sizes: dict[str, int] = {}
    for one in stored:
        raw = log.unseal_body(db, keyring, contract, one.id, one.sealed)
        body = read_body(raw, TrackedBody)
        parts.append(part_of(read_entry(one.note), body))
        sizes |= {claim.original.digest: claim.original.size for claim in body.pictures}
    segment, last = merge(parts), stored[-1]
    plain = msgspec.msgpack.encode(_content(segment, sizes))
    bound = ("segment", contract.hex(), str(start))
    sealed = keyring.seal(db, contract, place_of(*bound), plain, bound)
    public = (segment.kind, segment.mask, segment.sampled)
    db.execute(_PUT, (contract, start, *public, last.index, last.received, sealed))


def _content(segment: Segment, sizes: dict[str, int]) -> Content:
    minutes = segment.minutes
    return Content(
        memo=segment.memo,
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
    )


def open_content(
    db: apsw.Connection, keyring: Keyring, contract: bytes, start: int, sealed: bytes
) -> Content:
    bound = ("segment", contract.hex(), str(start))
    plain = keyring.unseal(db, contract, place_of(*bound), sealed, bound)
    return msgspec.msgpack.decode(plain, type=Content)


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
