"""The handlers of framed bodies: signed entries, with pictures behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from workdiary import api
from workdiary.errors import OverloadedError, WorkdiaryError

from workdiary_server.diary import ingest
from workdiary_server.diary.contracts import may_open, open_contract
from workdiary_server.http.frames import BodyFrames, body_time, check_length
from workdiary_server.http.keys import ACTOR, DIARY, METRICS, UPLOADS
from workdiary_server.http.parse import answer
from workdiary_server.http.problems import from_error

_RETRY_SECONDS = 5.0


async def add_contract(request: web.Request) -> web.StreamResponse:
    diary = request.app[DIARY]
    may_open(request[ACTOR])
    async with upload(request) as frames:
        submission = await ingest.read_submission(frames)
        await frames.end()
        appended, new = await open_contract(diary, request[ACTOR], submission)
    if new:
        request.app[METRICS].entry()
    receipt = ingest.receipt(diary, submission.entry.contract, appended)
    return answer(receipt, 201 if new else 200)


async def add_entry(request: web.Request) -> web.StreamResponse:
    diary, contract = request.app[DIARY], request.match_info["contract"]
    await ingest.may_append(diary, request[ACTOR], contract)
    async with upload(request) as frames:
        receipt, new = await ingest.append_entry(diary, request[ACTOR], contract, frames)
    if new:
        request.app[METRICS].entry()
    return answer(receipt, 201 if new else 200)


async def expect(request: web.Request) -> web.StreamResponse | None:
    """Answer ``Expect: 100-continue``: who would be refused need not send the body at all."""
    try:
        _refuse(request)
    except WorkdiaryError as error:
        return from_error(error)
    if request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return None


@asynccontextmanager
async def upload(request: web.Request) -> AsyncIterator[BodyFrames]:
    """One of the few uploads that are taken at a time, with its limits in bytes and seconds."""
    if request.content_type != api.FRAMES:
        raise web.HTTPUnsupportedMediaType
    _refuse(request)
    limits = request.app[DIARY].settings.limits
    async with request.app[UPLOADS], body_time(limits):
        yield BodyFrames(request, limits)


def _refuse(request: web.Request) -> None:
    """Say no before the body is read: too large, or too many at once."""
    check_length(request, request.app[DIARY].settings.limits.upload_bytes)
    if request.app[UPLOADS].locked():
        raise OverloadedError("too many uploads at this moment", _RETRY_SECONDS)
