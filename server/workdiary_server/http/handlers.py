"""The handlers of people, contracts and diaries: parse, call one function, render."""

from __future__ import annotations

from aiohttp import web
from workdiary import api
from workdiary.errors import UnauthenticatedError

from workdiary_server.diary import people, reading
from workdiary_server.diary.access import Action
from workdiary_server.diary.blobs import sealed_blob
from workdiary_server.http.callers import caller
from workdiary_server.http.keys import ACTOR, DIARY, GATE
from workdiary_server.http.parse import answer, date_of, json_of, seconds_of, unless_known


async def me(request: web.Request) -> web.StreamResponse:
    return answer(await people.me(request.app[DIARY], request[ACTOR]))


async def enrol(request: web.Request) -> web.StreamResponse:
    enrolment = await json_of(request, api.Enrolment)
    try:
        return answer(await people.enrol(request.app[DIARY], enrolment), 201)
    except UnauthenticatedError:
        request.app[GATE].failed(caller(request))
        raise


async def blob(request: web.Request) -> web.StreamResponse:
    key = f"{request.match_info['prefix']}/{request.match_info['blob']}"
    sealed = await sealed_blob(request.app[DIARY], request[ACTOR], key)
    return web.Response(body=sealed, content_type="application/octet-stream")


async def list_people(request: web.Request) -> web.StreamResponse:
    return answer(await people.list_people(request.app[DIARY], request[ACTOR]))


async def add_person(request: web.Request) -> web.StreamResponse:
    people.may_manage(request[ACTOR])
    wanted = await json_of(request, api.NewPerson)
    return answer(await people.add_person(request.app[DIARY], request[ACTOR], wanted), 201)


async def invite(request: web.Request) -> web.StreamResponse:
    people.may_manage(request[ACTOR])
    wanted = await json_of(request, api.NewInvite)
    return answer(await people.invite(request.app[DIARY], request[ACTOR], wanted), 201)


async def list_devices(request: web.Request) -> web.StreamResponse:
    return answer(await people.list_devices(request.app[DIARY], request[ACTOR]))


async def revoke_device(request: web.Request) -> web.StreamResponse:
    device = request.match_info["device"]
    await people.revoke_device(request.app[DIARY], request[ACTOR], device)
    return web.Response(status=204)


async def list_tokens(request: web.Request) -> web.StreamResponse:
    return answer(await people.list_tokens(request.app[DIARY], request[ACTOR]))


async def add_token(request: web.Request) -> web.StreamResponse:
    people.may_manage(request[ACTOR])
    wanted = await json_of(request, api.NewToken)
    return answer(await people.add_token(request.app[DIARY], request[ACTOR], wanted), 201)


async def revoke_token(request: web.Request) -> web.StreamResponse:
    token = request.match_info["token"]
    await people.revoke_token(request.app[DIARY], request[ACTOR], token)
    return web.Response(status=204)


async def contracts(request: web.Request) -> web.StreamResponse:
    return answer(await reading.contracts(request.app[DIARY], request[ACTOR]))


async def contract(request: web.Request) -> web.StreamResponse:
    key = request.match_info["contract"]
    return answer(await reading.contract(request.app[DIARY], request[ACTOR], key))


async def head(request: web.Request) -> web.StreamResponse:
    key = request.match_info["contract"]
    return answer(await reading.head(request.app[DIARY], request[ACTOR], key))


async def chain(request: web.Request) -> web.StreamResponse:
    key, device = request.match_info["contract"], request.match_info["device"]
    return answer(await reading.chain(request.app[DIARY], request[ACTOR], key, device))


async def day(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    date, zone = date_of(request.match_info["date"]), request.query.get("zone", "UTC")
    version = await reading.version(diary, actor, Action.READ_DIARY, key)
    return await unless_known(request, version, lambda: reading.day(diary, actor, key, date, zone))


async def week(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    date = date_of(request.match_info["date"])
    version = await reading.version(diary, actor, Action.READ_CONTRACT, key)
    return await unless_known(request, version, lambda: reading.week(diary, actor, key, date))


async def segment(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    start = seconds_of(request.match_info["start"])
    version = await reading.version(diary, actor, Action.READ_DIARY, key)
    return await unless_known(request, version, lambda: reading.segment(diary, actor, key, start))


async def picture(request: web.Request) -> web.StreamResponse:
    """A picture never changes under its digest: it may be kept for good."""
    names = request.match_info
    content = await reading.picture(
        request.app[DIARY], request[ACTOR], names["contract"], names["digest"], names["rendition"]
    )
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    found = web.Response(body=content, content_type="image/webp", headers=headers)
    found.etag = f"{names['digest']}-{names['rendition']}"
    return found
