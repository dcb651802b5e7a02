"""The handlers of what is found besides days: a search's hits, a calendar, and who looked."""

from __future__ import annotations

import re
from datetime import date

from aiohttp import web
from workdiary.errors import InvalidError

from workdiary_server.diary import reading
from workdiary_server.diary import views as viewed
from workdiary_server.diary.access import Action
from workdiary_server.diary.calendar import calendar as month_of
from workdiary_server.http.keys import ACTOR, DIARY
from workdiary_server.http.parse import answer, date_of, page_of, unless_known


async def calendar(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    month, zone = _month(request.match_info["month"]), request.query.get("zone", "UTC")
    version = await reading.version(diary, actor, Action.READ_CONTRACT, key)
    return await unless_known(request, version, lambda: month_of(diary, actor, key, month, zone))


async def views(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    cursor, limit = request.query.get("cursor"), page_of(request)
    return answer(await viewed.views(diary, actor, key, cursor, limit))


def _month(text: str) -> date:
    """:raises InvalidError: code ``date``"""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
        raise InvalidError(f"{text[:40]!r} is not a month such as 2026-11", "date")
    return date_of(f"{text}-01")
