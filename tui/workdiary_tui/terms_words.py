"""Terms and their changes in words: what changed, by whom, and from when it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from workdiary import api
from workdiary.changed_terms import change_words, holds_from
from workdiary.plain import contracts

from workdiary_tui.words import shown, when

TOLD_FOR = timedelta(days=7)
"""How long a change of terms stands on the screens, from its receipt or from when it holds."""


def newest_change(history: Sequence[api.Terms], now: datetime, arrow: str) -> str:
    """The change that was made last, as long as it is news; else nothing."""
    if len(history) < 2:
        return ""
    place = max(range(1, len(history)), key=lambda at: (history[at].index, at))
    before, after = history[place - 1], history[place]
    begins = holds_from(before, after)
    if not after.changed or now - max(begins, after.received) > TOLD_FOR:
        return ""
    what = shown(", ".join(change_words(before, after, arrow)))
    return f"{what} by {shown(after.by)}, from {day_or_time(begins)}"


def day_or_time(instant: datetime) -> str:
    """``Mon 23 Nov`` where a day begins, else with the time, in UTC."""
    utc = instant.astimezone(UTC)
    midnight = not (utc.hour or utc.minute or utc.second)
    return f"{utc:%a %d %b}" if midnight else when(instant)


def history_lines(history: Sequence[api.Terms], arrow: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each of the terms as a heading and its lines, the newest first."""
    found = contracts.history(history, arrow)
    return [(shown(heading), tuple(map(shown, lines))) for heading, lines in found]
