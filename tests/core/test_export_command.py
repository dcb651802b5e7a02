"""``workdiary export``, run as people run it against a real server."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from readingkit import DAY, Place, a_place
from workdiary import api

WEEK = "2026-W40"
MONTH = ("--from", "2026-09-01", "--to", "2026-09-30")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with a_place(tmp_path) as place:
        yield place


async def test_a_day_comes_out_in_every_format(place: Place, tmp_path: Path) -> None:
    begins = {"csv": b"contract,start,", "json": b'{"contract"', "pdf": b"%PDF-", "zip": b"PK"}
    for suffix, sign in begins.items():
        output = tmp_path / f"day.{suffix}"
        done = await place.run("export", "acme/site", "--day", f"{DAY}", "--output", str(output))
        assert done.returncode == 0, done.stderr
        assert done.stderr.splitlines()[-1] == f"wrote {output}"
        assert output.read_bytes().startswith(sign)
    assert json.loads((tmp_path / "day.json").read_bytes()) == json.loads(
        api.to_json(await place.day())
    )
    with zipfile.ZipFile(tmp_path / "day.zip") as archive:
        assert len([name for name in archive.namelist() if name.endswith(".webp")]) == 3
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == [
        f"day.{suffix}" for suffix in sorted(begins)
    ]


async def test_weeks_and_ranges_are_the_servers_own_papers(place: Place) -> None:
    week = await place.run_bytes("export", "acme/site", "--week", WEEK, "--format", "csv")
    same = await place.grace.timesheet_file(place.contract, DAY, "csv")
    assert week.stdout == same
    month = await place.run("export", "acme/site", *MONTH, "--format", "json")
    first, last = DAY.replace(day=1), DAY
    wanted = await place.grace.range_file(place.contract, first, last, "json")
    assert json.loads(month.stdout) == json.loads(wanted)


async def test_an_archive_goes_into_a_pipe_and_is_narrated_apart(place: Place) -> None:
    done = await place.run_bytes("export", "acme/site", *MONTH, "--format", "html")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        assert archive.testzip() is None
        assert "acme-site-2026-09-01-to-2026-09-30/index.html" in archive.namelist()
    assert done.stderr == b"3 of 3 pictures\n"


async def test_who_looked_at_the_pictures_is_known(place: Place) -> None:
    done = await place.run_bytes("export", "acme/site", "--day", f"{DAY}", "--format", "html")
    assert done.returncode == 0, done.stderr
    views = await place.grace.views(place.contract)
    assert len(views.views) == 3
    assert {one.renditions for one in views.views} == {("original",)}


async def test_a_file_that_is_there_is_not_replaced_and_a_failure_leaves_none(
    place: Place, tmp_path: Path
) -> None:
    output = tmp_path / "day.csv"
    output.write_text("mine")
    words = ("export", "acme/site", "--day", f"{DAY}", "--output", str(output))
    refused = await place.run(*words)
    assert (refused.returncode, output.read_text()) == (2, "mine")
    assert "use --force" in refused.stderr
    assert (await place.run(*words, "--force")).returncode == 0
    assert output.read_text() != "mine"
    lost = await place.run("export", "acme/secret", *words[2:4], "--output", f"{tmp_path}/no.zip")
    assert (lost.returncode, "there is no contract 'acme/secret'" in lost.stderr) == (1, True)
    there = await place.run("export", "acme/site", *words[2:4], "--output", "/proc/no.zip")
    assert (there.returncode, "cannot be written" in there.stderr) == (1, True)
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["day.csv"]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--day", "2026-09-30", "--week", WEEK),
        ("--from", "2026-09-30"),
        ("--from", "2026-09-30", "--to", "2026-09-01"),
        ("--from", "2024-09-30", "--to", "2026-09-01"),
        ("--day", "soon"),
        ("--day", "2026-09-30", "--format", "exe"),
    ],
)
async def test_a_period_that_is_none_is_usage(place: Place, words: tuple[str, ...]) -> None:
    done = await place.run("export", "acme/site", *words)
    assert (done.returncode, done.stdout) == (2, "")
