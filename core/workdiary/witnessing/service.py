"""The witness's one route: ``POST /add-checkpoint``, as C2SP tlog-witness has it.

Nobody logs in: a head counts by its log's signature. Refusals are one line of text.
"""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

from workdiary.errors import (
    DeniedError,
    InconsistentError,
    InvalidError,
    NotFoundError,
    WorkdiaryError,
)
from workdiary.witnessing.record import OtherSizeError, Record
from workdiary.witnessing.submissions import LONGEST, SIZE_TYPE, read_submission

_BODY_SECONDS = 20.0
_KEEPALIVE_SECONDS = 30.0
_STATUS: tuple[tuple[type[WorkdiaryError], int], ...] = (
    (NotFoundError, 404),
    (DeniedError, 403),
    (InconsistentError, 422),
    (InvalidError, 400),
)
RECORD: web.AppKey[Record] = web.AppKey("record", Record)


def make_app(record: Record) -> web.Application:
    """The application of the witness with this record."""
    app = web.Application(client_max_size=LONGEST)
    app[RECORD] = record
    app.router.add_post("/add-checkpoint", _add_checkpoint)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    return web.AppRunner(app, access_log=None, keepalive_timeout=_KEEPALIVE_SECONDS)


async def _add_checkpoint(request: web.Request) -> web.Response:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = await request.read()
        submission = read_submission(body)
        line = await asyncio.to_thread(request.app[RECORD].cosign, submission, int(time.time()))
    except TimeoutError:
        return web.Response(status=408, text="the body did not come in time\n")
    except OtherSizeError as error:
        return web.Response(status=409, text=f"{error.size}\n", content_type=SIZE_TYPE)
    except WorkdiaryError as error:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
        return web.Response(status=status, text=f"{error}\n")
    return web.Response(text=line)
