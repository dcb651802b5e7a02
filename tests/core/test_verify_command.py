"""``workdiary export --format bundle`` and ``workdiary verify``, as a client runs them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from placekit import a_place


async def test_a_client_takes_the_log_home_and_verifies_it_against_what_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with a_place(tmp_path) as place:
        made = await place.run(
            "grace", "export", "acme/site", "--format", "bundle", "--output", "site.zip"
        )
        assert made.returncode == 0, made.stderr
        assert made.stderr.endswith("wrote site.zip: 2 entries; now: workdiary verify site.zip\n")
        alone = await place.run("grace", "verify", "site.zip")
        assert alone.returncode == 0, alone.stdout
        assert "compared  with nothing" in alone.stdout
        assert (await place.run("grace", "witness")).returncode == 0
        compared = await place.run("grace", "verify", "site.zip", "--full")
        assert compared.returncode == 0
        assert "compared  with a head of 2 entries that was known before" in compared.stdout
        assert "every signature was checked" in compared.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "ada",
        "grace",
        "reader",
        "server",
        "site.zip",
    ]
    with zipfile.ZipFile("site.zip") as archive:
        assert archive.namelist()[:3] == ["bundle.json", "checkpoint", "cosigned.json"]


async def test_wrong_usage_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with a_place(tmp_path) as place:
        bundle = ("export", "acme/site", "--format", "bundle")
        for words in (
            bundle,
            (*bundle, "--output", "x.zip", "--week", "this"),
            ("verify", "absent.zip"),
            ("verify", str(tmp_path)),
        ):
            refused = await place.run("grace", *words)
            assert refused.returncode == 2, words
            assert "Traceback" not in refused.stderr
        assert not (tmp_path / "x.zip").exists()
