"""The lines around a segment's picture: what, when, where in its set, and why it counts."""

from __future__ import annotations

from datetime import datetime

from workdiary import api

from workdiary_tui import look
from workdiary_tui.diary_lines import meter, totals
from workdiary_tui.look import DIM, PLAIN, Signs
from workdiary_tui.pictures import Loupe
from workdiary_tui.pieces import Piece, Pieces, spread
from workdiary_tui.sets import Set
from workdiary_tui.words import shown
from workdiary_tui.zones import Clock

_DIGEST_SHOWN = 8


def title_line(
    segment: api.Segment, members: Set, monitor: int, clock: Clock, drawn: str, width: int
) -> Pieces:
    """When, its status, the picture's moment, and its place in the set."""
    badge = look.badge(segment.status)
    when = f" {clock.local(segment.start):%a %d %b %H:%M} {clock.label(segment.start)} "
    left: list[Piece] = [(when, look.TITLE), (f" {badge.word} ", badge.style)]
    left.append((f" {segment.meter}/10 ", look.TITLE_REST))
    if segment.pictures:
        taken = clock.local(segment.pictures[monitor].taken_at)
        left.append((f" taken {taken:%H:%M:%S}", look.TITLE_REST))
    place = next((i for i, one in enumerate(members, 1) if one.start == segment.start), 0)
    right = f" {place} of {len(members)} in its set  {drawn} "
    return spread(left, [(right, look.TITLE_REST)], width, look.TITLE_REST)


def loupe_line(
    segment: api.Segment, loupe: Loupe | None, clock: Clock, drawn: str, width: int
) -> Pieces:
    """When, and which part of the picture is seen how large."""
    when = f" {clock.local(segment.start):%a %d %b %H:%M} {clock.label(segment.start)} "
    left: list[Piece] = [(when, look.TITLE)]
    if loupe is not None:
        (across, down), (x, y, _, _) = loupe.picture, loupe.box
        left.append((f" {loupe.zoom} % at {x},{y} of {across}x{down}", look.TITLE_REST))
    return spread(left, [(f" {drawn} ", look.TITLE_REST)], width, look.TITLE_REST)


def memo_line(segment: api.Segment, monitor: int, width: int) -> Pieces:
    left: Pieces = [(f" {shown(segment.memo) or 'no memo'}", PLAIN)]
    if not segment.pictures:
        return left
    picture = segment.pictures[monitor]
    which = f"monitor {monitor + 1} of {len(segment.pictures)}  "
    right = f"{which if len(segment.pictures) > 1 else ''}{picture.width}x{picture.height}  "
    return spread(left, [(f"{right}sha256 {picture.digest[:_DIGEST_SHOWN]} ", DIM)], width)


def counts_line(segment: api.Segment, clock: Clock, signs: Signs, width: int) -> Pieces:
    """The meter, the sums, and why the billing status is what it is."""
    keys, clicks, scrolls = totals(segment)
    left: list[Piece] = [(" ", PLAIN), *meter(segment, signs)]
    left.append((f"  k {keys}  c {clicks}  s {scrolls}", PLAIN))
    utc = clock.both_dates(segment.start)
    right = f"{shown(segment.reason)}{'  ' if segment.reason and utc else ''}{utc} "
    return spread(left, [(right, DIM)], width)


def without_picture(segment: api.Segment) -> list[str]:
    """What stands where a picture would: the reason there is none."""
    if segment.kind == "manual":
        return ["manual time", "the freelancer added this time; no picture was taken"]
    return ["no picture", _REASONS.get(segment.no_picture) or shown(segment.no_picture)]


_REASONS = {
    "not sampled": "the tracker was not running at this segment's random moment",
    "locked": "the screen was locked",
    "blank": "the screen showed one colour",
    "no-display": "there was no display to picture",
    "wayland": "the desktop does not let its screen be pictured",
}


def edge_of_set(members: Set, start: datetime, step: int) -> bool:
    """Whether walking on by ``step`` would leave the set."""
    return start == members[-1 if step > 0 else 0].start
