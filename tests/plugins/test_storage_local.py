from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from needs import require_program
from workdiary.errors import ConfigError
from workdiary.plugins import SERVER, Plugins
from workdiary.storage import (
    BlobExistsError,
    BlobNotFoundError,
    BlobStore,
    CorruptError,
    InvalidKeyError,
    StorageDeniedError,
    StorageFullError,
    UnavailableError,
)
from workdiary.testing.storage import StorageContract, blob_of
from workdiary_storage_local import open_local
from workdiary_storage_local.failures import storage_error
from workdiary_storage_local.root import LOCK, MARKER, TEMPS
from workdiary_storage_local.store import LocalStore

PUTS = """
import os
import sys
from pathlib import Path
from workdiary.storage import StorageError
from workdiary_storage_local.folder import Folder
from workdiary_storage_local.root import Root

folder = Folder(Root(Path(sys.argv[1]), create=True), 0)
for key in sys.argv[2:]:
    try:
        folder.put(key, key.encode() * 1000)
    except (OSError, StorageError) as error:
        said = f"failed {key} {type(error).__name__}"
    else:
        said = f"stored {key}"
    os.write(1, said.encode() + b"\\n")
"""
KEYS = ("t/202611/a", "t/202611/b", "t/202612/c")


def a_store(root: Path, **options: Any) -> LocalStore:
    return open_local({"path": root, "free_space_floor": 0, **options})


def in_store(store: BlobStore, work: Callable[[], Awaitable[object]]) -> None:
    """Run ``work`` with the store started, and stop it."""

    async def within() -> None:
        await store.start()
        try:
            await work()
        finally:
            await store.stop()

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(within())


def contents(root: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    store = a_store(root)

    async def read() -> None:
        async for blob in store.list():
            found[blob.key] = await store.get(blob.key)

    in_store(store, read)
    return found


def put_under_strace(root: Path, *strace: str, keys: tuple[str, ...] = KEYS) -> list[list[str]]:
    """Put blobs from a process's main thread; return its words on each one."""
    program = require_program("strace", "apt-get install strace")
    ended = subprocess.run(
        [program, "-qq", "-y", *strace, sys.executable, "-B", "-c", PUTS, root, *keys],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "PTRACE" in ended.stderr or "ptrace" in ended.stderr:
        pytest.skip(f"strace may not trace here: {ended.stderr.splitlines()[0]}")
    return [line.split() for line in ended.stdout.splitlines()]


class TestLocalStore(StorageContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> BlobStore:
        return a_store(tmp_path / "blobs")


def test_a_put_syncs_the_file_then_links_then_syncs_the_directory(tmp_path: Path) -> None:
    root, trace = tmp_path / "blobs", tmp_path / "trace"
    calls = "trace=fsync,fdatasync,sync,syncfs,link,linkat,unlink,unlinkat,rename,renameat2,mkdirat"
    put_under_strace(root, "-o", str(trace), "-e", calls)
    steps = []
    for line in trace.read_text().splitlines():
        call, name = line.split("(")[0], re.findall(r"<([^>]*)>", line)
        place = os.path.relpath(name[0], root) if name else ""
        steps.append((call, re.sub(r"^\.tmp/[0-9a-f]{32}$", "temp", place)))
    made_temps = steps.index(("mkdirat", "."))
    first = steps.index(("mkdirat", "."), made_temps + 1)
    in_new_folders = [("mkdirat", "."), ("fsync", "."), ("mkdirat", "t"), ("fsync", "t")]
    one_put = [("fsync", "temp"), ("linkat", TEMPS), ("unlinkat", TEMPS)]
    in_november = [*one_put, ("fsync", "t/202611")]
    in_december = [("mkdirat", "t"), ("fsync", "t"), *one_put, ("fsync", "t/202612")]
    assert steps[first:] == in_new_folders + in_november + in_november + in_december


@pytest.mark.parametrize(
    ("call", "least"), [("fsync", 10), ("linkat", 3), ("unlinkat", 3), ("mkdirat", 3), ("write", 6)]
)
def test_a_process_killed_at_any_step_loses_nothing_that_it_acknowledged(
    tmp_path: Path, call: str, least: int
) -> None:
    kills = 0
    for number in range(1, 40):
        root = tmp_path / str(number)
        said = put_under_strace(root, "-e", f"inject={call}:signal=SIGKILL:when={number}")
        assert all(words[0] == "stored" for words in said)
        acknowledged = [words[1] for words in said]
        found = contents(root)
        assert set(acknowledged) <= set(found)
        assert all(blob == key.encode() * 1000 for key, blob in found.items())
        assert not os.listdir(root / TEMPS)
        if len(acknowledged) == len(KEYS):
            break
        kills += 1
    assert kills >= least


@pytest.mark.parametrize(
    ("call", "fault", "error"),
    [
        ("write", "ENOSPC", "OSError"),
        ("write", "EDQUOT", "OSError"),
        ("fsync", "EIO", "OSError"),
        ("linkat", "EIO", "OSError"),
        ("linkat", "EEXIST", "BlobExistsError"),
    ],
)
def test_a_failing_disk_leaves_no_blob_that_was_not_acknowledged(
    tmp_path: Path, call: str, fault: str, error: str
) -> None:
    root = tmp_path / "blobs"
    contents(root)
    seen = set()
    for number in range(1, 12):
        key = f"t/{number}"
        said = put_under_strace(
            root, "-e", f"inject={call}:error={fault}:when={number}", keys=(key,)
        )
        if not said:  # the fault met the start, not the put
            continue
        [[word, _, *kind]] = said
        assert (word == "stored") == (key in contents(root)), (number, said)
        assert not os.listdir(root / TEMPS)
        if word == "stored":
            break
        seen.update(kind)
    assert seen == {error}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (28, StorageFullError),
        (122, StorageFullError),
        (27, StorageFullError),
        (13, StorageDeniedError),
        (1, StorageDeniedError),
        (30, StorageDeniedError),
        (40, CorruptError),
        (36, InvalidKeyError),
        (5, UnavailableError),
        (24, UnavailableError),
    ],
)
def test_every_operating_system_error_has_a_storage_error(
    number: int, expected: type[Exception]
) -> None:
    assert type(storage_error(OSError(number, "?"), "t/a")) is expected


def test_a_second_server_on_one_folder_fails_at_once(tmp_path: Path) -> None:
    first, second = a_store(tmp_path / "blobs"), a_store(tmp_path / "blobs")

    async def start_the_second() -> None:
        with pytest.raises(ConfigError, match="in use by another server"):
            await second.start()
        await first.put("a", b"still here")

    in_store(first, start_the_second)
    assert contents(tmp_path / "blobs") == {"a": b"still here"}


def test_a_start_clears_what_a_crash_left(tmp_path: Path) -> None:
    contents(tmp_path / "blobs")
    (tmp_path / "blobs" / TEMPS / "0123").write_bytes(b"half a blob")
    assert contents(tmp_path / "blobs") == {}
    assert os.listdir(tmp_path / "blobs" / TEMPS) == []


def test_a_new_folder_is_marked_and_private(tmp_path: Path) -> None:
    root = tmp_path / "deep" / "blobs"
    store = a_store(root)
    in_store(store, lambda: store.put("t/a", b"x"))
    assert {path.name for path in root.iterdir()} == {MARKER, LOCK, TEMPS, "t"}
    assert root.stat().st_mode & 0o777 == 0o700
    assert (root / "t" / "a").stat().st_mode & 0o777 == 0o600


def test_a_folder_of_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(ConfigError, match="not a workdiary storage"):
        contents(tmp_path)
    assert os.listdir(tmp_path) == ["holiday.jpg"]


@pytest.mark.parametrize("made", [False, True])
def test_the_folder_of_an_unmounted_disk_is_refused_where_none_may_be_created(
    tmp_path: Path, made: bool
) -> None:
    root = tmp_path / "disk"
    if made:
        root.mkdir()
    with pytest.raises(ConfigError, match="is its disk mounted"):
        in_store(a_store(root, create=False), lambda: asyncio.sleep(0))
    assert root.exists() is made
    assert not made or os.listdir(root) == []


def test_a_known_folder_starts_without_leave_to_create_one(tmp_path: Path) -> None:
    contents(tmp_path / "blobs")
    in_store(a_store(tmp_path / "blobs", create=False), lambda: asyncio.sleep(0))


def test_a_folder_moved_away_is_said_and_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    store = a_store(tmp_path / "blobs")

    async def move_it() -> None:
        await store.put("t/a", b"x")
        (tmp_path / "blobs").rename(tmp_path / "elsewhere")
        with pytest.raises(UnavailableError, match="gone or was replaced"):
            await store.get("t/b")
        health = await store.health()
        assert not health.ok
        assert "gone or was replaced" in health.reason

    in_store(store, move_it)


def test_a_planted_link_is_never_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "blobs", tmp_path / "outside"
    contents(root)
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (root / "t").mkdir()
    (root / "t" / "link").symlink_to(outside / "secret")
    (root / "out").symlink_to(outside)
    store = a_store(root)

    async def follow_them() -> None:
        for operation in (store.get("t/link"), store.get("out/secret"), store.put("out/x", b"x")):
            with pytest.raises(CorruptError):
                await operation
        with pytest.raises(BlobExistsError):
            await store.put("t/link", b"x")
        assert [blob async for blob in store.list()] == []
        await store.delete("t/link")
        with pytest.raises(CorruptError):
            await store.delete("out/secret")

    in_store(store, follow_them)
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"secret": b"secret"}


def test_a_planted_pipe_hangs_nobody(tmp_path: Path) -> None:
    contents(tmp_path / "blobs")
    os.mkfifo(tmp_path / "blobs" / "pipe")
    store = a_store(tmp_path / "blobs")

    async def read_it() -> None:
        with pytest.raises(CorruptError):
            await asyncio.wait_for(store.get("pipe"), 5)

    in_store(store, read_it)


def test_foreign_files_are_neither_listed_nor_touched(tmp_path: Path) -> None:
    root = tmp_path / "blobs"
    contents(root)
    for name in ("README", ".hidden", "a b"):
        (root / name).write_bytes(b"mine")
    assert contents(root) == {}
    assert (root / "README").read_bytes() == b"mine"


def test_below_the_free_space_floor_puts_are_refused_and_reads_go_on(tmp_path: Path) -> None:
    in_store(a_store(tmp_path / "blobs"), lambda: asyncio.sleep(0))
    (tmp_path / "blobs" / "t").write_bytes(b"stored before")
    store = a_store(tmp_path / "blobs", free_space_floor=1 << 60)

    async def use_it() -> None:
        with pytest.raises(StorageFullError, match="are kept free"):
            await store.put("a", b"x")
        assert await store.get("t") == b"stored before"
        health = await store.health()
        assert not health.ok
        assert health.free is not None
        await store.delete("t")

    in_store(store, use_it)
    assert contents(tmp_path / "blobs") == {}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Three mebibytes of disk."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting needs root: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


async def puts_until_full(store: BlobStore, blob: bytes) -> int:
    for number in range(100):
        try:
            await store.put(f"t/{number:03}", blob)
        except StorageFullError:
            return number
    raise AssertionError("the disk is larger than it should be")


def test_a_full_disk_is_said_leaves_nothing_behind_and_is_overcome(small_disk: Path) -> None:
    store = a_store(small_disk / "blobs")
    blob = blob_of(200_000)

    async def fill_it() -> None:
        stored = await puts_until_full(store, blob)
        assert stored >= 10
        assert os.listdir(small_disk / "blobs" / TEMPS) == []
        keys = [found.key async for found in store.list()]
        assert keys == [f"t/{number:03}" for number in range(stored)]
        assert all([await store.get(key) == blob for key in keys])
        await store.delete(keys[0])
        await store.put("t/again", blob)

    in_store(store, fill_it)


def test_an_unmounted_disk_is_said_at_the_next_start(small_disk: Path) -> None:
    contents(small_disk)
    subprocess.run(["umount", small_disk], check=True)
    try:
        with pytest.raises(ConfigError, match="is its disk mounted"):
            in_store(a_store(small_disk, create=False), lambda: asyncio.sleep(0))
    finally:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", small_disk], check=True)


def test_racing_puts_into_a_new_folder_are_all_durable_and_whole(tmp_path: Path) -> None:
    store = a_store(tmp_path / "blobs")

    async def race() -> None:
        keys = [f"t/{number % 4}/{number}" for number in range(64)]
        await asyncio.gather(*(store.put(key, key.encode()) for key in keys))
        assert sorted(keys) == [blob.key async for blob in store.list()]

    in_store(store, race)


def test_a_folder_removed_by_hand_is_made_again(tmp_path: Path) -> None:
    store = a_store(tmp_path / "blobs")

    async def use_it() -> None:
        await store.put("t/202611/a", b"x")
        await store.delete("t/202611/a")
        (tmp_path / "blobs" / "t" / "202611").rmdir()
        with pytest.raises(BlobNotFoundError):
            await store.get("t/202611/a")
        await store.put("t/202611/b", b"y")
        assert await store.get("t/202611/b") == b"y"

    in_store(store, use_it)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "path"),
        ({"path": ""}, "path is empty"),
        ({"path": "/x", "free_space_flor": 1}, "free_space_flor.*options: path, free_space_floor"),
        ({"path": "/x", "free_space_floor": -1}, "free_space_floor"),
        ({"path": "/x", "free_space_floor": "much"}, "free_space_floor"),
        ({"path": "/x", "create": "perhaps"}, "create"),
    ],
)
def test_a_wrong_option_is_named(options: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        open_local(options)


def test_the_backend_is_found_by_its_name() -> None:
    factory = Plugins(SERVER).storage_backend("[storage.main] plugin", "local")
    assert factory is open_local


def test_options_from_the_environment_are_text(tmp_path: Path) -> None:
    store = open_local({"path": str(tmp_path), "free_space_floor": "1024", "create": "false"})
    with pytest.raises(ConfigError, match="is its disk mounted"):
        in_store(store, lambda: asyncio.sleep(0))


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_bytes(b"")
    with pytest.raises(ConfigError, match="is not a folder"):
        contents(tmp_path / "blobs")
