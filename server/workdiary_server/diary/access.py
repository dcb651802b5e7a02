"""Who may do what: one function decides, and everything passes through it.

What a caller may not know of is not found; what they may see and not do is denied.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workdiary.errors import DeniedError, NotFoundError


class Scope(StrEnum):
    """What a token is for. ``tracker`` writes a freelancer's diary; ``review`` reads, and signs
    what a client may say; ``read`` changes nothing."""

    TRACKER = "tracker"
    REVIEW = "review"
    READ = "read"
    OWNER = "owner"


class Role(StrEnum):
    """What a person is to a contract."""

    OWNER = "owner"
    FREELANCER = "freelancer"
    CLIENT = "client"


class Action(StrEnum):
    """What is asked for. A diary is days, segments and pictures; a contract is terms and totals."""

    MANAGE = "manage people, invites, devices and tokens"
    ACCEPT_LOSS = "go on without what a restored log lost: the owner does"
    BACK_UP = "copy sealed pictures: the owner does, for a backup"
    OPEN_CONTRACT = "open contracts"
    READ_CONTRACT = "read this contract"
    READ_DIARY = "read this diary: its owner hosts it, and its parties read it"
    WRITE = "write to this contract's log"
    APPEND = "write to this diary: its freelancer does"
    REVIEW = "contest segments or decide on adjustments: the client does"
    SET_TERMS = "change this contract's terms: its owner and its client do"
    SET_ALL_TERMS = "change these terms: the owner does; a client changes the limit, or pauses"
    COSIGN = "cosign this log: its freelancer and its client do, by an enrolled machine"
    CLOSE_WEEK = "close a week by hand: the owner does"


_MAY: dict[Action, frozenset[Role]] = {
    Action.MANAGE: frozenset({Role.OWNER}),
    Action.ACCEPT_LOSS: frozenset({Role.OWNER}),
    Action.BACK_UP: frozenset({Role.OWNER}),
    Action.OPEN_CONTRACT: frozenset({Role.OWNER}),
    Action.READ_CONTRACT: frozenset(Role),
    Action.READ_DIARY: frozenset({Role.FREELANCER, Role.CLIENT}),
    Action.WRITE: frozenset(Role),
    Action.APPEND: frozenset({Role.FREELANCER}),
    Action.REVIEW: frozenset({Role.CLIENT}),
    Action.SET_TERMS: frozenset({Role.OWNER, Role.CLIENT}),
    Action.SET_ALL_TERMS: frozenset({Role.OWNER}),
    Action.COSIGN: frozenset({Role.FREELANCER, Role.CLIENT}),
    Action.CLOSE_WEEK: frozenset({Role.OWNER}),
}

_SCOPES: dict[Action, frozenset[Scope]] = {
    Action.WRITE: frozenset({Scope.TRACKER, Scope.REVIEW, Scope.OWNER}),
    Action.APPEND: frozenset({Scope.TRACKER}),
    Action.REVIEW: frozenset({Scope.REVIEW}),
    Action.SET_TERMS: frozenset({Scope.REVIEW, Scope.OWNER}),
    Action.SET_ALL_TERMS: frozenset({Scope.OWNER}),
    Action.COSIGN: frozenset({Scope.TRACKER, Scope.REVIEW}),
}
"""The scopes that a writing action takes; the others take any."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who holds the token of a request; ids in hex."""

    person: str
    scope: Scope
    device: str | None = None


def authorize(actor: Actor, action: Action, roles: frozenset[Role] | None = None) -> None:
    """Let ``actor`` do ``action``, or raise.

    ``roles`` are the actor's in the contract that is asked for: empty where there is no such
    contract or none of theirs. None means that the action is on no contract.

    :raises NotFoundError: the contract is not theirs to know of
    :raises DeniedError: their role or their token's scope does not allow it
    """
    held = frozenset() if roles is None else roles
    if actor.scope is Scope.OWNER:
        held |= {Role.OWNER}
    if roles is not None and not roles:
        raise NotFoundError("there is no such contract")
    if not held & _MAY[action]:
        who = " and ".join(sorted(held)) or f"a {actor.scope} token"
        raise DeniedError(f"{who} may not {action}")
    if actor.scope not in _SCOPES.get(action, frozenset(Scope)):
        raise DeniedError(
            f"a token of scope {actor.scope} may not {action}: enrol this machine by an invite "
            "for that"
        )
