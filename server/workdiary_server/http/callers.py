"""Where a request comes from, for limits that count by address."""

from __future__ import annotations

from aiohttp import web

from workdiary_server.http.keys import DIARY


def caller(request: web.Request) -> str:
    """Where a request comes from: behind a proxy that is listed, whom that proxy names last."""
    peer = request.remote or ""
    if peer in request.app[DIARY].settings.server.proxies:
        named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return named or peer
    return peer
