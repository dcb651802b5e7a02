"""What changed in a diary while it was read, in a few words for the line of keys."""

from __future__ import annotations

from workdiary.entries import EntryKind

_WORDS: dict[str, str] = {
    EntryKind.CONTRACT_CHANGED: "the terms changed",
    EntryKind.CONTRACT_ENDED: "the contract was ended",
    EntryKind.SEGMENT_MANUAL: "manual time was added",
    EntryKind.MEMO_EDITED: "a memo was edited",
    EntryKind.SEGMENT_DELETED: "the freelancer deleted time",
    EntryKind.SEGMENT_CONTESTED: "time was contested",
    EntryKind.ADJUSTMENT_ACCEPTED: "late time was accepted",
    EntryKind.ADJUSTMENT_DECLINED: "late time was declined",
    EntryKind.WEEK_CLOSED: "a week was closed",
    EntryKind.LOG_FORKED: "the server lost a part of the log",
}


def news(kind: str) -> str:
    """What an entry of this kind did; nothing of what is simply seen: tracked time comes in."""
    return _WORDS.get(kind, "")
