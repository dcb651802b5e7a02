"""``tui.toml``: what it may say, what outranks it, and how one setting of it is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from diaries import PaperDiary, a_contract
from terminalkit import READER, a_server, a_terminal
from workdiary.errors import ConfigError
from workdiary_tui.tui_settings import keep, load, resolved

COMMAND = str(Path(sys.executable).with_name("workdiary"))
FULL = """\
# mine
theme = "light"  # the sun
zone = 'Asia/Manila'
ascii = true

# no pictures on the train
images = "off"

[keymap]
segment.next = "ctrl+n"
"day.next" = "x,f5"
"""


def settings(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WORKDIARY")}
    return subprocess.run(
        [COMMAND, "tui", "settings", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={**kept, "WORKDIARY_HOME": str(home), **variables},
    )


def found(home: Path, *arguments: str, **variables: str) -> dict[str, dict[str, str]]:
    done = settings(home, "--json", *arguments, **variables)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    told: dict[str, dict[str, str]] = said["settings"]
    return told


def test_a_flag_outranks_a_variable_that_one_the_file_and_the_file_what_came_with_us(
    tmp_path: Path,
) -> None:
    assert found(tmp_path)["theme"] == {"value": "auto", "from": "default"}
    (tmp_path / "tui.toml").write_text(FULL)
    kept = found(tmp_path)
    assert kept["theme"] == {"value": "light", "from": "tui.toml"}
    assert kept["zone"] == {"value": "Asia/Manila", "from": "tui.toml"}
    assert kept["ascii"] == {"value": "on", "from": "tui.toml"}
    assert kept["mouse"] == {"value": "auto", "from": "default"}
    variables = {"WORKDIARY_THEME": "dark", "WORKDIARY_ASCII": "0", "WORKDIARY_MOUSE": "off"}
    outranked = found(tmp_path, **variables)
    assert outranked["theme"] == {"value": "dark", "from": "WORKDIARY_THEME"}
    assert outranked["ascii"] == {"value": "off", "from": "WORKDIARY_ASCII"}
    assert outranked["images"] == {"value": "off", "from": "tui.toml"}
    flags = ("--theme", "auto", "--ascii", "--mouse", "on", "--zone", "Europe/Paris")
    typed = found(tmp_path, *flags, **variables)
    assert typed["theme"] == {"value": "auto", "from": "--theme"}
    assert typed["ascii"] == {"value": "on", "from": "--ascii"}
    assert typed["mouse"] == {"value": "on", "from": "--mouse"}
    assert typed["zone"] == {"value": "Europe/Paris", "from": "--zone"}


WRONG = [
    ('theme = "drak"', "theme = 'drak': write one of auto, dark, light"),
    ('themes = "dark"', "unknown key 'themes'; did you mean 'theme'?"),
    ('images = "jpeg"', "write one of auto, kitty, sixel"),
    ('ascii = "yes"', "ascii = 'yes': write true or false"),
    ("mouse = true", "mouse = True: write a text, in quotes"),
    ('zone = "Paris"', "zone: 'Paris' is not a time zone such as Europe/Berlin"),
    ("theme = dark", "at line 1"),
    ('keymap = "n"', "keymap is a section: write [keymap]"),
    ("[keymap]\nback = 1", '[keymap] back = 1: write keys in quotes, such as "n,ctrl+n"'),
    ("[keymap]\nsegment.nxt = 'x'", "has no id 'segment.nxt'; did you mean 'segment.next'?"),
    ("[keymap]\nback = 'ctrl+i'", "back: 'ctrl+i' is no key that can be chosen: write a character"),
    ("[keymap]\nback = ''", "back: '' is no key that can be chosen"),
    ("[keymap]\nback = 'ctrl+q'", "back: 'ctrl+q' is no key that can be chosen"),
    ("[keymap]\nsegment.next = 'j'", "segment.next: j is move.down on the day screen already"),
    ("[keymap]\nwhy = 'f5'\nminutes = 'f5'", "f5 is why on the day screen already"),
    ("[keymap]\nsearch.results = 'x'", "search.results: x would be typed"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_is_wrong_in_the_file_is_one_line_that_names_it_and_what_would_be_right(
    text: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "tui.toml"
    path.write_text(text)
    done = settings(tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert str(path) in done.stderr
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_zone_names_who_said_it(tmp_path: Path) -> None:
    typed = settings(tmp_path, "--zone", "Paris")
    assert "--zone: 'Paris' is not a time zone" in typed.stderr
    assert typed.returncode == 2
    done = settings(tmp_path, WORKDIARY_ZONE="Paris")
    assert "WORKDIARY_ZONE: 'Paris'" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("text", ['theme = "drak"', "[keymap]\nsegment.next = 'j'"])
async def test_the_tui_does_not_start_on_a_wrong_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "tui.toml").write_text(text)
    async with a_server(PaperDiary(a_contract())) as url, a_terminal() as terminal:
        await terminal.start("--server", url, **READER, WORKDIARY_HOME=str(tmp_path))
        seen = await terminal.until("tui.toml: ")
        assert await terminal.ended() == 2
        assert b"Traceback" not in seen
        assert b"\x1b[?1049h" not in seen


async def test_the_file_s_mouse_and_signs_are_drawn_and_over_ssh_too(tmp_path: Path) -> None:
    (tmp_path / "tui.toml").write_text('mouse = "on"\nascii = true\n')
    paper = PaperDiary(a_contract())
    async with a_server(paper) as url, a_terminal() as terminal:
        there = {"SSH_CONNECTION": "127.0.0.1 1 127.0.0.1 22", "HOME": "/nonexistent"}
        options = ("--server", url, "--as", str(tmp_path), "--over-ssh")
        await terminal.start(*options, **READER, **there)
        begun = await terminal.until("acme/website")
        assert b"\x1b[?1000h" in begun
        assert "■".encode() not in begun
        await terminal.press("Q")
        assert await terminal.ended() == 0


def test_the_file_in_the_docs_is_read_and_its_keys_are_told(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
    _, _, after = text.partition('```toml title="tui.toml"\n')
    (tmp_path / "tui.toml").write_text(after.partition("```")[0])
    done = settings(tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["zone", "Europe/Paris", "tui.toml"] in lines
    assert ["segment.next", "n", "ctrl+n", "next,", "previous", "in", "the", "set"] in lines


def test_ids_are_the_same_with_and_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "tui.toml"
    path.write_text(FULL)
    assert load(path).keys == {"segment.next": "ctrl+n", "day.next": "x,f5"}


def test_what_is_kept_changes_its_own_line_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "tui.toml"
    path.write_text(FULL)
    keep(path, "theme", "dark")
    assert path.read_text() == FULL.replace('"light"', '"dark"')
    keep(path, "ascii", "off")
    keep(path, "zone", "Europe/Paris")
    keep(path, "images", None)
    keep(path, "mouse", "on")
    text = path.read_text()
    assert "# mine\n" in text
    assert '"dark"  # the sun' in text
    assert "# no pictures on the train" in text
    assert 'segment.next = "ctrl+n"' in text
    kept = load(path)
    expected = {"theme": "dark", "zone": "Europe/Paris", "ascii": "off", "mouse": "on"}
    assert kept.values == expected
    assert kept.keys == {"segment.next": "ctrl+n", "day.next": "x,f5"}


def test_a_first_setting_makes_the_file_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tui.toml"
    keep(path, "theme", None)
    assert not path.exists()
    keep(path, "theme", "dark")
    assert path.read_text() == 'theme = "dark"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["tui.toml"]


@pytest.mark.parametrize("begun", ["[keymap]\nback = 'b'\n", "\n\n[keymap]\nback = 'b'", "# x"])
def test_a_setting_finds_its_place_above_the_keys(begun: str, tmp_path: Path) -> None:
    path = tmp_path / "tui.toml"
    path.write_text(begun)
    keys = load(path).keys
    keep(path, "mouse", "off")
    assert begun.strip() in path.read_text()
    assert load(path).values == {"mouse": "off"}
    assert load(path).keys == keys


def test_a_file_that_is_a_link_stays_one_and_its_line_ends_stay(tmp_path: Path) -> None:
    real, path = tmp_path / "dotfiles.toml", tmp_path / "tui.toml"
    real.write_bytes(b'theme = "light"\r\nmouse = "on"\r\n')
    path.symlink_to(real)
    keep(path, "theme", "dark")
    assert path.is_symlink()
    assert real.read_bytes() == b'theme = "dark"\r\nmouse = "on"\r\n'


@pytest.mark.parametrize("text", ['zone = """\nUTC"""\n', '"theme" = "light"\n'])
def test_what_cannot_be_changed_line_by_line_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tui.toml"
    path.write_text(text)
    name = "zone" if "zone" in text else "theme"
    with pytest.raises(ConfigError, match="change it there"):
        keep(path, name, "UTC" if name == "zone" else "dark")
    assert path.read_text() == text


def test_no_wrong_value_is_ever_written(tmp_path: Path) -> None:
    path = tmp_path / "tui.toml"
    for name, value in (("theme", "drak"), ("zone", "Paris")):
        with pytest.raises(ConfigError):
            keep(path, name, value)
    assert not path.exists()


def test_ascii_alone_draws_no_pictures_and_over_ssh_the_mouse_is_the_terminal_s(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tui.toml"
    own = resolved(path)
    assert own.mouse(over_ssh=False)
    assert not own.mouse(over_ssh=True)
    keep(path, "ascii", "on")
    assert resolved(path).pictures == "off"
    keep(path, "images", "half")
    assert resolved(path).pictures == "half"
