"""``workdiary fsck``: a diary that was lived fits; whatever is planted is named, with its place."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from billkit import MONDAY, Clock
from closedkit import live
from lifekit import LOCK, a_life
from serverkit import (
    a_reader,
    run_workdiary,
    running_server,
)
from workdiary.segments import from_epoch

Damage = Callable[[Path, apsw.Connection], object]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived") / "server"
    asyncio.run(a_life(folder))
    return folder


def fsck(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run_workdiary(folder, "fsck", *options)


def codes(done: subprocess.CompletedProcess[str]) -> set[str]:
    assert "Traceback" not in done.stderr
    return {json.loads(line)["code"] for line in done.stdout.splitlines()}


def everything(folder: Path) -> dict[str, bytes]:
    """Each file's bytes, and the database's rows: reading may touch its write-ahead log."""
    db = apsw.Connection(str(folder / "diary.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {name: repr(list(db.execute(f"SELECT * FROM {name}"))).encode() for name in tables}  # noqa: S608
    db.close()
    files = {str(p): p.read_bytes() for p in (folder / "blobs").rglob("*") if p.is_file()}
    return rows | files


@pytest.mark.parametrize("options", [(), ("--full",), ("--full", "--repair")], ids=str)
def test_a_diary_that_was_lived_fits(lived: Path, options: tuple[str, ...]) -> None:
    before = everything(lived)
    done = fsck(lived, *options)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "all fits\n")
    assert everything(lived) == before


def test_a_diary_of_two_closed_weeks_and_two_policies_fits(tmp_path: Path) -> None:
    asyncio.run(live(tmp_path))
    assert fsck(tmp_path, "--full").stderr == "all fits\n"


def sql(text: str) -> Damage:
    """What stands in capitals is put in its place: an entry, its body, a forged note."""
    for name, value in (("ITS_BODY", ITS_BODY), ("FORGED", FORGED), ("THIRD", THIRD)):
        text = text.replace(name, value)
    return lambda _, db: list(db.execute(text))


def blobs(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / "blobs").rglob("*") if p.is_file() and len(p.name) == 32)


def flip(folder: Path, _: apsw.Connection) -> None:
    path = blobs(folder)[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap(folder: Path, _: apsw.Connection) -> None:
    one, two = blobs(folder)[:2]
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def add_blob(folder: Path, _: apsw.Connection, name: str = "ab" * 16) -> None:
    blobs(folder)[0].with_name(name).write_bytes(b"what is this")


THIRD = "(SELECT idx FROM entry WHERE kind = 'segment.tracked' ORDER BY idx LIMIT 1 OFFSET 2)"
ITS_BODY = "arrival = (SELECT arrival FROM entry WHERE idx = THIRD)"
FORGED = "CAST(replace(CAST(note AS TEXT), '\"seq\":', '\"seq\":1') AS BLOB)"
DAMAGES: dict[str, tuple[str, Damage]] = {
    "an entry is gone": ("log-gap", sql("DELETE FROM entry WHERE idx = THIRD")),
    "the newest is gone": (
        "log-size",
        sql("DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)"),
    ),
    "the head is another": ("log-root", sql("UPDATE contract SET edge = zeroblob(length(edge))")),
    "the head is shorter": ("log-size", sql("UPDATE contract SET size = size - 1")),
    "an id is another": (
        "entry-id",
        sql("UPDATE entry SET id = zeroblob(32) WHERE idx = THIRD"),
    ),
    "a note is no note": (
        "entry-unreadable",
        sql("UPDATE entry SET note = x'78' WHERE idx = THIRD"),
    ),
    "a note says more": ("chain", sql("UPDATE entry SET note = FORGED WHERE idx = THIRD")),
    "a row says another time": (
        "entry-columns",
        sql("UPDATE entry SET start = start + 600 WHERE idx = THIRD"),
    ),
    "a receipt is dated back": (
        "receipt-order",
        sql("UPDATE entry SET received = received - 99 WHERE idx = THIRD"),
    ),
    "a device's key is another": (
        "signature",
        sql("UPDATE device SET public = zeroblob(32) WHERE id IN (SELECT device FROM entry)"),
    ),
    "a device is unknown": (
        "device-unknown",
        sql(
            "DELETE FROM device WHERE id = (SELECT device FROM entry WHERE kind = 'segment.manual')"
        ),
    ),
    "the tree is another": ("tree", sql("UPDATE tree_hash SET hash = zeroblob(32) WHERE idx = 3")),
    "the tree lacks a hash": ("tree", sql("DELETE FROM tree_hash WHERE idx = 3")),
    "more was cosigned": (
        "cosigned-more",
        sql("INSERT INTO cosignature SELECT id, zeroblob(16), 999, edge, 0, '' FROM contract"),
    ),
    "another log was cosigned": (
        "cosigned-other",
        sql("INSERT INTO third_party SELECT id, 'w', 3, zeroblob(32), 0, '' FROM contract"),
    ),
    "a body is gone": ("body-missing", sql("DELETE FROM body WHERE ITS_BODY")),
    "a body is altered": (
        "body-altered",
        sql("UPDATE body SET sealed = zeroblob(99) WHERE ITS_BODY"),
    ),
    "a body is another's": (
        "body-altered",
        sql(
            "UPDATE body SET sealed = (SELECT sealed FROM body ORDER BY arrival LIMIT 1) "
            "WHERE ITS_BODY"
        ),
    ),
    "a body's key is gone": (
        "body-altered",
        sql(
            "DELETE FROM content_key WHERE id = "
            "(SELECT substr(id, 1, 16) FROM entry WHERE idx = THIRD)"
        ),
    ),
    "a body is nobody's": ("body-stray", sql("INSERT INTO body VALUES (9999, x'00')")),
    "a deleted body is back": (
        "body-left",
        sql(
            "INSERT INTO body SELECT arrival, x'00' FROM entry WHERE kind = 'segment.tracked' "
            "AND arrival NOT IN (SELECT arrival FROM body)"
        ),
    ),
    "a tombstone is gone": ("tombstone-missing", sql("DELETE FROM tombstone")),
    "a tombstone is forged": (
        "tombstone-stray",
        sql("INSERT INTO tombstone SELECT id, 600, 1, 'tracked', 9, zeroblob(16), 0 FROM contract"),
    ),
    "a mark is gone": ("mark", sql("DELETE FROM mark WHERE kind = 'memo.edited'")),
    "a mark is forged": (
        "mark",
        sql("INSERT INTO mark SELECT id, 600, 1, 'memo.edited' FROM contract"),
    ),
    "a segment is gone": ("segment-stray", sql("DELETE FROM segment WHERE status IS NULL")),
    "a segment says more": (
        "segment-stale",
        sql("UPDATE segment SET mask = mask + 1 WHERE mask < 1023 OR kind = 'tracked'"),
    ),
    "a segment does not open": ("segment-stale", sql("UPDATE segment SET sealed = zeroblob(99)")),
    "the terms are gone": ("terms", sql("UPDATE contract SET sealed = zeroblob(99)")),
    "a closed week is gone": ("week-unkept", sql("DELETE FROM week")),
    "a closed week does not open": ("week-altered", sql("UPDATE week SET sealed = zeroblob(99)")),
    "a frozen verdict is another": (
        "week-verdicts",
        sql("UPDATE segment SET billable = billable + 1 WHERE billable > 0 AND accepted IS NULL"),
    ),
    "a picture is gone": ("picture-missing", lambda folder, _: blobs(folder)[0].unlink()),
    "the last picture is gone": ("picture-missing", lambda folder, _: blobs(folder)[-1].unlink()),
    "a picture is altered": ("picture-altered", flip),
    "two pictures are swapped": ("picture-altered", swap),
    "a picture is nobody's": ("picture-stray", add_blob),
    "a file is not ours": ("picture-foreign", lambda folder, db: add_blob(folder, db, "notes.txt")),
    "a picture is not recorded": ("picture-unrecorded", sql("DELETE FROM picture")),
    "a deleted segment's picture is back": (
        "picture-left",
        sql("UPDATE picture SET start = start + 1 WHERE rendition = 'preview'"),
    ),
    "pictures lie elsewhere": ("store-other", sql("UPDATE picture SET store = 'old'")),
}
DERIVED = {"tree", "mark", "segment-stray", "segment-stale", "picture-stray"}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_planted_is_named(lived: Path, tmp_path: Path, damage: str) -> None:
    folder = shutil.copytree(lived, tmp_path / "server")
    code, plant = DAMAGES[damage]
    db = apsw.Connection(str(folder / "diary.sqlite"))
    plant(folder, db)
    db.close()
    before = everything(folder)
    done = fsck(folder, "--full", "--json")
    assert done.returncode == 1, done.stderr
    assert code in codes(done), done.stdout
    assert everything(folder) == before, "without --repair nothing is written"
    again = fsck(folder, "--full", "--repair", "--json")
    left = codes(fsck(folder, "--full", "--json"))
    assert again.returncode == (1 if left else 0)
    assert (code not in left) == (code in DERIVED)


@pytest.mark.parametrize("damage", [name for name, (code, _) in DAMAGES.items() if code in DERIVED])
def test_what_was_mended_is_as_it_was(lived: Path, tmp_path: Path, damage: str) -> None:
    """The server then shows the same days and weeks, byte for byte."""
    folder = shutil.copytree(lived, tmp_path / "server")
    shown = asyncio.run(all_days(shutil.copytree(lived, tmp_path / "before")))
    db = apsw.Connection(str(folder / "diary.sqlite"))
    DAMAGES[damage][1](folder, db)
    db.close()
    assert fsck(folder, "--repair").returncode == 0
    assert asyncio.run(all_days(folder)) == shown


async def all_days(folder: Path) -> list[object]:
    async with running_server(folder, Clock(LOCK + 7200.0)) as server:
        (contract,) = await server.owner.contracts()
        (ada,) = [one for one in await server.owner.people() if one.name == "Ada"]
        days = [from_epoch(MONDAY + 86_400 * day).date() for day in range(8)]
        async with a_reader(server, ada) as reader:
            return [
                [await reader.day(contract.id, day) for day in days],
                [await reader.week(contract.id, day) for day in (days[0], days[7])],
                await reader.search(contract.id, days[0], days[7], text="mended"),
            ]


def test_a_running_server_a_folder_without_a_diary_and_a_broken_file_end_it_with_two(
    lived: Path, tmp_path: Path
) -> None:
    nothing = fsck(tmp_path)
    assert nothing.returncode == 2
    assert "workdiary init" in nothing.stderr
    folder = shutil.copytree(lived, tmp_path / "server")
    (folder / "diary.sqlite").write_bytes(b"SQLite format 3\0" + bytes(5000))
    (folder / "diary.sqlite-wal").unlink(missing_ok=True)
    broken = fsck(folder)
    assert (broken.returncode, "Traceback" in broken.stderr) == (2, False)
    (folder / "master.key").write_text("00" * 32)
    shutil.copy(lived / "diary.sqlite", folder / "diary.sqlite")
    other = fsck(folder)
    assert other.returncode == 2
    assert "not the one that this diary was sealed with" in other.stderr


def test_a_finding_says_what_helps(lived: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(lived, tmp_path / "server")
    blobs(folder)[0].unlink()
    done = fsck(folder)
    said, helps = done.stdout.splitlines()
    assert said.startswith("picture-missing: contract ")
    assert said.endswith(": it is not in storage")
    assert "backup" in helps
    assert done.stderr == "1 found\n"
