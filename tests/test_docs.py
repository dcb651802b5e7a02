"""The documents are programs: what they show is run, and what they name is compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pluggy
import pytest
from workdiary import hookspecs

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "plugins.md"
TITLED = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.M | re.S)
GUARD = re.compile(r"`((?:tests|\.ci)/[^`]*)`")
COMMAND = re.compile(r"`(workdiary [a-z][a-z -]*[a-z])")


def install(folder: Path) -> None:
    """Do what pip does for entry points, offline: a dist-info folder on the path."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    (info / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
            for group, points in project["entry-points"].items()
        )
    )


def test_the_guide_builds_a_plugin_that_keeps_the_contract(tmp_path: Path) -> None:
    for name, text in TITLED.findall(GUIDE.read_text()):
        (tmp_path / name).write_text(text)
    install(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"\b[1-9]\d passed", run.stdout), run.stdout
    assert run.returncode == 0, run.stdout


def test_the_guide_gives_every_hook_its_real_signature() -> None:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    hooks = {name: getattr(manager.hook, name) for name in vars(manager.hook) if name[0] != "_"}
    assert len(hooks) >= 6
    missing = [
        heading
        for name, hook in hooks.items()
        if (heading := f"### {name}({', '.join(hook.spec.argnames)})") not in GUIDE.read_text()
    ]
    assert not missing


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    for command in sorted(set(COMMAND.findall(page.read_text()))):
        words = command.split()[1:]
        told = subprocess.run(
            [sys.executable, "-m", "workdiary.cli", *known(words), "--help"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, f"{page.name} names `{command}`: {told.stderr}"
        assert "Usage: " in told.stdout


def known(words: list[str]) -> list[str]:
    """The command's own words: a group has a second one."""
    groups = {"person", "contract", "device", "token", "policy", "adjustment"}
    return words[:2] if words[0] in groups else words[:1]


def test_the_readme_is_two_commands_that_differ_in_their_last_words() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    setup = "python3 -m venv .venv && .venv/bin/pip install -q uv && .venv/bin/uv run "
    assert [block.strip() for block in blocks[:2]] == [
        f"{setup}workdiary demo",
        f"{setup}pytest",
    ]


def test_every_invariant_names_a_guard_that_exists() -> None:
    _, _, always = (ROOT / "ARCHITECTURE.md").read_text().partition("## What always holds")
    rows = re.findall(r"^\| (.*) \| (.*) \|$", always, re.M)[2:]
    assert len(rows) >= 16
    for invariant, guards in rows:
        named = GUARD.findall(guards)
        assert named, f"nothing guards: {invariant}"
        missing = [path for path in named if not (ROOT / path).is_file()]
        assert not missing, invariant


def test_every_promise_to_a_reader_names_a_test_that_exists() -> None:
    _, _, promises = (ROOT / "docs" / "terminals.md").read_text().partition("## Promises")
    rows = re.findall(r"^\| (.*) \| (.*) \|$", promises, re.M)[2:]
    assert len(rows) >= 25
    for promise, tests in rows:
        named = re.findall(r"`(tests/[^`]*)`", tests)
        assert named, f"nothing holds: {promise}"
        for path, _, name in (test.partition("::") for test in named):
            text = (ROOT / path).read_text()
            assert not name or f"def {name}(" in text, f"{promise}: {path} has no {name}"
