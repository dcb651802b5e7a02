"""Backups and restored diaries, by the real commands on real folders."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from billkit import Clock, a_diary
from serverkit import Device, RunningServer, run_workdiary
from workdiary_server.folder import Folder, Lock


@contextmanager
def served(server: RunningServer) -> Iterator[None]:
    """As ``workdiary serve`` does: the folder is locked, and says where its server listens."""
    folder = Folder(server.folder)
    lock = Lock(folder)
    folder.address.write_text(server.url)
    try:
        yield
    finally:
        folder.address.unlink()
        lock.release()


@asynccontextmanager
async def a_served_diary(
    folder: Path,
) -> AsyncIterator[tuple[RunningServer, Device, str, Clock]]:
    """As ``a_diary``, on a server that commands of other processes find."""
    async with a_diary(folder) as (server, ada, contract, clock):
        with served(server):
            yield server, ada, contract, clock


def back_up(folder: Path, target: Path, *more: str) -> dict[str, Any]:
    done = run_workdiary(folder, "backup", str(target), "--json", *more)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def restore(source: Path, folder: Path, key: Path, *more: str) -> dict[str, Any]:
    """Restore into a new folder with a copy of the master key."""
    done = run_workdiary(folder, "restore", str(source), "--master-key", str(key), "--json", *more)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


async def in_thread(call: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.to_thread(call, *arguments)
