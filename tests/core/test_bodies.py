"""What bodies may say: every bound is held when they are read, before anything depends on them."""

from __future__ import annotations

import pytest
from workdiary import canonical
from workdiary.bodies import (
    AdjustmentBody,
    Body,
    ChangeBody,
    ContestBody,
    ContractBody,
    DeletedBody,
    EndBody,
    ManualBody,
    MemoBody,
)
from workdiary.entries import make_body, read_body
from workdiary.errors import InvalidError

SLOT = 1_790_000_400
FAR = 2**50


def terms(**changes: object) -> ContractBody:
    usual: dict[str, object] = {
        "name": "Website",
        "freelancer": "0" * 32,
        "clients": (),
        "since": 0,
        "rate": 1,
        "currency": "USD",
        "weekly_limit": None,
        "hourly": True,
        "manual": True,
        "screenshots": "none",
        "zone": "UTC",
        "policy": "weekly_limit",
    }
    return ContractBody(**(usual | changes))  # type: ignore[arg-type]  # values of one builder


def adjustment(**changes: object) -> AdjustmentBody:
    usual: dict[str, object] = {
        "week": 345_600,
        "verdicts": ((SLOT, "auto", 10, 10),),
        "amount": 1,
        "currency": "USD",
    }
    return AdjustmentBody(**(usual | changes))  # type: ignore[arg-type]  # values of one builder


def salt(count: int) -> bytes:
    return bytes(count)


GOOD: list[Body] = [
    terms(policy_options={"daily_cap": 480, "strict": True, "name": "x"}),
    ChangeBody(since=SLOT, weekly_limit=None),
    ChangeBody(since=SLOT, rate=0, paused=False, clients=("1" * 32,)),
    EndBody(since=SLOT, reason=""),
    ManualBody(segments=(SLOT, SLOT + 600), memo="m", reason="r"),
    MemoBody(segments=(SLOT,), memo=""),
    DeletedBody(segments=(0,)),
    ContestBody(segments=(SLOT,), reason="r"),
    adjustment(),
]
BAD: list[tuple[str, Body]] = [
    ("no second", terms(since=FAR)),
    ("no second", terms(since=-1)),
    ("rate is", terms(rate=10**15)),
    ("weekly limit is", terms(weekly_limit=-1)),
    ("ISO 4217", terms(currency="usd")),
    ("required, optional or none", terms(screenshots="sometimes")),
    ("at most 20 options", terms(policy_options={str(n): n for n in range(21)})),
    ("option cap is at most", terms(policy_options={"cap": 2**60})),
    ("option name is", terms(policy_options={"name": "x" * 200})),
    ("no second", ChangeBody(since=FAR, rate=1)),
    ("names what changes", ChangeBody(since=SLOT)),
    ("rate is", ChangeBody(since=SLOT, rate=-1)),
    ("required, optional or none", ChangeBody(since=SLOT, screenshots="")),
    ("person's id", ChangeBody(since=SLOT, clients=("me",))),
    ("no second", EndBody(since=FAR, reason="")),
    ("name 1 to", MemoBody(segments=(), memo="m")),
    ("name 1 to", DeletedBody(segments=tuple(range(0, 1009 * 600, 600)))),
    ("once each", DeletedBody(segments=(SLOT, SLOT))),
    ("once each", DeletedBody(segments=(SLOT + 600, SLOT))),
    ("once each", DeletedBody(segments=(-600,))),
    ("ten-minute mark", DeletedBody(segments=(SLOT + 1,))),
    ("no second", DeletedBody(segments=(FAR // 600 * 600,))),
    ("memo is missing", ManualBody(segments=(SLOT,), memo=" ", reason="r")),
    ("reason is missing", ManualBody(segments=(SLOT,), memo="m", reason="")),
    ("reason is missing", ContestBody(segments=(SLOT,), reason="")),
    ("no second", adjustment(week=FAR)),
    ("name 1 to", adjustment(verdicts=())),
]


@pytest.mark.parametrize("body", GOOD, ids=lambda body: type(body).__name__)
def test_a_right_body_is_read_as_it_was_written(body: Body) -> None:
    raw = make_body(body, salt)
    assert read_body(raw, type(body)) == body
    assert canonical.encode(body) == raw[16:]


@pytest.mark.parametrize(("why", "body"), BAD)
def test_a_wrong_body_is_refused_with_the_reason(why: str, body: Body) -> None:
    with pytest.raises(InvalidError, match=why):
        read_body(make_body(body, salt), type(body))
