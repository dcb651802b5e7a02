"""The application: made of settings and plugins, with its clock and its randomness handed in."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from aiohttp import web
from workdiary.plugins import Plugins
from workdiary.storage import StorageError

from workdiary_server.diary.blobs import sweep
from workdiary_server.diary.closing import keep_closing
from workdiary_server.diary.gists import make_lacking
from workdiary_server.diary.highwater import HighWater, check_storage, keep_heads, write_heads
from workdiary_server.diary.opening import open_diary
from workdiary_server.diary.third_parties import keep_showing, third_parties
from workdiary_server.http.keys import DIARY, GATE, METRICS, RATES, STREAMS, UPLOADS
from workdiary_server.http.metrics import Metrics
from workdiary_server.http.middleware import middleware
from workdiary_server.http.parse import JSON_LONGEST
from workdiary_server.http.rates import Rates
from workdiary_server.http.routes import ROUTES
from workdiary_server.http.tokens import Gate
from workdiary_server.http.uploads import add_contract, add_entry, expect
from workdiary_server.settings import Settings

KEEPALIVE_SECONDS = 75.0
LINGER_SECONDS = 2.0
_log = logging.getLogger(__name__)


def make_app(
    settings: Settings,
    plugins: Plugins,
    now: Callable[[], float] = time.time,
    random: Callable[[int], bytes] = os.urandom,
    aside: Callable[[int], bytes] = os.urandom,
    certificate: bytes = b"",
) -> web.Application:
    """The server of the diary in ``settings.folder``, which ``create`` has made.

    ``certificate`` is the SHA-256 of the one that clients pin. ``aside`` is the randomness that
    seals what is derived and made again.

    :raises ConfigError: a setting is wrong, a key is missing, or a plugin is not there
    """
    metrics = Metrics()
    app = web.Application(middlewares=[middleware], client_max_size=JSON_LONGEST)
    app[METRICS] = metrics
    app[DIARY] = open_diary(settings, plugins, now, random, aside, metrics.storage)
    app[DIARY].certificate = certificate
    app[GATE] = Gate(settings.limits.failed_logins_a_minute)
    app[RATES] = Rates(settings.limits.requests_a_minute)
    app[UPLOADS] = asyncio.Semaphore(settings.limits.uploads)
    app[STREAMS] = asyncio.Semaphore(settings.limits.event_streams)
    for route in ROUTES:
        framed = route.handler in (add_contract, add_entry)
        app.router.add_route(
            route.method, route.pattern, route.handler, expect_handler=expect if framed else None
        )
    app.on_shutdown.append(_close_streams)
    app.cleanup_ctx.append(_resources)
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """Run an app with the time limits that aiohttp does not set by itself."""
    return web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=KEEPALIVE_SECONDS,
        lingering_time=LINGER_SECONDS,
        auto_decompress=False,
        shutdown_timeout=20.0,
    )


async def _resources(app: web.Application) -> AsyncIterator[None]:
    """Storage and database, in this order; closed in the other, after the last request."""
    diary = app[DIARY]
    witnesses = list(third_parties(diary.settings))
    await diary.blobs.start()
    diary.db.start()
    await check_storage(diary)
    swept = await sweep(diary)
    if swept:
        _log.warning("removed %d blobs of uploads that never ended", swept)
    diary.later(make_lacking(diary))
    for witness in witnesses:
        diary.later(keep_showing(diary, witness))
    keepers = [asyncio.create_task(keep(diary)) for keep in (keep_closing, keep_heads)]
    yield
    for keeper in keepers:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
    with suppress(StorageError, OSError):
        await write_heads(diary, HighWater(), whole=True)
    await diary.stop_working()
    await asyncio.to_thread(diary.announcer.close)
    await asyncio.to_thread(diary.db.stop)
    await asyncio.to_thread(diary.policies.close)
    await diary.blobs.stop()


async def _close_streams(app: web.Application) -> None:
    """Before connections are closed: not ready any more, and event streams end."""
    app[DIARY].announcer.closing = True
    app[DIARY].announcer.wake_all()
