"""What entries commit to: the bodies of every kind of entry, and the rules they are held to.

A body may be destroyed later; what billing and the chain need for good stands in the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from workdiary.errors import InvalidError
from workdiary.segments import FULL_MASK, MINUTES, SEGMENT_SECONDS
from workdiary.text import MEMO_LONGEST, NAME_LONGEST, check_text

SEGMENTS_LONGEST = 1008
"""The slots of a week: the most that one entry may name."""

LAST_MOMENT = 2**37
"""A second in the year 6325: what lies beyond is no date that anyone means."""

OPTION_HIGHEST = 2**53
RATE_HIGHEST = 10**12
LIMIT_HIGHEST = 10**6

Option = bool | int | str
"""A billing policy's option; never a fraction, for money is near."""


class Rendition(msgspec.Struct, frozen=True):
    """One WebP file of a picture: the hex SHA-256 of its bytes, and their number."""

    digest: str
    size: int


class PictureClaim(msgspec.Struct, frozen=True):
    """One monitor's picture as the tracker made it; ``taken_at`` in seconds since 1970."""

    monitor: int
    taken_at: int
    width: int
    height: int
    original: Rendition
    preview: Rendition
    thumbnail: Rendition


class TrackedBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a tracked part holds: ten rows of [keystrokes, clicks, scrolls, moved 0/1]."""

    session: str
    memo: str
    minutes: tuple[tuple[int, int, int, int], ...]
    down: int
    counts: str
    pictures: tuple[PictureClaim, ...]
    no_picture: str


class ContractBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contract's terms. Rate in minor units an hour, limit in minutes (null: none).

    ``freelancer`` and ``clients`` are ids of people; ``since`` is in seconds since 1970.
    ``policy_options`` are the billing policy's own.
    """

    name: str
    freelancer: str
    clients: tuple[str, ...]
    since: int
    rate: int
    currency: str
    weekly_limit: int | None
    hourly: bool
    manual: bool
    screenshots: str
    zone: str
    policy: str
    policy_options: dict[str, Option] = msgspec.field(default_factory=dict)


class ChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """New terms from ``since`` (or from receipt, if that is later): only what changes is named.

    What is left out stays as it is then, whatever other change comes to hold before or after.
    A paused contract bills nothing of what is worked in the pause.
    """

    since: int
    rate: int | UnsetType = UNSET
    weekly_limit: int | UnsetType | None = UNSET
    hourly: bool | UnsetType = UNSET
    manual: bool | UnsetType = UNSET
    screenshots: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    policy: str | UnsetType = UNSET
    policy_options: dict[str, Option] | UnsetType = UNSET
    paused: bool | UnsetType = UNSET
    clients: tuple[str, ...] | UnsetType = UNSET


class EndBody(msgspec.Struct, frozen=True, kw_only=True):
    """The contract is over from ``since`` (or from receipt, if that is later), and why."""

    since: int
    reason: str


class DeviceBody(msgspec.Struct, frozen=True, kw_only=True):
    """A device of a person: its public key in hex and the name its owner gave it."""

    device: str
    person: str
    public_key: str
    name: str


class ManualBody(msgspec.Struct, frozen=True, kw_only=True):
    """Ten-minute slots that the freelancer adds by hand, what was done, and why by hand."""

    segments: tuple[int, ...]
    memo: str
    reason: str


class MemoBody(msgspec.Struct, frozen=True, kw_only=True):
    """The new memo of segments, which are named by their starts."""

    segments: tuple[int, ...]
    memo: str


class DeletedBody(msgspec.Struct, frozen=True, kw_only=True):
    """The segments whose pictures, counts, memos and pay the freelancer gives up."""

    segments: tuple[int, ...]


class ContestBody(msgspec.Struct, frozen=True, kw_only=True):
    """The segments that the client contests, and why. It alters nothing but that mark."""

    segments: tuple[int, ...]
    reason: str


class AdjustmentBody(msgspec.Struct, frozen=True, kw_only=True):
    """Late segments of a week as the client decides on them, at the money that they saw.

    ``verdicts`` are rows of [start, status, minutes, billable minutes]; ``amount`` is what
    accepting them adds to the week, in minor units (0 where they are declined).
    """

    week: int
    verdicts: tuple[tuple[int, str, int, int], ...]
    amount: int
    currency: str
    reason: str = ""


class WeekBody(msgspec.Struct, frozen=True, kw_only=True):
    """A week's result at its lock, made from the log's first ``size`` entries.

    ``closed_by`` is the id of the person who closed it by hand, or "". ``segments`` are rows of
    [slot of the week 0-1007, length of the run, index into ``statuses``, minutes, billable
    minutes]; ``lines`` rows of [rate, minutes, amount]. ``documents`` are the hex SHA-256 of the
    frozen timesheet by format.
    """

    week: int
    closed_by: str
    size: int
    policy: str
    policy_version: str
    policy_options: dict[str, Option]
    statuses: tuple[str, ...]
    segments: tuple[tuple[int, int, int, int, int], ...]
    lines: tuple[tuple[int, int, int], ...]
    amount: int
    currency: str
    documents: dict[str, str]


class ForkedBody(msgspec.Struct, frozen=True, kw_only=True):
    """The server lost what came after its first entries, and its owner accepted that.

    ``size`` and ``root`` are of the longest head that the server still knew of: its parties may
    hold a longer one.
    """

    size: int
    root: str


Marking = ManualBody | MemoBody | DeletedBody | ContestBody
"""Bodies that name segments by their starts."""

Body = (
    TrackedBody
    | ContractBody
    | ChangeBody
    | EndBody
    | DeviceBody
    | AdjustmentBody
    | WeekBody
    | ForkedBody
    | Marking
)


def check_body(body: Body) -> None:
    """Hold a decoded body to the rules that its type cannot state.

    :raises InvalidError: code ``body``, ``text`` or ``entry``
    """
    _CHECKS[type(body)](body)


def _check_tracked(body: TrackedBody) -> None:
    check_text(body.memo, "the memo", MEMO_LONGEST)
    check_text(body.no_picture, "the reason for no picture", MEMO_LONGEST)
    check_hex(body.session, 16, "a session's id")
    if len(body.minutes) != MINUTES or not 0 <= body.down <= FULL_MASK:
        raise InvalidError("a segment has ten minutes", "body")
    if any(not 0 <= n <= 1_000_000 for minute in body.minutes for n in minute):
        raise InvalidError("a minute's counts are 0 to 1,000,000", "body")
    if body.counts not in {"counts", "active-only", "none"}:
        raise InvalidError(f"{body.counts!r} is not a kind of counting", "body")
    if bool(body.pictures) == bool(body.no_picture):
        raise InvalidError("a part has pictures or a reason for none", "body")
    if len({p.monitor for p in body.pictures}) != len(body.pictures) or len(body.pictures) > 16:
        raise InvalidError("a part has one picture a monitor, of at most 16 monitors", "body")
    for picture in body.pictures:
        for rendition in (picture.original, picture.preview, picture.thumbnail):
            check_hex(rendition.digest, 64, "a picture's digest")


def _check_contract(body: ContractBody) -> None:
    check_text(body.name, "the contract's name", NAME_LONGEST)
    for person in (body.freelancer, *body.clients):
        check_hex(person, 32, "a person's id")
    _check_moment(body.since)
    _check_money(body.rate, body.weekly_limit)
    _check_currency(body.currency)
    _check_screenshots(body.screenshots)
    _check_options(body.policy_options)


def _check_change(body: ChangeBody) -> None:
    _check_money(
        0 if body.rate is UNSET else body.rate,
        None if body.weekly_limit is UNSET else body.weekly_limit,
    )
    if body.screenshots is not UNSET:
        _check_screenshots(body.screenshots)
    if body.policy_options is not UNSET:
        _check_options(body.policy_options)
    for person in () if body.clients is UNSET else body.clients:
        check_hex(person, 32, "a person's id")
    _check_moment(body.since)
    if body == ChangeBody(since=body.since):
        raise InvalidError("a change names what changes, and from when", "body")


def _check_end(body: EndBody) -> None:
    check_text(body.reason, "the reason")
    _check_moment(body.since)


def _check_device(body: DeviceBody) -> None:
    check_text(body.name, "the device's name", NAME_LONGEST)
    check_hex(body.public_key, 64, "a public key")


def _check_manual(body: ManualBody) -> None:
    check_starts(body.segments)
    check_words(body.memo, "the memo")
    check_words(body.reason, "the reason")


def _check_memo(body: MemoBody) -> None:
    check_starts(body.segments)
    check_text(body.memo, "the memo")


def _check_deleted(body: DeletedBody) -> None:
    check_starts(body.segments)


def _check_contest(body: ContestBody) -> None:
    check_starts(body.segments)
    check_words(body.reason, "the reason")


def _check_adjustment(body: AdjustmentBody) -> None:
    check_starts([start for start, *_ in body.verdicts])
    check_text(body.reason, "the reason")
    _check_moment(body.week)
    _check_currency(body.currency)


def _check_week(body: WeekBody) -> None:
    """Made by the server alone, which answers for the rest."""
    _check_currency(body.currency)


def _check_forked(body: ForkedBody) -> None:
    check_hex(body.root, 64, "a root")
    if body.size < 0:
        raise InvalidError("sizes are not negative", "body")


def check_starts(starts: Sequence[int]) -> None:
    """Starts of segments: on ten-minute marks, rising, at most a week's worth.

    :raises InvalidError: code ``body``
    """
    if not 0 < len(starts) <= SEGMENTS_LONGEST:
        raise InvalidError(f"name 1 to {SEGMENTS_LONGEST} segments, not {len(starts)}", "body")
    if list(starts) != sorted(set(starts)) or min(starts) < 0:
        raise InvalidError("segments are named once each, in the order of their start", "body")
    _check_moment(max(starts))
    if any(start % SEGMENT_SECONDS for start in starts):
        raise InvalidError("a segment starts on a ten-minute mark", "body")


def check_words(text: str, what: str) -> None:
    """A text that must say something."""
    check_text(text, what)
    if not text.strip():
        raise InvalidError(f"{what} is missing: say it in a few words", "text")


def _check_moment(second: int) -> None:
    if not 0 <= second <= LAST_MOMENT:
        raise InvalidError(f"{second} is no second since 1970 that anyone means", "body")


def _check_money(rate: int, weekly_limit: int | None) -> None:
    if not 0 <= rate <= RATE_HIGHEST:
        raise InvalidError(f"a rate is 0 to {RATE_HIGHEST} minor units", "body")
    if weekly_limit is not None and not 0 <= weekly_limit <= LIMIT_HIGHEST:
        raise InvalidError(f"a weekly limit is 0 to {LIMIT_HIGHEST} minutes, or none", "body")


def _check_currency(currency: str) -> None:
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise InvalidError(f"{currency!r} is not an ISO 4217 code such as USD", "body")


def _check_screenshots(rule: str) -> None:
    if rule not in {"required", "optional", "none"}:
        raise InvalidError("screenshots are required, optional or none", "body")


def _check_options(options: dict[str, Option]) -> None:
    if len(options) > 20:
        raise InvalidError("a policy has at most 20 options", "body")
    for name, value in options.items():
        check_text(name, "an option's name", NAME_LONGEST)
        if isinstance(value, str):
            check_text(value, f"option {name}", NAME_LONGEST)
        elif abs(value) > OPTION_HIGHEST:
            raise InvalidError(f"option {name} is at most {OPTION_HIGHEST}", "body")


def check_hex(text: str, digits: int, what: str) -> None:
    if len(text) != digits or not set(text) <= set("0123456789abcdef"):
        raise InvalidError(f"{what} is {digits} lower-case hex digits, not {text[:80]!r}", "entry")


_CHECKS: dict[type[Body], Callable[[Any], None]] = {
    TrackedBody: _check_tracked,
    ContractBody: _check_contract,
    ChangeBody: _check_change,
    EndBody: _check_end,
    DeviceBody: _check_device,
    ManualBody: _check_manual,
    MemoBody: _check_memo,
    DeletedBody: _check_deleted,
    ContestBody: _check_contest,
    AdjustmentBody: _check_adjustment,
    WeekBody: _check_week,
    ForkedBody: _check_forked,
}
