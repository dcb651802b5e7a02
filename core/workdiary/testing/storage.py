"""What every storage backend promises, as tests: subclass, give a store, run pytest.

    class TestMyStore(StorageContract):
        @pytest.fixture
        def store(self, tmp_path: Path) -> BlobStore:
            return open_mine({"path": tmp_path / "blobs"})

The fixture returns a store that is empty and not started; no asyncio plugin for pytest is needed.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any

import pytest

from workdiary.storage import (
    BlobExistsError,
    BlobNotFoundError,
    BlobStat,
    BlobStore,
    InvalidKeyError,
    StorageError,
)

SIZES = (0, 1, 4095, 4096, 4097, 65_536, 200_000, (1 << 20) + 1, 20 << 20)
"""In bytes: nothing, the edges of a page, a screenshot, and the largest blob there will be."""

RANGES = (
    (0, None), (0, 0), (0, 1), (7, 7), (9, 3), (1, None), (0, 1000), (999, 1000), (999, None),
    (1000, None), (1000, 1001), (5000, None), (5000, 6000), (0, 5000), (998, 5000), (250, 750),
)  # fmt: skip
"""Start and end, in a blob of 1000 bytes."""

BAD_KEYS = (
    "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a", ".a", "a/.b", "-a",
    "A", "a b", "a\n", "a\\b", "a%2fb", "a\0", "ä", "a" * 256,
)  # fmt: skip

SIBLINGS = (
    "l/a", "l/a-b", "l/a.b", "l/a0/q", "l/a_b/c", "l/c-x", "l/c.x", "l/c/x", "l/c0", "l0", "m/a",
)  # fmt: skip
"""Keys in byte order, in which ``/`` stands between ``.`` and ``0``."""


def blob_of(size: int, seed: str = "") -> bytes:
    """``size`` bytes that look random and are the same at every run."""
    return hashlib.shake_128(seed.encode()).digest(size)


def started(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make a test of a coroutine: in a new event loop, with the store started and stopped."""

    async def within(self: Any, store: BlobStore, **arguments: Any) -> None:
        await store.start()
        try:
            await test(self, store, **arguments)
        finally:
            await store.stop()

    @functools.wraps(test)
    def run(self: Any, store: BlobStore, **arguments: Any) -> None:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            runner.run(within(self, store, **arguments))

    # pytest reads the arguments of what it is given, and must not find the coroutine beneath.
    del run.__wrapped__
    run.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]  # as inspect reads it
    return run


class StorageContract:
    """The promises of ``BlobStore``; each test's name is one."""

    @pytest.mark.parametrize("size", SIZES)
    @started
    async def test_a_blob_comes_back_as_it_was_put(self, store: BlobStore, size: int) -> None:
        blob = blob_of(size)
        assert await store.put("t/202611/a", blob) == BlobStat("t/202611/a", size)
        assert await store.get("t/202611/a") == blob
        assert await _opened(store, "t/202611/a") == blob
        assert await store.stat("t/202611/a") == BlobStat("t/202611/a", size)

    @started
    async def test_a_range_is_cut_like_a_slice(self, store: BlobStore) -> None:
        blob = blob_of(1000)
        await store.put("a", blob)
        await store.put("empty", b"")
        for start, end in RANGES:
            assert await store.get("a", start, end) == blob[start:end], (start, end)
            assert await store.get("empty", start, end) == b""

    @started
    async def test_a_missing_blob_is_not_found(self, store: BlobStore) -> None:
        await store.put("t/a", b"there")
        for key in ("a", "t/b", "t/a-b", "t", "u/a", "t/a/b"):
            for reading in _readings(store, key):
                with pytest.raises(BlobNotFoundError):
                    await reading

    @started
    async def test_a_second_put_is_refused_and_the_first_bytes_stay(self, store: BlobStore) -> None:
        await store.put("t/a", b"first")
        for blob in (b"second, longer", b"", b"first"):
            with pytest.raises(BlobExistsError):
                await store.put("t/a", blob)
        assert await store.get("t/a") == b"first"

    @started
    async def test_of_eight_racing_puts_one_wins_with_its_own_bytes(self, store: BlobStore) -> None:
        for round_ in range(5):
            key = f"race/{round_}"
            blobs = [blob_of(100_000 + number, str(number)) for number in range(8)]
            ends = await asyncio.gather(
                *(store.put(key, blob) for blob in blobs), return_exceptions=True
            )
            won = [blob for blob, end in zip(blobs, ends, strict=True) if isinstance(end, BlobStat)]
            lost = [end for end in ends if isinstance(end, BlobExistsError)]
            assert (len(won), len(lost)) == (1, 7), ends
            assert await store.get(key) == won[0]

    @started
    async def test_a_reader_sees_nothing_or_the_whole_blob(self, store: BlobStore) -> None:
        blob = blob_of(12 << 20)
        putting = asyncio.create_task(store.put("t/large", blob))
        sizes = []
        while not putting.done():
            sizes.append(await _size_or_none(store, "t/large"))
            await asyncio.sleep(0)
        await putting
        assert set(sizes) <= {None, len(blob)}
        assert await store.get("t/large") == blob

    @started
    async def test_a_cancelled_put_leaves_nothing_or_the_whole_blob(self, store: BlobStore) -> None:
        blob = blob_of(2 << 20)
        for moment in range(8):
            key = f"cancelled/{moment}"
            putting = asyncio.create_task(store.put(key, blob))
            for _ in range(moment):
                await asyncio.sleep(0.001)
            putting.cancel()
            await asyncio.gather(putting, return_exceptions=True)
        await store.stop()
        await store.start()
        assert {found.size async for found in store.list("cancelled/")} <= {len(blob)}

    @pytest.mark.parametrize("key", BAD_KEYS, ids=ascii)
    @started
    async def test_a_bad_key_is_refused_by_every_operation(
        self, store: BlobStore, key: str
    ) -> None:
        for operation in _operations(store, key):
            with pytest.raises(InvalidKeyError):
                await operation
        assert await _keys(store) == []

    @started
    async def test_the_longest_key_is_kept(self, store: BlobStore) -> None:
        for key in ("k" * 255, "t/" * 127 + "k"):
            await store.put(key, b"long")
            assert await store.get(key) == b"long"
        assert await _keys(store) == sorted(["k" * 255, "t/" * 127 + "k"])

    @started
    async def test_a_listing_is_in_the_order_of_the_keys_bytes(self, store: BlobStore) -> None:
        for size, key in enumerate(reversed(SIBLINGS)):
            await store.put(key, bytes(size))
        found = [blob async for blob in store.list()]
        sizes = reversed(range(len(SIBLINGS)))
        assert found == [BlobStat(key, size) for key, size in zip(SIBLINGS, sizes, strict=True)]

    @pytest.mark.parametrize("prefix", ["", "l", "l/", "l/a", "l/a-", "l/a0", "l/a0/", "n", "l/A"])
    @started
    async def test_a_prefix_may_end_anywhere_in_a_key(self, store: BlobStore, prefix: str) -> None:
        await _put_all(store, SIBLINGS)
        expected = [key for key in SIBLINGS if key.startswith(prefix)]
        assert await _keys(store, prefix) == expected

    @started
    async def test_a_listing_goes_on_after_a_key_or_a_place_without_one(
        self, store: BlobStore
    ) -> None:
        await _put_all(store, SIBLINGS)
        for after in (*SIBLINGS, "a", "l", "l/", "l/a-a", "l/a0", "l/a0/", "l/a0/r", "l/z", "z"):
            for prefix in ("", "l/", "l/a"):
                expected = [key for key in SIBLINGS if key.startswith(prefix) and key > after]
                assert await _keys(store, prefix, after) == expected, (prefix, after)

    @started
    async def test_an_empty_store_lists_nothing(self, store: BlobStore) -> None:
        assert await _keys(store) == []
        assert await _keys(store, "t/", "t/a") == []

    @started
    async def test_a_listing_of_1100_blobs_is_whole(self, store: BlobStore) -> None:
        keys = [f"t/{number:04}" for number in range(1100)]
        await _put_all(store, keys)
        assert await _keys(store) == keys
        assert await _keys(store, "t/0", "t/0500") == keys[501:1000]

    @started
    async def test_blobs_that_come_and_go_never_double_a_key_in_a_listing(
        self, store: BlobStore
    ) -> None:
        stay = [f"t/{number:04}" for number in range(0, 600, 2)]
        await _put_all(store, stay)
        found: list[str] = []
        async for blob in store.list("t/"):
            if len(found) % 20 == 0:
                await store.put(f"{blob.key}x", b"")
                await store.delete(f"{blob.key}x")
            found.append(blob.key)
        assert found == sorted(set(found))
        assert set(stay) <= set(found)

    @started
    async def test_a_deleted_blob_is_gone_and_deleting_again_is_no_error(
        self, store: BlobStore
    ) -> None:
        await store.put("t/a", b"x")
        for key in ("t/a", "t/a", "t/never", "never/at/all", "t"):
            await store.delete(key)
        with pytest.raises(BlobNotFoundError):
            await store.get("t/a")
        assert await _keys(store) == []

    @started
    async def test_deleting_touches_no_other_blob(self, store: BlobStore) -> None:
        await _put_all(store, SIBLINGS)
        await store.delete("l/a")
        await store.delete("l")
        assert await _keys(store) == list(SIBLINGS[1:])

    @started
    async def test_a_key_is_free_again_after_its_blob_was_deleted(self, store: BlobStore) -> None:
        await store.put("t/a", b"old")
        await store.delete("t/a")
        await store.put("t/a", b"new one")
        assert await store.get("t/a") == b"new one"

    @started
    async def test_a_key_below_another_is_kept_or_refused_as_invalid(
        self, store: BlobStore
    ) -> None:
        for first, second in (("k", "k/x"), ("n/x", "n")):
            await store.put(first, b"first")
            try:
                await store.put(second, b"second")
            except InvalidKeyError:
                with pytest.raises(BlobNotFoundError):
                    await store.get(second)
            else:
                assert await store.get(second) == b"second"
            assert await store.get(first) == b"first"

    @started
    async def test_blobs_outlive_a_restart(self, store: BlobStore) -> None:
        await _put_all(store, SIBLINGS)
        await store.stop()
        await store.start()
        assert await _keys(store) == list(SIBLINGS)
        assert await store.get("l/a0/q") == b"l/a0/q"

    @started
    async def test_starting_and_stopping_twice_does_no_harm(self, store: BlobStore) -> None:
        await store.start()
        await store.put("t/a", b"x")
        await store.stop()
        await store.stop()
        await store.start()
        assert await store.get("t/a") == b"x"

    @started
    async def test_stopping_finishes_the_writes_in_flight(self, store: BlobStore) -> None:
        blob = blob_of(2 << 20)
        keys = [f"t/{number}" for number in range(12)]
        puts = [asyncio.create_task(store.put(key, blob)) for key in keys]
        await asyncio.sleep(0)
        await store.stop()
        ends = await asyncio.gather(*puts, return_exceptions=True)
        assert all(isinstance(end, BlobStat | StorageError) for end in ends), ends
        await store.start()
        for key, end in zip(keys, ends, strict=True):
            if isinstance(end, BlobStat):
                assert await store.get(key) == blob

    @started
    async def test_a_stopped_store_raises_only_storage_errors(self, store: BlobStore) -> None:
        await store.stop()
        for operation in _operations(store, "a"):
            with pytest.raises(StorageError):
                await operation
        with pytest.raises(StorageError):
            await _keys(store)
        health = await store.health()
        assert not health.ok
        assert health.reason

    @started
    async def test_a_working_store_says_so_within_two_seconds(self, store: BlobStore) -> None:
        health = await asyncio.wait_for(store.health(), 2)
        assert (health.ok, health.reason) == (True, "")


def _readings(store: BlobStore, key: str) -> Iterator[Awaitable[object]]:
    yield store.get(key)
    yield store.get(key, 0, 0)
    yield store.stat(key)
    yield _opened(store, key)


def _operations(store: BlobStore, key: str) -> Iterator[Awaitable[object]]:
    yield store.put(key, b"x")
    yield from _readings(store, key)
    yield store.delete(key)


async def _opened(store: BlobStore, key: str) -> bytes:
    return b"".join([piece async for piece in store.open(key)])


async def _keys(store: BlobStore, prefix: str = "", after: str = "") -> list[str]:
    blobs: AsyncIterator[BlobStat] = store.list(prefix, after)
    return [blob.key async for blob in blobs]


async def _size_or_none(store: BlobStore, key: str) -> int | None:
    try:
        return len(await store.get(key))
    except BlobNotFoundError:
        return None


async def _put_all(store: BlobStore, keys: Sequence[str]) -> None:
    """Put each key's own name under it, sixteen at a time."""
    for first in range(0, len(keys), 16):
        await asyncio.gather(*(store.put(key, key.encode()) for key in keys[first : first + 16]))
