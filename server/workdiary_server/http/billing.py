"""The handlers of the bill: terms, closing, timesheets, supplements, payrolls, explanations."""

from __future__ import annotations

from datetime import UTC, datetime, time

from aiohttp import web
from workdiary import api
from workdiary.errors import NotFoundError

from workdiary_server.diary import bills, reading
from workdiary_server.diary.closing import close_by_hand
from workdiary_server.http.keys import ACTOR, DIARY
from workdiary_server.http.parse import answer, date_of, range_of, seconds_of
from workdiary_server.papers import MEDIA_TYPES


async def terms(request: web.Request) -> web.StreamResponse:
    key = request.match_info["contract"]
    return answer(await reading.terms(request.app[DIARY], request[ACTOR], key))


async def close_week(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    day = date_of(request.match_info["date"])
    await close_by_hand(diary, actor, key, datetime.combine(day, time(12), UTC))
    return answer(await reading.week(diary, actor, key, day))


async def timesheet(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    form, day = _format(request), date_of(request.match_info["date"])
    return _paper(await bills.timesheet_file(diary, actor, key, day, form), form)


async def supplement(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    form, day = _format(request), date_of(request.match_info["date"])
    return _paper(await bills.supplement_file(diary, actor, key, day, form), form)


async def range_timesheet(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    form, (first, last) = _format(request), range_of(request)
    return _paper(await bills.range_file(diary, actor, key, first, last, form), form)


async def payroll(request: web.Request) -> web.StreamResponse:
    diary, actor = request.app[DIARY], request[ACTOR]
    form, (first, last) = _format(request), range_of(request)
    chosen = request.query.getall("contract", [])
    return _paper(await bills.payroll_file(diary, actor, first, last, form, chosen), form)


async def explanation(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    start = seconds_of(request.match_info["start"])
    return answer(await bills.explain(diary, actor, key, start))


def _format(request: web.Request) -> str:
    form = request.match_info["format"]
    if form not in api.TIMESHEET_FORMATS:
        raise NotFoundError(f"a timesheet is text, json, csv or pdf, not {form[:20]!r}")
    return form


def _paper(content: bytes, form: str) -> web.Response:
    return web.Response(body=content, headers={"Content-Type": MEDIA_TYPES[form]})
