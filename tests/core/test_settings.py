from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from workdiary import settings
from workdiary.errors import ConfigError


class Server(msgspec.Struct, frozen=True):
    host: str = "127.0.0.1"
    port: int = 8347
    password: str = ""


class Settings(msgspec.Struct, frozen=True):
    server: Server = Server()
    storage: dict[str, dict[str, Any]] = {}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "server.toml"
    path.write_text(text)
    return path


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert settings.load(Settings, tmp_path / "none.toml", {}) == Settings()


def test_the_environment_outranks_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[server]\nport = 1\nhost = '::1'\n")
    loaded = settings.load(Settings, path, {"WORKDIARY_SERVER__PORT": "2", "HOME": "/"})
    assert (loaded.server.port, loaded.server.host) == (2, "::1")


def test_a_plugins_own_table_is_left_to_the_plugin(tmp_path: Path) -> None:
    path = written(tmp_path, "[storage.main]\nplugin = 'local'\npath = '/x'\n")
    loaded = settings.load(Settings, path, {})
    assert loaded.storage == {"main": {"plugin": "local", "path": "/x"}}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[server]\nprot = 1\n", "unknown key 'prot' in .server.; did you mean 'port'"),
        ("[sever]\nport = 1\n", "unknown section .sever.; did you mean 'server'"),
        ("[server]\nqqq = 1\n", "known are host, password, port"),
        ("[server]\nport = 'many'\n", "server.toml"),
        ("server = 3\n", "write .server."),
        ("[server\n", "server.toml"),
    ],
)
def test_a_wrong_file_is_refused_with_what_would_be_right(
    tmp_path: Path, text: str, why: str
) -> None:
    with pytest.raises(ConfigError, match=why):
        settings.load(Settings, written(tmp_path, text), {})


def test_an_unknown_variable_of_a_known_section_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"WORKDIARY_SERVER__PROT.*'port'"):
        settings.load(Settings, None, {"WORKDIARY_SERVER__PROT": "1"})


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    environment = {"WORKDIARY_SERVER__PASSWORD_FILE": str(tmp_path / "secret")}
    assert settings.load(Settings, None, environment).server.password == "hunter2"  # noqa: S105
    environment["WORKDIARY_SERVER__PASSWORD_FILE"] = str(tmp_path / "absent")
    with pytest.raises(ConfigError, match="absent"):
        settings.load(Settings, None, environment)
