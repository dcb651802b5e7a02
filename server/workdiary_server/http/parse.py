"""From a request to the types of the API, and from those to an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeVar

import msgspec
from aiohttp import web
from workdiary import api
from workdiary.errors import InvalidError

from workdiary_server.diary.verdicts import POLICY_ERROR
from workdiary_server.http.frames import body_time, check_length
from workdiary_server.http.keys import DIARY

T = TypeVar("T")
JSON_LONGEST = 64 * 1024
_PAGE_USUAL, _PAGE_LONGEST = 100, 500
_FIRST_YEAR, _LAST_YEAR = 1970, 9998


async def json_of(request: web.Request, kind: type[T]) -> T:
    """The body as ``kind``.

    :raises InvalidError: code ``json``; it is not one
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    check_length(request, JSON_LONGEST)
    limits = request.app[DIARY].settings.limits
    async with body_time(msgspec.structs.replace(limits, body_seconds=limits.idle_seconds)):
        content = await request.read()
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidError(str(error), "json") from error


def date_of(text: str) -> date:
    """A date that has a week and a zone around it.

    :raises InvalidError: code ``date``
    """
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise InvalidError(f"{text[:40]!r} is not a date such as 2026-11-23", "date") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise InvalidError(f"{found} lies in no diary", "date")
    return found


def seconds_of(text: str) -> int:
    """:raises InvalidError: code ``start``"""
    if not text.isascii() or not text.isdecimal() or len(text) > 11:
        raise InvalidError(f"{text[:40]!r} is not a time in seconds since 1970", "start")
    return int(text)


def range_of(request: web.Request) -> tuple[date, date]:
    """:raises InvalidError: code ``date``"""
    named = [request.query.get(name, "") for name in ("from", "to")]
    if not all(named):
        raise InvalidError("a range is ?from=2026-11-01&to=2026-11-30", "date")
    return date_of(named[0]), date_of(named[1])


def page_of(request: web.Request) -> int:
    """How many a page holds: ``limit``.

    :raises InvalidError: code ``limit``
    """
    text = request.query.get("limit", str(_PAGE_USUAL))
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise InvalidError(f"limit={text[:20]!r} is no number", "limit")
    if not 1 <= int(text) <= _PAGE_LONGEST:
        raise InvalidError(f"limit={text} is not from 1 to {_PAGE_LONGEST}", "limit")
    return int(text)


def answer(value: object, status: int = 200) -> web.Response:
    return web.Response(body=api.to_json(value), status=status, content_type="application/json")


async def unless_known(
    request: web.Request, version: str, make: Callable[[], Awaitable[object]]
) -> web.StreamResponse:
    """304 when the caller holds this version already; else the answer under its ETag."""
    named = f"{request.path_qs}\n{version}".encode()
    tag = hashlib.sha256(named).hexdigest()[:32]
    known = request.if_none_match or ()
    if any(etag.value in (tag, "*") for etag in known):
        return web.Response(status=304, headers={"ETag": f'"{tag}"'})
    value = await make()
    found = answer(value)
    if not _unsure(value):
        found.etag = tag
    return found


def _unsure(value: object) -> bool:
    """Whether a policy failed, which may pass without anything being written."""
    week = value.week if isinstance(value, api.Day) else value
    if isinstance(week, api.Segment):
        return week.status == POLICY_ERROR
    return isinstance(week, api.Week | api.Calendar) and bool(week.policy_error)
