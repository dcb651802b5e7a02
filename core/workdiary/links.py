"""Deep links: ``diary://acme/website/2026-11-03#08:20`` names a place in a contract's diary.

Behind the contract may stand a day, a week (``2026-W45``) or ``terms``; behind a day the time of a
segment, and of that a monitor (``#08:20/2``). Days and times in a link are UTC, on every clock.
A link is written in ASCII that no shell and no terminal reads as anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import quote, unquote

from workdiary.errors import InvalidError
from workdiary.segments import slot_start
from workdiary.text import NAME_LONGEST, check_text

SCHEME = "diary://"
_LONGEST = 2000
_TERMS = "terms"
_PLACE = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}|\d{{4}}-W\d{{2}}|{_TERMS}", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?:/(\d{1,2}))?", re.ASCII)
_YEARS = range(1970, 3000)
_FORMS = "write contract, contract/2026-11-03, contract/2026-11-03#08:20 or contract/2026-W45"


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a diary: a contract and, where it is named, what of it.

    ``contract`` is a name or an id. ``week`` is a Monday; ``start`` a segment's start on ``day``;
    ``monitor`` counts from 1. Of ``day``, ``week`` and ``terms`` one is there at most.
    """

    contract: str
    day: date | None = None
    start: datetime | None = None
    monitor: int | None = None
    week: date | None = None
    terms: bool = False

    def __str__(self) -> str:
        return SCHEME + self.path

    @property
    def path(self) -> str:
        """The link without its scheme, as it stands behind ``open`` over SSH."""
        return _contract_path(self.contract) + self._place() + self._time()

    def _place(self) -> str:
        if self.day is not None:
            return f"/{self.day.isoformat()}"
        if self.week is not None:
            year, week, _ = self.week.isocalendar()
            return f"/{year}-W{week:02d}"
        return f"/{_TERMS}" if self.terms else ""

    def _time(self) -> str:
        if self.start is None:
            return ""
        monitor = "" if self.monitor is None else f"/{self.monitor}"
        return f"#{self.start.astimezone(UTC):%H:%M}{monitor}"


def segment_link(contract: str, start: datetime, monitor: int | None = None) -> Link:
    return Link(contract, start.astimezone(UTC).date(), start, monitor)


def parse(text: str) -> Link:
    """Read a link, with its scheme or without.

    :raises InvalidError: code ``link``; says which part is wrong, and what would be right
    """
    if len(text) > _LONGEST:
        raise InvalidError(f"the link is {len(text)} characters long; at most {_LONGEST}", "link")
    known = text[: len(SCHEME)].lower() == SCHEME
    path, _, time = (text[len(SCHEME) :] if known else text).partition("#")
    if "://" in path:
        raise InvalidError(f"{_quoted(text)} is no link: it begins with {SCHEME}", "link")
    *names, last = path.rstrip("/").split("/")
    place = last if _PLACE.fullmatch(last) else ""
    link = _placed(_contract("/".join(names if place else [*names, last])), place)
    return _timed(link, time) if "#" in text else link


def _placed(contract: str, place: str) -> Link:
    if not place:
        return Link(contract)
    if place == _TERMS:
        return Link(contract, terms=True)
    if "W" in place:
        return Link(contract, week=_week(place))
    return Link(contract, day=_in_diary(place, date.fromisoformat))


def _week(text: str) -> date:
    return _in_diary(text, lambda _: date.fromisocalendar(int(text[:4]), int(text[6:]), 1))


def _in_diary(text: str, read: Callable[[str], date]) -> date:
    try:
        found = read(text)
    except ValueError:
        raise InvalidError(f"{text} is no day and no week: {_FORMS}", "link") from None
    if found.year not in _YEARS:
        raise InvalidError(f"{text} is outside of any diary", "link")
    return found


def _timed(link: Link, time: str) -> Link:
    """:raises InvalidError: the time is none, or has no day"""
    found = _TIME.fullmatch(time)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59 or found[3] == "0":
        raise InvalidError(
            f"{_quoted(time)} is no time: write #08:20 (UTC), #08:20/2 for the second monitor",
            "link",
        )
    if link.day is None:
        raise InvalidError(f"a time needs its day: {_FORMS}", "link")
    day = link.day
    moment = datetime(day.year, day.month, day.day, int(found[1]), int(found[2]), tzinfo=UTC)
    monitor = int(found[3]) if found[3] else None
    return segment_link(link.contract, slot_start(moment), monitor)


def _contract(path: str) -> str:
    """:raises InvalidError: there is no contract, or nothing that could be one's name"""
    if re.search(r"%(?![0-9A-Fa-f]{2})", path):
        raise InvalidError("a % in a link begins two hex digits: write %25 for itself", "link")
    try:
        name = unquote(path, errors="strict")
    except UnicodeDecodeError:
        raise InvalidError(
            "what % stands for in a link is UTF-8, and this is none", "link"
        ) from None
    if not name:
        raise InvalidError(f"the link names no contract: {_FORMS}", "link")
    return check_text(name, "the contract in the link", NAME_LONGEST)


def _contract_path(name: str) -> str:
    """A name as a path that reads as nothing else: no place, no dots that lead upwards."""
    parts = name.split("/")
    if not all(parts):
        return _quote(name)
    written = [_encoded(part) if set(part) == {"."} else _quote(part) for part in parts]
    if written[0].startswith("-"):  # no option of any command
        written[0] = _encoded("-") + written[0][1:]
    if _PLACE.fullmatch(parts[-1]):
        written[-1] = _encoded(parts[-1][0]) + parts[-1][1:]
    return "/".join(written)


def _quote(text: str) -> str:
    return quote(text, safe="").replace("~", "%7E")


def _encoded(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _quoted(text: str) -> str:
    """What was typed, as a message may hold it."""
    return ascii(text if len(text) <= 60 else f"{text[:57]}...")
