"""The lines of the contracts view: this week against its limit, and when each was last seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.style import Style
from workdiary import api
from workdiary.billing import BillingStatus
from workdiary.changed_terms import limit_hours
from workdiary.money import written

from workdiary_tui import look
from workdiary_tui.day_header import limit_bar, policy_failed
from workdiary_tui.live_words import LIVE
from workdiary_tui.look import BOLD, DIM, PLAIN, Signs
from workdiary_tui.pieces import Piece, Pieces, fit, spread
from workdiary_tui.today_lines import bars
from workdiary_tui.words import hours, shown, week_name, wrapped
from workdiary_tui.zones import Clock

_BAR_FROM = 76
_ROOMY = 100
_RATE_FROM = 118
_RATE = 14
_DAYS = 9
_NOTE_LINES = 2
NOTES_HIGHEST = 6

Note = tuple[str, Style]


def title_line(me: api.Me, clock: Clock, now: datetime, width: int) -> Pieces:
    left = [(" workdiary", look.TITLE), ("  Contracts", look.TITLE_REST)]
    who = f"{shown(me.person.name)}   {clock.local(now):%a %d %b %Y} {clock.label(now)} "
    return spread(left, [(who, look.TITLE_REST)], width, look.TITLE_REST)


def heading_line(width: int) -> Pieces:
    """Above lines that have two cells less, for the cursor."""
    width -= 2
    person, name = _columns(width)
    bar = " " * 18 if width >= _BAR_FROM else ""
    rate = f"{'7 DAYS':<{_DAYS}}{'RATE':<{_RATE}}" if width >= _RATE_FROM else ""
    text = f"  {fit('FREELANCER', person)} {fit('CONTRACT', name)} TODAY   WEEK  LIMIT"
    return [(f"{text}  {bar}{rate}STATE", DIM)]


def contracts_with(part: str, contracts: Sequence[api.Contract]) -> tuple[api.Contract, ...]:
    """Those that have every word of ``part`` in their own or their freelancer's name."""
    words = part.casefold().split()
    named = ((one, f"{one.name} {one.freelancer.name}".casefold()) for one in contracts)
    return tuple(one for one, name in named if all(word in name for word in words))


def contract_line(
    contract: api.Contract,
    clock: Clock,
    now: datetime,
    signs: Signs,
    width: int,
    days: Sequence[int] = (),
) -> Pieces:
    """``days`` are the minutes of the last seven, once they are known."""
    person, name = _columns(width)
    limit = "--" if contract.weekly_limit is None else limit_hours(contract.weekly_limit)
    line: list[Piece] = [
        (f"{fit(shown(contract.freelancer.name), person)} ", PLAIN),
        (f"{fit(shown(contract.name), name)} ", BOLD),
        (f"{_tracked(contract, contract.today):>5} {_tracked(contract, contract.week):>6} ", PLAIN),
        (f"{limit:>6}  ", PLAIN),
    ]
    if width >= _BAR_FROM:
        line += _bar(contract, signs)
    if width >= _RATE_FROM:
        rate = written(contract.rate, contract.currency)
        line += [(fit(bars(days, signs), _DAYS), look.ACTIVE), (fit(rate, _RATE), PLAIN)]
    return [*line, *_state(contract, clock, now, width >= _ROOMY)]


def not_judged(contract: api.Contract) -> bool:
    """Whether the policy gave no result this week: no number of it may be shown."""
    return bool(contract.week_error)


def _tracked(contract: api.Contract, minutes: api.Minutes) -> str:
    return "--" if not_judged(contract) else hours(minutes.tracked)


def _columns(width: int) -> tuple[int, int]:
    """Cells for the freelancer's and the contract's name."""
    spare = width - 23 - (18 if width >= _BAR_FROM else 0) - (24 if width >= _ROOMY else 11)
    spare -= _DAYS + _RATE if width >= _RATE_FROM else 0
    person = max(6, min(24, spare * 2 // 5))
    return person, max(6, min(32, spare - person))


def _bar(contract: api.Contract, signs: Signs) -> Pieces:
    if contract.weekly_limit is None or not_judged(contract):
        return [(" " * 18, DIM)]
    tracked = contract.week.tracked
    percent = tracked * 100 // contract.weekly_limit if contract.weekly_limit else 100
    return [*limit_bar(tracked, contract.weekly_limit, signs), (f" {percent:>3}% ", PLAIN)]


def _state(contract: api.Contract, clock: Clock, now: datetime, roomy: bool) -> Pieces:
    """A policy that failed comes first, then what is over the limit: it costs somebody money."""
    over = contract.week.by_status.get(BillingStatus.OVER_LIMIT, 0)
    live = last_seen(contract, clock, now)
    beside: Pieces = [(f"  {live}", PLAIN)] if roomy else []
    if not_judged(contract):
        return [(" POLICY FAILED " if roomy else " NO BILL ", look.OVER), *beside]
    if over:
        return [(f" OVER {hours(over)} ", look.OVER), *beside]
    if contract.ended is not None and contract.ended <= now:
        day = f" {contract.ended:%d %b}" if roomy else ""
        return [(f" ENDED{day} ", look.UNPAID)]
    if contract.paused:
        return [(" PAUSED ", look.UNPAID), *beside]
    if contract.weekly_limit is not None and contract.week.tracked >= contract.weekly_limit:
        return [(" AT LIMIT ", look.UNPAID), *beside]
    return [(live, look.ACTIVE if live.startswith("live") else DIM)]


def last_seen(contract: api.Contract, clock: Clock, now: datetime) -> str:
    last = contract.last_segment
    if last is None:
        return "no time yet"
    if now - last < LIVE:
        return f"live {clock.time(last)}"
    days = (clock.day(now) - clock.day(last)).days
    return f"seen {clock.time(last)}" if days == 0 else f"idle {days} d"


def sum_line(contracts: Sequence[api.Contract], width: int) -> Pieces:
    """The week of all contracts; what could not be billed is counted apart, and is no zero."""
    judged = [contract for contract in contracts if not not_judged(contract)]
    tracked = sum(contract.week.tracked for contract in judged)
    billable = sum(contract.week.billable for contract in judged)
    failed = len(contracts) - len(judged)
    left: list[Piece] = [(" this week: ", PLAIN)]
    if failed:
        left += [(f" {failed} not billed ", look.OVER), (" the others ", PLAIN)]
    left.append((f"{hours(tracked)} tracked  {hours(billable)} billable", PLAIN))
    if tracked - billable and not failed:
        left.append((f"  {hours(tracked - billable)} not billable", PLAIN))
    plural = "" if len(contracts) == 1 else "s"
    right = "" if failed else f"{len(contracts)} contract{plural} "
    return spread(left, [(right, DIM)] if right else [], width)


def notes(contract: api.Contract, weeks: Sequence[api.Week], news: str) -> list[Note]:
    """What the reader should know of a contract: failures, late time to decide on, new terms."""
    name = shown(contract.name)
    found: list[Note] = []
    for week in weeks:
        if week.policy_error:
            found.append((f"{name}: {policy_failed(week.policy_error)}", look.OVER))
        if week.pending:
            late = f"{hours(week.pending)} late in {week_name(week.start)}, not decided"
            found.append((f"{name}: {late}", look.UNPAID))
    if news:
        found.append((f"{name}: {news}", look.NEWS))
    return found


def note_lines(told: Iterable[Note], width: int) -> list[Pieces]:
    """Each note in at most two lines, failures first; the last line counts those left out."""
    notes = sorted(told, key=lambda note: note[1] != look.OVER)
    lines: list[Pieces] = []
    for place, (text, style) in enumerate(notes):
        wanted = wrapped(text, max(10, width - 3), _NOTE_LINES)
        if len(lines) + len(wanted) > NOTES_HIGHEST - (place < len(notes) - 1):
            return [*lines, [(f" and {len(notes) - place} more", DIM)]]
        lines += [[(f" {line} ", style)] for line in wanted]
    return lines


def no_contracts() -> list[Pieces]:
    return [
        [("", PLAIN)],
        [("   There is no contract for you here yet.", BOLD)],
        [("   The owner of the server opens one and names you in it.", DIM)],
    ]
