"""In which order contracts are listed: the server's, or by what a reviewer looks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum

from workdiary import api

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Order(Enum):
    """Its value says what comes first."""

    SERVER = "contract, as the server lists them"
    FREELANCER = "freelancer"
    WEEK = "time this week, the most first"
    SHARE = "share of the weekly limit, the fullest first"
    SEEN = "last segment, the newest first"

    def next(self) -> Order:
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


def in_order(contracts: Sequence[api.Contract], order: Order) -> tuple[api.Contract, ...]:
    """``contracts`` in ``order``; equals stay as they were."""
    if order is Order.FREELANCER:
        return tuple(sorted(contracts, key=lambda one: one.freelancer.name.casefold()))
    if order is Order.WEEK:
        return tuple(sorted(contracts, key=lambda one: -one.week.tracked))
    if order is Order.SHARE:
        return tuple(sorted(contracts, key=lambda one: -_share(one)))
    if order is Order.SEEN:
        return tuple(sorted(contracts, key=lambda one: one.last_segment or _LONG_AGO, reverse=True))
    return tuple(contracts)


def _share(contract: api.Contract) -> float:
    """Of no limit nothing can be used up; a limit of nothing is full at once."""
    if contract.weekly_limit is None:
        return -1.0
    return contract.week.tracked / contract.weekly_limit if contract.weekly_limit else 1.0
