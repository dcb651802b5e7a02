"""The server's settings: one TOML file in the data folder, every key with a default that works."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from workdiary.credentials import server_folder
from workdiary.errors import ConfigError
from workdiary.settings import load

SETTINGS_FILE = "server.toml"


class ServerSection(Struct, frozen=True, kw_only=True):
    """``name`` is chosen once, by init: it stands in every log's origin. ``storage`` names the
    ``[storage.NAME]`` that new pictures go to; ``plugins`` are those that only listen. ``tls`` is
    ``auto`` (its own certificate wherever it listens beyond this machine), ``own`` (always) or
    ``proxy`` (plain, to the addresses in ``proxies``); ``certificate`` and its key are PEM files
    that others trust."""

    host: str = "127.0.0.1"
    port: int = 8347
    name: str = ""
    folder: str = ""
    storage: str = "main"
    plugins: tuple[str, ...] = ()
    tls: str = "auto"
    proxies: tuple[str, ...] = ()
    certificate: str = ""
    certificate_key: str = ""


class LimitsSection(Struct, frozen=True, kw_only=True):
    """Bytes of a whole upload, seconds for its body, and how many are taken at one time.

    ``requests_a_minute`` are a token's; ``policy_seconds`` is what a billing policy may take for
    one week.
    """

    upload_bytes: int = 24 * 1024 * 1024
    uploads: int = 16
    idle_seconds: float = 20.0
    body_seconds: float = 120.0
    failed_logins_a_minute: int = 10
    requests_a_minute: int = 6000
    event_streams: int = 200
    sweep_after_seconds: int = 86_400
    policy_seconds: float = 2.0


class WitnessSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A third party that cosigns heads: where it answers, its key as C2SP writes a cosigner's.

    ``every_seconds`` is how often heads that grew are shown to it.
    """

    url: str
    key: str
    every_seconds: float = 60.0


class Settings(Struct, frozen=True, kw_only=True):
    """The whole of ``server.toml``; what a storage or key plugin needs stands in its own table."""

    server: ServerSection = ServerSection()
    limits: LimitsSection = LimitsSection()
    keys: Mapping[str, Any] = msgspec.field(default_factory=lambda: {"provider": "file"})
    storage: Mapping[str, Any] = msgspec.field(default_factory=dict)
    witness: Mapping[str, WitnessSection] = msgspec.field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return Path(self.server.folder) if self.server.folder else server_folder()

    def store(self) -> tuple[str, str, dict[str, Any]]:
        """The setting's name, the plugin's name and the options of the storage in use.

        :raises ConfigError: ``[server] storage`` names a table that is not there
        """
        name = self.server.storage
        setting = f"[storage.{name}] plugin"
        table = self.storage.get(name)
        if table is None and name == "main":
            table = {"plugin": "local", "path": str(self.folder / "blobs")}
        if not isinstance(table, Mapping) or not isinstance(table.get("plugin"), str):
            raise ConfigError(f'[server] storage = {name!r}: there is no {setting} = "..."')
        options = {key: value for key, value in table.items() if key != "plugin"}
        return setting, table["plugin"], options


def read_settings(folder: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the data folder ``folder``; None means the default one.

    :raises ConfigError: names the file, the key, and what would be right
    """
    where = (folder or server_folder(environment)).absolute()
    settings = load(Settings, where / SETTINGS_FILE, environment)
    section = msgspec.structs.replace(settings.server, folder=str(where))
    return msgspec.structs.replace(settings, server=section)
