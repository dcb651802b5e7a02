"""What a log's entries commit to, and what is derived from them: bodies, marks, segments, weeks.

The projection is folded again from the log, and compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

import apsw
from workdiary.agreement import TERMS_KINDS, Agreed, agree
from workdiary.billing import week_start
from workdiary.bodies import (
    AdjustmentBody,
    Body,
    ContestBody,
    DeletedBody,
    ManualBody,
    MemoBody,
    WeekBody,
)
from workdiary.entries import Entry, EntryKind, commitment, read_body, read_entry
from workdiary.errors import InvalidError
from workdiary.segments import SEGMENT_SECONDS, epoch, from_epoch
from workdiary.storage import CorruptError

from workdiary_server.checking.findings import ASK, REPAIR, RESTORE, Finding
from workdiary_server.diary import log
from workdiary_server.diary.contracts import held
from workdiary_server.diary.erasing import is_buried
from workdiary_server.diary.gists import gist_of, gists_of, keep_gists
from workdiary_server.diary.projection import Folded, fold_slot, open_content, project_slot
from workdiary_server.diary.verdicts import closed_week
from workdiary_server.vault.keyring import Keyring

_ENTRIES = (
    "SELECT idx, id, kind, received, note, sealed FROM entry LEFT JOIN body USING (arrival) "
    "WHERE contract = ? ORDER BY idx"
)
_STRAY_BODIES = "SELECT arrival FROM body WHERE arrival NOT IN (SELECT arrival FROM entry)"
_STONES = "SELECT 1 FROM tombstone WHERE contract = ? AND start = ? AND idx = ?"
_STRAY_STONES = (
    "SELECT start, idx FROM tombstone WHERE contract = ?1 AND NOT EXISTS (SELECT 1 FROM entry "
    "WHERE contract = ?1 AND idx = tombstone.idx AND kind = 'segment.deleted')"
)
_STRAY_MARKS = (
    "SELECT DISTINCT idx FROM mark WHERE contract = ?1 AND NOT EXISTS (SELECT 1 FROM entry "
    "WHERE contract = ?1 AND idx = mark.idx AND kind = mark.kind)"
)
_NO_MARKS = "DELETE FROM mark WHERE contract = ? AND idx = ?"
_SLOTS = (
    "SELECT start FROM entry WHERE contract = ?1 AND start IS NOT NULL "
    "UNION SELECT start FROM mark WHERE contract = ?1 "
    "UNION SELECT start FROM segment WHERE contract = ?1 ORDER BY start"
)
_SEGMENT = (
    "SELECT kind, mask, sampled, idx, received, timely, late_mask, late_sampled, sealed "
    "FROM segment WHERE contract = ? AND start = ?"
)
_SHOWN = "SELECT 1 FROM picture WHERE contract = ? AND tag = ? AND rendition = 'original'"
_WEEKS = "SELECT start, idx FROM week WHERE contract = ? ORDER BY start"
_UNKEPT_WEEKS = (
    "SELECT idx FROM entry WHERE contract = ?1 AND kind = 'week.closed' AND NOT EXISTS "
    "(SELECT 1 FROM week WHERE contract = ?1 AND idx = entry.idx)"
)
_VERDICTS = (
    "SELECT start, status, counted, billable FROM segment WHERE contract = ? AND start >= ? "
    "AND start < ? AND status IS NOT NULL AND accepted IS NULL ORDER BY start"
)


def check_contents(db: apsw.Connection, keyring: Keyring, contract: bytes) -> Iterator[Finding]:
    """Hold a contract's bodies and its projection to its log, which was checked before."""
    yield from _check_bodies(db, keyring, contract)
    yield from _check_stray(db, contract)
    yield from _check_segments(db, keyring, contract)
    yield from _check_weeks(db, keyring, contract)


def check_stray_bodies(db: apsw.Connection) -> Iterator[Finding]:
    for (arrival,) in db.execute(_STRAY_BODIES):
        yield Finding("body-stray", f"body {arrival}", "it belongs to no entry", ASK)


def _check_bodies(db: apsw.Connection, keyring: Keyring, contract: bytes) -> Iterator[Finding]:
    """Each body is the one committed to, unless a tombstone covers it; terms are their fold."""
    history: tuple[Agreed, ...] = ()
    for index, key, kind, received, note, sealed in db.execute(_ENTRIES, (contract,)):
        place = f"contract {contract.hex()}, entry {index}"
        entry = read_entry(note)
        buried = is_buried(db, contract, entry, index)
        if sealed is None:
            if not buried:
                said = f"the content of this {kind} is gone, and no tombstone covers it"
                yield Finding("body-missing", place, said, RESTORE)
            continue
        if buried:
            yield Finding("body-left", place, "it was deleted, and its content is still here", ASK)
        try:
            raw = log.unseal_body(db, keyring, contract, key.hex(), sealed)
            if commitment(raw) != entry.body:
                raise InvalidError("it is not the content that the entry commits to")
            body: Body = read_body(raw, log.body_kind(entry.kind))
        except (CorruptError, InvalidError) as error:
            yield Finding("body-altered", place, f"its content: {error}", RESTORE)
            continue
        if entry.kind in TERMS_KINDS:
            person = log.person_of(db, bytes.fromhex(entry.device))
            history = agree(history, index, received, person, entry.kind, body)  # type: ignore[arg-type]  # the kind says which body
        yield from _check_named(db, contract, place, index, entry, body)
    yield from _check_terms(db, keyring, contract, history)


def _check_terms(
    db: apsw.Connection, keyring: Keyring, contract: bytes, history: tuple[Agreed, ...]
) -> Iterator[Finding]:
    place = f"contract {contract.hex()}"
    try:
        if held(db, keyring, contract).history != history:
            yield Finding("terms", place, "its terms are not those of its log", ASK)
    except CorruptError as error:
        yield Finding("terms", place, f"its terms do not open: {error}", RESTORE)


def _check_named(
    db: apsw.Connection, contract: bytes, place: str, index: int, entry: Entry, body: Body
) -> Iterator[Finding]:
    """Marks and tombstones are those that the entry names."""
    starts = _starts(body)
    if sorted(log.named(db, contract, index)) != sorted(starts):
        yield Finding(
            "mark",
            place,
            "what it names is not what is kept of that",
            REPAIR,
            lambda db: _mark_again(db, contract, index, starts, entry.kind),
        )
    if isinstance(body, DeletedBody):
        for start in starts:
            if not db.execute(_STONES, (contract, start, index)).fetchone():
                said = f"the tombstone of {_slot(start)} is missing"
                yield Finding("tombstone-missing", place, said, RESTORE)


def _starts(body: Body) -> list[int]:
    if isinstance(body, ManualBody | MemoBody | DeletedBody | ContestBody):
        return list(body.segments)
    if isinstance(body, AdjustmentBody):
        return [start for start, *_ in body.verdicts]
    return []


def _mark_again(
    db: apsw.Connection, contract: bytes, index: int, starts: list[int], kind: EntryKind
) -> None:
    db.execute(_NO_MARKS, (contract, index))
    log.mark(db, contract, starts, index, kind)


def _check_stray(db: apsw.Connection, contract: bytes) -> Iterator[Finding]:
    name = f"contract {contract.hex()}"
    for start, index in db.execute(_STRAY_STONES, (contract,)):
        said = f"{_slot(start)} is marked as deleted by entry {index}, which deletes nothing"
        yield Finding("tombstone-stray", name, said, ASK)
    for (index,) in list(db.execute(_STRAY_MARKS, (contract,))):
        said = f"marks are kept of entry {index}, which is not of their kind"

        def forget(db: apsw.Connection, index: int = index) -> None:
            db.execute(_NO_MARKS, (contract, index))

        yield Finding("mark", name, said, REPAIR, forget)


def _check_segments(db: apsw.Connection, keyring: Keyring, contract: bytes) -> Iterator[Finding]:
    weeks = set()
    for (start,) in list(db.execute(_SLOTS, (contract,))):
        weeks.add(epoch(week_start(from_epoch(start))))
        place = f"contract {contract.hex()}, {_slot(start)}"
        try:
            made = fold_slot(db, keyring, contract, start)
        except (CorruptError, InvalidError):
            continue  # the body that does not open was named already
        yield from _check_segment(db, keyring, contract, start, place, made)
    for week in sorted(weeks):
        yield from _check_gists(db, keyring, contract, week)


def _check_segment(
    db: apsw.Connection,
    keyring: Keyring,
    contract: bytes,
    start: int,
    place: str,
    made: Folded | None,
) -> Iterator[Finding]:
    mend = partial(project_slot, keyring=keyring, contract=contract, start=start)
    row = db.execute(_SEGMENT, (contract, start)).fetchone()
    if made is None or row is None:
        if (made is None) != (row is None):
            said = (
                "is kept, and the log has none" if made is None else "is in the log, and not kept"
            )
            yield Finding("segment-stray", place, f"a segment {said}", REPAIR, mend)
        return
    *told, sealed = row
    wanted = [
        made.kind,
        made.mask,
        made.sampled,
        made.index,
        made.received,
        made.timely,
        made.late_mask,
        made.late_sampled,
    ]
    try:
        same = told == wanted and open_content(db, keyring, contract, start, sealed) == made.content
    except CorruptError:
        same = False
    if not same:
        said = "the segment is not what the log's entries make of it"
        yield Finding("segment-stale", place, said, REPAIR, mend)
    for shot in made.content.shots:
        tag = keyring.tag(db, contract, shot.digest.hex())
        if not db.execute(_SHOWN, (contract, tag)).fetchone():
            said = f"nothing says where the picture of monitor {shot.monitor} lies"
            yield Finding("picture-unrecorded", place, said, RESTORE)


def _check_gists(
    db: apsw.Connection, keyring: Keyring, contract: bytes, week: int
) -> Iterator[Finding]:
    """What a search reads is made of the contents. Where it is lacking the server makes it."""
    try:
        known = gists_of(db, keyring, contract, week)
        starts = {seal: start for start, seal in _seals(db, contract, week)}
        same = all(
            seal in starts and gist == gist_of(db, keyring, contract, starts[seal])
            for seal, gist in known.items()
        )
    except CorruptError:
        return  # the segment that does not open was named already
    if not same:
        place = f"contract {contract.hex()}, week of {from_epoch(week):%Y-%m-%d}"
        mend = partial(_gists_again, keyring=keyring, contract=contract, week=week)
        yield Finding("gist", place, "a search would show what the log does not say", REPAIR, mend)


def _gists_again(db: apsw.Connection, keyring: Keyring, contract: bytes, week: int) -> None:
    db.execute("DELETE FROM gist WHERE contract = ? AND week = ?", (contract, week))
    keep_gists(db, keyring, contract, [week])


def _seals(db: apsw.Connection, contract: bytes, week: int) -> list[tuple[int, bytes]]:
    return list(
        db.execute(
            "SELECT start, substr(sealed, 5, 12) FROM segment "
            "WHERE contract = ? AND start >= ? AND start < ?",
            (contract, week, week + 7 * 86_400),
        )
    )


def _check_weeks(db: apsw.Connection, keyring: Keyring, contract: bytes) -> Iterator[Finding]:
    """A closed week's papers and verdicts are those that its entry commits to."""
    name = f"contract {contract.hex()}"
    for (index,) in db.execute(_UNKEPT_WEEKS, (contract,)):
        yield Finding("week-unkept", f"{name}, entry {index}", "its closed week is gone", RESTORE)
    for start, index in list(db.execute(_WEEKS, (contract,))):
        place = f"{name}, week of {from_epoch(start):%Y-%m-%d}"
        try:
            stored = log.entry_at(db, contract, index)
            raw = log.unseal_body(db, keyring, contract, stored.id, stored.sealed)
            body = read_body(raw, WeekBody)
            closed = closed_week(db, keyring, contract, from_epoch(start))
        except (CorruptError, InvalidError) as error:
            yield Finding("week-altered", place, f"what was frozen: {error}", RESTORE)
            continue
        papers = closed.frozen.documents if closed else {}
        if {form: hashlib.sha256(paper).hexdigest() for form, paper in papers.items()} != (
            body.documents
        ):
            said = "its timesheets are not those that were signed"
            yield Finding("week-altered", place, said, RESTORE)
        kept = list(db.execute(_VERDICTS, (contract, start, start + 7 * 86_400)))
        if body.week != start or kept != _verdicts(body):
            said = "the verdicts on its segments are not those that were signed"
            yield Finding("week-verdicts", place, said, RESTORE)


def _verdicts(body: WeekBody) -> list[tuple[int, str, int, int]]:
    return [
        (body.week + SEGMENT_SECONDS * (first + number), body.statuses[status], minutes, billable)
        for first, length, status, minutes, billable in body.segments
        for number in range(length)
    ]


def _slot(start: int) -> str:
    return f"{from_epoch(start):%Y-%m-%d %H:%M} UTC"
