"""``workdiary witness``, run as each party runs it, against a real server."""

from __future__ import annotations

from pathlib import Path

import apsw
from placekit import a_place


async def test_each_side_is_told_that_the_other_saw_the_same_log(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        first = await place.run("ada", "witness")
        assert first.returncode == 0, first.stderr
        assert first.stdout.startswith("acme/site: 2 entries, head ")
        assert first.stdout.endswith(", held here and cosigned\n")
        told = (await place.run("grace", "witness", "acme/site")).stdout.splitlines()
        assert told[0] == first.stdout.rstrip("\n")
        assert told[1].startswith("  freelancer Ada saw 2 entries at 20")
        assert told[1].endswith(" UTC: the same log")
        again = (await place.run("ada", "witness")).stdout.splitlines()
        assert "client Grace saw 2 entries" in again[1]


async def test_a_log_that_is_another_ends_it_with_one(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        await place.run("grace", "witness")
        db = apsw.Connection(str(tmp_path / "server" / "diary.sqlite"))
        db.execute("UPDATE contract SET size = 1, edge = zeroblob(32)")
        db.close()
        found = await place.run("grace", "witness")
        assert (found.returncode, found.stdout) == (1, "")
        assert found.stderr == "workdiary: 1 of 2 entries are gone from the server's log\n"


async def test_a_machine_that_only_reads_is_told_what_to_ask_for(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        found = await place.run("reader", "witness")
        assert (found.returncode, found.stdout) == (2, "")
        assert "an invite of scope review" in found.stderr
