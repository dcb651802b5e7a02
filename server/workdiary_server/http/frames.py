"""Reading a framed body as it arrives: each frame's length is judged before its bytes are read.

aiohttp gives a body no time: a caller who stalls would hold a connection for ever, so that every
read here has a limit, and the whole body has one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from workdiary.errors import InvalidError, TimeoutExpiredError, TooLargeError

from workdiary_server.settings import LimitsSection

_LENGTH = 4
_PIECE = 64 * 1024


class BodyFrames:
    """The frames of a request's body."""

    def __init__(self, request: web.Request, limits: LimitsSection) -> None:
        self._content = request.content
        self._limits = limits
        self._room = limits.upload_bytes

    async def next(self, what: str, longest: int) -> bytes:
        """The next frame, which is ``what``.

        :raises TooLargeError: it has more than ``longest`` bytes, or the upload too many
        :raises InvalidError: code ``frames``; the body ends before it does
        """
        length = int.from_bytes(await self._exactly(_LENGTH, what), "big")
        if length > longest:
            raise TooLargeError(f"{what} has at most {longest} bytes here, not {length}")
        return await self._exactly(length, what)

    async def end(self) -> None:
        """:raises InvalidError: code ``frames``; something follows the last frame"""
        if await self._some(1):
            raise InvalidError("something follows the last frame", "frames")

    async def skip(self) -> None:
        """Read what is left and forget it; what is too much of it is left to the connection."""
        while self._room > 0 and await self._some(_PIECE):
            pass

    async def _exactly(self, length: int, what: str) -> bytes:
        pieces = []
        while length:
            piece = await self._some(length)
            if not piece:
                raise InvalidError(f"the body ends before {what} does", "frames")
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)

    async def _some(self, most: int) -> bytes:
        try:
            async with asyncio.timeout(self._limits.idle_seconds):
                piece = await self._content.read(most)
        except TimeoutError:
            raise TimeoutExpiredError(
                f"nothing of the body came for {self._limits.idle_seconds:g} s"
            ) from None
        self._room -= len(piece)
        if self._room < 0:
            raise TooLargeError(f"an upload has at most {self._limits.upload_bytes} bytes")
        return piece


@asynccontextmanager
async def body_time(limits: LimitsSection) -> AsyncIterator[None]:
    """Bound the time in which a whole body must arrive and be stored."""
    try:
        async with asyncio.timeout(limits.body_seconds):
            yield
    except TimeoutError:
        raise TimeoutExpiredError(f"the request took more than {limits.body_seconds:g} s") from None


def check_length(request: web.Request, most: int) -> None:
    """Refuse by Content-Length, before any of the body is read."""
    length = request.content_length
    if length is not None and length > most:
        raise TooLargeError(f"a body has at most {most} bytes here, not {length}")
