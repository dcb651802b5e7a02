"""What the folder shows to who has no keys, and what equal input leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serverkit import (
    a_freelancer,
    a_picture,
    enter_log,
    open_contract,
    running_server,
    seeded,
    send,
    tracked_entry,
)
from workdiary.storage import CorruptError
from workdiary_server.db.connections import connect
from workdiary_server.folder import Folder
from workdiary_server.http.keys import DIARY
from workdiary_server.vault.keyring import Keyring

START = 1_760_000_400
KEYS = {"master.key", "owner.key", "log.key", "owner.token"}


async def a_diary(folder: Path, memo: str = "canary memo", start: int = START) -> bytes:
    """Two segments with a picture, made with the same clock and randomness each time."""
    random, clock = seeded(7), iter(range(start + 600, start + 100_000))
    async with (
        running_server(folder, now=lambda: float(next(clock)), random=random) as server,
        a_freelancer(server, "canary freelancer", random) as ada,
    ):
        contract = await open_contract(server, ada.person, random=random, name="canary contract")
        await enter_log(ada, contract, random)
        picture = a_picture(start, seed=3)
        for slot in range(2):
            signed = tracked_entry(
                ada,
                contract,
                start + 600 * slot - 600,
                memo=memo,
                minutes=[(424_242, 31_337, 77_777, 1)],
                pictures=[picture] if slot else [],
                random=random,
            )
            await send(ada, contract, signed)
    return picture[1]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in KEYS:
            yield str(path.relative_to(folder)), path.read_bytes()


async def test_database_and_blobs_show_no_name_memo_count_or_picture(tmp_path: Path) -> None:
    original = await a_diary(tmp_path)
    windows = [original[at : at + 16] for at in range(0, len(original) - 16, 512)]
    numbers = [n.to_bytes(4, "big") for n in (424_242, 31_337, 77_777)]
    canaries = [b"canary", b"Olga", b"laptop", b"424242", b"RIFF", *numbers, *windows]
    for name, content in files(tmp_path):
        for canary in canaries:
            assert canary not in content, (name, canary)
    token = (tmp_path / "owner.token").read_bytes().strip()
    assert all(token not in content for _, content in files(tmp_path))


async def test_equal_counts_leave_byte_identical_databases(tmp_path: Path) -> None:
    """Two texts of equal timing reach the server as equal counts: nothing tells them apart."""
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        await a_diary(folder)
    assert dict(files(one)) == dict(files(two))


async def test_private_files_are_their_owners_alone(tmp_path: Path) -> None:
    await a_diary(tmp_path / "diary")
    assert (tmp_path / "diary").stat().st_mode & 0o777 == 0o700
    for name in (*KEYS, "diary.sqlite"):
        assert (tmp_path / "diary" / name).stat().st_mode & 0o777 == 0o600


async def test_another_master_key_opens_nothing(tmp_path: Path) -> None:
    await a_diary(tmp_path)
    folder = Folder(tmp_path)
    db = connect(folder.database)
    subject, place = next(iter(db.execute("SELECT subject, id FROM content_key LIMIT 1")))
    with pytest.raises(CorruptError):
        Keyring(bytes(32), seeded(1)).content_key(db, subject, place)
    db.close()


async def test_keys_do_not_show_in_a_repr(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        secrets = [(tmp_path / name).read_text().strip() for name in KEYS]
        shown = repr(server.app[DIARY]) + repr(server.app[DIARY].keyring)
        assert not [secret for secret in secrets if secret in shown]
