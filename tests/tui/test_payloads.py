from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest
from workdiary_tui.pictures.payloads import Payloads, payloads_for

PICTURE = b"\x89PNG" + bytes(range(256)) * 8


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_another_session_of_the_same_reader_finds_it(tmp_path: Path) -> None:
    payloads_for({"XDG_CACHE_HOME": str(tmp_path)}, "token").keep("c", "one", PICTURE)
    again = payloads_for({"XDG_CACHE_HOME": str(tmp_path)}, "token")
    assert again.get("c", "one") == PICTURE
    assert again.get("c", "other") is None
    assert again.get("d", "one") is None


def test_the_disk_shows_neither_the_picture_nor_its_name(tmp_path: Path) -> None:
    """The server keeps pictures sealed: a reader's disk is no way around it."""
    Payloads(tmp_path, "token").keep("acme", "9f2c", PICTURE)
    (file,) = files(tmp_path)
    assert PICTURE[:16] not in file.read_bytes()
    assert "acme" not in str(file.relative_to(tmp_path))
    assert "9f2c" not in file.name
    assert Payloads(tmp_path, "someone else's").get("acme", "9f2c") is None


def test_only_the_reader_s_own_account_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    Payloads(folder, "token").keep("c", "one", PICTURE)
    (file,) = files(folder)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, file.parent, file)] == [
        0o700,
        0o700,
        0o600,
    ]


@pytest.mark.parametrize("damage", [b"", b"WDB1", b"noise" * 50])
def test_a_damaged_file_is_drawn_anew(tmp_path: Path, damage: bytes) -> None:
    payloads = Payloads(tmp_path, "token")
    payloads.keep("c", "one", PICTURE)
    (file,) = files(tmp_path)
    file.write_bytes(damage)
    assert payloads.get("c", "one") is None
    payloads.keep("c", "one", PICTURE)
    assert payloads.get("c", "one") == PICTURE


def test_a_file_in_another_s_place_is_not_taken_for_it(tmp_path: Path) -> None:
    payloads = Payloads(tmp_path, "token")
    payloads.keep("c", "one", PICTURE)
    (one,) = files(tmp_path)
    payloads.keep("c", "two", b"two")
    (two,) = [path for path in files(tmp_path) if path != one]
    two.write_bytes(one.read_bytes())
    assert payloads.get("c", "two") is None


def test_deleting_a_segment_removes_the_contract_s_files_alone(tmp_path: Path) -> None:
    payloads = Payloads(tmp_path, "token")
    for contract in ("c", "d"):
        payloads.keep(contract, "one", PICTURE)
    payloads.forget("c")
    assert payloads.get("c", "one") is None
    assert payloads.get("d", "one") == PICTURE


def test_too_much_drops_what_was_looked_at_longest_ago(tmp_path: Path) -> None:
    payloads = Payloads(tmp_path, "token", most=6 * (len(PICTURE) + 32))
    for number in range(8):
        payloads.keep("c", str(number), PICTURE)
        for file in files(tmp_path):
            os.utime(file, (file.stat().st_atime - 60, file.stat().st_mtime - 60))
    assert payloads.get("c", "0") == PICTURE
    Payloads(tmp_path, "token", most=6 * (len(PICTURE) + 32)).keep("c", "new", PICTURE)
    left = [name for name in (*"01234567", "new") if payloads.get("c", name)]
    assert left == ["0", "4", "5", "6", "7", "new"]


def test_a_week_unseen_is_long_enough(tmp_path: Path) -> None:
    payloads = Payloads(tmp_path, "token")
    payloads.keep("c", "old", PICTURE)
    (file,) = files(tmp_path)
    week_ago = time.time() - 7 * 24 * 3600 - 60
    os.utime(file, (week_ago, week_ago))
    Payloads(tmp_path, "token").keep("c", "new", PICTURE)
    assert payloads.get("c", "old") is None
    assert payloads.get("c", "new") == PICTURE


def test_it_can_be_switched_off_and_a_full_disk_is_no_error(tmp_path: Path) -> None:
    off = payloads_for({"WORKDIARY_CACHE": "off", "XDG_CACHE_HOME": str(tmp_path)}, "token")
    off.keep("c", "one", PICTURE)
    assert off.get("c", "one") is None
    assert not files(tmp_path)
    occupied = tmp_path / "file"
    occupied.write_text("")
    nowhere = Payloads(occupied, "token")
    nowhere.keep("c", "one", PICTURE)
    assert nowhere.get("c", "one") is None
