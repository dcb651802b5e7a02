"""The three zones a diary is read in: UTC, the reader's own and the freelancer's.

A zone moves the times that are shown and which day a segment stands on. It never moves a week, a
total or money.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo

from workdiary.days import zone_named
from workdiary.errors import InvalidError

from workdiary_tui.words import shown


class Whose(Enum):
    """Whose clock the times are read on."""

    UTC = "UTC"
    MINE = "mine"
    THEIRS = "freelancer's"

    def next(self) -> Whose:
        order = list(Whose)
        return order[(order.index(self) + 1) % len(order)]


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone to read times in, and whose it is."""

    whose: Whose
    zone: ZoneInfo

    @property
    def name(self) -> str:
        return self.zone.key

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def time(self, instant: datetime) -> str:
        return f"{self.local(instant):%H:%M}"

    def day(self, instant: datetime) -> date:
        return self.local(instant).date()

    def label(self, instant: datetime) -> str:
        """``UTC``, or ``Asia/Manila +08:00``: an offset is that of the day shown."""
        if self.name == "UTC":
            return "UTC"
        return f"{self.name} {offset(self.local(instant))}"

    def both_dates(self, instant: datetime) -> str:
        """The UTC date and time where the date differs from the local one, else nothing."""
        utc = instant.astimezone(UTC)
        return "" if utc.date() == self.day(instant) else f"{utc:%a %d %b %H:%M} UTC"


def offset(local: datetime) -> str:
    text = f"{local:%z}"
    return f"{text[:3]}:{text[3:5]}"


def clock(whose: Whose, mine: str, theirs: str = "UTC") -> Clock:
    """The clock of one of the three; a zone that this machine does not know reads as UTC."""
    name = {Whose.UTC: "UTC", Whose.MINE: mine, Whose.THEIRS: theirs}[whose]
    try:
        return Clock(whose, zone_named(name))
    except InvalidError:
        return Clock(whose, ZoneInfo("UTC"))


def described(chosen: Clock, freelancer: str, instant: datetime) -> str:
    """What ``z`` says it has done."""
    owner = {
        Whose.UTC: "UTC",
        Whose.MINE: f"mine, {chosen.label(instant)}",
        Whose.THEIRS: f"{shown(freelancer)}'s, {chosen.label(instant)}",
    }[chosen.whose]
    return f"times: {owner}; weeks and money stay in UTC"


def local_zone_name() -> str:
    """This machine's zone: ``TZ``, else where /etc/localtime leads, else UTC."""
    named = os.environ.get("TZ", "").lstrip(":")
    linked = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    for name in filter(None, (named, linked)):
        try:
            return zone_named(name).key
        except InvalidError:
            continue
    return "UTC"
