"""What the application carries, by typed key."""

from __future__ import annotations

import asyncio

from aiohttp import web

from workdiary_server.diary.access import Actor
from workdiary_server.diary.service import Diary
from workdiary_server.http.metrics import Metrics
from workdiary_server.http.rates import Rates
from workdiary_server.http.tokens import Gate

DIARY = web.AppKey("diary", Diary)
GATE = web.AppKey("gate", Gate)
RATES = web.AppKey("rates", Rates)
METRICS = web.AppKey("metrics", Metrics)
UPLOADS = web.AppKey("uploads", asyncio.Semaphore)
STREAMS = web.AppKey("streams", asyncio.Semaphore)

ACTOR = web.RequestKey("actor", Actor)
