"""Each kind of entry: who may write it, what the diary's state must allow, and what it changes."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
from workdiary.bodies import (
    AdjustmentBody,
    ChangeBody,
    ContestBody,
    DeletedBody,
    EndBody,
    ManualBody,
    MemoBody,
    TrackedBody,
)
from workdiary.entries import Entry, EntryKind, read_entry
from workdiary.errors import InvalidError, RefusedError
from workdiary.segments import from_epoch

from workdiary_server.diary import log
from workdiary_server.diary.access import Action, Actor
from workdiary_server.diary.adjustments import apply_adjustment, check_adjustment
from workdiary_server.diary.contracts import apply_change, check_change, held
from workdiary_server.diary.erasing import bury
from workdiary_server.diary.gists import keep_gists
from workdiary_server.diary.log import Appended, Submission
from workdiary_server.diary.projection import project_slot
from workdiary_server.diary.rules import check_contest, check_edit, check_manual
from workdiary_server.diary.service import Diary

CLOCK_SECONDS = 120
_ACTIONS: dict[EntryKind, Action] = {
    EntryKind.DEVICE_ENROLLED: Action.WRITE,
    EntryKind.SEGMENT_TRACKED: Action.APPEND,
    EntryKind.SEGMENT_MANUAL: Action.APPEND,
    EntryKind.MEMO_EDITED: Action.APPEND,
    EntryKind.SEGMENT_DELETED: Action.APPEND,
    EntryKind.SEGMENT_CONTESTED: Action.REVIEW,
    EntryKind.ADJUSTMENT_ACCEPTED: Action.REVIEW,
    EntryKind.ADJUSTMENT_DECLINED: Action.REVIEW,
    EntryKind.CONTRACT_CHANGED: Action.SET_TERMS,
    EntryKind.CONTRACT_ENDED: Action.SET_TERMS,
}
WRITTEN_HERE = frozenset(_ACTIONS)


def action_of(kind: EntryKind) -> Action:
    return _ACTIONS[kind]


def check_state(db: apsw.Connection, diary: Diary, actor: Actor, submission: Submission) -> None:
    """:raises WorkdiaryError: what the entry's kind may be refused for, with the reason"""
    entry, body, contract = submission.entry, submission.body, submission.contract
    now = max(diary.now(), log.state(db, contract)[1])  # a clock set back reopens no week
    if isinstance(body, TrackedBody):
        _check_segment(db, entry, contract, now)
        _check_pictures(db, diary, entry, body)
    elif isinstance(body, ChangeBody | EndBody):
        check_change(db, diary.keyring, actor, contract, body, now)
    elif isinstance(body, MemoBody | DeletedBody):
        check_edit(db, held(db, diary.keyring, contract), body, now)
    elif isinstance(body, ManualBody):
        check_manual(db, held(db, diary.keyring, contract), body, now)
    elif isinstance(body, ContestBody):
        check_contest(db, held(db, diary.keyring, contract), body, now)
    elif isinstance(body, AdjustmentBody):
        check_adjustment(db, diary, held(db, diary.keyring, contract), entry.kind, body)


def _check_segment(db: apsw.Connection, entry: Entry, contract: bytes, now: float) -> None:
    """Neither in the future nor twice: code ``clock`` (invalid) or ``overlap`` (refused)."""
    ends = (entry.start or 0) + 60 * entry.mask.bit_length()
    if ends > now + CLOCK_SECONDS:
        raise InvalidError(
            f"the segment ends {int(ends - now)} s after this server's clock: set yours", "clock"
        )
    for stored in log.slot(db, contract, entry.start or 0):
        other = read_entry(stored.note)
        if other.device == entry.device and other.mask & entry.mask:
            raise RefusedError(
                "this device has claimed a minute of this segment already", "overlap"
            )


def _check_pictures(db: apsw.Connection, diary: Diary, entry: Entry, body: TrackedBody) -> None:
    """:raises InvalidError: code ``picture``; the terms in force then have none"""
    if body.pictures and entry.start is not None:
        terms = held(db, diary.keyring, bytes.fromhex(entry.contract)).at(from_epoch(entry.start))
        if terms.body.screenshots == "none":
            raise InvalidError("by its terms this contract has no pictures", "picture")


def take_effect(
    db: apsw.Connection, diary: Diary, submission: Submission, appended: Appended
) -> list[str]:
    """Bring the projection up to an appended entry; the keys of blobs that it made nobody's."""
    entry, body, contract = submission.entry, submission.body, submission.contract
    if entry.start is not None:
        _project(db, diary, contract, [entry.start])
    elif isinstance(body, ChangeBody | EndBody):
        apply_change(db, diary.keyring, submission, appended)
    elif isinstance(body, AdjustmentBody):
        starts = [start for start, *_ in body.verdicts]
        log.mark(db, contract, starts, appended.index, entry.kind)
        apply_adjustment(db, contract, entry.kind, body)
    elif isinstance(body, DeletedBody):
        log.mark(db, contract, body.segments, appended.index, entry.kind)
        orphans = bury(db, diary, submission, appended)
        keep_gists(db, diary.keyring, contract, body.segments)
        return orphans
    elif isinstance(body, ManualBody | MemoBody | ContestBody):
        log.mark(db, contract, body.segments, appended.index, entry.kind)
        _project(db, diary, contract, body.segments)
    return []


def _project(db: apsw.Connection, diary: Diary, contract: bytes, starts: Sequence[int]) -> None:
    for start in starts:
        project_slot(db, diary.keyring, contract, start)
    keep_gists(db, diary.keyring, contract, starts)
