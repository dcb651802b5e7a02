"""The handlers of a restored log's recovery: what its parties' machines give back."""

from __future__ import annotations

from aiohttp import web
from workdiary.strict import read_decimal

from workdiary_server.diary import recovering
from workdiary_server.http.keys import ACTOR, DIARY
from workdiary_server.http.parse import answer
from workdiary_server.http.uploads import upload


async def state(request: web.Request) -> web.StreamResponse:
    key = request.match_info["contract"]
    return answer(await recovering.recovery(request.app[DIARY], request[ACTOR], key))


async def entries(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    await recovering.may_give(diary, actor, key)
    async with upload(request) as frames:
        return answer(await recovering.give_entries(diary, actor, key, frames))


async def body(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    index = read_decimal(request.match_info["index"], "an entry's index", "index")
    await recovering.may_give(diary, actor, key)
    async with upload(request) as frames:
        await recovering.give_body(diary, actor, key, index, frames)
    return web.Response(status=204)


async def accept_loss(request: web.Request) -> web.StreamResponse:
    key = request.match_info["contract"]
    await recovering.accept_loss(request.app[DIARY], request[ACTOR], key)
    return web.Response(status=204)


async def report(request: web.Request) -> web.StreamResponse:
    key = request.match_info["contract"]
    await recovering.report(request.app[DIARY], request[ACTOR], key)
    return web.Response(status=204)
