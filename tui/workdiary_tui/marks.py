"""What stands on a segment besides its status: contested, edited, late, added or deleted by hand.

Each is a sign and a word; none of them changes a total.
"""

from __future__ import annotations

from rich.style import Style
from workdiary import api
from workdiary.billing import BillingStatus
from workdiary.segments import Kind

from workdiary_tui import look
from workdiary_tui.look import DIM, PLAIN
from workdiary_tui.pieces import Piece, Pieces
from workdiary_tui.words import shown, when, wrapped

LEGEND = ("! + ~", "contested, late, memo edited")
_REASON_LINES = 2


def row_marks(segment: api.Segment) -> Pieces:
    """The marks before a memo: ``!contested +late ~``, each only where it holds."""
    marks: list[Piece] = []
    if segment.contested is not None:
        marks += [("!contested", look.WARNING), (" ", PLAIN)]
    if segment.late and segment.status != BillingStatus.LATE:
        marks += [("+late", look.PICTURE), (" ", PLAIN)]
    if segment.edited is not None:
        marks.append(("~", look.PICTURE))
    return marks


def why_manual(segment: api.Segment) -> str:
    """The freelancer's reason for time that no tracker saw."""
    if segment.kind != Kind.MANUAL or not segment.why_manual:
        return ""
    return f"by hand: {shown(segment.why_manual)}"


def mark_lines(segment: api.Segment, width: int) -> list[Pieces]:
    """The marks in full: who, when and why."""
    lines: list[Pieces] = []
    reason = why_manual(segment)
    if reason:
        lines += _paragraph(reason, PLAIN, width)
    if segment.late:
        lines += _paragraph(f"+ {late_words(segment)}", look.PICTURE, width)
    if segment.edited is not None:
        lines += _paragraph(f"~ memo edited {when(segment.edited)}", DIM, width)
    if segment.contested is not None:
        lines += _paragraph(contested_words(segment.contested), look.WARNING, width)
    return lines


def late_words(segment: api.Segment) -> str:
    minutes = segment.late.bit_count()
    decided = {None: "not decided yet", True: "accepted", False: "declined"}[segment.accepted]
    plural = "" if minutes == 1 else "s"
    return f"{minutes} minute{plural} arrived after the lock: {decided}"


def contested_words(contest: api.Contest) -> str:
    return f"! contested by {shown(contest.by)}, {when(contest.at)}: {shown(contest.reason)}"


def deleted_words(tombstone: api.Tombstone) -> str:
    """``deleted by Jane D., 6 min, Tue 24 Nov 10:31 UTC``; added time says that it was."""
    kind = " by hand" if tombstone.kind == Kind.MANUAL else ""
    who = shown(tombstone.by)
    return f"deleted by {who}, {tombstone.minutes} min{kind}, {when(tombstone.at)}"


def _paragraph(text: str, style: Style, width: int) -> list[Pieces]:
    lines = wrapped(text, max(1, width - 2), _REASON_LINES)
    return [[(" ", PLAIN), (line, style)] for line in lines]
