"""What server and policy process say to each other: length-prefixed MessagePack, one for one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from workdiary.billing import Counted, Terms, Verdict
from workdiary.bodies import Option
from workdiary.segments import Kind, epoch, from_epoch

PREFIX_BYTES = 4
LONGEST = 4 * 1024 * 1024


class Question(msgspec.Struct, frozen=True, array_like=True):
    """A week to judge; with no week, whether the policy and its options can be used at all."""

    policy: str
    options: dict[str, Option]
    terms: tuple[tuple[int, int, str, int | None, bool, bool], ...] = ()
    week: tuple[tuple[int, str, int, bool, bool, bool, bool], ...] | None = None


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """The verdicts, or why there are none; ``to`` is the digest of the question."""

    verdicts: tuple[tuple[int, str, int, int, str, str], ...] = ()
    error: str = ""
    to: bytes = b""


def ask(
    policy: str, options: Mapping[str, Option], terms: Sequence[Terms], week: Sequence[Counted]
) -> Question:
    return Question(
        policy=policy,
        options=dict(sorted(options.items())),
        terms=tuple(
            (epoch(t.since), t.rate, t.currency, t.weekly_limit, t.hourly, t.active) for t in terms
        ),
        week=tuple(
            (
                epoch(s.start),
                s.kind.value,
                s.tracked_minutes,
                s.sampled,
                s.claimed_elsewhere,
                s.late,
                s.accepted,
            )
            for s in week
        ),
    )


def asked(question: Question) -> tuple[list[Terms], list[Counted]]:
    """The domain's values of a question."""
    terms = [
        Terms(from_epoch(since), rate, currency, limit, hourly, active)
        for since, rate, currency, limit, hourly, active in question.terms
    ]
    week = [
        Counted(from_epoch(start), Kind(kind), minutes, sampled, elsewhere, late, accepted)
        for start, kind, minutes, sampled, elsewhere, late, accepted in question.week or ()
    ]
    return terms, week


def reply(verdicts: Sequence[Verdict]) -> Reply:
    """What is no verdict fails here, in the policy's own process."""
    return Reply(
        tuple(
            (epoch(v.start), str(v.status), v.minutes, v.billable_minutes, v.reason, v.rule)
            for v in verdicts
        )
    )


def verdicts_of(reply: Reply) -> list[Verdict]:
    return [
        Verdict(from_epoch(start), status, minutes, billable, reason, rule)
        for start, status, minutes, billable, reason, rule in reply.verdicts
    ]


def digest(question: bytes) -> bytes:
    """Names a question, as its bytes are without the prefix."""
    return hashlib.sha256(question).digest()


def packed(value: Question | Reply) -> bytes:
    content = msgspec.msgpack.encode(value)
    return len(content).to_bytes(PREFIX_BYTES, "big") + content
