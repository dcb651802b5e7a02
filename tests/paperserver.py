"""A diary on paper behind real HTTP, as the client finds a server."""

from __future__ import annotations

import asyncio
from datetime import date

from aiohttp import web
from diaries import ME, PaperDiary
from workdiary import api
from workdiary.segments import from_epoch


class PaperServer:
    """A PaperDiary behind real HTTP, as ``DiaryClient`` finds a server."""

    def __init__(self, paper: PaperDiary) -> None:
        self.paper = paper
        app = web.Application()
        app.add_routes(
            [
                web.get(f"{api.PREFIX}/me", self._me),
                web.get(f"{api.PREFIX}/contracts", self._contracts),
                web.get(f"{api.PREFIX}/contracts/{{contract}}/days/{{day}}", self._day),
                web.get(f"{api.PREFIX}/contracts/{{contract}}/weeks/{{day}}", self._week),
                web.get(f"{api.PREFIX}/contracts/{{contract}}/terms", self._terms),
                web.get(
                    f"{api.PREFIX}/contracts/{{contract}}/segments/{{start}}/explanation",
                    self._explanation,
                ),
                web.get(
                    f"{api.PREFIX}/contracts/{{contract}}/pictures/{{digest}}/{{rendition}}",
                    self._picture,
                ),
                web.get(f"{api.PREFIX}/events", self._follow),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _me(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer reader":
            problem = api.Problem(
                type="about:blank", title="Unauthorized", status=401,
                detail="there is no such token", code="unauthenticated",
            )  # fmt: skip
            return web.Response(
                body=api.to_json(problem), status=401, content_type="application/problem+json"
            )
        return _json(ME)

    async def _contracts(self, request: web.Request) -> web.Response:
        return _json(await self.paper.contracts())

    async def _day(self, request: web.Request) -> web.Response:
        day = date.fromisoformat(request.match_info["day"])
        zone = request.query.get("zone", "UTC")
        return _json(await self.paper.day(request.match_info["contract"], day, zone))

    async def _week(self, request: web.Request) -> web.Response:
        day = date.fromisoformat(request.match_info["day"])
        return _json(await self.paper.week(request.match_info["contract"], day))

    async def _terms(self, request: web.Request) -> web.Response:
        return _json(await self.paper.terms(request.match_info["contract"]))

    async def _explanation(self, request: web.Request) -> web.Response:
        start = from_epoch(int(request.match_info["start"]))
        return _json(await self.paper.explanation(request.match_info["contract"], start))

    async def _picture(self, request: web.Request) -> web.Response:
        match = request.match_info
        content = await self.paper.picture(match["contract"], match["digest"], match["rendition"])
        return web.Response(body=content, content_type="image/webp")

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        breathing = asyncio.create_task(_breathe(answer))
        try:
            async for event in self.paper.events():
                await answer.write(b"data: " + api.to_json(event) + b"\n\n")
        finally:
            breathing.cancel()
        return answer


async def _breathe(stream: web.StreamResponse) -> None:
    """The server's comments, without which a reader takes the stream for dead."""
    while True:
        await asyncio.sleep(15)
        await stream.write(b":\n\n")


def _json(value: object) -> web.Response:
    return web.Response(body=api.to_json(value), content_type="application/json")
