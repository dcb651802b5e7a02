"""The event stream (server-sent events), and what operators ask: health, readiness, metrics."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web
from workdiary import api
from workdiary.errors import InvalidError, OverloadedError, WorkdiaryError

from workdiary_server.diary import events
from workdiary_server.diary.people import who_is
from workdiary_server.http.keys import ACTOR, DIARY, METRICS, STREAMS
from workdiary_server.http.problems import problem
from workdiary_server.http.tokens import bearer

_RETRY_MILLISECONDS = 2000
_STALLED_SECONDS = 30
_log = logging.getLogger(__name__)


async def follow(request: web.Request) -> web.StreamResponse:
    """Every entry of the caller's contracts, from after Last-Event-ID, else from now on."""
    diary, streams = request.app[DIARY], request.app[STREAMS]
    after = _last_event(request)
    if streams.locked():
        raise OverloadedError("too many event streams are open", 30)
    async with streams:
        if after is None:
            after = await events.newest(diary)
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await stream.prepare(request)
        try:
            await _pour(request, stream, after)
        except (WorkdiaryError, ConnectionError, TimeoutError) as error:
            # the answer has begun: all that can be said now is its end
            _log.debug("an event stream ended: %s", error)
        return stream


async def _pour(request: web.Request, stream: web.StreamResponse, after: int) -> None:
    """Write events until the server stops, the reader stalls, or the token is revoked."""
    diary, token = request.app[DIARY], bearer(request.headers.get("Authorization"))
    await stream.write(b"retry: %d\n\n" % _RETRY_MILLISECONDS)
    async for event in events.follow(diary, request[ACTOR], after):
        await who_is(diary, token)
        async with asyncio.timeout(_STALLED_SECONDS):
            await stream.write(_line(event))


def _line(event: api.Event | None) -> bytes:
    if event is None:
        return b": nothing new\n\n"
    return b"id: %d\ndata: %b\n\n" % (event.number, api.to_json(event))


def _last_event(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID")
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise InvalidError("Last-Event-ID is an arrival number", "last-event-id")
    return int(text)


async def healthz(request: web.Request) -> web.StreamResponse:
    """The process answers."""
    return web.json_response({"ok": True})


async def readyz(request: web.Request) -> web.StreamResponse:
    """Database and storage answer, and the server is not on its way out."""
    diary = request.app[DIARY]
    if diary.announcer.closing:
        return problem(503, "the server is stopping", "stopping")
    await diary.db.write(lambda db: None)
    health = await diary.blobs.health()
    if not health.ok:
        return problem(503, f"storage {diary.blobs.name}: {health.reason}", "storage")
    return web.json_response({"ok": True})


async def metrics(request: web.Request) -> web.StreamResponse:
    return web.Response(
        body=request.app[METRICS].text(),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )
