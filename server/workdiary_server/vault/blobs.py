"""The layers above every storage backend, in this order: metrics, seal, retry, limiter, time-out.

A backend sees random keys and sealed bytes. Retries send the same sealed bytes again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from workdiary import sealing
from workdiary.storage import (
    BlobExistsError,
    BlobStat,
    BlobStore,
    Health,
    StorageError,
    UnavailableError,
)

T = TypeVar("T")
_TRIES = 3
_SECONDS = 30.0
_AT_ONCE = 16
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 5.0

Observe = Callable[[str, str, float], None]
"""Told of each operation, its outcome (``ok`` or an error's code) and its seconds."""


@dataclass(frozen=True, slots=True)
class SealedBlob:
    """A blob before it is put: its storage key, sealed bytes, and the key that sealed them."""

    key: str
    sealed: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"SealedBlob({self.key!r})"

    @property
    def place(self) -> bytes:
        return blob_place(self.key)


def blob_place(key: str) -> bytes:
    """The place of a blob's key in the key table: the random part of its name."""
    return bytes.fromhex(key.rpartition("/")[2])


def seal_blob(
    month: str, plain: bytes, bound: Sequence[str], random: Callable[[int], bytes]
) -> SealedBlob:
    """Seal ``plain`` for a new key ``<yyyymm>/<32 hex>``, bound to ``bound`` and that key."""
    key = f"{month}/{random(16).hex()}"
    secret = random(sealing.KEY_BYTES)
    return SealedBlob(key, sealing.seal(plain, secret, (*bound, key), random), secret)


class Blobs:
    """One storage backend behind the layers; errors are the closed set of workdiary.storage."""

    def __init__(self, name: str, backend: BlobStore, observe: Observe) -> None:
        self.name = name
        self._backend = backend
        self._observe = observe
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def start(self) -> None:
        await self._backend.start()

    async def stop(self) -> None:
        await self._backend.stop()

    async def health(self) -> Health:
        return await self._backend.health()

    async def put(self, blob: SealedBlob) -> None:
        async def once(again: bool) -> None:
            try:
                await self._backend.put(blob.key, blob.sealed)
            except BlobExistsError:
                # keys are random: on a second try the first one had arrived after all
                if not again or await self._backend.get(blob.key) != blob.sealed:
                    raise

        await self._run("put", once)

    async def get(self, key: str, secret: bytes, bound: Sequence[str]) -> bytes:
        sealed = await self._run("get", lambda _: self._backend.get(key))
        return await asyncio.to_thread(sealing.unseal, sealed, secret, (*bound, key))

    def every(self) -> AsyncIterator[BlobStat]:
        """Every blob, in the order of the keys' bytes."""
        return self._backend.list()

    async def sealed(self, key: str) -> bytes:
        """A blob as the backend has it, for a backup."""
        return await self._run("get", lambda _: self._backend.get(key))

    async def put_plain(self, key: str, content: bytes) -> None:
        """Keep what tells nothing of anybody, under a key that is new."""
        await self._run("put", lambda _: self._backend.put(key, content))

    async def keys(self, prefix: str) -> list[str]:
        """The few keys that start with ``prefix``, in order."""

        async def listed(_: bool) -> list[str]:
            return [found.key async for found in self._backend.list(prefix)]

        return await self._run("list", listed)

    async def delete(self, key: str) -> None:
        await self._run("delete", lambda _: self._backend.delete(key))

    async def _run(self, operation: str, call: Callable[[bool], Awaitable[T]]) -> T:
        began = time.perf_counter()
        outcome = "ok"
        try:
            return await self._retried(call)
        except StorageError as error:
            outcome = error.code
            raise
        finally:
            self._observe(operation, outcome, time.perf_counter() - began)

    async def _retried(self, call: Callable[[bool], Awaitable[T]]) -> T:
        for attempt in range(_TRIES - 1):
            try:
                return await self._limited(call, attempt > 0)
            except UnavailableError as error:
                wait = error.retry_after or _FIRST_WAIT * 2**attempt
                await asyncio.sleep(min(wait, _LONGEST_WAIT))
        return await self._limited(call, True)

    async def _limited(self, call: Callable[[bool], Awaitable[T]], again: bool) -> T:
        async with self._room:
            try:
                async with asyncio.timeout(_SECONDS):
                    return await call(again)
            except TimeoutError as error:
                raise UnavailableError(
                    f"storage {self.name} did not answer within {_SECONDS:.0f} s"
                ) from error
