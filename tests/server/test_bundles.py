"""Bundles of real servers' logs: written, and verified with nothing else."""

from __future__ import annotations

import asyncio
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from billkit import Clock
from bundlekit import Forgery, complaints, pack, verify, write_bundle
from lifekit import LOCK, a_life
from serverkit import a_reader, running_server
from workdiary.bodies import WeekBody
from workdiary.bundles import form
from workdiary.entries import (
    EntryKind,
    commitment,
    device_key_name,
    leaf,
    make_body,
    note_id,
    read_body,
    read_entry,
    read_leaf,
    sign_entry,
)
from workdiary.notes import SigningKey


async def export(folder: Path, who: str, output: Path, pictures: bool = True) -> None:
    """What ``who`` gets of the folder's one contract."""
    async with running_server(folder, Clock(LOCK + 7200.0)) as server:
        if who == "Olga":
            await write_bundle(server.owner, output, pictures)
            return
        (person,) = [one for one in await server.owner.people() if one.name == who]
        async with a_reader(server, person) as reader:
            await write_bundle(reader, output, pictures)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived") / "server"
    asyncio.run(a_life(folder))
    return folder


@pytest.fixture(scope="module")
def bundle(lived: Path) -> Path:
    output = lived.parent / "grace.zip"
    asyncio.run(export(lived, "Grace", output))
    return output


@pytest.mark.parametrize("options", [(), ("--full",)], ids=str)
def test_a_true_bundle_leaves_nothing_to_complain_about(
    bundle: Path, options: tuple[str, ...]
) -> None:
    done = verify(bundle, *options)
    assert done.returncode == 0, done.stdout
    assert "nothing to complain about" in done.stderr
    assert "segments  10 tracked, 1 deleted, 2 late" in done.stdout
    assert "week      2026-09-28: " in done.stdout
    assert "pictures  3" in done.stdout
    assert "compared  with nothing" in done.stdout


def test_each_gets_what_they_may_see(lived: Path, tmp_path: Path) -> None:
    for who, pictures in (("Ada", True), ("Grace", False), ("Olga", True)):
        asyncio.run(export(lived, who, tmp_path / f"{who}.zip", pictures))
    said = {who: verify(tmp_path / f"{who}.zip") for who in ("Ada", "Grace", "Olga")}
    assert [one.returncode for one in said.values()] == [0, 0, 0], said
    assert "pictures  3" in said["Ada"].stdout
    assert "pictures  left out" in said["Grace"].stdout
    assert "contents  not in this bundle" in said["Olga"].stdout
    with zipfile.ZipFile(tmp_path / "Olga.zip") as archive:
        assert not [one for one in archive.namelist() if one.startswith(("bodies", "pictures"))]


def contents(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_any_byte_that_is_another_is_noticed(bundle: Path, tmp_path: Path) -> None:
    """1,000 of them: flipped, cut out, doubled, put in; anywhere."""
    chance, whole = random.Random(1), bundle.read_bytes()  # noqa: S311 - repeatable
    for number in range(1000):
        at, length = chance.randrange(len(whole)), chance.choice((1, 1, 1, 2, 30, 4000))
        piece = whole[at : at + length]
        mutated: Callable[[], bytes] = chance.choice(
            (
                lambda: bytes(byte ^ chance.randint(1, 255) for byte in piece),  # noqa: B023
                lambda: b"",
                lambda: piece + piece,  # noqa: B023
                lambda: chance.randbytes(length + 1),  # noqa: B023
            )
        )
        changed = whole[:at] + mutated() + whole[at + length :]
        path = tmp_path / "mutated.zip"
        path.write_bytes(changed)
        assert changed == whole or noticed(path), (number, at, length)


def noticed(path: Path) -> bool:
    """As ``verify --full`` does it, in this process: a thousand processes take long."""
    from workdiary.bundles.complaints import Learned
    from workdiary.bundles.reading import Bundle
    from workdiary.bundles.verifying import Verification
    from workdiary.errors import InvalidError

    try:
        with Bundle(path) as opened:
            return any(True for _ in Verification(opened, {}, full=True).run(Learned()))
    except InvalidError:
        return True


def test_any_file_that_is_missing_doubled_or_anothers_is_named(
    bundle: Path, tmp_path: Path
) -> None:
    """But for what names segments in its content: a later deletion may have covered that."""
    files = contents(bundle)
    path = tmp_path / "changed.zip"
    for name in files:
        pack({one: raw for one, raw in files.items() if one != name}, path)
        assert noticed(path) or b'"segments":' in files[name], f"without {name}"
        kind = name.partition("/")[0]
        other = next((one for one in files if one != name and one.startswith(kind)), None)
        if other is not None:
            pack(files | {name: files[other]}, path)
            assert files[name] == files[other] or noticed(path), f"{other} as {name}"
    pack(files | {form.body_name("ab" * 32): b"x" * 20}, path)
    assert complaints(path) == {"stray"}


@pytest.mark.parametrize(
    "what", ["nothing", "text", "a zip of others", "a bomb", "another form", "a cut one"]
)
def test_what_is_no_bundle_is_one_line_and_code_two(
    bundle: Path, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "bad.zip"
    if what == "text":
        path.write_text("hello")
    elif what == "a zip of others":
        pack_any(path, {"readme.txt": b"hi"})
    elif what == "a bomb":
        pack_any(path, {form.MANIFEST: bytes(50_000_000), form.CHECKPOINT: b"x"})
    elif what == "another form":
        manifest = contents(bundle)[form.MANIFEST].replace(b'"form":1', b'"form":2')
        pack(contents(bundle) | {form.MANIFEST: manifest}, path)
    elif what == "a cut one":
        path.write_bytes(bundle.read_bytes()[:-40])
    done = verify(path)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert len(done.stderr.splitlines()) == 1 or what == "nothing"


def pack_any(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": 10**6}, "the log makes 3000 minor units of it, and 1000000 were signed"),
        ({"size": 5}, "minor units of it, and 3000 were signed"),
        ({"policy_options": {"daily_cap": 10}}, "the terms name the policy"),
        ({"currency": "EUR"}, "other verdicts"),
    ],
    ids=str,
)
def test_a_closed_week_that_the_server_signed_with_other_numbers_is_named(
    lived: Path, bundle: Path, tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    """The server signs closed weeks itself: computing them again is what tells."""
    origin = form.decode_manifest(contents(bundle)[form.MANIFEST]).log_key.partition("+")[0]
    secret = bytes.fromhex((lived / "log.key").read_text())
    forgery = Forgery.of(bundle, SigningKey(origin, secret))
    (index,) = [
        number
        for number in range(len(forgery.leaves))
        if read_entry(forgery.note(number)).kind is EntryKind.WEEK_CLOSED
    ]
    entry = read_entry(forgery.note(index))
    body = read_body(forgery.files.pop(form.body_name(note_id(forgery.note(index)))), WeekBody)
    raw = make_body(msgspec.structs.replace(body, **changes), bytes)
    forged = msgspec.structs.replace(entry, body=commitment(raw))
    note = sign_entry(forged, SigningKey(device_key_name(entry.device), secret))
    received, _ = read_leaf(forgery.leaves[index])
    forgery.leaves[index] = leaf(received, note)
    forgery.files[form.body_name(note_id(note))] = raw
    done = verify(forgery.write(tmp_path / "forged.zip"))
    assert done.returncode == 1
    assert f"week: entry {index}: week of 2026-09-28: " in done.stdout
    assert told in done.stdout


def test_an_export_that_was_broken_off_goes_on_where_it_was(lived: Path, tmp_path: Path) -> None:
    output = tmp_path / "ada.zip"

    async def broken_off() -> int:
        async with running_server(lived, Clock(LOCK + 7200.0)) as server:
            (ada,) = [one for one in await server.owner.people() if one.name == "Ada"]
            async with a_reader(server, ada) as reader:
                real, asked = reader.picture, []

                async def once(contract: str, digest: str, rendition: str = "original") -> bytes:
                    asked.append(digest)
                    if len(asked) == 2:
                        raise OSError("the line is gone")
                    return await real(contract, digest, rendition)

                reader.picture = once  # type: ignore[method-assign]
                with pytest.raises(OSError, match="the line is gone"):
                    await write_bundle(reader, output)
                await write_bundle(reader, output)
                return len(asked)

    assert asyncio.run(broken_off()) == 4, "three pictures, one of them asked for twice"
    assert verify(output).returncode == 0
    assert not output.with_suffix(".part").exists()
