"""Changes of a contract's terms in words: what changed, by whom, and from when it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from workdiary import api, money
from workdiary.billing import week_end, week_start
from workdiary.text import harmless


def change_words(before: api.Terms, after: api.Terms, arrow: str = "→") -> list[str]:
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


def told(before: api.Terms, after: api.Terms) -> str:
    """A change as one line: ``limit 40h → 50h, by Grace, from Mon 23 Nov 00:00 UTC``."""
    what = ", ".join(change_words(before, after)) or "terms confirmed"
    begins = holds_from(before, after).astimezone(UTC)
    return f"{what}, by {harmless(after.by)}, from {begins:%a %d %b %H:%M} UTC"


def news(history: Sequence[api.Terms], known: int) -> list[str]:
    """A line for each change that came to the log after the entry ``known``."""
    changes = pairwise(history)
    fresh = [(before, after) for before, after in changes if after.index > known]
    return [told(before, after) for before, after in sorted(fresh, key=lambda one: one[1].index)]


def limit_hours(limit: int | None) -> str:
    """A weekly limit: ``40h``, ``7h30``, or ``no limit``."""
    if limit is None:
        return "no limit"
    return f"{limit // 60}h" + (f"{limit % 60:02d}" if limit % 60 else "")


def all_terms(terms: api.Terms) -> list[str]:
    """Every term as ``label value``."""
    named = [name for name in _TERMS if name != "policy_options" or terms.policy_options]
    return [f"{_TERMS[name][0]} {_TERMS[name][1](terms)}" for name in named]


def _phrase(name: str, before: api.Terms, after: api.Terms, arrow: str) -> str:
    match name:
        case "ended":
            return "contract ended"
        case "paused":
            return "contract paused" if after.paused else "contract resumed"
    known = _TERMS.get(name)
    if known is None:
        return f"{harmless(name).replace('_', ' ')} changed"
    label, say = known
    if name == "rate":
        old = money.written(before.rate, before.currency).rpartition(" ")[0]
        return f"rate {old} {arrow} {money.written(after.rate, after.currency)}"
    return f"{label} {say(before)} {arrow} {say(after)}"


def _rate(terms: api.Terms) -> str:
    return f"{money.written(terms.rate, terms.currency)} an hour"


def _options(terms: api.Terms) -> str:
    pairs = (f"{name} {value}" for name, value in sorted(terms.policy_options.items()))
    return harmless(", ".join(pairs)) or "none"


_TERMS: dict[str, tuple[str, Callable[[api.Terms], str]]] = {
    "weekly_limit": ("limit", lambda terms: limit_hours(terms.weekly_limit)),
    "rate": ("rate", _rate),
    "hourly": ("price", lambda terms: "by the hour" if terms.hourly else "fixed"),
    "manual": ("manual time", lambda terms: "allowed" if terms.manual else "not allowed"),
    "screenshots": ("screenshots", lambda terms: harmless(terms.screenshots)),
    "zone": ("freelancer's zone", lambda terms: harmless(terms.zone)),
    "policy": ("policy", lambda terms: harmless(terms.policy)),
    "policy_options": ("policy options", _options),
}
