"""What is typed after ``:``: a day and time, a week, a contract, or a picture's digest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from workdiary import api
from workdiary.errors import InvalidError
from workdiary.links import SCHEME, Link, parse, segment_link
from workdiary.segments import slot_start

from workdiary_tui.words import day_name, shown
from workdiary_tui.zones import Clock

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})?(?:[ T]?(\d{1,2}):(\d{2}))?", re.ASCII)
_WEEK = re.compile(r"(?:(\d{4})-)?(?:W|week ?)(\d{1,2})", re.ASCII | re.IGNORECASE)
_DIGEST = re.compile(r"seg (?:sha256 ?)?([0-9a-f]{4,64})", re.ASCII | re.IGNORECASE)
EXAMPLES = "2026-11-03 08:20, 08:20, today, week 45, acme/mobile, seg 9f2c"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is when they jump: days without a contract are those of this one."""

    contract: api.Contract | None
    day: date
    clock: Clock
    now: datetime


def destination(
    typed: str,
    place: Place,
    contracts: Sequence[api.Contract],
    seen: Iterable[api.Segment] = (),
) -> Link:
    """Where to go; times are those of the clock that is shown.

    :param seen: the segments among which a digest is looked for
    :raises InvalidError: code ``jump``: it is no place, or nothing is there
    """
    text = typed.strip()
    if text.startswith(SCHEME):
        return parse(text)
    if text.lower() == "today":
        return Link(_here(place).id, day=place.clock.day(place.now))
    if found := _DIGEST.fullmatch(text):
        return _by_digest(found[1].lower(), _here(place), seen)
    if found := _WEEK.fullmatch(text):
        return Link(_here(place).id, week=_monday(found, place))
    found = _DAY.fullmatch(text)
    if found and text:
        return _moment(found, place)
    return _contract(text, contracts)


def _here(place: Place) -> api.Contract:
    if place.contract is None:
        raise InvalidError("open a contract first, or name one: acme/website", "jump")
    return place.contract


def _moment(found: re.Match[str], place: Place) -> Link:
    contract = _here(place)
    try:
        day = date.fromisoformat(found[1]) if found[1] else place.day
        _in_the_diary(day, contract, place)
        if found[2] is None:
            return Link(contract.id, day=day)
        local = datetime(
            day.year, day.month, day.day, int(found[2]), int(found[3]), tzinfo=place.clock.zone
        )
    except ValueError:
        raise InvalidError(
            f"{found[0]} is no day and time: write 2026-11-03 08:20", "jump"
        ) from None
    if local.astimezone(UTC).astimezone(place.clock.zone) != local:
        raise InvalidError(f"{found[0]}: the clock skipped that time on {day_name(day)}", "jump")
    return segment_link(contract.id, slot_start(local.astimezone(UTC)))


def _in_the_diary(day: date, contract: api.Contract, place: Place) -> None:
    """:raises InvalidError: code ``jump``: the contract was not open on that day"""
    first, today = place.clock.day(contract.opened), place.clock.day(place.now)
    if day < first:
        raise InvalidError(f"the contract begins on {day_name(first)}", "jump")
    if day > today:
        raise InvalidError(f"{day_name(day)} is still to come", "jump")


def _monday(found: re.Match[str], place: Place) -> date:
    """A week without a year is the newest that has begun."""
    number = int(found[2])
    this_year = place.now.isocalendar().year
    for year in [int(found[1])] if found[1] else [this_year, this_year - 1]:
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if found[1] or monday <= place.now.date():
            return monday
    raise InvalidError(f"there is no week {number}: write week 45 or 2026-W45", "jump")


def _by_digest(digest: str, contract: api.Contract, seen: Iterable[api.Segment]) -> Link:
    starts = {
        segment.start
        for segment in seen
        if any(picture.digest.startswith(digest) for picture in segment.pictures)
    }
    if not starts:
        raise InvalidError(f"no picture {digest} on the days that you looked at", "jump")
    if len(starts) > 1:
        raise InvalidError(f"{len(starts)} pictures begin with {digest}: write more of it", "jump")
    return segment_link(contract.id, starts.pop())


def _contract(text: str, contracts: Sequence[api.Contract]) -> Link:
    names = {contract.name.lower(): contract for contract in contracts}
    wanted = text.lower()
    begun = [name for name in names if name.startswith(wanted) or name.endswith(f"/{wanted}")]
    if wanted in names:
        return Link(names[wanted].id)
    if wanted and len(begun) == 1:
        return Link(names[begun[0]].id)
    from difflib import get_close_matches  # who writes right never needs it

    near = begun[:3] or get_close_matches(wanted, names, 3, 0.5)
    hint = ", ".join(shown(names[name].name) for name in near)
    meant = f": is it {hint}?" if hint else f": try {EXAMPLES}"
    raise InvalidError(f"there is no {text[:40]!r}{meant}", "jump")
