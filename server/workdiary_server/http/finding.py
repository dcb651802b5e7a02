"""The handlers of what is found besides days: a search's hits, a calendar, and who looked."""

from __future__ import annotations

import re
from datetime import date

from aiohttp import web
from workdiary.errors import InvalidError
from workdiary.text import check_text

from workdiary_server.diary import reading, searching
from workdiary_server.diary import views as viewed
from workdiary_server.diary.access import Action
from workdiary_server.diary.calendar import calendar as month_of
from workdiary_server.diary.searching import Wanted
from workdiary_server.http.keys import ACTOR, DIARY
from workdiary_server.http.parse import answer, date_of, page_of, range_of, unless_known


async def search(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    wanted, after, limit = _wanted(request), _after(request), page_of(request)
    return answer(await searching.search(diary, actor, key, wanted, after, limit))


async def calendar(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    month, zone = _month(request.match_info["month"]), request.query.get("zone", "UTC")
    version = await reading.version(diary, actor, Action.READ_CONTRACT, key)
    return await unless_known(request, version, lambda: month_of(diary, actor, key, month, zone))


async def views(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    cursor, limit = request.query.get("cursor"), page_of(request)
    return answer(await viewed.views(diary, actor, key, cursor, limit))


def _wanted(request: web.Request) -> Wanted:
    """:raises InvalidError: codes ``date``, ``text``, ``meter`` and ``flag``"""
    first, last = range_of(request)
    meter = request.query.get("meter_at_most")
    if meter is not None and not re.fullmatch(r"[0-9]|10", meter):
        raise InvalidError(f"meter_at_most={meter[:20]!r} is not from 0 to 10", "meter")
    return Wanted(
        first=first,
        last=last,
        text=check_text(request.query.get("text", ""), "text"),
        statuses=frozenset(request.query.getall("status", [])),
        meter_at_most=None if meter is None else int(meter),
        late=_flag(request, "late"),
        no_picture=_flag(request, "no_picture"),
        manual=_flag(request, "manual"),
    )


def _flag(request: web.Request, name: str) -> bool:
    value = request.query.get(name, "false")
    if value not in ("true", "false"):
        raise InvalidError(f"{name}={value[:20]!r} is neither true nor false", "flag")
    return value == "true"


def _after(request: web.Request) -> int | None:
    """:raises InvalidError: code ``cursor``"""
    cursor = request.query.get("cursor")
    if cursor is None:
        return None
    if not re.fullmatch(r"[0-9]{1,11}", cursor):
        raise InvalidError(f"{cursor[:40]!r} is no cursor of this search", "cursor")
    return int(cursor)


def _month(text: str) -> date:
    """:raises InvalidError: code ``date``"""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
        raise InvalidError(f"{text[:40]!r} is not a month such as 2026-11", "date")
    return date_of(f"{text}-01")
