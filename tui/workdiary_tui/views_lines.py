"""Who looked at which pictures when, as rows: by day and person, a line for each segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from workdiary import api

from workdiary_tui import look
from workdiary_tui.pieces import Piece, Pieces
from workdiary_tui.words import day_name, shown, wrapped
from workdiary_tui.zones import Clock

_WORDS = {"original": "full size", "preview": "preview", "thumbnail": "thumbnail"}
ROOMY = 66
ALL = (
    "A full-size picture or a preview is written down before it is sent, and nobody can switch "
    "that off. Thumbnails are not, nor a second look at what was delivered before."
)
MINE = f"These are your own looks; the freelancer sees them too. {ALL}"
AS_CLIENT = "A client sees only their own looks of these."


@dataclass(frozen=True, slots=True)
class Looker:
    """The heading of what one person was shown on one day."""

    day: date
    person: api.Person
    looks: int
    segments: int


@dataclass(frozen=True, slots=True)
class Looked:
    """One person's looks at one segment, one after another; ``at`` is the last one's minute."""

    at: datetime
    since: datetime
    person: str
    start: datetime
    renditions: tuple[str, ...]
    pictures: int
    times: int
    deleted: bool


Row = Looker | Looked


def rows_of(views: Sequence[api.View], clock: Clock) -> list[Row]:
    """Views, newest first, as rows in the same order."""
    rows: list[Row] = []
    for (day, _), within in groupby(views, key=lambda view: (clock.day(view.at), view.by.id)):
        of_one = list(within)
        looked = [_looked(list(run)) for _, run in groupby(of_one, key=lambda view: view.start)]
        starts = {one.start for one in looked}
        looks = sum(one.times for one in looked)
        rows.append(Looker(day, of_one[0].by, looks, len(starts)))
        rows += looked
    return rows


def _looked(run: Sequence[api.View]) -> Looked:
    renditions = {rendition for view in run for rendition in view.renditions}
    return Looked(
        at=run[0].at,
        since=run[-1].at,
        person=run[0].by.id,
        start=run[0].start,
        renditions=tuple(sorted(renditions)),
        pictures=len({view.digest for view in run}),
        times=sum(view.times for view in run),
        deleted=all(view.digest is None for view in run),
    )


def row_line(row: Row, clock: Clock, width: int) -> Pieces:
    return _looker(row, width) if isinstance(row, Looker) else _line(row, clock, width)


def _looker(row: Looker, width: int) -> Pieces:
    looks = f"{row.looks} look{'' if row.looks == 1 else 's'}"
    segments = f"{row.segments} segment{'' if row.segments == 1 else 's'}"
    words = f"{day_name(row.day)}  {shown(row.person.name)}"
    rest = f"  {looks} at {segments}"
    return [(words, look.HEADING), (rest, look.DIM)]


def _line(row: Looked, clock: Clock, width: int) -> Pieces:
    day = f"{clock.local(row.start):%a %d %b} {clock.time(row.start)}"
    since = "" if row.since == row.at or width < ROOMY else f"{clock.time(row.since)}-"
    line: list[Piece] = [
        (f"{since:>6}" if width >= ROOMY else "", look.DIM),
        (f"{clock.time(row.at)}  ", look.PLAIN),
        (f"saw {day}  ", look.PLAIN),
        (", ".join(_WORDS.get(one, shown(one)) for one in row.renditions), look.BOLD),
    ]
    more = [f"{row.times} times"] if row.times > 1 else []
    more += [f"{row.pictures} monitors"] if row.pictures > 1 else []
    more += ["deleted since"] if row.deleted else []
    return [*line, ("".join(f"  {word}" for word in more), look.DIM)]


def told_lines(text: str, width: int) -> list[Pieces]:
    return [[(f" {line}", look.DIM)] for line in wrapped(text, max(10, width - 2))]


def nobody(owns: bool) -> list[Pieces]:
    who = "No picture was shown to anybody yet." if owns else "No picture was shown to you yet."
    return [[("", look.PLAIN)], [(f"   {who}", look.BOLD)]]
