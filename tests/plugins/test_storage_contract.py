"""The storage suite is itself tested: a right store passes it, and each seeded bug is caught."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial

import pytest
from workdiary.storage import (
    BlobExistsError,
    BlobNotFoundError,
    BlobStat,
    BlobStore,
    Health,
    UnavailableError,
    check_key,
)
from workdiary.testing.storage import StorageContract


class MemoryStore:
    """A right store, as small as one can be: its blobs live as long as the object."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.running = False

    async def start(self) -> None:
        self.running = True

    async def stop(self) -> None:
        self.running = False

    async def health(self) -> Health:
        return Health(self.running, "" if self.running else "not started")

    async def put(self, key: str, blob: bytes) -> BlobStat:
        self.check(key)
        await asyncio.sleep(0)
        if key in self.blobs:
            raise BlobExistsError(key)
        self.blobs[key] = blob
        return BlobStat(key, len(blob))

    async def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return self.find(key)[start:end]

    async def open(self, key: str) -> AsyncIterator[bytes]:
        blob = await self.get(key)
        for start in range(0, len(blob), 65_536):
            yield blob[start : start + 65_536]

    async def stat(self, key: str) -> BlobStat:
        return BlobStat(key, len(self.find(key)))

    async def delete(self, key: str) -> None:
        self.check(key)
        self.blobs.pop(key, None)

    async def list(self, prefix: str = "", after: str = "") -> AsyncIterator[BlobStat]:
        self.check("listing")
        for key in self.chosen(prefix, after):
            yield BlobStat(key, len(self.blobs.get(key, b"")))

    def chosen(self, prefix: str, after: str) -> Sequence[str]:
        return sorted(key for key in self.blobs if key.startswith(prefix) and key > after)

    def check(self, key: str) -> None:
        if not self.running:
            raise UnavailableError("not started")
        check_key(key)

    def find(self, key: str) -> bytes:
        self.check(key)
        if key not in self.blobs:
            raise BlobNotFoundError(key)
        return self.blobs[key]


class Overwrites(MemoryStore):
    async def put(self, key: str, blob: bytes) -> BlobStat:
        self.check(key)
        self.blobs[key] = blob
        return BlobStat(key, len(blob))


class LooksBeforeItWrites(MemoryStore):
    async def put(self, key: str, blob: bytes) -> BlobStat:
        self.check(key)
        if key in self.blobs:
            raise BlobExistsError(key)
        await asyncio.sleep(0)
        self.blobs[key] = blob
        return BlobStat(key, len(blob))


class LoserReplacesTheBytes(MemoryStore):
    async def put(self, key: str, blob: bytes) -> BlobStat:
        taken = key in self.blobs
        self.check(key)
        self.blobs[key] = blob
        if taken:
            raise BlobExistsError(key)
        return BlobStat(key, len(blob))


class WritesInPlace(MemoryStore):
    async def put(self, key: str, blob: bytes) -> BlobStat:
        self.check(key)
        if key in self.blobs:
            raise BlobExistsError(key)
        self.blobs[key] = b""
        for start in range(0, len(blob), 1 << 20):
            await asyncio.sleep(0.001)
            self.blobs[key] += blob[start : start + (1 << 20)]
        return BlobStat(key, len(blob))


class WritesShort(MemoryStore):
    async def put(self, key: str, blob: bytes) -> BlobStat:
        stored = await super().put(key, blob[:65_536])
        return BlobStat(stored.key, len(blob))


class IgnoresTheEnd(MemoryStore):
    async def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return self.find(key)[start:]


class EndsOneLater(MemoryStore):
    async def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return self.find(key)[start : None if end is None else end + 1]


class MissingIsEmpty(MemoryStore):
    def find(self, key: str) -> bytes:
        self.check(key)
        return self.blobs.get(key, b"")


class LeaksItsOwnErrors(MemoryStore):
    def find(self, key: str) -> bytes:
        self.check(key)
        return self.blobs[key]


class OpensOnlyThePiece(MemoryStore):
    async def open(self, key: str) -> AsyncIterator[bytes]:
        yield self.find(key)[:65_536]


class Unsorted(MemoryStore):
    def chosen(self, prefix: str, after: str) -> Sequence[str]:
        return [key for key in self.blobs if key.startswith(prefix) and key > after]


class SortsByFolder(MemoryStore):
    def chosen(self, prefix: str, after: str) -> Sequence[str]:
        return sorted(super().chosen(prefix, after), key=lambda key: key.split("/"))


class IgnoresAfter(MemoryStore):
    def chosen(self, prefix: str, after: str) -> Sequence[str]:
        return super().chosen(prefix, "")


class AfterIsInclusive(MemoryStore):
    def chosen(self, prefix: str, after: str) -> Sequence[str]:
        return sorted(key for key in self.blobs if key.startswith(prefix) and key >= after)


class AfterMustExist(MemoryStore):
    def chosen(self, prefix: str, after: str) -> Sequence[str]:
        keys = super().chosen(prefix, "")
        return keys[keys.index(after) + 1 :] if after in keys else keys


class StopsAtAThousand(MemoryStore):
    def chosen(self, prefix: str, after: str) -> Sequence[str]:
        return super().chosen(prefix, after)[:1000]


class PrefixIsAFolder(MemoryStore):
    def chosen(self, prefix: str, after: str) -> Sequence[str]:
        folder = f"{prefix.rstrip('/')}/" if prefix else ""
        return super().chosen(folder, after)


class ListsTemporaryNames(MemoryStore):
    def chosen(self, prefix: str, after: str) -> Sequence[str]:
        return [*super().chosen(prefix, after), ".tmp"]


class ListsNoSizes(MemoryStore):
    async def list(self, prefix: str = "", after: str = "") -> AsyncIterator[BlobStat]:
        async for blob in super().list(prefix, after):
            yield BlobStat(blob.key, 0)


class DeletesOnlyOnce(MemoryStore):
    async def delete(self, key: str) -> None:
        self.find(key)
        del self.blobs[key]


class DeletesWhatLiesBelow(MemoryStore):
    async def delete(self, key: str) -> None:
        self.check(key)
        self.blobs = {kept: blob for kept, blob in self.blobs.items() if not kept.startswith(key)}


class StatsNothing(MemoryStore):
    async def stat(self, key: str) -> BlobStat:
        self.find(key)
        return BlobStat(key, 0)


class ChecksNoKey(MemoryStore):
    def check(self, key: str) -> None:
        if not self.running:
            raise UnavailableError("not started")


class ForgivesANewline(MemoryStore):
    def check(self, key: str) -> None:
        super().check(key.removesuffix("\n"))


class ForgetsAtRestart(MemoryStore):
    async def stop(self) -> None:
        await super().stop()
        self.blobs = {}


class WorksWhenStopped(MemoryStore):
    def check(self, key: str) -> None:
        check_key(key)


class StopsOnlyOnce(MemoryStore):
    async def stop(self) -> None:
        if not self.running:
            raise RuntimeError("not running")
        await super().stop()


def promises() -> Iterator[tuple[str, Callable[[BlobStore], None]]]:
    """Every test of the suite with every one of its parameters, as pytest would call it."""
    suite = StorageContract()
    for name in (name for name in dir(suite) if name.startswith("test_")):
        test = getattr(suite, name)
        marks = getattr(test, "pytestmark", [])
        if not marks:
            yield name, test
        for mark in marks:
            argument, values = mark.args
            for value in values:
                yield name, partial(test, **{argument: value})


def broken_promise(kind: type[MemoryStore]) -> str:
    """The first promise that ``kind`` breaks, "" when it keeps all."""
    for name, keep in promises():
        try:
            keep(kind())
        except (Exception, pytest.fail.Exception):
            return name
    return ""


def test_a_right_store_keeps_every_promise() -> None:
    assert broken_promise(MemoryStore) == ""


@pytest.mark.parametrize("kind", MemoryStore.__subclasses__())
def test_every_seeded_bug_breaks_a_promise(kind: type[MemoryStore]) -> None:
    assert broken_promise(kind)
