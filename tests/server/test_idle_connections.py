"""A connection that says nothing is closed: aiohttp by itself would keep it for an hour."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from serverkit import running_server
from workdiary_server.http import app

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: diary\r\n\r\n"


async def test_a_connection_that_idles_after_its_answer_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app.KEEPALIVE_SECONDS <= 120
    monkeypatch.setattr(app, "KEEPALIVE_SECONDS", 0.2)
    async with running_server(tmp_path) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in range(2):
            writer.write(REQUEST)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert head.startswith(b"HTTP/1.1 200 ")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            await reader.readexactly(length)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


@pytest.mark.parametrize("begun", [b"", REQUEST[:12]])
async def test_a_connection_that_stalls_before_its_body_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(app, "KEEPALIVE_SECONDS", 0.2)
    async with running_server(tmp_path) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(begun)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
