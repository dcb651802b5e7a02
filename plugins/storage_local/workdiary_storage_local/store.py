"""The local storage backend's asynchronous face: a bounded pool of threads over the folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import ParamSpec, TypeVar

from workdiary.storage import BlobStat, Health, StorageError, UnavailableError

from workdiary_storage_local.failures import storage_error
from workdiary_storage_local.folder import Folder
from workdiary_storage_local.root import Root

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = 8
"""Writers that sync at the same time share the disk's flushes; more than these gain little."""

_PIECE = 256 * 1024
_PAGE = 256
_HEALTH_SECONDS = 1.5


class LocalStore:
    """Blobs as files in the folder ``path``; one server at a time."""

    def __init__(self, path: Path, *, free_space_floor: int, create: bool = True) -> None:
        self._path = path
        self._floor = free_space_floor
        self._create = create
        self._root: Root | None = None
        self._folder: Folder | None = None
        self._pool: ThreadPoolExecutor | None = None

    async def start(self) -> None:
        if self._root is not None:
            return
        self._root = await asyncio.to_thread(Root, self._path, create=self._create)
        self._folder = Folder(self._root, self._floor)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="storage-local")

    async def stop(self) -> None:
        pool, root = self._pool, self._root
        self._pool = self._root = self._folder = None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown)
        if root is not None:
            root.close()

    async def health(self) -> Health:
        try:
            folder = self._opened("health")
            free, trouble = await asyncio.wait_for(
                self._run("health", _look, folder), _HEALTH_SECONDS
            )
        except TimeoutError:
            return Health(False, f"{self._path} did not answer in {_HEALTH_SECONDS} s")
        except StorageError as error:
            return Health(False, str(error))
        return Health(not trouble, trouble, free)

    async def put(self, key: str, blob: bytes) -> BlobStat:
        return await self._run(key, self._opened(key).put, key, blob)

    async def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return await self._run(key, self._opened(key).get, key, start, end)

    async def open(self, key: str) -> AsyncIterator[bytes]:
        start = 0
        while piece := await self.get(key, start, start + _PIECE):
            yield piece
            start += len(piece)

    async def stat(self, key: str) -> BlobStat:
        return await self._run(key, self._opened(key).stat, key)

    async def delete(self, key: str) -> None:
        await self._run(key, self._opened(key).delete, key)

    async def list(self, prefix: str = "", after: str = "") -> AsyncIterator[BlobStat]:
        blobs = self._opened("list").list(prefix, after)
        while page := await self._run("list", _page, blobs):
            for blob in page:
                yield blob

    def _opened(self, what: str) -> Folder:
        if self._folder is None:
            raise UnavailableError(f"{what}: the storage in {self._path} is not started")
        return self._folder

    async def _run(self, what: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work in the pool, its operating system errors made ours."""
        if self._pool is None:
            raise UnavailableError(f"{what}: the storage in {self._path} is not started")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))
        except OSError as error:
            raise storage_error(error, what) from error


def _page(blobs: Iterator[BlobStat]) -> tuple[BlobStat, ...]:
    return tuple(islice(blobs, _PAGE))


def _look(folder: Folder) -> tuple[int, str]:
    return folder.free(), folder.trouble()
