"""What of a screen can be copied: its deep link, the command that opens it, digest and time.

All of it is ASCII of our own making: a name stands in a link encoded, or as its contract's id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

from workdiary import api
from workdiary.links import Link, segment_link

from workdiary_tui import look
from workdiary_tui.exporting import Host
from workdiary_tui.pieces import Piece, Pieces, fit, spread
from workdiary_tui.words import wrapped

_LONGEST_NAME = 200
_WORD = 14


@dataclass(frozen=True, slots=True)
class Copy:
    """A text to copy, and what it is."""

    what: str
    text: str


def link_name(contract: api.Contract, others: Iterable[api.Contract]) -> str:
    """What a link calls a contract: its name, unless that is another's too, or endless in ASCII."""
    alike = [one for one in others if one.name.casefold() == contract.name.casefold()]
    long = len(Link(contract.name).path) > _LONGEST_NAME
    return contract.id if long or len(alike) > 1 else contract.name


def open_command(link: Link, host: Host | None) -> str:
    """What to type at home to be there; by SSH where the reader came by SSH."""
    if host is None:
        return f"workdiary tui '{link}'"
    return f"ssh -t {host.login} 'open {link.path}'"


def copies(
    link: Link, host: Host | None, segment: api.Segment | None, monitor: int = 0
) -> tuple[Copy, ...]:
    """What ``Y`` offers, the place of a screen and what of ``segment`` is looked at."""
    found = [Copy("link", str(link)), Copy("command", open_command(link, host))]
    if segment is None:
        return tuple(found)
    if link.start is None:
        found.append(Copy("segment link", str(segment_link(link.contract, segment.start))))
    if segment.pictures:
        found.append(Copy("sha256", segment.pictures[monitor].digest))
    found.append(Copy("time", f"{segment.start.astimezone(UTC):%Y-%m-%dT%H:%MZ}"))
    return tuple(found)


def copy_lines(choice: Iterable[Copy], told: str, width: int) -> list[Pieces]:
    """A digit, what it copies, and that in full: it can be selected by hand as well."""
    title = f" Copied: {told}" if told else " Copy"
    lines: list[Pieces] = [
        spread([(title, look.TITLE)], [("Y closes ", look.TITLE_REST)], width, look.TITLE)
    ]
    for digit, one in enumerate(choice, 1):
        head: list[Piece] = [(f" {digit} ", look.KEY), (fit(one.what, _WORD), look.PLAIN)]
        for text in wrapped(one.text, max(10, width - _WORD - 4)):
            lines.append([*head, (text, look.BOLD)])
            head = [(" " * (_WORD + 3), look.PLAIN)]
    return lines
