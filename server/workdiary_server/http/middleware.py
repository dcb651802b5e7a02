"""The one middleware: it authenticates, measures, and turns errors into problems."""

from __future__ import annotations

import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler
from workdiary import api
from workdiary.errors import UnauthenticatedError, WorkdiaryError

from workdiary_server.diary.people import who_is
from workdiary_server.http.callers import caller
from workdiary_server.http.keys import ACTOR, DIARY, GATE, METRICS, RATES
from workdiary_server.http.problems import from_error, from_http, unexpected
from workdiary_server.http.tokens import bearer

_log = logging.getLogger(__name__)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'",
}


def open_to_all(path: str) -> bool:
    """What needs no token: health, metrics, and turning an invite into a token."""
    return not path.startswith(f"{api.PREFIX}/") or path == f"{api.PREFIX}/enrolments"


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    began = time.perf_counter()
    answer = await _answer(request, handler)
    route = request.match_info.route.resource
    name = route.canonical if route is not None else "unknown"
    seconds = time.perf_counter() - began
    request.app[METRICS].request(request.method, name, answer.status, seconds)
    if not answer.prepared:
        for header, value in _HEADERS.items():
            answer.headers.setdefault(header, value)
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        if not open_to_all(request.path):
            await _authenticate(request)
        return await handler(request)
    except WorkdiaryError as error:
        return from_error(error)
    except web.HTTPException as error:
        return from_http(error)
    except (ConnectionError, web.RequestPayloadError) as error:
        # the caller has left in mid-request: nobody reads this answer, and it is no fault of ours
        _log.debug("%s %s: the caller left: %s", request.method, request.path, error)
        return web.Response(status=400)
    except Exception as error:  # the outermost loop of a request
        return unexpected(error)


async def _authenticate(request: web.Request) -> None:
    try:
        token = bearer(request.headers.get("Authorization"))
        actor = request[ACTOR] = await who_is(request.app[DIARY], token)
    except UnauthenticatedError:
        request.app[GATE].failed(caller(request))
        raise
    request.app[RATES].take(f"{actor.person} {actor.scope} {actor.device}")
