"""Terms and their changes in words: what changed, by whom, and from when it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from workdiary import api, money
from workdiary.billing import week_end, week_start

from workdiary_tui.words import limit_hours, shown, when

TOLD_FOR = timedelta(days=7)
"""How long a change of terms stands on the screens, from its receipt or from when it holds."""


def change_words(before: api.Terms, after: api.Terms, arrow: str) -> list[str]:
    """One phrase for each term that changed: ``limit 40h → 50h``."""
    return [_phrase(name, before, after, arrow) for name in after.changed]


def holds_from(before: api.Terms, after: api.Terms) -> datetime:
    """When a change comes to bear on bills.

    A raised limit holds for the whole week in which it was raised; a lowered one from the Monday
    after it.
    """
    if tuple(after.changed) != ("weekly_limit",):
        return after.since
    if raised(before.weekly_limit, after.weekly_limit):
        return week_start(after.since)
    begins = week_start(after.since)
    return begins if after.since == begins else week_end(after.since)


def raised(before: int | None, after: int | None) -> bool:
    """Whether a limit became higher; no limit is the highest."""
    return before is not None and (after is None or after > before)


def newest_change(history: Sequence[api.Terms], now: datetime, arrow: str) -> str:
    """The change that was made last, as long as it is news; else nothing."""
    if len(history) < 2:
        return ""
    place = max(range(1, len(history)), key=lambda at: (history[at].index, at))
    before, after = history[place - 1], history[place]
    begins = holds_from(before, after)
    if not after.changed or now - max(begins, after.received) > TOLD_FOR:
        return ""
    what = ", ".join(change_words(before, after, arrow))
    return f"{what} by {shown(after.by)}, from {day_or_time(begins)}"


def day_or_time(instant: datetime) -> str:
    """``Mon 23 Nov`` where a day begins, else with the time, in UTC."""
    utc = instant.astimezone(UTC)
    midnight = not (utc.hour or utc.minute or utc.second)
    return f"{utc:%a %d %b}" if midnight else when(instant)


def history_lines(history: Sequence[api.Terms], arrow: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each of the terms as a heading and its lines, the newest first."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for place, terms in enumerate(history):
        since = f"{terms.since.astimezone(UTC):%a %d %b %Y %H:%M} UTC"
        heading = f"from {since}, by {shown(terms.by)} (entry {terms.index} of the log)"
        if place == 0:
            lines = ["the contract was opened", *all_terms(terms)]
        else:
            before = history[place - 1]
            lines = change_words(before, terms, arrow) or ["nothing changed"]
            begins = holds_from(before, terms)
            if begins != terms.since:
                lines.append(f"holds from {when(begins)}")
        found.append((heading, tuple(lines)))
    return found[::-1]


def all_terms(terms: api.Terms) -> list[str]:
    told = [name for name in _TERMS if name != "policy_options" or terms.policy_options]
    return [f"{_TERMS[name][0]} {_TERMS[name][1](terms)}" for name in told]


def _phrase(name: str, before: api.Terms, after: api.Terms, arrow: str) -> str:
    match name:
        case "ended":
            return "contract ended"
        case "paused":
            return "contract paused" if after.paused else "contract resumed"
    known = _TERMS.get(name)
    if known is None:
        return f"{shown(name).replace('_', ' ')} changed"
    label, say = known
    if name == "rate" and before.currency == after.currency:
        old = money.written(before.rate, before.currency).rpartition(" ")[0]
        return f"rate {old} {arrow} {money.written(after.rate, after.currency)}"
    return f"{label} {say(before)} {arrow} {say(after)}"


def _rate(terms: api.Terms) -> str:
    return f"{money.written(terms.rate, terms.currency)} an hour"


def _options(terms: api.Terms) -> str:
    pairs = (f"{name} {value}" for name, value in sorted(terms.policy_options.items()))
    return shown(", ".join(pairs)) or "none"


_TERMS: dict[str, tuple[str, Callable[[api.Terms], str]]] = {
    "weekly_limit": ("limit", lambda terms: limit_hours(terms.weekly_limit)),
    "rate": ("rate", _rate),
    "hourly": ("price", lambda terms: "by the hour" if terms.hourly else "fixed"),
    "manual": ("manual time", lambda terms: "allowed" if terms.manual else "not allowed"),
    "screenshots": ("screenshots", lambda terms: shown(terms.screenshots)),
    "zone": ("freelancer's zone", lambda terms: shown(terms.zone)),
    "policy": ("policy", lambda terms: shown(terms.policy)),
    "policy_options": ("policy options", _options),
}
