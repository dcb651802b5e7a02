"""The lines of the contracts view: this week against its limit, and when each was last seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from workdiary import api
from workdiary.billing import BillingStatus

from workdiary_tui import look
from workdiary_tui.diary_lines import limit_bar
from workdiary_tui.look import BOLD, DIM, PLAIN, Signs
from workdiary_tui.pieces import Piece, Pieces, fit, spread
from workdiary_tui.words import hours, limit_hours, shown
from workdiary_tui.zones import Clock

_LIVE = timedelta(minutes=25)
"""A segment is uploaded up to two minutes after its end; two missing ones mean it stopped."""
_BAR_FROM = 76
_ROOMY = 100


def title_line(me: api.Me, clock: Clock, now: datetime, width: int) -> Pieces:
    left = [(" workdiary", look.TITLE), ("  Contracts", look.TITLE_REST)]
    who = f"{shown(me.person.name)}   {clock.local(now):%a %d %b %Y} {clock.label(now)} "
    return spread(left, [(who, look.TITLE_REST)], width, look.TITLE_REST)


def heading_line(width: int) -> Pieces:
    person, name = _columns(width)
    bar = " " * 18 if width >= _BAR_FROM else ""
    text = f"  {fit('FREELANCER', person)} {fit('CONTRACT', name)} TODAY   WEEK  LIMIT"
    return [(f"{text}  {bar}STATE", DIM)]


def contract_line(
    contract: api.Contract, clock: Clock, now: datetime, signs: Signs, width: int
) -> Pieces:
    person, name = _columns(width)
    limit = "--" if contract.weekly_limit is None else limit_hours(contract.weekly_limit)
    line: list[Piece] = [
        (f"{fit(shown(contract.freelancer.name), person)} ", PLAIN),
        (f"{fit(shown(contract.name), name)} ", BOLD),
        (f"{hours(contract.today.tracked):>5} {hours(contract.week.tracked):>6} ", PLAIN),
        (f"{limit:>6}  ", PLAIN),
    ]
    if width >= _BAR_FROM:
        line += _bar(contract, signs)
    return [*line, *_state(contract, clock, now, width >= _ROOMY)]


def _columns(width: int) -> tuple[int, int]:
    """Cells for the freelancer's and the contract's name."""
    spare = width - 23 - (18 if width >= _BAR_FROM else 0) - (24 if width >= _ROOMY else 11)
    person = max(6, min(24, spare * 2 // 5))
    return person, max(6, min(32, spare - person))


def _bar(contract: api.Contract, signs: Signs) -> Pieces:
    if contract.weekly_limit is None:
        return [(" " * 18, DIM)]
    tracked = contract.week.tracked
    percent = tracked * 100 // contract.weekly_limit if contract.weekly_limit else 100
    return [*limit_bar(tracked, contract.weekly_limit, signs), (f" {percent:>3}% ", PLAIN)]


def _state(contract: api.Contract, clock: Clock, now: datetime, roomy: bool) -> Pieces:
    """Over the limit comes first: it is what costs somebody money."""
    over = contract.week.by_status.get(BillingStatus.OVER_LIMIT, 0)
    live = last_seen(contract, clock, now)
    beside: Pieces = [(f"  {live}", PLAIN)] if roomy else []
    if over:
        return [(f" OVER {hours(over)} ", look.OVER), *beside]
    if contract.weekly_limit is not None and contract.week.tracked >= contract.weekly_limit:
        return [(" AT LIMIT ", look.UNPAID), *beside]
    return [(live, look.ACTIVE if live.startswith("live") else DIM)]


def last_seen(contract: api.Contract, clock: Clock, now: datetime) -> str:
    last = contract.last_segment
    if last is None:
        return "no time yet"
    if now - last < _LIVE:
        return f"live {clock.time(last)}"
    days = (clock.day(now) - clock.day(last)).days
    return f"seen {clock.time(last)}" if days == 0 else f"idle {days} d"


def sum_line(contracts: Sequence[api.Contract], width: int) -> Pieces:
    tracked = sum(contract.week.tracked for contract in contracts)
    billable = sum(contract.week.billable for contract in contracts)
    text = f" this week: {hours(tracked)} tracked  {hours(billable)} billable"
    plural = "" if len(contracts) == 1 else "s"
    rest = tracked - billable
    unpaid = [(f"  {hours(rest)} not billable", PLAIN)] if rest else []
    return spread([(text, PLAIN), *unpaid], [(f"{len(contracts)} contract{plural} ", DIM)], width)


def no_contracts() -> list[Pieces]:
    return [
        [("", PLAIN)],
        [("   There is no contract for you here yet.", BOLD)],
        [("   The owner of the server opens one and names you in it.", DIM)],
    ]
