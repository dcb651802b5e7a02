"""The handlers of a contract's log: tiles as C2SP lays them out, proofs and cosignatures."""

from __future__ import annotations

from aiohttp import web
from workdiary import api
from workdiary.strict import read_decimal
from workdiary.tlog.tiles import ENTRIES, Tile

from workdiary_server.diary import cosigning, proving
from workdiary_server.http.keys import ACTOR, DIARY
from workdiary_server.http.parse import answer, json_of


async def checkpoint(request: web.Request) -> web.StreamResponse:
    key = request.match_info["contract"]
    text = await proving.checkpoint(request.app[DIARY], request[ACTOR], key)
    return web.Response(text=text, headers={"Cache-Control": "no-cache"})


async def tile(request: web.Request) -> web.StreamResponse:
    """What a tile holds never changes under its name: it may be kept for good."""
    names = request.match_info
    wanted = Tile.at(f"tile/{names['level']}/{names['tile']}")
    content = await proving.tile(request.app[DIARY], request[ACTOR], names["contract"], wanted)
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    found = web.Response(body=content, content_type="application/octet-stream", headers=headers)
    if wanted.level == ENTRIES:
        found.enable_compression()
    return found


async def proof(request: web.Request) -> web.StreamResponse:
    names = request.match_info
    index = read_decimal(names["index"], "an entry's index", "index")
    text = await proving.proof(request.app[DIARY], request[ACTOR], names["contract"], index)
    return web.Response(text=text)


async def bodies(request: web.Request) -> web.StreamResponse:
    names = request.match_info
    number = read_decimal(names["number"], "a bundle's number", "tile", 1 << 32)
    diary, actor = request.app[DIARY], request[ACTOR]
    return answer(await proving.bodies(diary, actor, names["contract"], number))


async def signers(request: web.Request) -> web.StreamResponse:
    key = request.match_info["contract"]
    return answer(await proving.signers(request.app[DIARY], request[ACTOR], key))


async def consistency(request: web.Request) -> web.StreamResponse:
    names = request.match_info
    size = read_decimal(names["size"], "a log's size", "size")
    return answer(
        await proving.consistency(request.app[DIARY], request[ACTOR], names["contract"], size)
    )


async def cosignatures(request: web.Request) -> web.StreamResponse:
    key = request.match_info["contract"]
    return answer(await cosigning.cosignatures(request.app[DIARY], request[ACTOR], key))


async def cosign(request: web.Request) -> web.StreamResponse:
    diary, actor, key = request.app[DIARY], request[ACTOR], request.match_info["contract"]
    await cosigning.may_cosign(diary, actor, key)
    await cosigning.cosign(diary, actor, key, await json_of(request, api.NewCosignature))
    return web.Response(status=204)
