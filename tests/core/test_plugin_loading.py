from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from foreign import install_plugin
from workdiary.errors import ConfigError, UnknownPluginError
from workdiary.plugins import CAPTURE, SERVER, Plugins

TAPE = """
from workdiary import hookimpl

@hookimpl
def workdiary_storage_backends():
    return {"tape": lambda options: ("a tape", dict(options))}

@hookimpl
def workdiary_entry_appended(index):
    seen.append(index)

seen = []
"""


def test_built_in_plugins_come_through_the_same_door_as_any_other() -> None:
    assert {plugin.name for plugin in Plugins(SERVER).installed()} >= {
        "billing_weekly_limit",
        "storage_local",
    }
    assert {plugin.name for plugin in Plugins(CAPTURE).installed()} >= {
        "capture_demo",
        "capture_x11",
    }


def test_a_strangers_backend_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(
        install_plugin(tmp_path, "workdiary-tape", SERVER, "storage_tape", TAPE)
    )
    factory = Plugins(SERVER).storage_backend("[storage.main] plugin", "tape")
    made: object = factory({"reel": 1})
    assert made == ("a tape", {"reel": 1})


def test_an_unknown_backend_is_named_with_those_that_are_installed() -> None:
    with pytest.raises(UnknownPluginError, match=r"\[storage.main\] plugin = 'taep'.*local"):
        Plugins(SERVER).storage_backend("[storage.main] plugin", "taep")


def test_a_name_that_two_packages_claim_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one-tape", "other-tape"):
        install_plugin(tmp_path, name, SERVER, "storage_tape", TAPE)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="both one-tape and other-tape"):
        Plugins(SERVER).storage_backend("[storage.main] plugin", "tape")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import no_such_module_at_all", "no_such_module_at_all"),
        ("1/0", "ZeroDivisionError"),
        ("from workdiary import hookimpl\n@hookimpl\ndef workdiary_invented(): pass", "invented"),
        (
            "from workdiary import hookimpl\n@hookimpl\ndef workdiary_storage_backends(): 1/0",
            "ZeroDivisionError",
        ),
        (
            "from workdiary import hookimpl\n@hookimpl\n"
            "def workdiary_storage_backends(): return {'wax': 1}",
            "brings no storage called 'tape'",
        ),
    ],
)
def test_a_broken_plugin_is_named_by_whoever_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, why: str
) -> None:
    install_plugin(tmp_path, "workdiary-tape", SERVER, "storage_tape", code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "workdiary_tape", raising=False)
    plugins = Plugins(SERVER)
    plugins.storage_backend("[storage.main] plugin", "local")
    assert not plugins.broken, "a plugin that nobody named was imported"
    with pytest.raises(UnknownPluginError, match=f"workdiary-tape is broken.*{why}"):
        plugins.storage_backend("[storage.main] plugin", "tape")


def test_a_listener_is_told_once_it_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin(tmp_path, "workdiary-tape-two", SERVER, "storage_tape", TAPE)
    install_plugin(tmp_path, "noisy", SERVER, "noisy", TAPE.replace("seen.append(index)", "1/0"))
    monkeypatch.syspath_prepend(tmp_path)
    plugins = Plugins(SERVER)
    plugins.entry_appended("c" * 32, 6, "segment.tracked")
    plugins.use("[server] plugins", ["storage_tape", "noisy"])
    plugins.entry_appended("c" * 32, 7, "segment.tracked")
    import workdiary_tape_two  # type: ignore[import-not-found] # written by this test

    assert workdiary_tape_two.seen == [7]


def test_the_command_lists_plugins_and_the_reason_of_a_broken_one(tmp_path: Path) -> None:
    install_plugin(tmp_path, "workdiary-bad", SERVER, "storage_bad", "import no_such_thing")
    listed = subprocess.run(
        [sys.executable, "-m", "workdiary.cli", "plugins"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(line for line in listed.stdout.splitlines() if "storage_bad" in line)
    assert "workdiary-bad 1.0" in line
    assert "BROKEN ModuleNotFoundError" in line
    assert "local" in listed.stdout
