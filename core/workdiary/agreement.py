"""What a contract's two sides agreed on, and since when: the fold of its terms' entries.

Nothing is overwritten. A change names only what it changes, so that one that was planned for later
and one that is made meanwhile both hold. No change holds before its receipt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from workdiary import canonical
from workdiary.billing import Terms, week_start
from workdiary.bodies import ChangeBody, ContractBody, EndBody
from workdiary.entries import BODY_OF, EntryKind
from workdiary.segments import from_epoch

TERMS_KINDS = (EntryKind.CONTRACT_OPENED, EntryKind.CONTRACT_CHANGED, EntryKind.CONTRACT_ENDED)


class Agreed(msgspec.Struct, frozen=True, array_like=True):
    """One entry about terms as the projection keeps it; ``body`` is canonical JSON."""

    index: int
    received: int
    person: bytes
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class InForce:
    """Terms from ``since`` until the next ones; ``changed`` names what differs from before."""

    since: datetime
    body: ContractBody
    paused: bool
    ended: bool
    agreed: Agreed
    changed: tuple[str, ...]

    @property
    def billing(self) -> Terms:
        body = self.body
        active = not (self.paused or self.ended)
        return Terms(self.since, body.rate, body.currency, body.weekly_limit, body.hourly, active)


def agree(
    history: Sequence[Agreed],
    index: int,
    received: int,
    person: bytes,
    kind: EntryKind,
    body: ContractBody | ChangeBody | EndBody,
) -> tuple[Agreed, ...]:
    """The history with one more entry."""
    return (*history, Agreed(index, received, person, kind.value, canonical.encode(body)))


def fold(history: Iterable[Agreed]) -> tuple[InForce, ...]:
    """The terms by the time from which they hold: no two begin at one time, and the first opens.

    Of entries that come to hold at one time the later in the log has the last word.
    """
    opening, *changes = history
    body = canonical.decode(opening.body, ContractBody)
    held = InForce(from_epoch(body.since), body, False, False, opening, ())
    found = [held]
    for since, entry, change in sorted(map(_when, changes), key=lambda one: one[:1]):
        held = _after(held, max(from_epoch(since), held.since), entry, change)
        if held.since == found[-1].since:
            named = sorted({*found[-1].changed, *held.changed})
            found[-1] = replace(held, changed=tuple(named))
        else:
            found.append(held)
    return tuple(found)


def terms_in_force(terms: Sequence[InForce], instant: datetime) -> InForce:
    """The terms that hold at ``instant``; before the first ones, the first."""
    return next((t for t in reversed(terms) if t.since <= instant), terms[0])


def policy_of_week(terms: Sequence[InForce], week: datetime) -> InForce:
    """The terms whose policy judges a week: those in force as it begins. A change waits for Monday.

    A week in which the contract was opened is judged by its first terms.
    """
    return terms_in_force(terms, week_start(week))


def _when(entry: Agreed) -> tuple[int, Agreed, ChangeBody | EndBody]:
    body: Any = canonical.decode(entry.body, BODY_OF[EntryKind(entry.kind)])
    return max(body.since, entry.received), entry, body


def _after(held: InForce, since: datetime, entry: Agreed, change: ChangeBody | EndBody) -> InForce:
    if isinstance(change, EndBody):
        return InForce(since, held.body, held.paused, True, entry, ("ended",))
    named = {
        name: value
        for name in change.__struct_fields__
        if name != "since" and (value := getattr(change, name)) is not msgspec.UNSET
    }
    if "policy" in named:
        named.setdefault("policy_options", {})
    paused = bool(named.pop("paused", held.paused))
    body = msgspec.structs.replace(held.body, **named)
    changed = [name for name in named if getattr(body, name) != getattr(held.body, name)]
    changed += ["paused"] if paused != held.paused else []
    return InForce(since, body, paused, held.ended, entry, tuple(sorted(changed)))
